//! What can be done to a stored schedule.

use maud::{Markup, html};

use crate::document::schedule::ScheduleState;
use crate::view::command_line;
use crate::web::state::Shared;

/// Run now, pause or resume.
pub(crate) fn buttons(shared: &Shared, name: &str, state: ScheduleState) -> Markup {
    html! {
        @if state != ScheduleState::Unreadable {
            (button(shared, name, ("run", "Run now"), &command_line::cron_run(name)))
        }
        @match state {
            ScheduleState::Active | ScheduleState::Ended | ScheduleState::Unreadable => {
                (button(shared, name, ("pause", "Pause"), &command_line::cron_pause(name)))
            }
            ScheduleState::Paused => {
                (button(shared, name, ("resume", "Resume"), &command_line::cron_resume(name)))
            }
        }
    }
}

/// The menu with what cannot be undone.
pub(super) fn remove(shared: &Shared, name: &str) -> Markup {
    html! {
        details .menu {
            summary .button.danger { "Remove" }
            div {
                form .stack method="post" action=(shared.link("/schedule/remove", &[])) {
                    p { "Removes the schedule and its history. Tasks already enqueued stay." }
                    input type="hidden" name="name" value=(name);
                    button .button.danger.primary title=(command_line::cron_remove(name)) { "Remove schedule" }
                }
            }
        }
    }
}

fn button(shared: &Shared, name: &str, (action, word): (&str, &str), command: &str) -> Markup {
    html! {
        form method="post" action=(shared.link(&format!("/schedule/{action}"), &[])) {
            input type="hidden" name="name" value=(name);
            button .button.short title=(command) { (word) }
        }
    }
}
