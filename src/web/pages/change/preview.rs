//! What a change would do, and the form that starts it.

use maud::{Markup, html};

use super::progress::failures;
use crate::inspector::Error;
use crate::task::transition::Action;
use crate::web::changes::{Change, Preview, ticked};
use crate::web::links;
use crate::web::pages::tasks::list;
use crate::web::parts::absent::absent;
use crate::web::parts::action::{key, title};
use crate::web::parts::notice::{Kind, notice};
use crate::web::parts::number::plural;
use crate::web::parts::text::line;
use crate::web::state::Shared;

pub(super) fn ready(shared: &Shared, change: &Change, preview: &Preview) -> Markup {
    if preview.total == 0 && preview.outcome.failures.is_empty() {
        return absent(
            "No task matches",
            &html! { p { "Nothing will be changed. " a href=(links::selected(shared, &change.request.text())) { "Change the selection" } } },
        );
    }
    let now = shared.inspector().now();
    html! {
        p .lead { (effect(change.request.action, preview.total)) }
        @if preview.trims > 0 {
            (notice(Kind::Warning, &html! {
                "The archive overflows: " strong { (plural(preview.trims, "archived task")) } " will be deleted for good."
            }))
        }
        @if preview.judged.unknown_age > 0 {
            (notice(Kind::Warning, &html! { (plural(preview.judged.unknown_age, "task")) " of unknown age left out" }))
        }
        @if let Some(first) = &preview.judged.first_failure {
            (notice(Kind::Warning, &html! {
                "The filter failed for " (plural(preview.judged.failed, "task")) ", which do not match (first: " (line(first)) ")"
            }))
        }
        (failures(&preview.outcome))
        @if !preview.sample.is_empty() {
            h2 { @if preview.total > preview.sample.len() as u64 { "The first of them" } @else { "These tasks" } }
            (list::list(shared, &preview.sample, false, now))
        }
        @if preview.total > 0 { (form(shared, change, preview)) }
    }
}

/// The preview, its count, and the rate.
fn form(shared: &Shared, change: &Change, preview: &Preview) -> Markup {
    let action = change.request.action;
    let dangerous = action == Action::Delete || preview.trims > 0;
    html! {
        form .row method="post" action=(shared.link("/change/start", &[])) {
            input type="hidden" name="id" value=(change.id);
            input type="hidden" name="count" value=(preview.total);
            @if preview.total > 1 {
                label .row for="rate" { "At most" }
                input #rate .rate type="number" name="rate" min="1" max="4294967295" placeholder="no limit";
                span { "tasks per second" }
            }
            span .row.push {
                a .button href=(links::selected(shared, &change.request.text())) { "Back" }
                button .button.primary.danger[dangerous] data-key=(key(action)) {
                    (title(action)) " " (plural(preview.total, "task"))
                }
            }
        }
    }
}

pub(super) fn refused(shared: &Shared, change: &Change, error: &Error) -> Markup {
    html! {
        (notice(Kind::Error, &line(&error.to_string())))
        @if let Error::WouldTrim { lost, .. } = error {
            p { "An archive keeps its newest tasks only. You can archive nevertheless; then the oldest "
                (plural(*lost, "archived task")) " will be deleted for good." }
            form .row method="post" action=(shared.link("/changes", &[])) {
                (again(change))
                input type="hidden" name="allow_trim" value="1";
                button .button.danger { "Preview with deletion" }
            }
        }
    }
}

pub(super) fn dropped(shared: &Shared, change: &Change) -> Markup {
    html! {
        (notice(Kind::Warning, &html! { "This preview is out of date. Nothing was changed." }))
        form .row method="post" action=(shared.link("/changes", &[])) {
            (again(change))
            button .button { "Make a new preview" }
        }
    }
}

/// The fields that ask for the same change.
fn again(change: &Change) -> Markup {
    let request = &change.request;
    html! {
        input type="hidden" name="action" value=(request.action.verb());
        @match (&request.selection.ids, &request.selection.queues[..]) {
            (Some(ids), [queue]) => {
                @for id in ids { input type="hidden" name="task" value=(ticked(queue.as_str(), id.as_str())); }
            }
            _ => {
                input type="hidden" name="all" value="1";
                input type="hidden" name="q" value=(request.text());
            }
        }
    }
}

/// What will happen, in a sentence.
fn effect(action: Action, total: u64) -> Markup {
    let tasks = html! { strong { (plural(total, "task")) } };
    match action {
        Action::Retry => html! { (tasks) " will run again as soon as a worker is free." },
        Action::Archive => html! { (tasks) " will be moved to the archive, and not run." },
        Action::Delete => {
            html! { (tasks) " will be deleted for good, and their unique locks released." }
        }
        Action::Cancel => html! { "The workers will be asked to stop " (tasks) "." },
        Action::Edit => html! { (tasks) " will be edited." },
    }
}
