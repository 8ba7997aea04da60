//! The findings: by severity and code, with their explanations.

use maud::{Markup, html};

use super::explain;
use super::severity::sign;
use crate::document::doctor::{FindingDocument, HealthDocument};
use crate::inspector::doctor::{Code, Severity};
use crate::task::short_id;
use crate::view::text::escape;
use crate::web::links;
use crate::web::parts::absent::absent;
use crate::web::parts::notice::{Kind, notice};
use crate::web::parts::number::plural;
use crate::web::parts::text::{line, short};
use crate::web::state::Shared;

/// Findings in all: a page with more would help nobody.
const MAX_FINDINGS: usize = 200;

pub(super) fn findings(shared: &Shared, health: &HealthDocument, may_repair: bool) -> Markup {
    let shown = &health.findings[..health.findings.len().min(MAX_FINDINGS)];
    let more = health.findings.len() - shown.len();
    let severities = [
        (Severity::Error, "Errors"),
        (Severity::Warning, "Warnings"),
        (Severity::Info, "Worth knowing"),
    ];
    html! {
        @if shown.is_empty() {
            (absent("No findings", &html! {
                @if shared.inspector().unknowns().is_empty() {
                    p { "Nothing is wrong with what is stored in Redis, and no threshold is exceeded." }
                } @else {
                    p { "Not everything could be read: the foot of this page names the rights that are missing." }
                }
            }))
        }
        @if health.incomplete {
            (notice(Kind::Warning, &html! { "More is suspicious than can be looked at. Repair this, and look again." }))
        }
        @for (severity, title) in severities {
            @let of: Vec<_> = shown.iter().filter(|finding| finding.severity == severity.name()).collect();
            @if !of.is_empty() {
                h2 .severity { (title) }
                @for same in of.chunk_by(|one, other| one.code == other.code) { (group(shared, same, may_repair)) }
            }
        }
        @if more > 0 { p .dim { "And " (plural(more as u64, "more finding")) "; " code { "qctl doctor" } " lists all." } }
    }
}

/// What was found of one code.
fn group(shared: &Shared, same: &[&FindingDocument], may_repair: bool) -> Markup {
    let Some(first) = same.first() else {
        return html! {};
    };
    let code: Option<Code> = first.code.parse().ok();
    let may_repair = may_repair && first.repair.is_some();
    html! {
        div .panel.diagnosis {
            div .row {
                (sign(first.severity))
                h3 { code { (first.code) } }
                @if let Some(repair) = first.repair { span .dim { "Repair: " (repair) } }
                @if may_repair && same.len() > 1 {
                    div .push { (repair_form(shared, first.code, None, &html! { button .button.short { "Repair all…" } })) }
                }
            }
            (rows(shared, same, may_repair.then_some(first.code)))
            @match code {
                Some(code) => details #{ "explain-" (code.name()) } {
                    summary .dim { "Explain" }
                    (explain::text(code))
                },
                None => p .dim {
                    "A threshold says so: "
                    a href=(shared.link("/", &[])) { "see Trouble on the overview" }
                },
            }
        }
    }
}

/// A row for each queue; with a code, each can be repaired.
pub(crate) fn rows(shared: &Shared, same: &[&FindingDocument], repair: Option<&str>) -> Markup {
    html! { ul { @for finding in same { li {
        p {
            @if let Some(queue) = &finding.queue {
                a href=(links::queue(shared, queue)) { strong { (short(queue, 60)) } } ": "
            }
            (line(&finding.sentence))
            @if finding.seen_once {
                " " span .tag title="A running server may be about to resolve it" { "seen once" }
            }
        }
        @if !finding.sample.is_empty() {
            p .sample { @for one in &finding.sample { code title=(escape(one)) { (short(short_id(one).unwrap_or(one), 80)) } } }
        }
        @if let Some(code) = repair {
            (repair_form(shared, code, finding.queue.as_deref(), &html! { button .button.short { "Repair…" } }))
        }
    } } } }
}

/// The form that asks for a repair: its preview comes first.
pub(crate) fn repair_form(
    shared: &Shared,
    code: &str,
    queue: Option<&str>,
    button: &Markup,
) -> Markup {
    html! {
        form method="post" action=(shared.link("/doctor/repair", &[])) {
            input type="hidden" name="code" value=(code);
            @if let Some(queue) = queue { input type="hidden" name="queue" value=(queue); }
            (button)
        }
    }
}
