//! What a user of Redis has no right to, recognized in the refusals of the server.
//!
//! Every version of Redis, and Valkey, has its own words for a refusal, and other words inside scripts. This is the only
//! place that reads them; everything above names the right.

use std::collections::BTreeSet;
use std::fmt;

use redis::{Arg, Cmd};

use super::keys;

/// Refusals in the words of Redis 6.2, 7.0, 7.2 and Valkey, alone and inside scripts.
const REFUSALS: &[&str] = &[
    "NOPERM",
    "can't run this command",
    "ACL failure in script",
    "No permissions to access a key",
    "can't access at least one of the keys",
];

/// Commands that Redis 6.2 names without their subcommand, and the one that qctl uses.
const CONTAINERS: &[(&str, &str)] = &[
    ("cluster", "slots"),
    ("memory", "usage"),
    ("pubsub", "numsub"),
    ("script", "load"),
];

/// Words in capitals and quotes in our scripts that are no commands.
pub const SCRIPT_OPTIONS: &[&str] = &[
    "COUNT",
    "EX",
    "GT",
    "LIMIT",
    "MAXLEN",
    "NX",
    "PX",
    "PXAT",
    "RANK",
    "WITHSCORES",
    "WRONGTYPE",
    "XX",
];

/// What a user of Redis has no right to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Denied {
    pub(crate) user: String,
    right: Right,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Right {
    /// A command, as in `memory|usage`.
    Command(String),
    /// Before Redis 7.2, a refusal inside a script does not name the command.
    OneOf(Vec<String>),
    /// Keys with one of these prefixes.
    Keys(Vec<&'static str>),
    Channels,
    /// A refusal in words that are not known.
    Unnamed(String),
}

impl Denied {
    /// What a refusal of `sent` denies; `None` if the error is of another kind.
    pub(super) fn read<'a>(
        reason: &str,
        user: Option<&str>,
        sent: impl IntoIterator<Item = &'a Cmd>,
    ) -> Option<Self> {
        if !REFUSALS.iter().any(|words| reason.contains(words)) {
            return None;
        }
        let right = if let Some(command) = named_command(reason) {
            Right::Command(with_subcommand(command))
        } else if reason.contains("channel") {
            Right::Channels
        } else if reason.contains("run this command") {
            Right::OneOf(Vec::new())
        } else if reason.contains("key") {
            Right::Keys(prefixes(sent))
        } else {
            Right::Unnamed(reason.to_owned())
        };
        let user = user.unwrap_or("default").to_owned();
        Some(Self { user, right })
    }

    /// The same, after a call of a script of these texts.
    pub(super) fn in_script(self, texts: &[&str]) -> Self {
        match self.right {
            Right::OneOf(_) => Self {
                right: Right::OneOf(commands(texts)),
                ..self
            },
            Right::Command(_) | Right::Keys(_) | Right::Channels | Right::Unnamed(_) => self,
        }
    }

    /// The right to commands that a script was refused; `None` if it was for other reasons.
    pub(super) fn commands_refused(
        user: Option<&str>,
        refusals: &[(String, String)],
    ) -> Option<Self> {
        let about_rights = refusals.iter().filter(|(_, reason)| {
            let denied = Self::read(reason, user, []).map(|denied| denied.right);
            matches!(denied, Some(Right::Command(_) | Right::OneOf(_)))
        });
        let commands: Vec<String> = about_rights.map(|(name, _)| name.to_lowercase()).collect();
        let right = match commands.as_slice() {
            [] => return None,
            [command] => Right::Command(command.clone()),
            _ => Right::OneOf(commands),
        };
        let user = user.unwrap_or("default").to_owned();
        Some(Self { user, right })
    }

    /// Whether nothing at all can be sent: commands go nowhere without the map of a cluster's slots.
    pub(super) fn blocks_all(&self) -> bool {
        matches!(&self.right, Right::Command(command) if command == "cluster|slots")
    }

    /// The rules of an ACL that grant it, as in `+memory|usage`; none if that is not known.
    pub(crate) fn rules(&self) -> Vec<String> {
        match &self.right {
            Right::Command(command) => vec![format!("+{command}")],
            Right::OneOf(commands) => commands.iter().map(|name| format!("+{name}")).collect(),
            Right::Keys(prefixes) => prefixes
                .iter()
                .map(|prefix| format!("~{prefix}*"))
                .collect(),
            Right::Channels => vec![format!("&{}*", keys::PREFIXES[0])],
            Right::Unnamed(_) => Vec::new(),
        }
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the user {:?} may not ", self.user)?;
        match &self.right {
            Right::Command(command) => {
                write!(f, "run {}", command.replace('|', " ").to_uppercase())?;
            }
            Right::OneOf(_) => f.write_str("run every command of a script")?,
            Right::Keys(prefixes) => {
                let patterns: Vec<_> = prefixes.iter().map(|prefix| format!("{prefix}*")).collect();
                write!(f, "use the keys {}", patterns.join(" and "))?;
            }
            Right::Channels => write!(f, "use the channel {}", keys::CANCEL_CHANNEL)?,
            Right::Unnamed(reason) => return write!(f, "do this ({reason})"),
        }
        match self.rules() {
            rules if rules.is_empty() => Ok(()),
            rules => write!(f, " (ACL: {})", rules.join(" ")),
        }
    }
}

