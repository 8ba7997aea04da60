//! The changes that operators have made, newest first.

mod entry;

use axum::extract::State;
use axum::routing::get;
use axum::{Extension, Router};
use maud::{Markup, html};

use super::frame::{Frame, Tab, page};
use crate::document::audit::{AuditDocument, ChangeId};
use crate::web::failure::Failure;
use crate::web::parts::absent::absent;
use crate::web::parts::number::{none, spaced};
use crate::web::parts::text::{line, short};
use crate::web::parts::time::ago;
use crate::web::received::Parameters;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// Rows of one page.
const ROWS: usize = 100;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/audit", get(audit))
        .route("/audit/entry", get(entry::entry))
}

/// The parameters of the address.
#[derive(Debug, serde::Deserialize)]
struct Asked {
    /// The id of the last change of the page before.
    before: Option<ChangeId>,
}

async fn audit(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Markup, Failure> {
    let inspector = shared.inspector();
    let changes = inspector.audit(ROWS, asked.before).await?;
    let now = inspector.now();
    let body = html! {
        section {
            h1 { "Audit" }
            @if changes.is_empty() {
                (absent("No changes", &html! {
                    p { "Changes made here, with " code { "qctl" } " or in " code { "qctl dash" } " are listed on this page." }
                }))
            } @else {
                (table(&shared, &changes, now))
                (further(&shared, &changes, asked.before.is_some()))
            }
        }
    };
    let frame = Frame {
        title: "Audit",
        tab: Some(Tab::Audit),
        command: "qctl ls audit",
        ..Frame::default()
    };
    Ok(page(&shared, &viewer, &frame, &body))
}

fn table(shared: &Shared, changes: &[AuditDocument], now: chrono::DateTime<chrono::Utc>) -> Markup {
    html! {
        table .rows.audit role="table" aria-label="Changes" {
            thead role="rowgroup" {
                tr role="row" {
                    th role="columnheader" scope="col" { "When" }
                    th role="columnheader" scope="col" { "Who" }
                    th role="columnheader" scope="col" .audit-from { "From" }
                    th role="columnheader" scope="col" { "Change" }
                    th role="columnheader" scope="col" { "Target" }
                    th role="columnheader" scope="col" .audit-matched.number { "Matched" }
                    th role="columnheader" scope="col" .number { "Changed" }
                    th role="columnheader" scope="col" .number { "Failed" }
                    th role="columnheader" scope="col" { "Outcome" }
                }
            }
            tbody role="rowgroup" {
                @for change in changes { (row(shared, change, now)) }
            }
        }
    }
}

fn row(shared: &Shared, change: &AuditDocument, now: chrono::DateTime<chrono::Utc>) -> Markup {
    let verb = change.verb.as_deref().unwrap_or("unknown");
    let text = |text: &Option<String>| text.as_deref().map_or_else(none, line);
    let count = |count: Option<u64>| html! { @if let Some(count) = count { (spaced(count)) } @else { (none()) } };
    let target = change.target.as_deref().unwrap_or_default();
    html! {
        tr role="row" {
            td role="cell" .audit-when.dim { (ago(change.at, now)) }
            td role="cell" { (text(&change.who)) }
            td role="cell" .audit-from.dim { (text(&change.from)) }
            td role="cell" {
                @match change.id.parse::<ChangeId>() {
                    Ok(id) => { a href=(shared.link("/audit/entry", &[("id", &id.to_string())])) { (short(verb, 40)) } }
                    // Not by qctl.
                    Err(_) => { (short(verb, 40)) }
                }
            }
            td role="cell" .audit-target.clip.mono title=(target) { (short(target, 120)) }
            td role="cell" .audit-matched.number { (label("matched ")) (count(change.matched)) }
            td role="cell" .number { (label("changed ")) (count(change.changed)) }
            td role="cell" .number { (label("failed ")) (count(change.failed)) }
            td role="cell" {
                (outcome(change))
                @if let Some(details) = &change.details { " " span .dim { (short(details, 120)) } }
            }
        }
    }
}

/// What the head says, on a narrow screen that has none.
fn label(text: &str) -> Markup {
    html! { span .label { (text) } }
}

/// A change without an outcome is under way, or its process was killed.
fn outcome(change: &AuditDocument) -> Markup {
    match change.outcome.as_deref() {
        None => html! { span .tag.warning { "not finished" } },
        Some("done") => html! { "done" },
        Some(other) => html! { span .tag.error { (line(other)) } },
    }
}

fn further(shared: &Shared, changes: &[AuditDocument], is_older: bool) -> Markup {
    let last = changes.last().filter(|_| changes.len() == ROWS);
    html! {
        nav .row.further aria-label="Pages of the list" {
            @if is_older { a .button href=(shared.link("/audit", &[])) { "Newest" } }
            @if let Some(last) = last {
                a .button rel="next" href=(shared.link("/audit", &[("before", &last.id)])) { "Older" }
            }
        }
    }
}
