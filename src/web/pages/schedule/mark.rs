//! What is unusual about a schedule, beside its name.

use maud::{Markup, html};

use crate::document::schedule::{ScheduleDocument, ScheduleState, Source};

pub(crate) fn mark(one: &ScheduleDocument) -> Markup {
    html! {
        @if one.source == Source::Asynq {
            span .tag title="An entry of a Go scheduler, which only its own program can change" { "asynq" }
        }
        @match one.state {
            ScheduleState::Active => {}
            ScheduleState::Paused => { span .tag.warning { "paused" } }
            ScheduleState::Ended => { span .tag { "ended" } }
            ScheduleState::Unreadable => { span .tag.error { "unreadable" } }
        }
    }
}
