//! Every Lua script as a constant. `call` sends them.
//!
//! A script is one file in `lua/`. Its header says what it does to a task, its KEYS, its ARGV and what it
//! returns; a test holds headers and constants together. A line `-- Uses: lock trim` names files of
//! `lua/shared/` that go before it. All keys of a call share one hash tag, no loop is without a limit, and
//! what needs memory is written before anything is removed, so that a full Redis refuses the whole call or
//! nothing.

mod call;

use std::sync::OnceLock;

use redis::Cmd;

pub(crate) use self::call::{Call, run_all};

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

    /// The `SCRIPT LOAD` of this script.
    fn load(&self) -> &Cmd {
        &self.compiled().load
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
    PERMITTED = "permitted" (1 keys);
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
