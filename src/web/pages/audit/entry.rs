//! One change of the audit log, whole.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use maud::{Markup, html};

use crate::document::audit::ChangeId;
use crate::web::failure::Failure;
use crate::web::pages::frame::{Frame, Tab, page};
use crate::web::parts::cell::cell;
use crate::web::parts::text::line;
use crate::web::received::Parameters;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// The address of an entry.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Named {
    id: ChangeId,
}

/// One change, whole.
pub(super) async fn entry(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Parameters(named): Parameters<Named>,
) -> Result<Markup, Failure> {
    let inspector = shared.inspector();
    let change = inspector.audit_entry(named.id).await?.ok_or_else(|| {
        let what = "this change is not in the audit log, which keeps the newest ones only";
        Failure::refused(StatusCode::NOT_FOUND, what)
    })?;
    let now = inspector.now();
    let body = html! {
        section {
            div .row {
                h1 { (change.verb.as_deref().map_or_else(|| html! { "Change" }, line)) }
                a .push href=(shared.link("/audit", &[])) { "Audit" }
            }
            div .panel {
                dl .facts {
                    @for (label, value) in change.facts() {
                        dt { (label) }
                        dd { (cell(&value, now)) }
                    }
                }
            }
        }
    };
    let frame = Frame {
        title: "Change",
        tab: Some(Tab::Audit),
        command: "qctl ls audit",
        ..Frame::default()
    };
    Ok(page(&shared, &viewer, &frame, &body))
}
