//! Every Lua script as a constant, and the two functions that call them: one call, or many in one go.
//!
//! A script is one file in `lua/`. Its header says what it does to a task, its KEYS, its ARGV and what it
//! returns; a test holds headers and constants together. A line `-- Uses: lock trim` names files of
//! `lua/shared/` that go before it. All keys of a call share one hash tag, no loop is without a limit, and
//! what needs memory is written before anything is removed, so that a full Redis refuses the whole call or
//! nothing.

use std::borrow::Cow;
use std::sync::OnceLock;

use redis::{Cmd, FromRedisValue, RedisError, RedisResult, ServerErrorKind, ToRedisArgs, Value};

use super::conn::Conn;
use super::keys::QueueKeys;
use super::receipt::Receipt;
use super::records::{self, WrongType};
use super::{Error, keys, trace};

/// A script: its source, and its digest once it has been used.
pub(crate) struct Script {
    name: &'static str,
    source: &'static str,
    keys: usize,
    compiled: OnceLock<Compiled>,
}

/// The digest, sent with each call, and the `SCRIPT LOAD` for servers that do not know it.
struct Compiled {
    digest: String,
    load: Cmd,
}

/// A call of a script, with its keys and arguments.
pub(crate) struct Call {
    script: &'static Script,
    command: Cmd,
    keys: usize,
}

impl Script {
    fn compiled(&self) -> &Compiled {
        self.compiled.get_or_init(|| {
            let text = self.texts().concat();
            let mut load = redis::cmd("SCRIPT");
            load.arg("LOAD").arg(&text);
            Compiled {
                digest: redis::Script::new(&text).get_hash().to_owned(),
                load,
            }
        })
    }

    /// The shared files that it uses, then the script itself.
    fn texts(&self) -> Vec<&'static str> {
        let mut texts = Vec::new();
        add_used_by(self.source, &mut texts);
        texts.push(self.source);
        texts
    }

    /// Starts a call with its keys.
    pub(crate) fn on<K: AsRef<str>>(&'static self, keys: &[K]) -> Call {
        let mut command = redis::cmd("EVALSHA");
        command.arg(&self.compiled().digest).arg(keys.len());
        for key in keys {
            command.arg(key.as_ref());
        }
        Call {
            script: self,
            command,
            keys: keys.len(),
        }
    }

    /// The `SCRIPT LOAD` of this script.
    fn load(&self) -> &Cmd {
        &self.compiled().load
    }

    /// Sends the script, and a call of it, in one pipeline: a server of a cluster that redirects the call redirects both.
    async fn load_and<T: FromRedisValue>(&self, call: &Cmd, conn: &mut Conn) -> RedisResult<T> {
        let mut pipeline = redis::Pipeline::with_capacity(2);
        pipeline.add_command(self.load().clone()).ignore();
        pipeline.add_command(call.clone());
        let (reply,) = pipeline.query_async(conn).await?;
        Ok(reply)
    }
}

/// The shared files named in the header of a script.
fn used_by(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .take_while(|line| line.starts_with("--"))
        .filter_map(|line| line.strip_prefix("-- Uses: "))
        .flat_map(str::split_whitespace)
}

/// Adds the shared files that a text uses, each once and after those that it uses itself. A test finds
/// names without a file.
fn add_used_by(text: &str, before: &mut Vec<&'static str>) {
    for name in used_by(text) {
        let file = SHARED.iter().find(|(file, _)| *file == name);
        if let Some((_, source)) = file
            && !before.contains(source)
        {
            add_used_by(source, before);
            before.push(source);
        }
    }
}

impl Call {
    /// Adds an argument.
    pub(crate) fn arg<A: ToRedisArgs>(mut self, argument: A) -> Self {
        self.push(argument);
        self
    }

    /// Adds an argument in place.
    pub(crate) fn push<A: ToRedisArgs>(&mut self, argument: A) {
        self.command.arg(argument);
    }

