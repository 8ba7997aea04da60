//! What a repair would do, and the form that starts it.

use maud::{Markup, html};

use crate::document::doctor::{FindingDocument, RepairDocument};
use crate::web::changes::Change;
use crate::web::pages::doctor::rows;
use crate::web::parts::absent::absent;
use crate::web::parts::context_name;
use crate::web::parts::notice::{Kind, notice};
use crate::web::parts::number::plural;
use crate::web::state::Shared;

pub(super) fn ready(
    shared: &Shared,
    change: &Change,
    findings: &[FindingDocument],
    repairs: &[RepairDocument],
) -> Markup {
    let doctor = shared.link("/doctor", &[]);
    let total = RepairDocument::all_repaired(repairs);
    let gone = repairs.iter().map(|repair| repair.found).sum::<u64>() - total;
    let Some(repair) = repairs.first().filter(|_| total > 0) else {
        return absent(
            "Nothing to repair",
            &html! { p { "What was found is gone, or cannot be repaired. " a href=(doctor) { "Back to the findings" } } },
        );
    };
    html! {
        p .lead { strong { (plural(total, "finding")) } " will be repaired: " (repair.repair) "." }
        @if gone > 0 {
            (notice(Kind::Warning, &html! { (plural(gone, "finding")) " left out: what was found has changed since the last look" }))
        }
        div .panel.diagnosis { (rows(shared, &findings.iter().collect::<Vec<_>>(), None)) }
        form .row method="post" action=(shared.link("/change/start", &[])) {
            input type="hidden" name="id" value=(change.id);
            input type="hidden" name="count" value=(total);
            (context_name::field(shared.settings().protected.as_deref()))
            span .row.push {
                a .button href=(doctor) { "Back" }
                button .button.primary { "Repair " (plural(total, "finding")) }
            }
        }
    }
}
