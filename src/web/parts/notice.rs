//! A sentence that stands out.

use maud::{Markup, html};

use super::icon::{Icon, icon};
use super::text::line;
use crate::failure::{Exit, Failure};

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Good,
    Warning,
    Error,
}

/// A notice. Screen readers read errors at once.
pub(crate) fn notice(kind: Kind, content: &Markup) -> Markup {
    let (class, sign, role) = match kind {
        Kind::Good => ("good", Icon::Good, "status"),
        Kind::Warning => ("warning", Icon::Warning, "status"),
        Kind::Error => ("error", Icon::Error, "alert"),
    };
    html! {
        div class={ "notice " (class) } role=(role) {
            (icon(sign))
            div { (content) }
        }
    }
}

/// Why something was not done, in sentences.
pub(crate) fn why(failure: &Failure) -> Markup {
    // Commands and options about tasks that are in the way say nothing here; a missing right, say, is named.
    let says_more =
        |hint: &&String| failure.code.exit() != Exit::Conflict && !hint.starts_with("qctl ");
    let hint = failure.hint.as_ref().filter(says_more);
    html! {
        (line(&failure.what)) "."
        @if let Some(hint) = hint { " " (line(hint)) "." }
    }
}
