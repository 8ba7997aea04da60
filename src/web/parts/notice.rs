//! A sentence that stands out.

use maud::{Markup, html};

use super::icon::{Icon, icon};

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
