//! The page that asks for the queue to which tasks are moved.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};

use crate::task::QueueName;
use crate::task::transition::Action;
use crate::web::failure::Failure;
use crate::web::pages::frame::{Frame, Tab, page};
use crate::web::parts::notice::{Kind, notice, why};
use crate::web::parts::number::plural;
use crate::web::parts::text::{line, short};
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// The name of the field in forms.
const FIELD: &str = "move_to";

/// Queues that are offered.
const MAX_OFFERED: usize = 200;

/// The page, unless the form is for another action or names a queue.
pub(super) fn asking(
    shared: &Shared,
    viewer: &Viewer,
    fields: &[(String, String)],
) -> Option<Response> {
    if !is_move(fields) {
        return None;
    }
    match value(fields, FIELD).map(QueueName::new) {
        Some(Ok(_)) => None,
        Some(Err(error)) => {
            let why = error.to_string();
            let page = whole(shared, viewer, fields, &html! {}, Some(&why));
            Some(Failure::refused(StatusCode::BAD_REQUEST, why).shown_as(page))
        }
        None => Some(whole(shared, viewer, fields, &html! {}, None).into_response()),
    }
}

/// The page with why the tasks are not moved; for another action, the failure itself.
pub(super) fn refused(
    shared: &Shared,
    viewer: &Viewer,
    fields: &[(String, String)],
    failure: Failure,
) -> Response {
    if !is_move(fields) {
        return failure.into_response();
    }
    let said = html! { "Nothing was moved: " (why(&failure.reason)) };
    let above = notice(Kind::Error, &said);
    failure.shown_as(whole(shared, viewer, fields, &above, None))
}

fn is_move(fields: &[(String, String)]) -> bool {
    value(fields, "action") == Some(Action::Edit.verb())
}

fn value<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let field = fields.iter().find(|(known, _)| known == name);
    field.map(|(_, value)| value.trim())
}

fn whole(
    shared: &Shared,
    viewer: &Viewer,
    fields: &[(String, String)],
    above: &Markup,
    wrong: Option<&str>,
) -> Markup {
    let value = |name| value(fields, name);
    let query = value("q").unwrap_or_default();
    let back = shared.link("/tasks", &[("q", query)]);
    let ticked = fields.iter().filter(|(name, _)| name == "task").count();
    let body = html! {
        section .problem {
            h1 { "Move tasks" }
            (above)
            p {
                @if value("all").is_some() { "All tasks that match " span .mono { (short(query, 400)) } }
                @else { (plural(ticked as u64, "ticked task")) }
                ". They keep their state and their times, and the unique locks that they hold move along."
            }
            form .stack method="post" action=(shared.link("/changes", &[])) {
                @for (name, value) in fields.iter().filter(|(name, _)| name != FIELD) {
                    input type="hidden" name=(name) value=(value);
                }
                (field(shared, value(FIELD).unwrap_or_default(), wrong))
                div .row {
                    button .button.primary { "Preview" }
                    a .button href=(back) { "Back" }
                }
            }
        }
    };
    let frame = Frame {
        title: "Move tasks",
        tab: Some(Tab::Tasks),
        selection: query,
        ..Frame::default()
    };
    page(shared, viewer, &frame, &body)
}

/// The field, with the queues that the overview knows.
fn field(shared: &Shared, typed: &str, wrong: Option<&str>) -> Markup {
    let known = shared.sampler().latest().overview;
    let known = known.iter().flat_map(|overview| &overview.queues);
    html! {
        div .field {
            label for=(FIELD) { "To the queue" }
            input #(FIELD) .mono name=(FIELD) value=(typed) list="queues" required autocomplete="off" autocapitalize="off"
                spellcheck="false" aria-describedby="destination-said" aria-invalid=[wrong.map(|_| "true")];
            span #destination-said {
                @if let Some(wrong) = wrong { span .error role="alert" { (line(wrong)) } }
            }
            datalist #queues {
                @for queue in known.take(MAX_OFFERED) { option value=(queue.name) {} }
            }
        }
    }
}
