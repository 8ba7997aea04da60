//! What is wrong in Redis: the findings of the last look, and the look under way.
//!
//! Opening the page reads nothing from Redis: a look begins when a viewer asks for it.

mod explain;
mod findings;
mod post;
mod progress;
mod severity;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Extension, Router};
use maud::{Markup, html};

pub(super) use self::findings::{repair_form, rows};

use self::findings::findings;
use self::progress::{buttons, progress};
use super::frame::{Frame, Tab, page};
use crate::inspector::Error;
use crate::web::examiner::{Examination, Examined};
use crate::web::parts::absent::absent;
use crate::web::parts::notice::{Kind, notice};
use crate::web::parts::text::line;
use crate::web::parts::time::ago;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// A look changes nothing, so its routes are there for readers, too.
pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/doctor", get(doctor))
        .route("/doctor/progress", get(fragment))
        .route("/doctor/explain", get(explain::explain))
        .route("/doctor/look", post(post::look))
        .route("/doctor/stop", post(post::stop))
}

async fn doctor(State(shared): State<Shared>, Extension(viewer): Extension<Viewer>) -> Markup {
    let frame = Frame {
        title: "Doctor",
        tab: Some(Tab::Doctor),
        command: "qctl doctor",
        ..Frame::default()
    };
    let body = html! { section aria-labelledby="doctor-title" { (known(&shared, &viewer)) } };
    page(&shared, &viewer, &frame, &body)
}

/// What the page shows anew while a look is under way.
async fn fragment(State(shared): State<Shared>, Extension(viewer): Extension<Viewer>) -> Markup {
    known(&shared, &viewer)
}

fn known(shared: &Shared, viewer: &Viewer) -> Markup {
    let examined = shared.examiner().examined();
    let under_way = examined.progress.is_some();
    let poll = under_way.then(|| shared.link("/doctor/progress", &[]));
    html! {
        div #phase .stack data-poll=[poll] {
            div .row {
                h1 #doctor-title { "Doctor" }
                @if let Some(last) = &examined.last { (age(shared, last)) }
                a .dim href=(shared.link("/doctor/explain", &[])) { "All codes" }
                div .row.push { (buttons(shared, under_way)) }
            }
            @if let Some(at) = examined.progress { (progress(at)) }
            @if let Some(error) = &examined.error { (failed(error)) }
            @match &examined.last {
                Some(last) => {
                    @if last.doctor.is_none() && !under_way {
                        (notice(Kind::Warning, &html! { "The look was stopped before its second look. Look again to repair." }))
                    }
                    (findings(shared, &last.health, viewer.may_change && last.doctor.is_some()))
                },
                None => (unknown(&examined)),
            }
        }
    }
}

fn age(shared: &Shared, last: &Examination) -> Markup {
    let now = shared.inspector().now();
    html! { span .dim { "looked " (ago(Some(last.looked_at), now)) } }
}

fn failed(error: &Error) -> Markup {
    let failure = crate::failure::Failure::from(error.clone());
    notice(
        Kind::Error,
        &html! {
            "The look has failed: " (line(&failure.what))
            @if let Some(hint) = &failure.hint { p .dim { (line(hint)) } }
        },
    )
}

/// In place of findings before the first look.
fn unknown(examined: &Examined) -> Markup {
    html! {
        @if examined.progress.is_none() {
            (absent("Nothing is known yet", &html! {
                p {
                    "A look reads all queues and changes nothing. What a running server may be about to resolve is looked at "
                    "again after 30 seconds; a quick look leaves that out."
                }
            }))
        }
    }
}
