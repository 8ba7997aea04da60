//! The form that adds or edits a schedule, with its next times.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::fields::Fields;
use super::times;
use crate::failure::Code;
use crate::inspector::schedules::{AddOptions, ChangedBy, Schedule, Wanted, readable};
use crate::view::command_line;
use crate::web::failure::Failure;
use crate::web::links;
use crate::web::pages::frame::{Frame, Tab, page};
use crate::web::parts::command::command;
use crate::web::parts::context_name;
use crate::web::parts::notice::{Kind, notice, why};
use crate::web::received::{Body, Parameters};
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// The parameters of the address.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Asked {
    name: String,
}

pub(super) async fn new(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
) -> Markup {
    whole(&shared, &viewer, &Fields::default(), &html! {})
}

pub(super) async fn edit(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Markup, Failure> {
    let inspector = shared.inspector();
    let names = std::slice::from_ref(&asked.name);
    let found = inspector.stored_schedules(names, inspector.now()).await?;
    let stored = found.first().ok_or_else(|| {
        Failure::refused(
            StatusCode::NOT_FOUND,
            format!("there is no schedule {:?}", asked.name),
        )
    })?;
    let fields = Fields::of(readable(stored)?);
    Ok(whole(&shared, &viewer, &fields, &html! {}))
}

/// Shows the form again with what is wrong, or with the command that stores the same.
pub(super) async fn preview(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Body(fields): Body<Fields>,
) -> Response {
    let wanted = match checked(&fields, shared.inspector().now()) {
        Ok(wanted) => wanted,
        Err(why) => return again(&shared, &viewer, &fields, &mistaken(why)),
    };
    let (paused, replace) = (fields.paused.is_some(), fields.replace.is_some());
    let equivalent = command_line::cron_add(&wanted.schedule, paused, replace);
    let shown = html! { p { "The equivalent command: " (command("equivalent", &equivalent)) } };
    whole(&shared, &viewer, &fields, &shown).into_response()
}

/// Stores the schedule, or shows the form again with what is wrong.
pub(super) async fn save(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Body(fields): Body<Fields>,
) -> Result<Response, Failure> {
    let inspector = viewer.permitted(shared.inspector())?;
    let now = inspector.now();
    let wanted = match checked(&fields, now) {
        Ok(wanted) => wanted,
        Err(why) => return Ok(again(&shared, &viewer, &fields, &mistaken(why))),
    };
    let options = AddOptions {
        by: &ChangedBy::User(viewer.name.clone()),
        replace: fields.replace.is_some(),
        dry_run: false,
    };
    match inspector.add_schedule(&wanted, options, now).await {
        Ok(_) => {
            let address = links::schedule(&shared, wanted.schedule.name.as_str());
            Ok(Redirect::to(&address).into_response())
        }
        Err(error) => Ok(again(&shared, &viewer, &fields, &error.into())),
    }
}

fn mistaken(why: String) -> Failure {
    Failure::refused(StatusCode::BAD_REQUEST, why)
}

/// The schedule, or what is wrong.
fn checked(fields: &Fields, now: DateTime<Utc>) -> Result<Wanted, String> {
    let form = fields.form()?;
    let checked = form.check(now);
    let schedule: Schedule =
        checked.map_err(|mistake| format!("{}: {}", mistake.what, mistake.hint))?;
    Ok(Wanted {
        schedule,
        paused: form.paused,
    })
}

/// The form with what was typed, and why it is not stored, or may not be.
fn again(shared: &Shared, viewer: &Viewer, fields: &Fields, failure: &Failure) -> Response {
    let said = if failure.reason.code == Code::Unreachable {
        let unknown = html! {
            "It is not known whether this was stored: " (why(&failure.reason)) " What you typed is below. Save again: if it was stored
            already, nothing is changed, and you see the schedule."
        };
        notice(Kind::Warning, &unknown)
    } else {
        let nothing = html! { "Nothing was stored: " (why(&failure.reason)) };
        notice(Kind::Error, &nothing)
    };
    failure.shown_as(whole(shared, viewer, fields, &said))
}

fn whole(shared: &Shared, viewer: &Viewer, fields: &Fields, above: &Markup) -> Markup {
    let edited = fields.replace.is_some();
    let title = if edited {
        "Edit schedule"
    } else {
        "Add schedule"
    };
    let now = shared.inspector().now();
    let body = html! {
        section {
            h1 { (title) }
            (above)
            form .task method="post" action=(shared.link("/schedule/save", &[])) {
                div .panel.stack {
                    (main_fields(fields, edited))
                    details { summary { "More options" } div .fields { (further(fields)) } }
                    @if edited { input type="hidden" name="replace" value="1"; }
                    (context_name::field(shared.settings().protected.as_deref()))
                    div .row {
                        button .button.primary { @if edited { "Save" } @else { "Add schedule" } }
                        button .button formaction=(shared.link("/schedule/preview", &[])) formnovalidate { "Preview" }
                        a .button href=(shared.link("/schedules", &[])) { "Cancel" }
                    }
                }
                section .panel aria-labelledby="next" {
                    h2 #next { "Next times" }
                    div #times data-times=(shared.link("/schedule/times", &[])) aria-live="polite" {
                        (times::of_spec(&fields.spec, &fields.tz, now))
                    }
                }
            }
        }
    };
    let frame = Frame {
        title,
        tab: Some(Tab::Schedules),
        ..Frame::default()
    };
    page(shared, viewer, &frame, &body)
}

