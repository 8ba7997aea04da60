//! How bad a finding is, as an icon and as a word.

use maud::{Markup, html};

use crate::inspector::doctor::Severity;
use crate::web::parts::icon::{Icon, icon};

/// The icon of a severity.
pub(super) fn sign(severity: &str) -> Markup {
    let (class, drawn) = match severity {
        "error" => ("error", Icon::Error),
        "warning" => ("warning", Icon::Warning),
        _ => ("dim", Icon::Info),
    };
    html! { span class=(class) title=(severity) { (icon(drawn)) } }
}

/// The word of a severity.
pub(super) fn tag(severity: Severity) -> Markup {
    let class = match severity {
        Severity::Error => "tag error",
        Severity::Warning => "tag warning",
        Severity::Info => "tag",
    };
    html! { span class=(class) { (severity.name()) } }
}