/// The commands in Lua texts, as an ACL names them: all words in capitals and quotes that are no options.
fn commands(texts: &[&str]) -> Vec<String> {
    let is_command = |word: &&str| {
        word.len() > 1
            && word.bytes().all(|byte| byte.is_ascii_uppercase())
            && !SCRIPT_OPTIONS.contains(word)
    };
    let words = texts
        .iter()
        .flat_map(|text| text.split('\'').filter(is_command));
    let names: BTreeSet<String> = words.map(str::to_ascii_lowercase).collect();
    names.into_iter().collect()
}

/// The command in "… the 'memory|usage' command".
fn named_command(reason: &str) -> Option<&str> {
    let (before, _) = reason.split_once("' command")?;
    Some(before.rsplit_once('\'')?.1)
}

fn with_subcommand(command: &str) -> String {
    let container = CONTAINERS.iter().find(|(name, _)| *name == command);
    match container {
        Some((name, subcommand)) => format!("{name}|{subcommand}"),
        None => command.to_owned(),
    }
}

/// The prefixes of the keys among the arguments; both if none is known.
fn prefixes<'a>(sent: impl IntoIterator<Item = &'a Cmd>) -> Vec<&'static str> {
    let mut found = keys::PREFIXES.map(|prefix| (prefix, false));
    for command in sent {
        for arg in command.args_iter() {
            if let Arg::Simple(bytes) = arg {
                for (prefix, used) in &mut found {
                    *used |= bytes.starts_with(prefix.as_bytes());
                }
            }
        }
    }
    let any = found.iter().any(|(_, used)| *used);
    let meant = found.iter().filter(|(_, used)| *used || !any);
    meant.map(|(prefix, _)| *prefix).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(reason: &str) -> String {
        let mut get = redis::cmd("GET");
        get.arg("qctl:x");
        let denied = Denied::read(reason, Some("app"), [&get]).unwrap();
        denied
            .in_script(&["redis.call('HSET', redis.call('GET', KEYS[1]), 'NX')"])
            .to_string()
    }

    #[test]
    fn every_server_gets_the_same_words() {
        for (expected, reasons) in [
            (
                "run MEMORY USAGE (ACL: +memory|usage)",
                vec![
                    "NOPERM this user has no permissions to run the 'memory' command or its subcommand",
                    "NOPERM this user has no permissions to run the 'memory|usage' command",
                    "NOPERM User app has no permissions to run the 'memory|usage' command",
                ],
            ),
            (
                "run HSET (ACL: +hset)",
                vec![
                    "ERR ACL failure in script: User app has no permissions to run the 'hset' command",
                ],
            ),
            (
                "run every command of a script (ACL: +get +hset)",
                vec!["ERR The user executing the script can't run this command or subcommand"],
            ),
            (
                "use the keys qctl:* (ACL: ~qctl:*)",
                vec![
                    "NOPERM this user has no permissions to access one of the keys used as arguments",
                    "NOPERM No permissions to access a key",
                    "ERR ACL failure in script: No permissions to access a key",
                    "ERR The user executing the script can't access at least one of the keys mentioned in the command arguments",
                ],
            ),
            (
                "use the channel asynq:cancel (ACL: &asynq:*)",
                vec![
                    "NOPERM this user has no permissions to access one of the channels used as arguments",
                    "NOPERM No permissions to access a channel",
                ],
            ),
        ] {
            for reason in reasons {
                assert_eq!(said(reason), format!("the user \"app\" may not {expected}"));
            }
        }
        assert_eq!(
            said("NOPERM not on Sundays"),
            "the user \"app\" may not do this (NOPERM not on Sundays)"
        );
        assert_eq!(Denied::read("ERR no such key", None, []), None);
    }

    #[test]
    fn without_a_login_it_is_the_default_user() {
        let denied = Denied::read("NOPERM No permissions to access a key", None, []).unwrap();
        assert_eq!(denied.user, "default");
        assert_eq!(denied.rules(), ["~asynq:*", "~qctl:*"]);
    }
}