    /// Adds the two arguments of a receipt; without one, both are empty.
    pub(crate) fn receipt(self, keys: &QueueKeys, receipt: Option<&Receipt>) -> Self {
        match receipt {
            Some(receipt) => self.arg(keys.receipt(&receipt.name)).arg(&receipt.call),
            None => self.arg("").arg(""),
        }
    }

    /// The command to send.
    ///
    /// Scripts also use keys that they find in others. While a slot of a cluster moves, those may be on the other server,
    /// where the script sees nothing, or fails half-way. Redis checks only the keys that are declared, so a call to a cluster
    /// declares one that never exists: then the server that the slot leaves runs no script, and neither does the other before
    /// it has all keys. Elsewhere, a user may have no right to that key.
    fn command(&self, conn: &Conn) -> Cow<'_, Cmd> {
        if !conn.is_cluster() {
            return Cow::Borrowed(&self.command);
        }
        let mut args = self.command.args_iter().filter_map(|arg| match arg {
            redis::Arg::Simple(bytes) => Some(bytes),
            _ => None,
        });
        let mut command = redis::cmd("EVALSHA");
        // After EVALSHA come the digest, the number of keys, and the keys.
        let digest = args.nth(1);
        let keys: Vec<&[u8]> = args.by_ref().skip(1).take(self.keys).collect();
        let first = keys.first().and_then(|key| std::str::from_utf8(key).ok());
        let never = first.and_then(keys::never);
        let declared = keys.len() + usize::from(never.is_some());
        command.arg(digest).arg(declared).arg(keys).arg(never);
        for arg in args {
            command.arg(arg);
        }
        Cow::Owned(command)
    }

    /// Sends the call. If the server answers NOSCRIPT, loads the script and sends the call again.
    pub(crate) async fn run<T: FromRedisValue>(&self, conn: &Conn) -> Result<T, Error> {
        debug_assert_eq!(self.keys, self.script.keys, "keys of {}", self.script.name);
        let mut sender = conn.clone();
        let command = self.command(conn);
        let send = async {
            match command.query_async(&mut sender).await {
                Err(error) if forgotten(&error) => {
                    self.script.load_and(&command, &mut sender).await
                }
                reply => reply,
            }
        };
        let what = || trace::shown(self.script.name, [&*command]);
        let reply: RedisResult<T> = trace::log(what, send).await;
        self.script.explain(reply, &command, conn).await
    }
}

impl Script {
    /// Translates the error of a call.
    async fn explain<T>(&self, reply: RedisResult<T>, call: &Cmd, conn: &Conn) -> Result<T, Error> {
        match reply.map_err(|error| conn.explain(&error, [call])) {
            Err(error) if error.is_wrong_type() => {
                Err(wrong_type(call, conn).await.unwrap_or(error))
            }
            reply => reply.map_err(|error| self.name_right(error)),
        }
    }

    /// Adds the commands of this script to a refusal that does not name the command.
    pub(crate) fn name_right(&self, error: Error) -> Error {
        match error {
            Error::NotPermitted { address, denied } => Error::NotPermitted {
                address,
                denied: denied.in_script(&self.texts()),
            },
            error => error,
        }
    }
}

/// The key whose type is not the expected one. Redis's error does not name it.
async fn wrong_type(call: &Cmd, conn: &Conn) -> Option<Error> {
    let texts = call.args_iter().filter_map(|arg| match arg {
        redis::Arg::Simple(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    });
    // EVALSHA, the digest, the number of keys, the keys.
    let mut texts = texts.skip(2);
    let count = texts.next()?.parse().ok()?;
    for key in texts.take(count) {
        let Some((queue, expected)) = keys::expected_type(&key) else {
            continue;
        };
        let found: String = conn.command(redis::cmd("TYPE").arg(&key)).await.ok()?;
        let found = records::type_name(found);
        if found != "none" && found != expected {
            let wrong = WrongType {
                key,
                found,
                expected,
            };
            return Some(Error::WrongType { queue, wrong });
        }
    }
    None
}

fn forgotten(error: &RedisError) -> bool {
    error.kind() == ServerErrorKind::NoScript.into()
}

/// Sends calls in one pipeline, in their order; each has an answer of its own.
///
/// The pipeline begins with `SCRIPT LOAD`: this costs microseconds, and no call can fail with NOSCRIPT and be repeated
/// out of order. If the whole pipeline fails, any of the calls may have been performed.
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
    let what = trace::shown(&names.join(" "), calls.iter().map(|call| &call.command));
    let commands = calls.iter().map(|call| call.command(conn).into_owned());
    let commands = commands.collect();
    let mut sender = conn.clone();
    let sent = send_all(&scripts, commands, &mut sender);
    let (pipeline, replies) = trace::log(|| what, sent)
        .await
        .map_err(|error| conn.explain(&error, []))?;
    let mut explained = Vec::with_capacity(replies.len());
    let sent = pipeline.cmd_iter().skip(scripts.len());
    for ((reply, command), call) in replies.into_iter().zip(sent).zip(&calls) {
        explained.push(call.script.explain(reply, command, conn).await);
    }
    Ok(explained)
}

