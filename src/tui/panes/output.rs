//! What an attempt of a task has printed, or why there is nothing.

use super::tasks::target;
use crate::task::State;
use crate::tui::output::{Attempt, Output};
use crate::tui::place::Sheet;
use crate::tui::target::Target;
use crate::view::attempt_log::{self, REMOVED_AT_SUCCESS, WHAT_IS_KEPT};
use crate::view::{Cell, Page, Role, text};

/// Lines that are shown: the last ones.
const MAX_LINES: usize = 10_000;

pub(in crate::tui) fn sheet(output: &Output) -> Sheet {
    let page = match output.shown() {
        Some(shown) => {
            let page = attempt_log::page(&shown.log, output.unended(), MAX_LINES);
            gone(shown).into_iter().fold(page, Page::note)
        }
        None => nothing(output),
    };
    let unreadable = (output.unreadable > 0).then(|| {
        let entries = text::plural(output.unreadable as u64, "attempt");
        Cell::text(format!("the logs of {entries} cannot be read")).role(Role::Warning)
    });
    Sheet {
        page: unreadable.into_iter().fold(page, Page::note),
        target: output.task.as_ref().map_or(Target::Nothing, target),
    }
}

/// What became of the log, if it is gone.
fn gone(shown: &Attempt) -> Option<Cell> {
    let why = match (shown.is_kept, shown.log.ended_at) {
        (true, _) => return None,
        (false, None) => REMOVED_AT_SUCCESS,
        (false, Some(_)) => {
            "this output is no longer kept: its attempt succeeded, its time is over, or others needed its room"
        }
    };
    Some(Cell::text(why).role(Role::Warning))
}

fn nothing(output: &Output) -> Page {
    if output.unreadable > 0 {
        return Page::new();
    }
    let why = match output.task.as_ref().map(|task| (task.state, task.retried)) {
        None => "The task is gone, and nothing is kept of what its attempts have printed.",
        Some((State::Active, _)) => "Nothing yet: what an attempt prints appears after a second.",
        Some((State::Pending | State::Scheduled | State::Aggregating, Some(0))) => {
            "Nothing yet: the task is waiting."
        }
        Some((
            State::Pending
            | State::Scheduled
            | State::Aggregating
            | State::Retry
            | State::Archived
            | State::Completed
            | State::Aside,
            _,
        )) => "Nothing is kept of what its attempts have printed.",
    };
    Page::new()
        .sentence(why)
        .note(Cell::text(WHAT_IS_KEPT).role(Role::Dim))
}
