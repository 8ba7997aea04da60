//! Every key and channel name, with the Redis type of its value.
//!
//! All keys of a queue carry the hash tag `{queue}`, so that in a cluster one queue lives in one slot.

mod kind;
mod purpose;

use std::fmt::Write as _;

use chrono::NaiveDate;
use md5::{Digest as _, Md5};

pub(crate) use purpose::Purpose;

use crate::task::{QueueName, TaskId};

/// How the keys of a queue begin; its name follows.
const QUEUE_START: &str = "asynq:{";

/// SET of every queue's name.
pub const QUEUES: &str = "asynq:queues";
/// ZSET of server keys, scored by the second at which their announcement expires.
pub const SERVERS: &str = "asynq:servers";
/// ZSET of workers keys, scored as [`SERVERS`].
pub const WORKERS: &str = "asynq:workers";
/// ZSET of scheduler keys, scored as [`SERVERS`].
pub const SCHEDULERS: &str = "asynq:schedulers";
/// Channel on which the ids of tasks to be cancelled are published.
pub const CANCEL_CHANNEL: &str = "asynq:cancel";

/// How the keys of Asynq and of qctl begin.
pub(super) const PREFIXES: [&str; 2] = ["asynq:", "qctl:"];

/// Whether a text may be a key that exists.
pub(super) fn is_key(text: &str) -> bool {
    PREFIXES.iter().any(|prefix| text.starts_with(prefix)) && !text.ends_with(NEVER)
}

/// STRING: the announcement of one server.
pub fn server(host: &str, pid: i32, server_id: &str) -> String {
    format!("asynq:servers:{{{host}:{pid}:{server_id}}}")
}

/// Host, process id and id of the server whose announcement has this key.
pub fn server_of(key: &str) -> Option<&str> {
    key.strip_prefix("asynq:servers:{")?.strip_suffix('}')
}

/// HASH task id → announcement of one running task of a server.
pub fn workers(host: &str, pid: i32, server_id: &str) -> String {
    format!("asynq:workers:{{{host}:{pid}:{server_id}}}")
}

/// LIST of the entries of one scheduler.
pub fn scheduler(scheduler_id: &str) -> String {
    format!("asynq:schedulers:{{{scheduler_id}}}")
}

/// LIST of entries that are being written, under a key of its own for each writer. They are in the slot of [`scheduler`].
pub(crate) fn scheduler_draft(scheduler_id: &str) -> String {
    format!("{}:{}", scheduler(scheduler_id), uuid::Uuid::new_v4())
}

/// The id of the scheduler whose entries have this key.
pub fn scheduler_of(key: &str) -> &str {
    let id = key.strip_prefix("asynq:schedulers:{");
    id.and_then(|id| id.strip_suffix('}')).unwrap_or(key)
}

/// ZSET of the enqueue events of one scheduler entry, scored by second.
pub fn scheduler_history(entry_id: &str) -> String {
    format!("asynq:scheduler_history:{entry_id}")
}

/// SET of the names of qctl's stored schedules. Their keys share a slot of their own.
pub const CRON_NAMES: &str = "qctl:{cron}:names";
/// STRING: changes with every change of a stored schedule.
pub const CRON_VERSION: &str = "qctl:{cron}:version";

/// ZSET of watched files that are broken, each scored by the second at which its announcement ends.
pub const CRON_BROKEN_FILES: &str = "qctl:{cron}:broken_files";

/// HASH: one stored schedule: its definition and its progress.
pub fn cron_schedule(name: &str) -> String {
    format!("qctl:{{cron}}:schedule:{name}")
}

/// LIST of the outcomes of the last ticks of a stored schedule, newest first.
pub fn cron_history(name: &str) -> String {
    format!("qctl:{{cron}}:history:{name}")
}

/// STRING: the id of the server that looks after the queues that it does not process.
pub const CARETAKER: &str = "qctl:{upkeep}:caretaker";

/// ZSET: the places of a limit that workers share, each scored by the second at which it is free if its holder has vanished.
/// Asynq's x/rate uses it too.
pub fn places(scope: &str) -> String {
    format!("asynq:sema:{scope}")
}

/// STRING: the tokens of a limit that workers share. It expires when there are as many as there may be.
pub fn tokens(scope: &str) -> String {
    format!("qctl:tokens:{scope}")
}

/// STREAM: the changes that operators have made.
pub const AUDIT: &str = "qctl:audit";

/// The queue that a key belongs to, and the type that its value should have. `None` for keys of no queue.
pub(crate) fn expected_type(key: &str) -> Option<(QueueName, &'static str)> {
    let (queue, name) = key.strip_prefix(QUEUE_START)?.split_once("}:")?;
    Some((QueueName::new(queue).ok()?, kind::of(name)))
}

/// The type that the value of a key should have, if it is one of Asynq's or ours.
pub(crate) fn type_of(key: &str) -> Option<&'static str> {
    let global = key.strip_prefix(PREFIXES[0]).and_then(kind::of_asynq);
    let of_no_queue = global.or_else(|| kind::of_qctl(key));
    of_no_queue.or_else(|| expected_type(key).map(|(_, kind)| kind))
}