/// Sends commands behind their scripts. Returns the pipeline and the reply to each command.
async fn send_all(
    scripts: &[&'static Script],
    commands: Vec<Cmd>,
    conn: &mut Conn,
) -> RedisResult<(redis::Pipeline, Vec<RedisResult<Value>>)> {
    let mut pipeline = redis::Pipeline::with_capacity(scripts.len() + commands.len());
    pipeline.ignore_errors();
    let load = scripts.iter().map(|script| script.load().clone());
    for command in load.chain(commands) {
        pipeline.add_command(command);
    }
    let mut replies: Vec<RedisResult<Value>> = pipeline.query_async(conn).await?;
    let refused = replies.drain(..scripts.len()).find_map(Result::err);
    let commands = pipeline.cmd_iter().skip(scripts.len());
    for (reply, command) in replies.iter_mut().zip(commands) {
        if !reply.as_ref().is_err_and(forgotten) {
            continue;
        }
        // The script was flushed before its call, or the user has no right to load scripts.
        if let Some(refused) = &refused {
            *reply = Err(refused.clone());
            continue;
        }
        for script in scripts {
            let () = script.load().query_async(conn).await?;
        }
        *reply = command.query_async(conn).await;
    }
    Ok((pipeline, replies))
}

/// The files of `lua/shared/`, by name.
macro_rules! shared {
    ($($file:literal)+) => {
        static SHARED: &[(&str, &str)] =
            &[$(($file, include_str!(concat!("lua/shared/", $file, ".lua")))),+];
    };
}

shared! {
    "activate" "admit" "aside" "bare" "clear" "container" "content" "copies" "count" "ends" "field" "held" "lock" "near" "page" "reach"
    "receipt" "state" "store" "trim"
}

/// Declares the scripts: constant, file, number of keys.
macro_rules! scripts {
    ($($constant:ident = $file:literal ($keys:literal keys);)+) => {
        $(
            pub(crate) static $constant: Script = Script {
                name: $file,
                source: include_str!(concat!("lua/", $file, ".lua")),
                keys: $keys,
                compiled: OnceLock::new(),
            };
        )+

        #[cfg(test)]
        static ALL: &[&Script] = &[$(&$constant),+];
    };
}

scripts! {
    ENQUEUE = "enqueue" (4 keys);
    ENQUEUE_MANY = "enqueue_many" (2 keys);
    RESTORE = "restore" (7 keys);
    CLAIM = "claim" (6 keys);
    CLAIM_WAITING = "claim_waiting" (5 keys);
    SETTLE_DONE = "settle_done" (4 keys);
    SETTLE_COMPLETE = "settle_complete" (5 keys);
    SETTLE_RETRY = "settle_retry" (7 keys);
    SETTLE_ARCHIVE = "settle_archive" (8 keys);
    SETTLE_REQUEUE = "settle_requeue" (4 keys);
    SET_ASIDE_ACTIVE = "set_aside_active" (3 keys);
    EXTEND_LEASES = "extend_leases" (1 keys);
    TAKE_PLACES = "take_places" (1 keys);
    RENEW_PLACES = "renew_places" (1 keys);
    TAKE_TOKENS = "take_tokens" (1 keys);
    FORWARD = "forward" (5 keys);
    EXPIRED = "expired" (3 keys);
    UNLEASED = "unleased" (2 keys);
    LEASE_ORPHANS = "lease_orphans" (2 keys);
    DELETE_EXPIRED = "delete_expired" (2 keys);
    TRIM_ARCHIVE = "trim_archive" (2 keys);
    AGGREGATE = "aggregate" (4 keys);
    MERGE_SET = "merge_set" (6 keys);
    DELETE_SET = "delete_set" (2 keys);
    RECLAIM_SET = "reclaim_set" (4 keys);
    READ_MESSAGES = "read_messages" (1 keys);
    SET_ASIDE_GROUPED = "set_aside_grouped" (2 keys);
    WRITE_RESULT = "write_result" (1 keys);
    WRITE_LOG = "write_log" (3 keys);
    RUN = "run" (9 keys);
    ARCHIVE = "archive" (9 keys);
    DELETE = "delete" (9 keys);
    RUN_PAGE = "run_page" (3 keys);
    ARCHIVE_PAGE = "archive_page" (4 keys);
    DELETE_PAGE = "delete_page" (2 keys);
    PAUSE = "pause" (1 keys);
    REVISE = "revise" (10 keys);
    RESERVE = "reserve" (2 keys);
    UNRESERVE = "unreserve" (2 keys);
    TAKE = "take" (9 keys);
    FORGET_MOVED = "forget_moved" (2 keys);
    READ_IDS = "read_ids" (1 keys);
    LOOK = "look" (1 keys);
    REPAIR_LOST = "repair_lost" (9 keys);
    REPAIR_MEMBERS = "repair_members" (5 keys);
    REPAIR_STATE = "repair_state" (2 keys);
    REPAIR_LEASES = "repair_leases" (1 keys);
    REPAIR_SINCE = "repair_since" (1 keys);
    REPAIR_LOCK = "repair_lock" (1 keys);
    REPAIR_GROUP = "repair_group" (2 keys);
    REPAIR_SET = "repair_set" (4 keys);
    DROP_LEFTOVERS = "drop_leftovers" (10 keys);
    DROP_ENTRIES = "drop_entries" (1 keys);
    DROP_HISTORY = "drop_history" (1 keys);
    READ_PAGE = "read_page" (2 keys);
    READ_TASK = "read_task" (9 keys);
    READ_STORED = "read_stored" (7 keys);
    STATS = "stats" (14 keys);
    DROP_SET = "drop_set" (1 keys);
    DROP_LIST = "drop_list" (1 keys);
    WRITE_PRESENCE = "write_presence" (2 keys);
    WRITE_ENTRIES = "write_entries" (2 keys);
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
            let mut text = Vec::new();
            add_used_by(script.source, &mut text);
            text.push(script.source);
            let used = highest_index(&text.concat(), "KEYS");
            assert_eq!(used, keys, "{} uses KEYS", script.name);
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

    fn files(folder: &str) -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file())
            .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn every_file_is_listed() {
        let scripts = ALL.iter().map(|script| script.name.to_owned()).collect();
        assert_eq!(files("src/broker/lua"), scripts);
        let shared = SHARED.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(files("src/broker/lua/shared"), shared);
    }

    #[test]
    fn shared_files_go_before_what_uses_them_and_once() {
        let name = |text| SHARED.iter().find(|(_, source)| *source == text).unwrap().0;
        let mut before = Vec::new();
        add_used_by("-- Uses: trim lock\n", &mut before);
        let names: Vec<&str> = before.into_iter().map(name).collect();
        assert_eq!(names, ["aside", "field", "lock", "trim"]);
    }

    #[test]
    fn names_of_shared_files_are_right() {
        let sources = SHARED.iter().map(|(_, source)| *source);
        let sources = sources.chain(ALL.iter().map(|script| script.source));
        for name in sources.flat_map(used_by) {
            assert!(SHARED.iter().any(|(file, _)| *file == name), "{name}");
        }
    }
}
