//! The rows of a list of tasks.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::document::payload::Payload;
use crate::document::task::TaskDocument;
use crate::inspector::FoundTask;
use crate::task::{State, short_id};
use crate::view::text::escape;
use crate::web::changes::ticked;
use crate::web::links;
use crate::web::parts::number::{none, unknown};
use crate::web::parts::state::state;
use crate::web::parts::text::short;
use crate::web::parts::time::ago;
use crate::web::state::Shared;

/// A list. With `ticks`, tasks can be ticked.
pub(crate) fn list(
    shared: &Shared,
    tasks: &[FoundTask],
    ticks: bool,
    now: DateTime<Utc>,
) -> Markup {
    html! {
        table .rows.tasks .without-ticks[!ticks] role="table" aria-label="Tasks" {
            thead role="rowgroup" {
                tr role="row" {
                    @if ticks {
                        th role="columnheader" scope="col" .task-tick {
                            input #tick-all .scripted type="checkbox" aria-label="Tick all tasks of this page";
                        }
                    }
                    th role="columnheader" scope="col" { "Task" }
                    th role="columnheader" scope="col" { "Queue" }
                    th role="columnheader" scope="col" { "State" }
                    th role="columnheader" scope="col" { "When" }
                    th .number role="columnheader" scope="col" { "Retried" }
                    th role="columnheader" scope="col" .task-payload { "Last error or payload" }
                }
            }
            tbody role="rowgroup" {
                @for task in tasks {
                    (row(shared, &TaskDocument::new(task.clone(), now), ticks, now))
                }
            }
        }
    }
}

fn row(shared: &Shared, task: &TaskDocument, ticks: bool, now: DateTime<Utc>) -> Markup {
    let label = format!("Task {}", task.id);
    let name = short_id(&task.id).unwrap_or(&task.id);
    html! {
        tr role="row" {
            @if ticks {
                td role="cell" .task-tick {
                    input type="checkbox" name="task" value=(ticked(&task.queue, &task.id)) aria-label=(escape(&label));
                }
            }
            td role="cell" .task-name.clip {
                a .mono href=(links::task(shared, &task.queue, &task.id)) title=(escape(&task.id)) { (short(name, 60)) }
                " "
                @match &task.kind {
                    Some(kind) => { span .mono title=(escape(kind)) { (short(kind, 80)) } }
                    None => { span .error { "unreadable" } }
                }
            }
            td role="cell" .task-queue.clip {
                a href=(links::queue(shared, &task.queue)) title=(escape(&task.queue)) { (short(&task.queue, 60)) }
            }
            td role="cell" .task-state { (word(task)) }
            td role="cell" .task-when.dim { (when(task, now)) }
            td role="cell" .task-retried.number { (retried(task)) }
            td role="cell" .task-payload.clip.dim { (preview(task)) }
        }
    }
}

/// The state of a task in a word.
pub(crate) fn word(task: &TaskDocument) -> Markup {
    html! {
        (state(task.state))
        @if task.orphaned { " " span .tag.error title="No server holds it: its lease has expired" { "orphaned" } }
        @if task.waiting_for_handler { " " span .tag title="It waits for the limit of its handler, without a failure" { "waiting" } }
    }
}

/// The time that matters in the state of the task.
fn when(task: &TaskDocument, now: DateTime<Utc>) -> Markup {
    let at = match task.state {
        State::Active => return none(),
        State::Pending => task.pending_since,
        State::Scheduled | State::Retry => task.next_process_at,
        State::Completed => task.completed_at,
        State::Archived | State::Aggregating | State::Aside => task.score,
    };
    at.map_or_else(unknown, |at| ago(Some(at), now))
}

pub(crate) fn retried(task: &TaskDocument) -> Markup {
    match (task.retried, task.max_retry) {
        (Some(0), Some(max)) => html! { span .zero { "0/" (max) } },
        (Some(retried), Some(max)) => html! { (retried) "/" (max) },
        (None, _) | (_, None) => none(),
    }
}

/// The payload on one line; for a failed task, the error in front of it.
fn preview(task: &TaskDocument) -> Markup {
    html! {
        @if let Some(error) = &task.last_error { span .error { (short(error, 120)) } " " }
        @if let Some(payload) = task.payload.as_ref().map(Payload::preview) { span .mono { (short(&payload, 240)) } }
    }
}
