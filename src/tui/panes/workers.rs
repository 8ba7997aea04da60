//! Servers and what they run.

use chrono::{DateTime, Utc};

use super::section;
use crate::document::server::{ServerDocument, SilentServer, WorkerDocument};
use crate::task::{QueueName, State, TaskId};
use crate::tui::place::{List, Sheet};
use crate::tui::target::{Target, TaskTarget};
use crate::view::{Cell, Page, Role, Row as _, Table, text};

pub(in crate::tui) fn list(servers: &[ServerDocument], running: &[WorkerDocument]) -> List {
    let mut sections = Vec::new();
    let mut notes = Vec::new();
    if servers.is_empty() {
        notes.push(Cell::text("No server is running. Start one: qctl work"));
    } else {
        let target = |server: &ServerDocument| Target::Server(server.server_id.clone());
        sections.push(section(Some("Servers"), servers, target));
    }
    if running.is_empty() {
        notes.push(Cell::text("No running tasks are reported.").role(Role::Dim));
    } else {
        sections.push(section(Some("Running tasks"), running, task));
    }
    let count = text::plural(servers.len() as u64, "server");
    let tasks = text::plural(running.len() as u64, "running task");
    List {
        sections,
        notes,
        count: format!("{count}, {tasks}"),
        more: false,
        still: false,
    }
}

/// A line for each server that fell silent.
pub(in crate::tui) fn silent(
    servers: &[SilentServer],
    now: DateTime<Utc>,
) -> impl Iterator<Item = Cell> {
    servers.iter().map(move |server| {
        let seen = text::ago(server.seen_at, now);
        let words = format!(
            "{}:{} has no heartbeat, last seen {seen}",
            server.host, server.pid
        );
        Cell::text(words).role(Role::Dim)
    })
}

fn task(worker: &WorkerDocument) -> Target {
    match (QueueName::new(&worker.queue), TaskId::new(&worker.task_id)) {
        (Ok(queue), Ok(id)) => Target::Task(TaskTarget {
            queue,
            id,
            state: State::Active,
            orphaned: false,
        }),
        (Err(_), _) | (_, Err(_)) => Target::Nothing,
    }
}

/// A server: each of its columns as a fact, and its running tasks.
pub(in crate::tui) fn sheet(
    id: &str,
    servers: &[ServerDocument],
    running: &[WorkerDocument],
) -> Sheet {
    let page = match servers.iter().find(|server| server.server_id == id) {
        None => Page::new().sentence("This server has stopped, or no longer reports."),
        Some(server) => {
            let columns = ServerDocument::columns();
            let facts = columns
                .iter()
                .map(|column| (column.head.title, (column.cell)(server)));
            let own = running.iter().filter(|worker| worker.server_id == id);
            let own: Vec<WorkerDocument> = own.cloned().collect();
            let page = Page::new().facts(facts);
            if own.is_empty() {
                page.sentence(Cell::text("No running tasks are reported.").role(Role::Dim))
            } else {
                page.table(Table::list(&own))
            }
        }
    };
    Sheet {
        page,
        target: Target::Server(id.to_owned()),
    }
}
