//! Every Lua script as a constant, and the two functions that call them: one call, or many in one go.
//!
//! A script is one file in `lua/`, after the shared functions it names. Its header says what it does to
//! a task, its KEYS, its ARGV and what it returns; a test holds headers and constants together. All keys
//! of a call share one hash tag, no loop is without a limit, and what needs memory is written before
//! anything is removed, so that a full Redis refuses the whole call or nothing.

use std::sync::OnceLock;

use redis::{Cmd, FromRedisValue, RedisError, RedisResult, ServerErrorKind, ToRedisArgs, Value};
use tracing::Instrument as _;

use super::Error;
use super::conn::Conn;

/// A script, what it takes, and its digest once it has been used.
pub(crate) struct Script {
    name: &'static str,
    source: &'static str,
    shared: &'static [&'static str],
    keys: usize,
    loaded: OnceLock<redis::Script>,
}

/// A script with its keys and arguments, ready to be sent.
pub(crate) struct Call {
    script: &'static Script,
    command: Cmd,
    keys: usize,
}

impl Script {
    fn compiled(&self) -> &redis::Script {
        self.loaded.get_or_init(|| {
            let mut text = self.shared.concat();
            text.push_str(self.source);
            redis::Script::new(&text)
        })
    }

    /// Starts a call with its keys.
    pub(crate) fn on<K: AsRef<str>>(&'static self, keys: &[K]) -> Call {
        let mut command = redis::cmd("EVALSHA");
        command.arg(self.compiled().get_hash()).arg(keys.len());
        for key in keys {
            command.arg(key.as_ref());
        }
        Call {
            script: self,
            command,
            keys: keys.len(),
        }
    }

    /// The command that gives a server the script's text.
    fn load(&self) -> Cmd {
        let text: Vec<&str> = self.shared.iter().copied().chain([self.source]).collect();
        let mut command = redis::cmd("SCRIPT");
        command.arg("LOAD").arg(text.concat());
        command
    }
}

impl Call {
    /// Adds an argument.
    pub(crate) fn arg<A: ToRedisArgs>(mut self, argument: A) -> Self {
        self.push(argument);
        self
    }

    /// Adds an argument to a call that grows.
    pub(crate) fn push<A: ToRedisArgs>(&mut self, argument: A) {
        self.command.arg(argument);
    }

    /// Sends it. A server that has forgotten the script is given its text.
    pub(crate) async fn run<T: FromRedisValue>(&self, conn: &Conn) -> Result<T, Error> {
        debug_assert_eq!(self.keys, self.script.keys, "keys of {}", self.script.name);
        let mut sender = conn.clone();
        let span = tracing::debug_span!("script", name = self.script.name);
        let send = async {
            match self.command.query_async(&mut sender).await {
                Err(error) if forgotten(&error) => {
                    self.script.compiled().load_async(&mut sender).await?;
                    self.command.query_async(&mut sender).await
                }
                reply => reply,
            }
        };
        let reply: RedisResult<T> = send.instrument(span).await;
        reply.map_err(|error| conn.explain(&error))
    }
}

fn forgotten(error: &RedisError) -> bool {
    error.kind() == ServerErrorKind::NoScript.into()
}

/// Sends calls in one go, in their order; each has an answer of its own.
///
/// The scripts go along: that costs microseconds, and spares the round trip and the disorder of calls
/// that find their script forgotten. An error of the whole leaves open what was performed.
pub(crate) async fn run_all(
    calls: Vec<Call>,
    conn: &Conn,
) -> Result<Vec<Result<Value, Error>>, Error> {
    let mut scripts: Vec<&'static Script> = Vec::new();
    for call in &calls {
        debug_assert_eq!(call.keys, call.script.keys, "keys of {}", call.script.name);
        if !scripts
            .iter()
            .any(|known| std::ptr::eq(*known, call.script))
        {
            scripts.push(call.script);
        }
    }
    let names: Vec<_> = scripts.iter().map(|script| script.name).collect();
    let span = tracing::debug_span!("scripts", ?names, calls = calls.len());
    let commands = calls.into_iter().map(|call| call.command).collect();
    let mut sender = conn.clone();
    let replies = send_all(&scripts, commands, &mut sender)
        .instrument(span)
        .await;
    let replies = replies.map_err(|error| conn.explain(&error))?;
    let explain = |reply: RedisResult<Value>| reply.map_err(|error| conn.explain(&error));
    Ok(replies.into_iter().map(explain).collect())
}

