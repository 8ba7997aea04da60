//! The next times of a spec, for the form and for the page of a schedule.

use axum::extract::State;
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::inspector::schedules::{NextTicks, ticks_of};
use crate::web::parts::notice::{Kind, notice};
use crate::web::parts::text::line;
use crate::web::parts::time::ago;
use crate::web::received::Parameters;
use crate::web::state::Shared;

/// Times that are shown.
pub(super) const TIMES: usize = 5;

/// The parameters of the address.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    spec: String,
    #[serde(default)]
    tz: String,
}

/// The times of a spec that is being typed.
pub(super) async fn times(
    State(shared): State<Shared>,
    Parameters(typed): Parameters<Typed>,
) -> Markup {
    of_spec(&typed.spec, &typed.tz, shared.inspector().now())
}

/// The next times of a spec, or what is wrong with it.
pub(super) fn of_spec(spec: &str, tz: &str, now: DateTime<Utc>) -> Markup {
    if spec.trim().is_empty() {
        return html! { p .dim { "The next times appear here." } };
    }
    let tz = if tz.trim().is_empty() {
        "UTC"
    } else {
        tz.trim()
    };
    match ticks_of(spec.trim(), tz, TIMES, now) {
        Ok(next) => list(&next, now),
        Err(error) => notice(Kind::Error, &line(&error.to_string())),
    }
}

pub(super) fn list(next: &NextTicks, now: DateTime<Utc>) -> Markup {
    html! {
        @if next.ticks.is_empty() { p .warning { "It never fires." } }
        @if next.paused { p .dim { "It is paused, and fires at none of these times." } }
        ol .times {
            @for tick in &next.ticks { li { span { (tick.clock) } span .dim { (ago(Some(tick.at), now)) } } }
        }
        @if next.zone_unknown {
            p .dim { "Later times are unknown: the Go scheduler uses a time zone that it does not announce." }
        }
    }
}
