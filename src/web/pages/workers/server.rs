//! A server: its slots and queues, and the tasks that it runs.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::document::server::{ServerDocument, SilentServer, WorkerDocument};
use crate::task::short_id;
use crate::view::text::escape;
use crate::web::links;
use crate::web::parts::bar::meter;
use crate::web::parts::number::none;
use crate::web::parts::text::{line, short};
use crate::web::parts::time::ago;
use crate::web::state::Shared;

/// Slots that are drawn one by one.
const MAX_SQUARES: i32 = 64;

/// The id of the element of a server.
pub(super) fn id(server_id: &str) -> String {
    format!("server:{server_id}")
}

/// A server that fell silent takes the place of what it was.
pub(super) fn silent(server: &SilentServer, now: DateTime<Utc>) -> Markup {
    html! {
        article .panel.server.silent id=(id(&server.server_id)) data-within="servers" {
            div .server-facts {
                h2 .clip { (short(&server.host, 60)) span .dim { ":" (line(&server.pid)) } }
                span .tag.error { "no heartbeat" }
                span .dim { "last seen " (ago(Some(server.seen_at), now)) }
            }
        }
    }
}

pub(super) fn server(
    shared: &Shared,
    may_change: bool,
    server: &ServerDocument,
    tasks: &[WorkerDocument],
    now: DateTime<Utc>,
) -> Markup {
    html! {
        article .panel.server id=(id(&server.server_id)) data-within="servers" {
            div .server-facts {
                h2 .clip { (short(&server.host, 60)) span .dim { ":" (server.pid) } }
                (status(&server.status))
                span .dim { "started " (ago(server.started_at, now)) }
                div .server-slots { (slots(server)) span .number { (server.active_workers) "/" (server.concurrency) } }
            }
            div .server-queues {
                @for (queue, weight) in weights(server) {
                    a .tag href=(links::queue(shared, queue)) { (short(queue, 40)) " " (weight) }
                }
                @if server.strict { span .dim.small { "in strict order" } }
            }
            @if !tasks.is_empty() {
                details id={ "running-" (server.server_id) } open[tasks.len() <= 10] {
                    summary .dim { "Running tasks" }
                    (running(shared, may_change, tasks, now))
                }
            }
        }
    }
}

fn status(status: &str) -> Markup {
    let class = if status == "active" {
        "good"
    } else {
        "warning"
    };
    html! { span class={ "tag " (class) } { (short(status, 20)) } }
}

/// The heaviest first.
fn weights(server: &ServerDocument) -> Vec<(&String, i32)> {
    let mut queues: Vec<_> = server
        .queues
        .iter()
        .map(|(queue, weight)| (queue, *weight))
        .collect();
    queues.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    queues
}

/// A square for each slot, filled if it is busy.
fn slots(server: &ServerDocument) -> Markup {
    let slots = server.concurrency.clamp(0, MAX_SQUARES);
    let busy = server.active_workers;
    html! {
        svg width=(slots * 10) height="8" role="img"
            aria-label={ (busy) " of " (server.concurrency) " slots busy" } {
            @for slot in 0..slots {
                @let class = if slot < busy { "fill-active" } else { "fill-none" };
                rect class=(class) x=(slot * 10) width="8" height="8" rx="1" {}
            }
        }
    }
}

fn running(
    shared: &Shared,
    may_change: bool,
    tasks: &[WorkerDocument],
    now: DateTime<Utc>,
) -> Markup {
    html! {
        table .rows.running role="table" aria-label="Running tasks" {
            thead role="rowgroup" {
                tr role="row" {
                    @for title in ["Task", "Type", "Queue", "Started", "Deadline", ""] {
                        th role="columnheader" scope="col" { (title) }
                    }
                }
            }
            tbody role="rowgroup" {
                @for task in tasks {
                    tr role="row" {
                        td role="cell" .clip.mono {
                            a href=(links::task(shared, &task.queue, &task.task_id)) title=(escape(&task.task_id)) {
                                (short(short_id(&task.task_id).unwrap_or(&task.task_id), 36))
                            }
                        }
                        td role="cell" .clip.mono { (line(&task.kind)) }
                        td role="cell" .clip { a href=(links::queue(shared, &task.queue)) { (short(&task.queue, 40)) } }
                        td role="cell" { (ago(task.started_at, now)) }
                        td role="cell" .running-deadline { (deadline(task, now)) }
                        td role="cell" .number { @if may_change { (cancel(shared, task)) } }
                    }
                }
            }
        }
    }
}

/// When the attempt must end, above how much of its time has passed.
fn deadline(task: &WorkerDocument, now: DateTime<Utc>) -> Markup {
    let (Some(started), Some(deadline)) = (task.started_at, task.deadline) else {
        return task
            .deadline
            .map_or_else(none, |deadline| ago(Some(deadline), now));
    };
    let whole = (deadline - started).as_seconds_f64();
    let passed = (now - started).as_seconds_f64();
    html! {
        (ago(Some(deadline), now))
        (meter(passed / whole, "time until the deadline"))
    }
}

fn cancel(shared: &Shared, task: &WorkerDocument) -> Markup {
    html! {
        form method="post" action=(shared.link("/workers/cancel", &[])) {
            input type="hidden" name="queue" value=(task.queue);
            input type="hidden" name="id" value=(task.task_id);
            button .button.short.danger { "Cancel" span .hidden { " task " (task.task_id) } }
        }
    }
}