async fn send_all(
    scripts: &[&'static Script],
    commands: Vec<Cmd>,
    conn: &mut Conn,
) -> RedisResult<Vec<RedisResult<Value>>> {
    let mut pipeline = redis::Pipeline::with_capacity(scripts.len() + commands.len());
    pipeline.ignore_errors();
    for command in scripts.iter().map(|script| script.load()).chain(commands) {
        pipeline.add_command(command);
    }
    let mut replies: Vec<RedisResult<Value>> = pipeline.query_async(conn).await?;
    let refused = replies.drain(..scripts.len()).find_map(Result::err);
    let commands = pipeline.cmd_iter().skip(scripts.len());
    for (reply, command) in replies.iter_mut().zip(commands) {
        if !reply.as_ref().is_err_and(forgotten) {
            continue;
        }
        // Flushed between the script and its call, or we may not load scripts.
        if let Some(refused) = &refused {
            *reply = Err(refused.clone());
            continue;
        }
        for script in scripts {
            script.compiled().load_async(conn).await?;
        }
        *reply = command.query_async(conn).await;
    }
    Ok(replies)
}

/// Declares the scripts: name, file, number of keys, shared functions.
macro_rules! scripts {
    ($($constant:ident = $file:literal ($keys:literal keys) $([$($shared:literal),+])?;)+) => {
        $(
            pub(crate) static $constant: Script = Script {
                name: $file,
                source: include_str!(concat!("lua/", $file, ".lua")),
                shared: &[$($(include_str!(concat!("lua/shared/", $shared, ".lua"))),+)?],
                keys: $keys,
                loaded: OnceLock::new(),
            };
        )+

        #[cfg(test)]
        static ALL: &[&Script] = &[$(&$constant),+];
    };
}

scripts! {
    ENQUEUE_PENDING = "enqueue_pending" (3 keys) ["admit"];
    ENQUEUE_SCHEDULED = "enqueue_scheduled" (3 keys) ["admit"];
    ENQUEUE_GROUP = "enqueue_group" (4 keys) ["admit"];
    ENQUEUE_MANY = "enqueue_many" (2 keys) ["admit"];
    CLAIM = "claim" (4 keys);
    SETTLE_DONE = "settle_done" (4 keys) ["reach", "field", "lock", "count"];
    SETTLE_COMPLETE = "settle_complete" (5 keys) ["held", "reach", "field", "lock", "count"];
    SETTLE_RETRY = "settle_retry" (7 keys) ["held", "reach", "count"];
    SETTLE_ARCHIVE = "settle_archive" (7 keys) ["held", "reach", "field", "lock", "count", "trim"];
    SETTLE_REQUEUE = "settle_requeue" (3 keys) ["held", "reach"];
    QUARANTINE = "quarantine" (3 keys) ["held", "reach", "field", "lock", "trim"];
    EXTEND_LEASES = "extend_leases" (1 keys);
    FORWARD = "forward" (4 keys) ["field"];
    EXPIRED = "expired" (2 keys) ["reach"];
    UNLEASED = "unleased" (2 keys);
    LEASE_ORPHANS = "lease_orphans" (1 keys);
    DELETE_EXPIRED = "delete_expired" (1 keys) ["field", "lock"];
    TRIM_ARCHIVE = "trim_archive" (1 keys) ["field", "lock", "trim"];
    AGGREGATE = "aggregate" (4 keys);
    DELETE_SET = "delete_set" (2 keys) ["field", "lock"];
    RECLAIM_SET = "reclaim_set" (4 keys);
    READ_MESSAGES = "read_messages" (1 keys);
    SET_ASIDE = "set_aside" (2 keys);
    WRITE_RESULT = "write_result" (1 keys);
    RUN = "run" (6 keys) ["container"];
    ARCHIVE = "archive" (6 keys) ["field", "lock", "trim", "container", "near"];
    DELETE = "delete" (6 keys) ["field", "lock", "container", "near"];
    RUN_PAGE = "run_page" (3 keys) ["clear", "page"];
    ARCHIVE_PAGE = "archive_page" (3 keys) ["field", "lock", "trim", "clear", "page"];
    DELETE_PAGE = "delete_page" (2 keys) ["field", "lock", "clear", "page"];
    DELETE_WINDOW = "delete_window" (1 keys) ["field", "lock", "container", "clear", "window"];
    ARCHIVE_WINDOW = "archive_window" (2 keys) ["field", "lock", "trim", "container", "clear", "window"];
    PAUSE = "pause" (1 keys);
    UPDATE_PAYLOAD = "update_payload" (2 keys) ["container"];
    READ_PAGE = "read_page" (2 keys);
    READ_TASK = "read_task" (6 keys);
    STATS = "stats" (12 keys);
    DROP_GHOSTS = "drop_ghosts" (2 keys);
    DROP_SET = "drop_set" (1 keys) ["field", "lock"];
    DROP_LIST = "drop_list" (1 keys) ["field", "lock"];
    WRITE_PRESENCE = "write_presence" (2 keys);
    WRITE_ENTRIES = "write_entries" (1 keys);
    RECORD_EVENT = "record_event" (1 keys);
    PUT_SCHEDULE = "put_schedule" (3 keys);
    REMOVE_SCHEDULE = "remove_schedule" (4 keys);
    PAUSE_SCHEDULE = "pause_schedule" (2 keys);
    CLAIM_TICK = "claim_tick" (1 keys);
    SETTLE_TICK = "settle_tick" (2 keys);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// The words after `-- <label>: ` in the header.
    fn header<'a>(script: &'a Script, label: &str) -> &'a str {
        script
            .source
            .lines()
            .take_while(|line| line.starts_with("-- "))
            .find_map(|line| line.strip_prefix(&format!("-- {label}: ")))
            .unwrap_or_else(|| panic!("{} has no {label} line", script.name))
    }

    fn highest_index(text: &str, array: &str) -> usize {
        text.split(&format!("{array}["))
            .skip(1)
            .filter_map(|rest| rest.split(']').next()?.parse().ok())
            .max()
            .unwrap_or(0)
    }

    #[test]
    fn headers_agree_with_the_constants_and_the_text() {
        for script in ALL {
            let keys = header(script, "KEYS").split_whitespace().count();
            assert_eq!(keys, script.keys, "KEYS of {}", script.name);
            assert_eq!(
                highest_index(script.source, "KEYS"),
                keys,
                "{} uses KEYS",
                script.name
            );
            let argv = header(script, "ARGV");
            let named = argv.split(['(', ')']).next().unwrap_or(argv);
            let named = named
                .split_whitespace()
                .filter(|word| !word.ends_with("..."))
                .count();
            assert!(
                highest_index(script.source, "ARGV") <= named.max(1),
                "{} uses more ARGV than its header names",
                script.name
            );
            assert!(!header(script, "Returns").is_empty());
        }
    }

    #[test]
    fn every_file_has_a_constant() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/broker/lua");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file())
            .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        let constants: BTreeSet<String> = ALL.iter().map(|script| script.name.to_owned()).collect();
        assert_eq!(files, constants);
    }

    #[test]
    fn a_script_takes_along_what_it_calls_and_no_more() {
        let functions = [
            ("admit", "admit("),
            ("clear", "clear("),
            ("container", "admissible("),
            ("count", "count("),
            ("field", "text_field("),
            ("held", "held("),
            ("lock", "release"),
            ("near", "nearer_end("),
            ("page", "page_of("),
            ("reach", "within_reach("),
            ("trim", "trim("),
            ("window", "places_of("),
        ];
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/broker/lua/shared");
        let files = std::fs::read_dir(&folder).unwrap().count();
        assert_eq!(files, functions.len(), "a file that is not looked at");
        for script in ALL {
            for (file, call) in functions {
                let text = std::fs::read_to_string(folder.join(format!("{file}.lua"))).unwrap();
                let others = script.shared.iter().filter(|shared| **shared != text);
                let calls = others
                    .chain([&script.source])
                    .any(|text| text.contains(call));
                let takes = script.shared.contains(&&*text);
                assert_eq!(takes, calls, "{} and {file}", script.name);
            }
        }
    }
}