/// A pattern that all keys of Asynq match, and one that the keys of groups and aggregation sets match.
pub(crate) const PATTERN: &str = "asynq:*";
pub(crate) const GROUP_PATTERN: &str = "asynq:{*}:g:*";

/// The id of the scheduler entry whose history has this key.
pub(crate) fn history_of(key: &str) -> Option<&str> {
    key.strip_prefix("asynq:scheduler_history:")
}

/// The queue that a key belongs to, and what the key is for. `None` for keys of no queue.
pub(crate) fn purpose(key: &[u8]) -> Option<(QueueName, Purpose)> {
    let rest = key.strip_prefix(QUEUE_START.as_bytes())?;
    let end = rest.windows(2).position(|two| two == b"}:")?;
    let queue = QueueName::new(str::from_utf8(&rest[..end]).ok()?).ok()?;
    let name = &rest[end + 2..];
    if let Some(id) = name.strip_prefix(b"t:") {
        return Some((queue, Purpose::Task(id.to_vec())));
    }
    let Ok(name) = str::from_utf8(name) else {
        return Some((queue, Purpose::Other));
    };
    let (first, rest) = name.split_once(':').unwrap_or((name, ""));
    let purpose = match first {
        "unique" => Purpose::Lock,
        "g" => Purpose::Group(rest.to_owned()),
        "paused" | "processed" | "failed" => Purpose::Bookkeeping,
        "qctl" if name != "qctl:aside" => Purpose::Bookkeeping,
        "pending" | "active" | "scheduled" | "retry" | "archived" | "completed" | "lease"
        | "groups" | "aggregation_sets" | "qctl" => Purpose::Container,
        _ => Purpose::Other,
    };
    Some((queue, purpose))
}

/// The end of the name of a key that never exists.
const NEVER: &str = ":qctl:never";

/// A key that never exists, in the slot of `key`; `None` if its name has no hash tag.
pub(crate) fn never(key: &str) -> Option<String> {
    let end = key.find('}')?;
    Some(format!("{}{NEVER}", &key[..=end]))
}

/// The keys of one queue.
#[derive(Debug, Clone)]
pub struct QueueKeys {
    prefix: String,
}

