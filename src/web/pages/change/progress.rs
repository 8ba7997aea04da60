//! How far a change is, and its result.

use maud::{Markup, html};

use crate::document::doctor::RepairDocument;
use crate::inspector::{Error, Outcome};
use crate::view::outcome::OutcomeView;
use crate::view::text;
use crate::web::changes::{Achieved, Change, Ended, Progress, What, Whole};
use crate::web::links;
use crate::web::parts::notice::{Kind, notice};
use crate::web::parts::number::{plural, spaced};
use crate::web::parts::text::line;
use crate::web::state::Shared;

/// The failures that the page lists.
const MAX_FAILURES: usize = 100;

pub(super) fn counting(shared: &Shared, change: &Change, seen: u64, total: u64) -> Markup {
    html! {
        p { "Counting: " (spaced(seen)) " of " (plural(total, change.request.what.noun())) " looked at" }
        progress max=(total.max(1)) value=(seen.min(total)) aria-label="Looked at" {}
        (without_scripts())
        (buttons(shared, change, &[("stop", "Stop")]))
    }
}

pub(super) fn running(shared: &Shared, change: &Change, progress: &Progress) -> Markup {
    html! {
        (bar(change, progress, "Running"))
        (without_scripts())
        (buttons(shared, change, &[("pause", "Pause"), ("stop", "Stop")]))
    }
}

pub(super) fn paused(shared: &Shared, change: &Change, progress: &Progress) -> Markup {
    html! {
        (bar(change, progress, "Paused"))
        (buttons(shared, change, &[("resume", "Resume"), ("stop", "Stop")]))
    }
}

pub(super) fn away(shared: &Shared, change: &Change, progress: &Progress, error: &Error) -> Markup {
    html! {
        (notice(Kind::Warning, &html! {
            "Redis does not answer; the change goes on when it does (" (line(&error.to_string())) ")"
        }))
        (bar(change, progress, "Waiting"))
        (without_scripts())
        (buttons(shared, change, &[("stop", "Stop")]))
    }
}

pub(super) fn over(shared: &Shared, what: &What, ended: &Ended) -> Markup {
    let kind = match (&ended.whole, is_complete(&ended.achieved)) {
        (Whole::Failed(_), _) => Kind::Error,
        (Whole::Done, true) => Kind::Good,
        (Whole::Done | Whole::Stopped | Whole::Interrupted, _) => Kind::Warning,
    };
    html! {
        (notice(kind, &html! {
            (sentence(&ended.achieved)) " in " (text::duration(ended.took))
            @match &ended.whole {
                Whole::Done => {}
                Whole::Stopped => { "; stopped before the end" }
                Whole::Interrupted => { "; interrupted because the server was stopped" }
                Whole::Failed(error) => { "; failed: " (line(&error.to_string())) }
            }
        }))
        @match &ended.achieved {
            Achieved::Tasks(outcome) => { (failures(outcome)) }
            Achieved::Repairs(_) => {
                p { a href=(links::origin(shared, what)) { "Back to the findings" } }
            }
        }
    }
}

/// What was changed.
pub(super) fn sentence(achieved: &Achieved) -> String {
    match achieved {
        Achieved::Tasks(outcome) => OutcomeView::new(outcome).sentence(),
        Achieved::Repairs(repairs) => {
            let done = RepairDocument::all_repaired(repairs);
            let found = repairs.iter().map(|repair| repair.found).sum();
            if done == found {
                format!("repaired {}", plural(done, "finding"))
            } else {
                format!("repaired {} of {}", spaced(done), plural(found, "finding"))
            }
        }
    }
}

/// Whether everything was changed that was to be.
fn is_complete(achieved: &Achieved) -> bool {
    match achieved {
        Achieved::Tasks(outcome) => outcome.failed == 0,
        Achieved::Repairs(repairs) => repairs.iter().all(|repair| repair.repaired == repair.found),
    }
}

/// The word for a change that was not made as a whole.
pub(super) const fn unfinished(whole: &Whole) -> Option<&'static str> {
    match whole {
        Whole::Done => None,
        Whole::Stopped => Some("stopped"),
        Whole::Interrupted => Some("interrupted"),
        Whole::Failed(_) => Some("failed"),
    }
}

/// The tasks that could not be changed, and why.
pub(super) fn failures(outcome: &Outcome) -> Markup {
    let shown = outcome.failures.iter().take(MAX_FAILURES);
    let more = outcome.failed.saturating_sub(shown.len() as u64);
    html! {
        @if outcome.failed > 0 {
            details .failures open[outcome.failed <= 5] {
                summary { (plural(outcome.failed, "task")) " could not be changed" }
                ul {
                    @for failed in shown { li { (line(&failed.error.to_string())) } }
                    @if more > 0 { li .dim { "and " (plural(more, "more task")) } }
                }
            }
        }
    }
}

fn bar(change: &Change, progress: &Progress, word: &str) -> Markup {
    html! {
        p {
            strong { (word) } ": " (spaced(progress.seen)) " of " (plural(progress.total, change.request.what.noun()))
            @if progress.failed > 0 { ", " span .error { (spaced(progress.failed)) " failed" } }
            @if let Some(rate) = progress.rate { span .dim { " · at most " (rate) " per second" } }
            @if let Some(left) = progress.left() { span .dim { " · about " (text::duration(left)) " left" } }
        }
        progress max=(progress.total.max(1)) value=(progress.seen.min(progress.total)) aria-label="Dealt with" {
            (progress.percent()) " %"
        }
    }
}

/// The page reloads a running change by itself, if scripts are on.
fn without_scripts() -> Markup {
    html! { noscript { a href="" { "Load this page again" } } }
}

fn buttons(shared: &Shared, change: &Change, actions: &[(&str, &str)]) -> Markup {
    let id = change.id.to_string();
    html! {
        div .row {
            @for (action, word) in actions {
                form method="post" action=(shared.link(&format!("/change/{action}"), &[])) {
                    input type="hidden" name="id" value=(id);
                    button .button #{ "change-" (action) } { (word) }
                }
            }
            a .dim href=(links::change(shared, change.id)) { "Address of this change" }
        }
    }
}
