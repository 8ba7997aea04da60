//! What a change would do, and the form that starts it.

use maud::{Markup, html};

use super::progress::failures;
use super::repair;
use crate::inspector::Error;
use crate::task::QueueName;
use crate::task::transition::Action;
use crate::web::changes::{Change, Found, Preview, TaskPreview, What, ticked};
use crate::web::links;
use crate::web::pages::doctor::repair_form;
use crate::web::pages::tasks::list;
use crate::web::parts::absent::absent;
use crate::web::parts::action::{key, title};
use crate::web::parts::context_name;
use crate::web::parts::notice::{Kind, notice};
use crate::web::parts::number::plural;
use crate::web::parts::text::line;
use crate::web::remarks::remarks;
use crate::web::state::Shared;

pub(super) fn ready(shared: &Shared, change: &Change, preview: &Preview) -> Markup {
    match &preview.found {
        Found::Tasks(found) => html! {
            (tasks(shared, change, preview.total, found))
            @if preview.total > 0 { (form(shared, change, preview.total, found)) }
        },
        Found::Findings { findings, repairs } => repair::ready(shared, change, findings, repairs),
    }
}

fn tasks(shared: &Shared, change: &Change, total: u64, found: &TaskPreview) -> Markup {
    if total == 0 && found.outcome.failures.is_empty() {
        let origin = links::origin(shared, &change.request.what);
        return absent(
            "No task matches",
            &html! {
                p { "Nothing will be changed. " a href=(origin) { "Change the selection" } }
                (left_out(found))
            },
        );
    }
    let now = shared.inspector().now();
    html! {
        p .lead { (effect(&change.request.what, found.outcome.action, total)) }
        @if found.trims > 0 {
            (notice(Kind::Warning, &html! {
                "The archive overflows: " strong { (plural(found.trims, "archived task")) } " will be deleted for good."
            }))
        }
        (left_out(found))
        (failures(&found.outcome))
        @if !found.sample.is_empty() {
            h2 { @if total > found.sample.len() as u64 { "The first of them" } @else { "These tasks" } }
            (list::list(shared, &found.sample, false, now))
        }
    }
}

fn left_out(found: &TaskPreview) -> Markup {
    html! {
        @for remark in remarks(&found.judged) { (notice(Kind::Warning, &line(&remark))) }
    }
}

/// The preview, its count, and the rate.
fn form(shared: &Shared, change: &Change, total: u64, found: &TaskPreview) -> Markup {
    let action = found.outcome.action;
    let dangerous = action == Action::Delete || found.trims > 0;
    html! {
        form .row method="post" action=(shared.link("/change/start", &[])) {
            input type="hidden" name="id" value=(change.id);
            input type="hidden" name="count" value=(total);
            (context_name::field(shared.settings().protected.as_deref()))
            @if total > 1 {
                label .row for="rate" { "At most" }
                input #rate .rate type="number" name="rate" min="1" max="4294967295" placeholder="no limit";
                span { "tasks per second" }
            }
            span .row.push {
                a .button href=(links::origin(shared, &change.request.what)) { "Back" }
                button .button.primary.danger[dangerous] data-key=(key(action)) {
                    @if action == Action::Edit { "Move" } @else { (title(action)) } " " (plural(total, "task"))
                }
            }
        }
    }
}

pub(super) fn refused(shared: &Shared, change: &Change, error: &Error) -> Markup {
    html! {
        (notice(Kind::Error, &line(&error.to_string())))
        @if let Error::WouldTrim { lost, .. } = error {
            p { "An archive keeps only its newest tasks. You can archive these anyway; then the oldest "
                (plural(*lost, "archived task")) " will be deleted for good." }
            (again(shared, change, &html! {
                input type="hidden" name="allow_trim" value="1";
                button .button.danger { "Preview with deletion" }
            }))
        }
    }
}

pub(super) fn dropped(shared: &Shared, change: &Change) -> Markup {
    html! {
        (notice(Kind::Warning, &html! { "This preview is out of date. Nothing was changed." }))
        (again(shared, change, &html! { button .button { "Make a new preview" } }))
    }
}

/// The form that asks for the same change, with the rest of it.
fn again(shared: &Shared, change: &Change, rest: &Markup) -> Markup {
    match &change.request.what {
        What::Tasks(of) => html! {
            form .row method="post" action=(shared.link("/changes", &[])) {
                input type="hidden" name="action" value=(of.action.verb());
                @if let Some(queue) = &of.move_to { input type="hidden" name="move_to" value=(queue); }
                @match (&of.selection.ids, &of.selection.queues[..]) {
                    (Some(ids), [queue]) => {
                        @for id in ids { input type="hidden" name="task" value=(ticked(queue.as_str(), id.as_str())); }
                    }
                    _ => {
                        input type="hidden" name="all" value="1";
                        input type="hidden" name="q" value=(of.text());
                    }
                }
                (rest)
            }
        },
        What::Repair(of) => {
            let queue = of.queue.as_ref().map(QueueName::as_str);
            repair_form(shared, of.code.name(), queue, rest)
        }
    }
}

/// What will happen, in a sentence.
fn effect(what: &What, action: Action, total: u64) -> Markup {
    let tasks = html! { strong { (plural(total, "task")) } };
    match action {
        Action::Retry => html! { (tasks) " will run again as soon as a worker is free." },
        Action::Archive => html! { (tasks) " will be moved to the archive, and not run." },
        Action::Delete => {
            html! { (tasks) " will be deleted for good, and their unique locks released." }
        }
        Action::Cancel => html! { "The workers will be asked to stop " (tasks) "." },
        Action::Edit => html! {
            (tasks) " will be moved to the queue "
            @if let What::Tasks(tasks) = what && let Some(queue) = &tasks.move_to { strong { (line(queue.as_str())) } }
            ", with the unique locks that they hold."
        },
    }
}
