//! Running servers, Go's and ours, and the tasks they run now.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Cell, Column, Data, Encoding, Role, Row, write};
use crate::broker::records::{ServerFound, WorkerFound};

/// One server.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ServerDocument {
    /// Id of this instance.
    pub server_id: String,
    /// Its host.
    pub host: String,
    /// Its process id.
    pub pid: i32,
    /// `active`, `stopped`, …
    pub status: String,
    /// Tasks it can run at once.
    pub concurrency: i32,
    /// Tasks it runs now.
    pub active_workers: i32,
    /// Weight of each queue.
    pub queues: BTreeMap<String, i32>,
    /// Queues are served in strict order of weight.
    pub strict: bool,
    /// When it started.
    #[serde(serialize_with = "write::time")]
    pub started_at: Option<DateTime<Utc>>,
}

impl From<&ServerFound> for ServerDocument {
    fn from(found: &ServerFound) -> Self {
        Self {
            server_id: found.server_id.clone(),
            host: found.host.clone(),
            pid: found.pid,
            status: found.status.clone(),
            concurrency: found.concurrency,
            active_workers: found.active_workers,
            queues: found.queues.clone(),
            strict: found.strict,
            started_at: found.started_at,
        }
    }
}

impl ServerDocument {
    /// `critical:6 default:3 low:1`, the weightiest first.
    fn weights(&self) -> String {
        let mut queues: Vec<_> = self.queues.iter().collect();
        queues.sort_by_key(|(_, weight)| Reverse(**weight));
        let words = queues
            .iter()
            .map(|(queue, weight)| format!("{queue}:{weight}"));
        words.collect::<Vec<_>>().join(" ")
    }
}

impl Row for ServerDocument {
    const PLURAL: &'static str = "servers";

    const FIELDS: &'static [&'static str] = &[
        "server_id",
        "host",
        "pid",
        "status",
        "concurrency",
        "active_workers",
        "queues",
        "strict",
        "started_at",
    ];

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::key("SERVER", |server: &Self| Cell::text(&server.server_id)).wide(),
            Column::text("HOST", |server| Cell::text(&server.host)),
            Column::number("PID", |server| Cell::text(server.pid.to_string())),
            Column::key("STATUS", |server| {
                let role = match server.status.as_str() {
                    "active" => Role::Good,
                    _ => Role::Warning,
                };
                Cell::text(&server.status).role(role)
            }),
            Column::number("BUSY", |server| {
                Cell::text(format!("{}/{}", server.active_workers, server.concurrency))
            }),
            Column::text("QUEUES", |server| Cell::maybe(Some(server.weights()))),
            Column::key("ORDER", |server: &Self| {
                Cell::text(if server.strict { "strict" } else { "weighted" })
            })
            .wide(),
            Column::key("STARTED", |server| Cell::time(server.started_at)),
        ]
    }

    fn id(&self) -> &str {
        &self.server_id
    }
}

/// One task that a server runs now.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct WorkerDocument {
    /// The task.
    pub task_id: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its queue.
    pub queue: String,
    /// The server instance.
    pub server_id: String,
    /// The server's host.
    pub host: String,
    /// The server's process id.
    pub pid: i32,
    /// When this attempt started.
    #[serde(serialize_with = "write::time")]
    pub started_at: Option<DateTime<Utc>>,
    /// When it must end.
    #[serde(serialize_with = "write::time")]
    pub deadline: Option<DateTime<Utc>>,
    /// The payload, as far as the server tells it.
    pub payload: Data,
    /// How `payload` is written.
    pub payload_encoding: Encoding,
}

impl From<WorkerFound> for WorkerDocument {
    fn from(found: WorkerFound) -> Self {
        let payload = Data::new(found.payload);
        Self {
            task_id: found.task_id,
            kind: found.kind,
            queue: found.queue,
            server_id: found.server_id,
            host: found.host,
            pid: found.pid,
            started_at: found.started_at,
            deadline: found.deadline,
            payload_encoding: payload.encoding(),
            payload,
        }
    }
}

impl Row for WorkerDocument {
    const PLURAL: &'static str = "running tasks";

    const FIELDS: &'static [&'static str] = &[
        "task_id",
        "type",
        "queue",
        "server_id",
        "host",
        "pid",
        "started_at",
        "deadline",
        "payload",
        "payload_encoding",
    ];

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::key("TASK", |worker: &Self| Cell::text(&worker.task_id)),
            Column::text("TYPE", |worker| Cell::text(&worker.kind)),
            Column::text("QUEUE", |worker| Cell::text(&worker.queue)),
            Column::text("SERVER", |worker| {
                Cell::text(format!("{}:{}", worker.host, worker.pid))
            }),
            Column::key("STARTED", |worker| Cell::time(worker.started_at)),
            Column::key("DEADLINE", |worker: &Self| Cell::time(worker.deadline)).wide(),
            Column::text("PAYLOAD", |worker: &Self| {
                Cell::maybe(Some(worker.payload.preview()))
            })
            .wide(),
        ]
    }

    fn id(&self) -> &str {
        &self.task_id
    }
}
