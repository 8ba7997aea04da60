//! What a code means: its cause, its effect, its repair, and why the repair is safe.

use axum::Extension;
use axum::extract::State;
use maud::{Markup, html};

use super::severity::tag;
use crate::document::doctor::ExplanationDocument;
use crate::inspector::doctor::Code;
use crate::web::failure::Failure;
use crate::web::pages::frame::{Frame, Tab, page};
use crate::web::parts::number::none;
use crate::web::received::Parameters;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;
use crate::web::{links, names};

/// The parameters of the address.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Asked {
    /// Absent: all codes.
    code: Option<String>,
}

pub(super) async fn explain(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Markup, Failure> {
    let code = asked.code.as_deref().map(names::code).transpose()?;
    let (command, body) = match code {
        Some(code) => (
            format!("qctl doctor explain {}", code.name()),
            one(&shared, code),
        ),
        None => ("qctl doctor explain".to_owned(), all(&shared)),
    };
    let frame = Frame {
        title: code.map_or("Codes of the doctor", Code::name),
        tab: Some(Tab::Doctor),
        command: &command,
        ..Frame::default()
    };
    Ok(page(&shared, &viewer, &frame, &body))
}

fn one(shared: &Shared, code: Code) -> Markup {
    html! {
        section {
            div .row {
                h1 .mono-title { (code.name()) }
                (tag(code.severity()))
                a .push href=(shared.link("/doctor", &[])) { "Findings" }
            }
            div .panel { (text(code)) }
        }
    }
}

/// The explanation of a code.
pub(super) fn text(code: Code) -> Markup {
    let text = ExplanationDocument::from(code);
    let facts = [
        ("Cause", text.cause),
        ("Effect", text.effect),
        ("Repair", text.fix),
        ("Why it is safe beside running servers", text.safe),
    ];
    html! {
        dl .explanation {
            @for (title, fact) in facts.iter().filter(|(_, fact)| !fact.is_empty()) {
                dt { (title) }
                dd { (fact) }
            }
        }
    }
}

fn all(shared: &Shared) -> Markup {
    html! {
        section {
            div .row {
                h1 { "Codes of the doctor" }
                a .push href=(shared.link("/doctor", &[])) { "Findings" }
            }
            div .scroll { table .plain.codes {
                thead { tr {
                    th scope="col" { "Code" } th scope="col" { "Severity" } th scope="col" { "Repair" }
                } }
                tbody {
                    @for code in Code::ALL {
                        tr {
                            td { a .mono href=(links::explanation(shared, *code)) { (code.name()) } }
                            td { (tag(code.severity())) }
                            td { @if let Some(repair) = code.repair() { (repair) } @else { (none()) } }
                        }
                    }
                }
            } }
        }
    }
}
