//! Named connections. They are in a file of their own, which `qctl context` changes and people may edit.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::de::Error as _;

use super::error::ConfigError;
use super::file::RedisConfig;
use super::machine::config_home;
use super::setting::Setting;
use super::{text, variable};
use crate::broker::{Address, AddressError, Secret};
use crate::text_file::mistake::Mistake;
use crate::text_file::reader;
use crate::text_file::tree::{Key, Node, Value};

/// All named connections.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Contexts {
    /// The one that is used when no other is named.
    pub(crate) current: Option<String>,
    pub(crate) each: BTreeMap<String, NamedConnection>,
    /// The file, if there is a folder for it.
    pub(crate) path: Option<PathBuf>,
    /// What the file holds.
    text: String,
}

/// A named connection.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct NamedConnection {
    pub(crate) redis: RedisConfig,
    /// Nothing may be changed.
    pub(crate) read_only: bool,
    /// Each change needs the name of the context.
    pub(crate) protected: bool,
}

/// Why the file of contexts was not changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EditError {
    #[error("there is no folder for it: neither XDG_CONFIG_HOME nor HOME is set")]
    NoFolder,
    #[error("cannot write {path:?} ({error})")]
    Unwritable { path: PathBuf, error: io::Error },
    /// It is written in a way that a change of lines would break.
    #[error("cannot change {0:?}: edit it by hand")]
    Unusual(PathBuf),
}

impl Contexts {
    /// Reads the file; without one there are no contexts.
    pub(crate) fn read() -> Result<Self, ConfigError> {
        let path = config_home().map(|home| home.join("qctl").join("contexts.toml"));
        let text = match path.as_deref().filter(|path| path.exists()) {
            Some(path) => text::text("the file of contexts", path)?,
            None => String::new(),
        };
        Self::parse(text, path)
    }

    fn parse(text: String, path: Option<PathBuf>) -> Result<Self, ConfigError> {
        let mut contexts = Self::default();
        let mut mistakes = Vec::new();
        match Node::from_toml(&text) {
            Ok((root, repeated)) => {
                mistakes.extend(repeated);
                for (key, node) in root.entries() {
                    contexts.take(key, node, &mut mistakes);
                }
            }
            Err(mistake) => mistakes.push(mistake),
        }
        if mistakes.is_empty() {
            return Ok(Self {
                path,
                text,
                ..contexts
            });
        }
        let place = path.unwrap_or_default();
        let said = mistakes.iter();
        let said = said.map(|mistake| format!("{}:{}: {mistake}", place.display(), mistake.line));
        Err(ConfigError::Mistakes(said.collect()))
    }

    fn take(&mut self, key: &Key, node: &Node, mistakes: &mut Vec<Mistake>) {
        match (key.name.as_str(), &node.value) {
            ("current", Value::Text(name)) => self.current = Some(name.clone()),
            ("current", _) => {
                let what = "current: expected the name of a context";
                mistakes.push(Mistake::at(node.line, what));
            }
            ("contexts", Value::Table(entries)) => {
                for (name, node) in entries {
                    match connection(name, node) {
                        Ok(connection) => {
                            self.each.insert(name.name.clone(), connection);
                        }
                        Err(wrong) => {
                            let below = |mistake: Mistake| mistake.below(&key.name, node.line);
                            mistakes.extend(wrong.into_iter().map(below));
                        }
                    }
                }
            }
            ("contexts", _) => {
                let what = "contexts: expected tables such as [contexts.production]";
                mistakes.push(Mistake::at(node.line, what));
            }
            (other, _) => {
                let mut mistake = Mistake::unknown_field(other, &["current", "contexts"]);
                mistake.line = key.line;
                mistakes.push(mistake);
            }
        }
    }

    /// The connection of this name.
    pub(crate) fn named(&self, name: &str) -> Result<&NamedConnection, ConfigError> {
        self.each.get(name).ok_or_else(|| ConfigError::NoContext {
            name: name.to_owned(),
            known: self.each.keys().cloned().collect(),
        })
    }

    /// Adds a context, or replaces the one of this name.
    pub(crate) fn add(&self, name: &str, keys: &[(&str, Setting)]) -> Result<(), EditError> {
        let mut lines = self.lines_without(name);
        if lines.last().is_some_and(|line| !line.is_empty()) {
            lines.push(String::new());
        }
        lines.push(format!("[contexts.{}]", quoted(name)));
        lines.extend(keys.iter().map(|(key, value)| match value {
            Setting::Text(text) => format!("{key} = {}", quoted(text)),
            Setting::On => format!("{key} = true"),
        }));
        self.write(&lines, |after| {
            let others = self.each.keys().filter(|known| *known != name);
            after.each.contains_key(name) && after.each.len() == others.count() + 1
        })
    }

