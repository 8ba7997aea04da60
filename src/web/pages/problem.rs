//! The page in place of one that cannot be shown: not found, not permitted, Redis away, a change that was refused.

use axum::http::StatusCode;
use maud::{Markup, html};

use super::frame::{Frame, bare, page};
use crate::web::parts::text::line;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// How often a browser asks for a page while Redis does not answer.
const RELOAD_SECONDS: u32 = 5;

/// Why a page cannot be shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Problem<'a> {
    pub(crate) status: StatusCode,
    /// Whether Redis does not answer.
    pub(crate) away: bool,
    /// Whether opening the same address sends the same request.
    pub(crate) repeatable: bool,
    /// What went wrong, as the program says it on stderr.
    pub(crate) what: &'a str,
    /// What to do.
    pub(crate) hint: Option<&'a str>,
}

/// The page; `viewer` is absent for someone who is not logged in.
pub(crate) fn problem(shared: &Shared, viewer: Option<&Viewer>, problem: &Problem<'_>) -> Markup {
    let title = if problem.away {
        "Redis does not answer"
    } else {
        title(problem.status)
    };
    let body = html! {
        section .problem {
            div {
                h1 { (title) }
                p .status { "HTTP " (problem.status.as_u16()) }
            }
            p { (line(&sentence(problem.what))) }
            @if let Some(hint) = problem.hint {
                p .dim { @if hint.starts_with("qctl ") { code { (line(hint)) } } @else { (line(&sentence(hint))) } }
            }
            div .row {
                @if problem.repeatable && repeats(problem.status) { a .button.primary href="" { "Try again" } }
                a .button href=(shared.link("/", &[])) { "Go to the overview" }
            }
        }
    };
    match viewer {
        Some(viewer) => {
            let frame = Frame {
                title,
                reload: (problem.away && problem.repeatable).then_some(RELOAD_SECONDS),
                ..Frame::default()
            };
            page(shared, viewer, &frame, &body)
        }
        None => bare(shared, title, &body),
    }
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::UNAUTHORIZED => "Log in first",
        StatusCode::FORBIDDEN => "Not permitted",
        StatusCode::METHOD_NOT_ALLOWED => "Not offered here",
        StatusCode::CONFLICT => "Something has changed",
        StatusCode::PAYLOAD_TOO_LARGE => "Too large",
        StatusCode::TOO_MANY_REQUESTS => "Too many requests",
        StatusCode::MISDIRECTED_REQUEST => "Unknown host name",
        StatusCode::SERVICE_UNAVAILABLE => "Not now",
        status if status.is_client_error() => "This request cannot be answered",
        _ => "Something went wrong",
    }
}

/// Whether the same request may succeed later.
fn repeats(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

/// Messages are fragments in lower case; a page shows sentences.
fn sentence(fragment: &str) -> String {
    let mut letters = fragment.chars();
    let first = letters.next().map(char::to_uppercase);
    let text: String = first.into_iter().flatten().chain(letters).collect();
    if text.ends_with(['.', '!', '?']) || text.is_empty() {
        text
    } else {
        text + "."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_become_sentences() {
        assert_eq!(
            sentence("queue \"x\" does not exist"),
            "Queue \"x\" does not exist."
        );
        assert_eq!(sentence("éa"), "Éa.");
        assert_eq!(sentence(""), "");
        assert_eq!(sentence("Done."), "Done.");
    }
}
