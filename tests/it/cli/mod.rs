//! The program as people and scripts meet it: what each command says on which stream, its exit code, and
//! how it fails. Rules are tested where they live; these prove that they reach the user.

pub(crate) mod access;
mod archive;
mod aside;
mod audit;
mod cancel;
mod check;
mod command_line;
mod completions;
mod completions_in_shells;
mod config;
mod connection;
mod contexts;
mod cron;
mod dead_ends;
mod delete;
mod dev;
mod doctor;
mod documents;
mod drop;
pub(crate) mod edit;
mod edit_as_text;
mod enqueue;
mod export;
mod help;
mod hostile;
mod import;
mod inspect;
mod interrupt;
mod list;
mod list_arranged;
mod man;
mod output;
mod pause;
mod questions;
mod refusals;
mod retry;
mod rights;
mod secrets;
mod selection;
mod stats;
mod tls;
mod try_task;
mod unknown_times;
mod wait;
mod work_check;

use std::collections::{BTreeMap, BTreeSet};

use qctl::broker::keys::{self, QueueKeys};
use qctl::clock;
use qctl::task::{Message, QueueName, State, TaskId};

use crate::harness::is_bookkeeping;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

/// Scores of tasks that [`put`] made, of leases, due times and expiries: far ahead, so that nothing is over.
const AHEAD: &str = "4000000000";

/// When an aggregating task that [`put`] made joined its group.
const JOINED_AT: &str = "1700000000";

/// Since when pending tasks that [`put`] made have been waiting, in nanoseconds.
const SINCE: &str = "1700000000500000000";

/// The codes of findings that depend on the thresholds of `[trouble]`.
pub(crate) const OF_THRESHOLDS: [&str; 11] = [
    "unserved",
    "pending-too-long",
    "not-forwarded",
    "failing",
    "retries-due",
    "orphaned",
    "worker-silent",
    "paused-too-long",
    "group-too-old",
    "archive-full",
    "clock-differs",
];

/// The program on this Redis, with the words of a line as its arguments.
fn qctl(redis: &Redis, line: &str) -> Qctl {
    Qctl::new(redis).args(line.split_whitespace())
}

pub(crate) fn keys(queue: &str) -> QueueKeys {
    QueueKeys::new(&QueueName::new(queue).unwrap())
}

pub(crate) fn task_key(queue: &str, id: &str) -> String {
    keys(queue).task(&TaskId::new(id).unwrap())
}

/// A message of the type `t` with the payload `{"n":1}`.
pub(crate) fn message(queue: &str, id: &str) -> Message {
    Message {
        kind: "t".to_owned(),
        payload: br#"{"n":1}"#.to_vec(),
        id: id.to_owned(),
        queue: queue.to_owned(),
        max_retry: 25,
        timeout: 1800,
        ..Message::default()
    }
}

/// Puts a task into a queue in this state, as it would lie there. Aggregating ones join the group `g`.
pub(crate) fn put(redis: &Redis, queue: &str, id: &str, state: State) {
    let mut message = message(queue, id);
    match state {
        State::Retry | State::Archived => {
            message.retried = 3;
            "boom".clone_into(&mut message.last_error);
            message.last_failed_at = 1_700_000_000;
        }
        State::Completed => message.completed_at = 1_700_000_000,
        State::Aggregating => "g".clone_into(&mut message.group),
        State::Active | State::Pending | State::Scheduled | State::Aside => {}
    }
    put_message(redis, &message, state);
}

/// Puts a pending task with any id, also one that qctl would not give.
fn put_stored(redis: &Redis, message: &Message) {
    let id = TaskId::from_stored(message.id.clone().into_bytes());
    let key = keys(&message.queue).task(&id);
    redis.cmd(&["SADD", keys::QUEUES, &message.queue]);
    redis.cmd(&[
        b"HSET",
        key.as_bytes(),
        b"state",
        b"pending",
        b"msg",
        &message.to_bytes(),
    ]);
    redis.cmd(&["LPUSH", &keys(&message.queue).pending(), &message.id]);
}