    /// Makes a context the current one, or none.
    pub(crate) fn set_current(&self, name: Option<&str>) -> Result<(), EditError> {
        let is_table = |line: &str| line.trim_start().starts_with('[');
        let mut lines: Vec<String> = self.text.lines().map(str::to_owned).collect();
        let tables = lines.iter().position(|line| is_table(line));
        let tables = tables.unwrap_or(lines.len());
        let is_current = |line: &String| {
            let line = line.trim_start().strip_prefix("current");
            line.is_some_and(|rest| rest.trim_start().starts_with('='))
        };
        let written = lines[..tables].iter().position(is_current);
        let line = name.map(|name| format!("current = {}", quoted(name)));
        match (written, line) {
            (Some(at), Some(line)) => lines[at] = line,
            (Some(at), None) => drop(lines.remove(at)),
            (None, Some(line)) => lines.insert(0, line),
            (None, None) => {}
        }
        self.write(&lines, |after| {
            after.current.as_deref() == name && after.each.len() == self.each.len()
        })
    }

    /// Removes a context.
    pub(crate) fn remove(&self, name: &str) -> Result<(), EditError> {
        self.write(&self.lines_without(name), |after| {
            !after.each.contains_key(name) && after.each.len() + 1 == self.each.len()
        })
    }

    /// The lines of the file without the table of this context.
    fn lines_without(&self, name: &str) -> Vec<String> {
        let headers = [
            format!("[contexts.{}]", quoted(name)),
            format!("[contexts.{name}]"),
        ];
        let mut inside = false;
        let mut kept: Vec<String> = Vec::new();
        // Comments and empty lines above the next table belong to that one.
        let mut above: Vec<String> = Vec::new();
        for line in self.text.lines() {
            let trimmed = line.trim();
            if trimmed.starts_with('[') {
                inside = headers.iter().any(|own| own == trimmed);
                if !inside {
                    kept.append(&mut above);
                }
            }
            if !inside {
                kept.push(line.to_owned());
            } else if trimmed.is_empty() || trimmed.starts_with('#') {
                above.push(line.to_owned());
            } else {
                above.clear();
            }
        }
        kept
    }

    /// Replaces the file if its new text says what it should.
    fn write(
        &self,
        lines: &[String],
        is_right: impl FnOnce(&Self) -> bool,
    ) -> Result<(), EditError> {
        let path = self.path.as_deref().ok_or(EditError::NoFolder)?;
        let text = lines.join("\n").trim_start().to_owned() + "\n";
        let after = Self::parse(text.clone(), self.path.clone());
        if !after.is_ok_and(|after| is_right(&after)) {
            return Err(EditError::Unusual(path.to_owned()));
        }
        replace(path, &text).map_err(|error| EditError::Unwritable {
            path: path.to_owned(),
            error,
        })
    }
}

fn connection(key: &Key, node: &Node) -> Result<NamedConnection, Vec<Mistake>> {
    let mut rest = node.clone();
    let mut mistakes = Vec::new();
    let mut switch = |name: &str| {
        let found = node.entries().iter().find(|(key, _)| key.name == name);
        rest.remove(name);
        match found.map(|(_, node)| (&node.value, node.line)) {
            None => false,
            Some((Value::Switch(set, _), _)) => *set,
            Some((_, line)) => {
                let what = format!("contexts.{}.{name}: expected true or false", key.name);
                mistakes.push(Mistake::at(line, what));
                false
            }
        }
    };
    let (read_only, protected) = (switch("read_only"), switch("protected"));
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let redis: RedisConfig = reader::read(key, &rest)?;
    Ok(NamedConnection {
        redis: RedisConfig {
            line: key.line,
            ..redis
        },
        read_only,
        protected,
    })
}

/// A basic string of TOML, which has the escapes of JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Writes a file that only this user can read, in one step.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder)?;
    let new = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = fs::File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        drop(fs::remove_file(&new));
    }
    written
}

/// What can be part of a user or a password as it is.
const IN_LOGIN: &percent_encoding::AsciiSet = percent_encoding::NON_ALPHANUMERIC;

