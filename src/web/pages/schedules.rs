//! All schedules: when they fire next, and how their last ticks went.

use axum::extract::State;
use axum::routing::get;
use axum::{Extension, Router};
use futures_util::future::try_join_all;
use maud::{Markup, html};

use super::frame::{Frame, Tab, page};
use super::schedule::buttons::buttons;
use super::schedule::mark::mark;
use super::schedule::strip::strip;
use crate::document::schedule::{SHORT_ID, ScheduleDocument, ScheduleState, Source};
use crate::inspector::Inspector;
use crate::inspector::schedules::BrokenFile;
use crate::view::text::escape;
use crate::web::failure::Failure;
use crate::web::links;
use crate::web::parts::absent::absent;
use crate::web::parts::notice::{Kind, notice};
use crate::web::parts::number::none;
use crate::web::parts::text::{line, short};
use crate::web::parts::time::ago;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// Schedules whose next times and last ticks are read for the list; the others have them on their own pages.
const MAX_READ: usize = 50;

/// Schedules read at the same time.
const TOGETHER: usize = 10;

/// Ticks in the strip.
const TICKS: usize = 20;

/// Times in the list.
const TIMES: usize = 3;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/schedules", get(schedules))
}

async fn schedules(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
) -> Result<Markup, Failure> {
    let inspector = shared.inspector();
    let now = inspector.now();
    let found = inspector.schedules(&[], &[], now).await?;
    let mut known = Vec::new();
    let first = &found.schedules[..found.schedules.len().min(MAX_READ)];
    for some in first.chunks(TOGETHER) {
        known.extend(try_join_all(some.iter().map(|one| read(inspector, one))).await?);
    }
    known.resize_with(found.schedules.len(), || (none(), none()));
    let rows = found.schedules.iter().zip(&known);
    let rows: Vec<Markup> = rows
        .map(|(one, (times, ticks))| row(&shared, &viewer, one, (times, ticks)))
        .collect();
    let body = html! {
        section {
            div .row {
                h1 { "Schedules" }
                @if viewer.may_change {
                    a .button.primary.push href=(shared.link("/schedule/new", &[])) { "Add schedule" }
                }
            }
            @if found.unattended {
                (notice(Kind::Warning, &html! {
                    "No scheduler is running. Start one: " code { "qctl work" } " or " code { "qctl cron run-scheduler" }
                }))
            }
            @for BrokenFile { path, host, error } in &found.broken_files {
                (notice(Kind::Warning, &line(&format!("{path} on {host} has errors, so its changes are not stored: {error}"))))
            }
            @if let Some(unknown) = &found.stored_unknown {
                (notice(Kind::Warning, &line(&format!("{unknown}."))))
            }
            @if !rows.is_empty() {
                (table(&rows))
            } @else if found.stored_unknown.is_none() {
                (absent("No schedules", &html! {
                    p { "Store the first one here, or with " code { "qctl cron add nightly '0 3 * * *' report:build" } }
                }))
            }
        }
    };
    let frame = Frame {
        title: "Schedules",
        tab: Some(Tab::Schedules),
        command: "qctl cron ls",
        ..Frame::default()
    };
    Ok(page(&shared, &viewer, &frame, &body))
}

fn table(rows: &[Markup]) -> Markup {
    html! {
        table .rows.schedules role="table" aria-label="Schedules" {
            thead role="rowgroup" {
                tr role="row" {
                    th role="columnheader" scope="col" { "Schedule" }
                    th role="columnheader" scope="col" { "When" }
                    th role="columnheader" scope="col" { "Next" }
                    th role="columnheader" scope="col" { "Last ticks" }
                    th role="columnheader" scope="col" { span .hidden { "Actions" } }
                }
            }
            tbody role="rowgroup" { @for row in rows { (row) } }
        }
    }
}

/// The next times and the last ticks.
async fn read(inspector: &Inspector, one: &ScheduleDocument) -> Result<(Markup, Markup), Failure> {
    let now = inspector.now();
    let ticks = inspector.schedule_history(&one.name, TICKS, now).await?;
    if one.state == ScheduleState::Unreadable {
        return Ok((none(), strip(&ticks)));
    }
    let next = inspector.next_ticks(&one.name, TIMES, now).await?;
    let times = html! {
        @if next.ticks.is_empty() { span .dim { "never" } }
        @for (place, tick) in next.ticks.iter().enumerate() {
            @if place > 0 { span .dim { ", " } }
            span .dim[place > 0] { (ago(Some(tick.at), now)) }
        }
    };
    Ok((times, strip(&ticks)))
}

fn row(
    shared: &Shared,
    viewer: &Viewer,
    one: &ScheduleDocument,
    (times, ticks): (&Markup, &Markup),
) -> Markup {
    let name: String = match one.source {
        Source::Qctl => one.name.clone(),
        Source::Asynq => one.name.chars().take(SHORT_ID).collect(),
    };
    html! {
        tr role="row" {
            td role="cell" .schedule-name {
                a href=(links::schedule(shared, &one.name)) title=(escape(&one.name)) { (short(&name, 60)) }
                " " (mark(one))
                div .dim.mono.clip {
                    (short(one.kind.as_deref().unwrap_or("?"), 60)) " → " (short(one.queue.as_deref().unwrap_or("?"), 40))
                }
            }
            td role="cell" .schedule-when {
                (short(one.when_without_zone().as_deref().unwrap_or("unreadable"), 120))
                @if let Some(zone) = one.zone() { " " span .dim { (short(&zone, 40)) } }
                div .dim.mono.clip { (short(one.spec.as_deref().unwrap_or_default(), 60)) }
            }
            td role="cell" .schedule-next { (times) }
            td role="cell" .schedule-ticks { (ticks) }
            td role="cell" .schedule-actions {
                @if viewer.may_change && one.source == Source::Qctl { (buttons(shared, &one.name, one.state)) }
            }
        }
    }
}
