//! One schedule: when it fires, what it enqueues, and its history.

pub(super) mod buttons;
mod edit;
mod fields;
pub(super) mod mark;
mod post;
pub(super) mod strip;
mod times;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post as to};
use axum::{Extension, Router};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::frame::{Frame, Tab, page};
use crate::document::schedule::{ScheduleDocument, ScheduleState, Source};
use crate::document::tick::HistoryDocument;
use crate::view::text::duration;
use crate::web::failure::Failure;
use crate::web::links;
use crate::web::parts::notice::{Kind, notice};
use crate::web::parts::number::none;
use crate::web::parts::state::state;
use crate::web::parts::text::{line, short};
use crate::web::parts::time::ago;
use crate::web::received::Parameters;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;
use mark::mark;

/// Ticks in the history.
const TICKS: usize = 50;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/schedule", get(schedule))
        .route("/schedule/times", get(times::times))
}

/// The form that adds or edits a schedule.
pub(super) fn forms() -> Router<Shared> {
    Router::new()
        .route("/schedule/new", get(edit::new))
        .route("/schedule/edit", get(edit::edit))
        .route("/schedule/preview", to(edit::preview))
}

/// The routes that change schedules.
pub(super) fn changes() -> Router<Shared> {
    Router::new()
        .route("/schedule/save", to(edit::save))
        .route("/schedule/run", to(post::run))
        .route("/schedule/pause", to(post::pause))
        .route("/schedule/resume", to(post::resume))
        .route("/schedule/remove", to(post::remove))
}

/// The parameters of the address.
#[derive(Debug, serde::Deserialize)]
struct Asked {
    name: String,
    /// The queue and the id of the task that was just enqueued.
    queue: Option<String>,
    id: Option<String>,
    /// Present if this is missing from the history.
    unrecorded: Option<String>,
}

async fn schedule(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Markup, Failure> {
    let inspector = shared.inspector();
    let now = inspector.now();
    let names = std::slice::from_ref(&asked.name);
    let found = inspector.schedules(names, &[], now).await?;
    let one = found.schedules.first().ok_or_else(|| {
        Failure::refused(
            StatusCode::NOT_FOUND,
            format!("there is no schedule {:?}", asked.name),
        )
    })?;
    let history = inspector.schedule_history(&one.name, TICKS, now).await?;
    let next = match one.state {
        ScheduleState::Unreadable => None,
        ScheduleState::Active | ScheduleState::Paused | ScheduleState::Ended => {
            Some(inspector.next_ticks(&one.name, times::TIMES, now).await?)
        }
    };
    let body = html! {
        @if let (Some(queue), Some(id)) = (&asked.queue, &asked.id) {
            (notice(Kind::Good, &html! { "Enqueued task " a href=(links::task(&shared, queue, id)) { (line(id)) } }))
        }
        @if asked.unrecorded.is_some() {
            (notice(Kind::Warning, &html! { "This run could not be added to the history." }))
        }
        section {
            (heading(&shared, &viewer, one))
            @if let Some(error) = &one.error { (notice(Kind::Error, &line(error))) }
        }
        div .task {
            section .panel aria-labelledby="history" {
                div .row { h2 #history { "Last ticks" } span .push { (strip::strip(&history[..history.len().min(20)])) } }
                (table(&shared, &history, now))
            }
            div .stack {
                @if let Some(next) = &next {
                    section .panel aria-labelledby="next" {
                        h2 #next { "Next times" }
                        (times::list(next, now))
                    }
                }
                section .panel aria-labelledby="facts" { h2 #facts { "Facts" } (facts(&shared, one, now)) }
            }
        }
    };
    let frame = Frame {
        title: &one.name,
        tab: Some(Tab::Schedules),
        command: "qctl cron ls",
        ..Frame::default()
    };
    Ok(page(&shared, &viewer, &frame, &body))
}

fn heading(shared: &Shared, viewer: &Viewer, one: &ScheduleDocument) -> Markup {
    html! {
        div .row {
            h1 { (line(&one.name)) }
            (mark(one))
            @if viewer.may_change && one.source == Source::Qctl {
                div .row.push {
                    (buttons::buttons(shared, &one.name, one.state))
                    @if one.state != ScheduleState::Unreadable {
                        a .button.short href=(shared.link("/schedule/edit", &[("name", &one.name)])) { "Edit" }
                    }
                    (buttons::remove(shared, &one.name))
                }
            }
        }
    }
}

fn facts(shared: &Shared, one: &ScheduleDocument, now: DateTime<Utc>) -> Markup {
    let span =
        |span: Option<std::time::Duration>| span.filter(|span| !span.is_zero()).map(duration);
    let texts = [
        ("When", one.when.clone()),
        ("Spec", one.spec.clone()),
        ("Zone", one.tz.clone()),
        ("Type", one.kind.clone()),
        (
            "Payload",
            one.payload
                .as_ref()
                .map(crate::document::payload::Payload::preview),
        ),
        (
            "Max retries",
            one.max_retry.map(|retries| retries.to_string()),
        ),
        ("Timeout", span(one.timeout_seconds)),
        ("Starts after", span(one.in_seconds)),
        ("Unique for", span(one.unique_seconds)),
        ("Retention", span(one.retention_seconds)),
        ("Group", one.group.clone()),
        (
            "Options",
            one.options.as_ref().map(|options| options.join(", ")),
        ),
        ("Catches up", one.catch_up.clone()),
        ("Jitter", span(one.jitter_seconds)),
        ("Note", one.note.clone()),
        ("Scheduler", one.scheduler_id.clone()),
    ];
    let times = [
        ("Deadline", one.deadline),
        ("Starts", one.start_at),
        ("Ends", one.end_at),
        ("Changed", one.changed_at),
    ];
    html! {
        dl .facts {
            @if let Some(queue) = &one.queue {
                dt { "Queue" } dd { a href=(links::queue(shared, queue)) { (line(queue)) } }
            }
            @for (label, text) in &texts {
                @if let Some(text) = text { dt { (label) } dd { (short(text, 600)) } }
            }
            @for (label, at) in times {
                @if at.is_some() { dt { (label) } dd { (ago(at, now)) } }
            }
            @if let Some(by) = &one.changed_by { dt { "By" } dd { (line(by)) } }
        }
    }
}

fn table(shared: &Shared, history: &[HistoryDocument], now: DateTime<Utc>) -> Markup {
    if history.is_empty() {
        return html! { p .dim { "It has not fired yet." } };
    }
    html! {
        div .scroll { table .plain {
            thead { tr {
                th scope="col" { "Tick" } th scope="col" { "Outcome" } th scope="col" { "Task" }
                th scope="col" { "State now" } th .number scope="col" { "Late" }
            } }
            tbody {
                @for tick in history {
                    tr {
                        td { (ago(Some(tick.tick.unwrap_or(tick.at)), now)) }
                        td {
                            span .error[tick.outcome == "failed"] .good[tick.outcome == "enqueued"] { (tick.outcome) }
                            @if let Some(error) = &tick.error { ": " (short(error, 200)) }
                        }
                        td {
                            @match (&tick.queue, &tick.task_id) {
                                (Some(queue), Some(id)) => {
                                    a .mono href=(links::task(shared, queue, id)) {
                                        (short(crate::task::short_id(id).unwrap_or(id), 40))
                                    }
                                }
                                _ => { (none()) }
                            }
                        }
                        td { @match tick.task_state { Some(known) => { (state(known)) } None => { (none()) } } }
                        td .number { @match tick.late_seconds { Some(late) => { (duration(late)) } None => { (none()) } } }
                    }
                }
            }
        } }
    }
}
