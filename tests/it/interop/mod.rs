//! The broker and the real Asynq on one Redis: what either writes the other reads, works and ends.

mod inspect;
mod operate;
mod work;

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use qctl::broker::Broker;
use qctl::clock;
use qctl::task::{NewTask, QueueName, Start, State, TaskId, TaskType};
use serde_json::{Value, json};

use crate::harness::peer::Peer;
use crate::harness::redis::Redis;

/// A Redis with the broker on one side and Asynq on the other.
struct Both {
    redis: Redis,
    broker: Broker,
    peer: Peer,
    queue: QueueName,
}

impl Both {
    /// `None` where Go is missing.
    async fn start() -> Option<Self> {
        let redis = Redis::start();
        let peer = Peer::start(&redis)?;
        let broker = crate::broker::connect(&redis.url()).await.unwrap();
        Some(Self {
            redis,
            broker,
            peer,
            queue: QueueName::default(),
        })
    }

    fn info(&mut self, queue: &str, id: &str) -> Value {
        self.peer
            .call(&json!({"op": "task_info", "queue": queue, "id": id}))
    }

    /// The state that Go sees; nothing when it sees no task.
    fn state(&mut self, id: &str) -> Option<String> {
        let request = json!({"op": "task_info", "queue": "default", "id": id});
        let info = self.peer.try_call(&request).ok()?;
        Some(info["state"].as_str().unwrap().to_owned())
    }

    fn listed(&mut self, state: State, group: &str) -> Vec<Value> {
        let list = self.peer.call(&json!({
            "op": "list", "queue": "default", "state": state.name(), "group": group,
        }));
        serde_json::from_value(list).unwrap()
    }

    /// What the broker finds, in the words of the peer.
    async fn found(&self, queue: &QueueName, id: &str, now: DateTime<Utc>) -> Value {
        let id = TaskId::new(id).unwrap();
        let found = self.broker.find(queue, &id).await.unwrap().unwrap();
        let message = found.message.clone().unwrap();
        let second = |second: i64| (second != 0).then_some(second);
        // Asynq reports the time of the look-up for a pending task.
        let next_process_at = match found.state {
            State::Pending => Some(now),
            _ => found.next_process_at(),
        };
        let headers = (!message.headers.is_empty()).then_some(&message.headers);
        json!({
            "id": message.id, "queue": message.queue, "type": message.kind,
            "payload_base64": STANDARD.encode(&message.payload), "headers": headers,
            "state": found.state.name(), "max_retry": message.max_retry, "retried": message.retried,
            "last_err": message.last_error, "last_failed_at": second(message.last_failed_at),
            "timeout_s": message.timeout, "deadline": second(message.deadline), "group": message.group,
            "next_process_at": next_process_at.map(|at| at.timestamp()),
            // Asynq's lookup of one task never says that it is orphaned.
            "is_orphaned": false,
            "retention_s": message.retention, "completed_at": second(message.completed_at),
            "result_base64": STANDARD.encode(found.result.unwrap_or_default()),
        })
    }
}

fn task(id: &str) -> NewTask {
    NewTask {
        id: TaskId::new(id).unwrap(),
        ..NewTask::new(
            TaskType::new("größe:測").unwrap(),
            Some(b"\0\xff{}".to_vec()),
        )
    }
}

/// An id and what sets its task apart.
type Change = (&'static str, fn(&mut NewTask));

/// Tasks with each option and in each place, and with all options at once.
fn with_every_option() -> Vec<NewTask> {
    let changes: [Change; 14] = [
        ("plain", |_| ()),
        ("no-payload", |task| task.payload = None),
        ("empty-payload", |task| task.payload = Some(Vec::new())),
        ("timeout", |task| task.options.timeout = Some(MINUTE)),
        ("deadline", |task| {
            task.options.deadline = DateTime::from_timestamp(4_000_000_000, 0);
        }),
        ("retention", |task| task.options.retention = MINUTE),
        ("headers", |task| {
            task.options.headers = headers(&[("k", "v"), ("größe", ""), ("", "測")]);
        }),
        ("unique", |task| task.options.unique_for = Some(MINUTE)),
        ("later", |task| task.start = far_ahead()),
        ("later-unique", |task| {
            (task.start, task.options.unique_for, task.payload) = (far_ahead(), Some(MINUTE), None);
        }),
        ("later-in-group", |task| {
            (task.start, task.options.group) = (far_ahead(), Some("g".into()));
        }),
        ("group", |task| task.options.group = Some("größe 1".into())),
        ("group-unique", |task| {
            (task.options.group, task.options.unique_for) = (Some("g".into()), Some(MINUTE));
            task.payload = Some(b"g".to_vec());
        }),
        ("größe 測 {1}\n\0", |task| {
            task.options.queue = QueueName::new("größe {1}").unwrap();
        }),
    ];
    let mut tasks: Vec<NewTask> = changes
        .into_iter()
        .map(|(id, change)| {
            let mut task = task(id);
            change(&mut task);
            task
        })
        .collect();
    tasks.push(
        NewTask {
            start: far_ahead(),
            payload: Some(b"all".to_vec()),
            ..task("all")
        }
        .with(|options| {
            options.max_retry = 3;
            options.timeout = Some(MINUTE);
            options.deadline = DateTime::from_timestamp(4_000_000_000, 0);
            options.unique_for = Some(MINUTE);
            options.retention = MINUTE;
            options.headers = headers(&[("k", "v")]);
        }),
    );
    tasks
}

const MINUTE: Duration = Duration::from_secs(60);

fn far_ahead() -> Start {
    Start::At(DateTime::from_timestamp(3_900_000_000, 0).unwrap())
}

fn headers(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

/// The request with which the peer enqueues the same task.
fn request(task: &NewTask) -> Value {
    let start = match task.start {
        Start::Now => None,
        Start::At(at) => Some(at.timestamp()),
    };
    json!({
        "op": "enqueue", "type": task.kind.as_str(), "queue": task.options.queue.as_str(), "id": task.id.as_str(),
        "payload_base64": task.payload.as_ref().map(|bytes| STANDARD.encode(bytes)),
        "headers": (!task.options.headers.is_empty()).then_some(&task.options.headers),
        "max_retry": task.options.max_retry, "timeout_s": task.options.timeout.map(|timeout| timeout.as_secs()),
        "deadline_unix": task.options.deadline.map(|at| at.timestamp()), "process_at_unix": start,
        "unique_s": task.options.unique_for.map(|time| time.as_secs()),
        "retention_s": (!task.options.retention.is_zero()).then_some(task.options.retention.as_secs()), "group": task.options.group,
    })
}

/// Go says the next start of a pending task by its own clock.
fn without_the_clock(mut info: Value) -> Value {
    if info["state"] == "pending" {
        info["next_process_at"] = Value::Null;
    }
    info
}

async fn enqueue(both: &Both, task: &NewTask) {
    both.broker.enqueue(task, clock::now()).await.unwrap();
}
