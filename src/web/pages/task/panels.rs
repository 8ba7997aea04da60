//! The parts of the page of a task that change while it is open.

use maud::{Markup, html};

use super::shown::Shown;
use super::{actions, data};
use crate::document::task::TaskDocument;
use crate::web::links;
use crate::web::pages::tasks::list::word;
use crate::web::parts::cell::cell;
use crate::web::parts::command::copy;
use crate::web::parts::text::line;
use crate::web::state::Shared;

pub(super) fn heading(shared: &Shared, may_change: bool, shown: &Shown) -> Markup {
    let task = &shown.task;
    html! {
        div #task-heading .stack {
            div .row {
                h1 .mono-title {
                    @match &task.kind {
                        Some(kind) => { (line(kind)) }
                        None => { "Unreadable task" }
                    }
                }
                (word(task))
                @if may_change { (actions::actions(shared, &shown.found, shown.now)) }
            }
            div .row.dim {
                span { code #task-id { (line(&task.id)) } (copy("task-id", "Copy the id")) }
                span { "in " a href=(links::queue(shared, &task.queue)) { (line(&task.queue)) } }
            }
        }
    }
}

/// The panel of the result; empty without one.
pub(super) fn result(shared: &Shared, task: &TaskDocument) -> Markup {
    html! {
        div #task-result hidden[task.result.is_none()] {
            @if task.result.is_some() { (data::data(shared, task, data::Part::Result)) }
        }
    }
}

/// What is not in the heading, from the view of the terminal.
pub(super) fn facts(shared: &Shared, shown: &Shown) -> Markup {
    let (task, now) = (&shown.task, shown.now);
    html! {
        dl #task-facts .facts {
            @for (label, value) in task.facts() {
                dt { (label) }
                dd {
                    @match label {
                        "Queue" => { a href=(links::queue(shared, &task.queue)) { (line(&task.queue)) } }
                        _ => { (cell(&value, now)) }
                    }
                }
            }
        }
    }
}

/// The panel of the last error; empty without one.
pub(super) fn last_error(task: &TaskDocument) -> Markup {
    html! {
        div #task-error hidden[task.last_error.is_none()] {
            @if let Some(error) = &task.last_error {
                section .panel.stack aria-labelledby="last-error" {
                    div .row {
                        h2 #last-error { "Last error" }
                        span .push { (copy("error-text", "Copy the error")) }
                    }
                    pre #error-text .data.error { (data::plain(error)) }
                }
            }
        }
    }
}