fn main_fields(fields: &Fields, edited: bool) -> Markup {
    html! {
        div .field {
            label for="name" { "Name" }
            input #name name="name" value=(fields.name) required readonly[edited] autocomplete="off" spellcheck="false";
        }
        div .field {
            label for="spec" { "Spec" }
            input #spec .mono name="spec" value=(fields.spec) required placeholder="0 3 * * *" autocomplete="off"
                spellcheck="false" aria-describedby="spec-hint";
            span #spec-hint .dim { "Minute, hour, day of month, month, day of week; or @hourly, @daily, @every 30s" }
        }
        (field("tz", "Time zone", &fields.tz, "UTC"))
        div .field {
            label for="type" { "Type of the tasks" }
            input #type .mono name="type" value=(fields.kind) required placeholder="report:build" autocomplete="off"
                spellcheck="false";
        }
        (field("queue", "Queue", &fields.queue, "default"))
        div .field {
            label for="payload" { "Payload" }
            // HTML drops the first line break of a text area.
            textarea #payload name="payload" rows="5" spellcheck="false" { "\n" (fields.payload) }
        }
        @if !fields.payload_base64.is_empty() {
            input type="hidden" name="payload_base64" value=(fields.payload_base64);
            p .dim { "The stored payload is not text. It stays as it is if the field is left empty." }
        }
        @if !edited {
            label .row { input type="checkbox" name="paused" value="1" checked[fields.paused.is_some()]; "Store it paused" }
        }
    }
}

fn further(fields: &Fields) -> Markup {
    html! {
        (field("max_retry", "Retries", &fields.max_retry, "25"))
        (field("timeout", "Timeout of an attempt", &fields.timeout, "30m"))
        (field("deadline", "Deadline", &fields.deadline, "none"))
        (field("in", "Start after the tick", &fields.delay, "0s"))
        (field("unique", "Unique for", &fields.unique, "not unique"))
        (field("retention", "Kept after success", &fields.retention, "0s"))
        (field("group", "Group", &fields.group, "none"))
        (field("catch_up", "Missed ticks to catch up", &fields.catch_up, "none, latest, all or all:N"))
        (field("jitter", "Jitter", &fields.jitter, "0s"))
        (field("start", "No ticks before", &fields.start, "a time"))
        (field("end", "No ticks after", &fields.end, "a time"))
        (field("note", "Note", &fields.note, ""))
        div .field {
            label for="headers" { "Headers, one NAME=VALUE per line" }
            textarea #headers name="headers" rows="2" spellcheck="false" { "\n" (fields.headers) }
        }
    }
}

fn field(name: &str, label: &str, value: &str, placeholder: &str) -> Markup {
    html! {
        div .field {
            label for=(name) { (label) }
            input #(name) name=(name) value=(value) placeholder=(placeholder) autocomplete="off" spellcheck="false";
        }
    }
}