impl QueueKeys {
    /// The keys of `queue`.
    pub fn new(queue: &QueueName) -> Self {
        Self {
            prefix: format!("asynq:{{{queue}}}:"),
        }
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The prefix of every key of the queue.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The prefix of the keys of all tasks of the queue; the id follows.
    pub fn task_prefix(&self) -> String {
        self.key("t:")
    }

    /// HASH: one task, with `msg`, `state` and other fields.
    pub fn task(&self, id: &TaskId) -> String {
        format!("{}t:{id}", self.prefix)
    }

    /// LIST of pending ids: pushed on the left, taken from the right.
    pub fn pending(&self) -> String {
        self.key("pending")
    }

    /// LIST of the ids of running tasks.
    pub fn active(&self) -> String {
        self.key("active")
    }

    /// ZSET of the ids of running tasks, scored by the second at which the lease ends.
    pub fn lease(&self) -> String {
        self.key("lease")
    }

    /// ZSET of ids waiting for their first start, scored by it.
    pub fn scheduled(&self) -> String {
        self.key("scheduled")
    }

    /// ZSET of failed ids, scored by the second of their next attempt.
    pub fn retry(&self) -> String {
        self.key("retry")
    }

    /// ZSET of ids in `retry` that wait for the turn of a handler, in their order. Asynq does not know it, so it
    /// may contain ids that have left `retry`. The prefix is the queue's, so that rights to the queue suffice, and
    /// that it is deleted with the queue.
    pub fn waiting(&self, scope: &str) -> String {
        format!("{}{scope}", self.waiting_prefix())
    }

    /// The prefix of these keys; the pattern of the handler follows.
    pub fn waiting_prefix(&self) -> String {
        self.key("qctl:waiting:")
    }

    /// The keys of scripts that change tasks by id (`shared/container.lua`), in their order.
    pub(crate) fn by_id(&self) -> [String; 9] {
        [
            self.pending(),
            self.active(),
            self.scheduled(),
            self.retry(),
            self.archived(),
            self.completed(),
            self.groups(),
            self.lease(),
            self.aside(),
        ]
    }

    /// The keys of which at least one exists while the queue has tasks.
    pub(crate) fn with_tasks(&self) -> [String; 10] {
        [
            self.pending(),
            self.active(),
            self.scheduled(),
            self.retry(),
            self.archived(),
            self.completed(),
            self.aside(),
            self.groups(),
            self.aggregation_sets(),
            self.moving(),
        ]
    }

    /// ZSET of archived ids, scored by the second at which they were archived.
    pub fn archived(&self) -> String {
        self.key("archived")
    }

    /// ZSET of ids without a readable message, scored by the second at which they were set aside. Asynq does not use this
    /// key. Whatever is stored at the task key of such an id stays there.
    pub fn aside(&self) -> String {
        self.key("qctl:aside")
    }

    /// LIST of what attempts of this task have printed, oldest first: see [`AttemptLog`](super::records::AttemptLog).
    pub(crate) fn log(&self, id: &TaskId) -> String {
        format!("{}{id}", self.log_prefix())
    }

    /// The prefix of these keys; the id follows.
    pub(crate) fn log_prefix(&self) -> String {
        self.key("qctl:log:")
    }

    /// ZSET of the ids of tasks with a log, scored by the second of its last change.
    pub(crate) fn logs(&self) -> String {
        self.key("qctl:logs")
    }

    /// HASH id → bytes of its log. The empty field has the sum.
    pub(crate) fn log_sizes(&self) -> String {
        self.key("qctl:log_sizes")
    }

    /// SET of the ids of tasks that were taken out of the queue and are not in another one yet.
    pub fn moving(&self) -> String {
        self.key("qctl:moving")
    }

    /// HASH: such a task, with the fields that it had, its destination, its score and its old message.
    pub fn moving_of(&self, id: &TaskId) -> String {
        format!("{}{id}", self.moving_prefix())
    }

    /// The prefix of these keys; the id follows.
    pub(crate) fn moving_prefix(&self) -> String {
        self.key("qctl:moving:")
    }

    /// ZSET of completed ids, scored by the second at which they may be deleted.
    pub fn completed(&self) -> String {
        self.key("completed")
    }

    /// SET of the names of groups that hold tasks.
    pub fn groups(&self) -> String {
        self.key("groups")
    }

    /// The prefix of the keys of all groups; the name follows.
    pub fn group_prefix(&self) -> String {
        self.key("g:")
    }

    /// ZSET of ids waiting in a group, scored by when they joined it.
    pub fn group(&self, name: &str) -> String {
        format!("{}g:{name}", self.prefix)
    }

    /// ZSET of ids being merged, scored as in their group.
    pub fn aggregation_set(&self, group: &str, set_id: &str) -> String {
        format!("{}g:{group}:{set_id}", self.prefix)
    }

    /// ZSET of the full keys of open aggregation sets, scored by when they may be reclaimed.
    pub fn aggregation_sets(&self) -> String {
        self.key("aggregation_sets")
    }

    /// The prefix of the keys of all uniqueness locks.
    pub(crate) fn unique_prefix(&self) -> String {
        self.key("unique:")
    }

    /// STRING: the id of the task that holds this uniqueness lock.
    ///
    /// A client that is given no payload at all differs from one given an empty payload.
    pub fn unique(&self, kind: &str, payload: Option<&[u8]>) -> String {
        let mut key = format!("{}unique:{kind}:", self.prefix);
        if let Some(payload) = payload {
            for byte in Md5::digest(payload) {
                // Writing to a String cannot fail.
                write!(key, "{byte:02x}").unwrap_or_default();
            }
        }
        key
    }

    /// STRING: the last call that stored tasks under this receipt, and what became of each task. Asynq does not know
    /// it. It expires after minutes.
    pub fn receipt(&self, name: &str) -> String {
        format!("{}qctl:receipt:{name}", self.prefix)
    }

    /// STRING: the second at which the queue was paused; its existence is what counts.
    pub fn paused(&self) -> String {
        self.key("paused")
    }

    /// STRING: attempts that ended on a UTC day.
    pub fn processed_on(&self, day: NaiveDate) -> String {
        format!("{}processed:{day}", self.prefix)
    }

    /// STRING: attempts that failed on a UTC day.
    pub fn failed_on(&self, day: NaiveDate) -> String {
        format!("{}failed:{day}", self.prefix)
    }

    /// STRING: attempts that ended, in all.
    pub fn processed(&self) -> String {
        self.key("processed")
    }

    /// STRING: attempts that failed, in all.
    pub fn failed(&self) -> String {
        self.key("failed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The protocol's test vectors.
    #[test]
    fn keys_are_asynqs() {
        let keys = QueueKeys::new(&QueueName::default());
        let lock = |payload: Option<&str>| keys.unique("email:send", payload.map(str::as_bytes));
        assert_eq!(
            lock(Some(r#"{"user_id":123}"#)),
            "asynq:{default}:unique:email:send:f7218ed06954e3dc6750e967d4be68e4"
        );
        assert_eq!(lock(None), "asynq:{default}:unique:email:send:");
        assert_eq!(
            lock(Some("")),
            "asynq:{default}:unique:email:send:d41d8cd98f00b204e9800998ecf8427e"
        );
        assert_eq!(keys.group("mygroup"), "asynq:{default}:g:mygroup");
        assert_eq!(
            keys.aggregation_set("mygroup", "12345"),
            "asynq:{default}:g:mygroup:12345"
        );
        let day = NaiveDate::from_ymd_opt(2026, 3, 9).unwrap();
        assert_eq!(
            keys.processed_on(day),
            "asynq:{default}:processed:2026-03-09"
        );
        assert_eq!(server("h", 7, "s"), "asynq:servers:{h:7:s}");
    }
}
