//! Running servers, of Go programs and of qctl, and their running tasks.

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
            Column::key("HOST", |server| Cell::text(&server.host)),
            Column::number("PID", |server| Cell::text(server.pid.to_string())),
            Column::whole("STATUS", |server| {
                let role = match server.status.as_str() {
                    "active" => Role::Good,
                    _ => Role::Warning,
                };
                Cell::text(&server.status).role(role)
            }),
            Column::number("BUSY", |server: &Self| {
                Cell::text(format!("{}/{}", server.active_workers, server.concurrency))
            })
            .sorted_by("active_workers"),
            Column::text("QUEUES", |server| Cell::maybe(Some(server.weights()))),
            Column::key("ORDER", |server: &Self| {
                Cell::text(if server.strict { "strict" } else { "weighted" })
            })
            .wide(),
            Column::whole("STARTED", |server: &Self| Cell::time(server.started_at)).reserve(10),
        ]
    }

    fn id(&self) -> Option<&str> {
        Some(&self.server_id)
    }
}

impl Row for WorkerDocument {
    const PLURAL: &'static str = "running tasks reported";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::key("TASK", |worker: &Self| Cell::id(&worker.task_id)),
            Column::text("QUEUE", |worker: &Self| Cell::text(&worker.queue)).reserve(7),
            Column::text("TYPE", |worker: &Self| Cell::text(&worker.kind)).reserve(12),
            Column::text("SERVER", |worker: &Self| Cell::text(worker.server())).reserve(12),
            Column::whole("STARTED", |worker: &Self| Cell::time(worker.started_at)).reserve(10),
            Column::whole("DEADLINE", |worker: &Self| Cell::time(worker.deadline)).wide(),
            Column::text("PAYLOAD", |worker: &Self| {
                Cell::maybe(Some(worker.payload.preview()))
            })
            .wide(),
        ]
    }

    fn id(&self) -> Option<&str> {
        Some(&self.task_id)
    }
}