pub(crate) fn put_message(redis: &Redis, message: &Message, state: State) {
    let (queue, id) = (message.queue.as_str(), message.id.as_str());
    let key = task_key(queue, id);
    redis.cmd(&["SADD", keys::QUEUES, queue]);
    redis.cmd(&[
        b"HSET",
        key.as_bytes(),
        b"state",
        state.name().as_bytes(),
        b"msg",
        &message.to_bytes(),
    ]);
    let keys = keys(queue);
    let scored = |set: String, score: &str| {
        redis.cmd(&["ZADD", &set, score, id]);
    };
    match state {
        State::Pending => {
            redis.cmd(&["HSET", &key, "pending_since", SINCE]);
            redis.cmd(&["LPUSH", &keys.pending(), id]);
        }
        State::Active => {
            redis.cmd(&["LPUSH", &keys.active(), id]);
            scored(keys.lease(), AHEAD);
        }
        State::Scheduled => scored(keys.scheduled(), AHEAD),
        State::Retry => scored(keys.retry(), AHEAD),
        State::Archived => scored(keys.archived(), &clock::now().timestamp().to_string()),
        State::Completed => scored(keys.completed(), AHEAD),
        State::Aside => scored(keys.aside(), &clock::now().timestamp().to_string()),
        State::Aggregating => {
            redis.cmd(&["HSET", &key, "group", &message.group]);
            redis.cmd(&["SADD", &keys.groups(), &message.group]);
            scored(keys.group(&message.group), JOINED_AT);
        }
    }
}

/// Says that the task was archived in November 2023; the next archiving deletes one as old as that.
fn archived_long_ago(redis: &Redis, queue: &str, id: &str) {
    redis.cmd(&["ZADD", &keys(queue).archived(), "1700000000", id]);
}

/// One task in each of Asynq's states, named after it.
pub(crate) fn put_one_of_each(redis: &Redis, queue: &str) {
    for state in State::ALL {
        if state == State::Aside {
            continue;
        }
        put(redis, queue, state.name(), state);
    }
}

/// Archived tasks in the queue `q`, more than one step can take.
pub(crate) fn put_many(redis: &Redis, count: usize) {
    put(redis, "q", "first", State::Archived);
    let archived = keys("q").archived();
    let archived_at = clock::now().timestamp() - 60;
    let mut connection = redis.connection().unwrap();
    let mut pipeline = ::redis::pipe();
    for number in 0..count {
        let id = format!("{number:06}");
        let message = message("q", &id).to_bytes();
        let fields: [(&str, &[u8]); 2] = [("msg", &message), ("state", b"archived")];
        pipeline.hset_multiple(task_key("q", &id), &fields).ignore();
        pipeline.zadd(&archived, &id, archived_at).ignore();
    }
    pipeline.query::<()>(&mut connection).unwrap();
}

/// The state that a task is in; nothing when it does not exist.
pub(crate) fn state(redis: &Redis, queue: &str, id: &str) -> Option<String> {
    redis.query(&["HGET", &task_key(queue, id), "state"])
}

/// Everything there is, key by key: for the proof that nothing was changed.
pub(crate) fn contents(redis: &Redis) -> BTreeMap<String, Option<Vec<u8>>> {
    let names: Vec<String> = redis.query(&["KEYS", "*"]);
    names
        .into_iter()
        .filter(|name| !is_bookkeeping(name))
        .map(|name| {
            let dump = match redis.query::<String>(&["TYPE", &name]).as_str() {
                // Its order changes while Redis makes room for more members.
                "set" => {
                    let members: BTreeSet<Vec<u8>> = redis.query(&["SMEMBERS", &name]);
                    Some(members.into_iter().collect::<Vec<_>>().join(&0))
                }
                _ => redis.query(&["DUMP", &name]),
            };
            (name, dump)
        })
        .collect()
}
