//! Running servers, Go's and ours, and the tasks they run now.

use std::cmp::Reverse;

use super::{Cell, Column, Role, Row};
use crate::document::server::{ServerDocument, WorkerDocument};

impl ServerDocument {
    /// `critical:6 default:3 low:1`, the heaviest first.
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

impl Row for WorkerDocument {
    const PLURAL: &'static str = "running tasks";

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
