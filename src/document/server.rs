//! Running servers, of Go programs and of qctl, and their running tasks.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::document;
use super::payload::{Payload, PayloadEncoding};
use crate::broker::records::{ServerFound, WorkerFound};
use crate::task::time::plausible;

document! {
    /// A server.
    pub(crate) struct ServerDocument {
        /// New after every start.
        server_id: String,
        host: String,
        pid: i32,
        /// `active`, `stopped`, …
        status: String,
        /// Tasks it can run at once.
        concurrency: i32,
        /// Tasks it runs now.
        active_workers: i32,
        /// Weight of each queue.
        queues: BTreeMap<String, i32>,
        /// Queues are served in strict order of weight.
        strict: bool,
        started_at: Option<DateTime<Utc>>,
    }
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
            started_at: found.started_at.and_then(plausible),
        }
    }
}

/// A server that did not say that it ends, and has said nothing since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct SilentServer {
    pub server_id: String,
    pub host: String,
    pub pid: String,
    /// Its last sign of life.
    pub seen_at: DateTime<Utc>,
}

impl SilentServer {
    /// From host, process id and id of the server instance, joined by colons.
    pub(crate) fn new(name: &str, seen_at: DateTime<Utc>) -> Self {
        let mut parts = name.rsplitn(3, ':').map(str::to_owned);
        let mut part = || parts.next().unwrap_or_default();
        Self {
            server_id: part(),
            pid: part(),
            host: part(),
            seen_at,
        }
    }
}

document! {
    /// A task that a server runs now.
    pub(crate) struct WorkerDocument {
        task_id: String,
        kind as "type": String,
        queue: String,
        server_id: String,
        host: String,
        pid: i32,
        /// When this attempt started.
        started_at: Option<DateTime<Utc>>,
        /// When this attempt must end.
        deadline: Option<DateTime<Utc>>,
        /// Empty if the server does not report it.
        payload: Payload,
        payload_encoding: PayloadEncoding,
    }
}

impl WorkerDocument {
    /// The host and process id of its server.
    pub(crate) fn server(&self) -> String {
        format!("{}:{}", self.host, self.pid)
    }
}

impl From<WorkerFound> for WorkerDocument {
    fn from(found: WorkerFound) -> Self {
        let payload = Payload::new(found.payload);
        Self {
            task_id: found.task_id,
            kind: found.kind,
            queue: found.queue,
            server_id: found.server_id,
            host: found.host,
            pid: found.pid,
            started_at: found.started_at.and_then(plausible),
            deadline: found.deadline.and_then(plausible),
            payload_encoding: payload.encoding(),
            payload,
        }
    }
}