/// The text with the values of its `${VARIABLES}`. Those before the `@` of a URL are percent-encoded.
pub(super) fn expand(url: &str) -> Result<String, ConfigError> {
    expand_with(url, variable::text)
}

fn expand_with(
    url: &str,
    value_of: impl Fn(&str) -> Option<String>,
) -> Result<String, ConfigError> {
    let login = url.rfind('@').unwrap_or(0);
    let mut expanded = String::new();
    let mut rest = url;
    while let Some((before, after)) = rest.split_once("${") {
        expanded += before;
        let Some((name, after)) = after.split_once('}') else {
            return Err(ConfigError::Conflict(
                "a context has \"${\" without \"}\" in its URL".to_owned(),
            ));
        };
        let value = value_of(name).ok_or_else(|| {
            ConfigError::Conflict(format!(
                "the variable {name}, which the context names, is not set"
            ))
        })?;
        let at = url.len() - after.len();
        if at <= login {
            expanded += &percent_encoding::utf8_percent_encode(&value, IN_LOGIN).to_string();
        } else {
            expanded += &value;
        }
        rest = after;
    }
    Ok(expanded + rest)
}

const NO_PASSWORD: &str = "a context does not store a password; write ${VARIABLE} in its place, or name a --password-file";

/// Checks a URL that is to be stored: one with a password is refused, since others may read the file or the list of processes.
pub(crate) fn check_url(url: &str, has_password_file: bool) -> Result<(), ConfigError> {
    if url.contains("${") {
        let login = url.rsplit_once('@').map_or("", |(login, _)| login);
        let login = login.split_once("://").map_or(login, |(_, login)| login);
        let password = login.split_once(':').map_or("", |(_, password)| password);
        let is_variable =
            password.starts_with("${") && password.find('}') == Some(password.len() - 1);
        if !password.is_empty() && !is_variable {
            return Err(ConfigError::Conflict(NO_PASSWORD.to_owned()));
        }
        return expand_with(url, |_| Some("1".to_owned())).and_then(|url| parse(&url).map(drop));
    }
    let address = if has_password_file {
        Address::parse_with(url, Secret::new("-")).map_err(wrong_url)?
    } else {
        parse(url)?
    };
    if !has_password_file
        && address
            .password
            .is_some_and(|password| !password.expose().is_empty())
    {
        return Err(ConfigError::Conflict(NO_PASSWORD.to_owned()));
    }
    Ok(())
}

fn parse(url: &str) -> Result<Address, ConfigError> {
    Address::parse(url).map_err(wrong_url)
}

fn wrong_url(error: AddressError) -> ConfigError {
    ConfigError::Address {
        origin: "URL".to_owned(),
        error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Contexts {
        Contexts::parse(text.to_owned(), None).unwrap()
    }

    #[test]
    fn a_file_has_connections_and_the_current_one() {
        let contexts = parsed(
            "current = 'a'\n[contexts.a]\nurl = 'redis://a'\nprotected = true\n[contexts.\"b c\"]\nurl = 'b'\nread_only = true\n",
        );
        assert_eq!(contexts.current.as_deref(), Some("a"));
        let flags = |name: &str| {
            let one = &contexts.each[name];
            (one.redis.url.clone().unwrap(), one.read_only, one.protected)
        };
        assert_eq!(flags("a"), ("redis://a".to_owned(), false, true));
        assert_eq!(flags("b c"), ("b".to_owned(), true, false));
    }

    #[test]
    fn all_mistakes_have_their_lines() {
        let text = "curent = 'a'\n[contexts.a]\nurll = 'x'\n[contexts.b]\nprotected = 'yes'\n";
        let error = Contexts::parse(text.to_owned(), Some("c.toml".into())).unwrap_err();
        let said = error.to_string();
        for part in [
            "c.toml:1: unknown key \"curent\"",
            "c.toml:3: ",
            "c.toml:5: ",
        ] {
            assert!(said.contains(part), "{said}");
        }
    }

    #[test]
    fn a_context_leaves_and_the_rest_of_the_text_stays() {
        let text = "# mine\ncurrent = 'b'\n\n[contexts.a]\nurl = 'a' # old\n\n# kept\n[contexts.b]\nurl = 'b'\n";
        let lines = parsed(text).lines_without("a");
        assert_eq!(
            lines.join("\n"),
            "# mine\ncurrent = 'b'\n\n\n# kept\n[contexts.b]\nurl = 'b'"
        );
    }
}
