//! How far a look is, and the buttons that begin and stop one.

use maud::{Markup, html};
use tokio::time::Instant;

use crate::inspector::doctor::BETWEEN_LOOKS;
use crate::view::text::duration;
use crate::web::examiner::Progress;
use crate::web::parts::number::{plural, spaced};
use crate::web::state::Shared;

pub(super) fn progress(at: Progress) -> Markup {
    html! {
        @match at {
            Progress::Reading { read, keys } => {
                p { strong { "Looking" } ": " (spaced(read)) " of about " (plural(keys.max(read), "key")) " read" }
                progress max=(keys.max(read).max(1)) value=(read) aria-label="Keys read" {}
            }
            Progress::Waiting { until } => {
                @let left = until.saturating_duration_since(Instant::now());
                p {
                    strong { "Waiting" } ": a running server may be about to resolve some of this, so it is looked at again in "
                    (duration(left))
                }
                progress max=(BETWEEN_LOOKS.as_secs()) value=(BETWEEN_LOOKS.saturating_sub(left).as_secs()) aria-label="Waiting for the second look" {}
            }
        }
        noscript { a href="" { "Load this page again" } }
    }
}

pub(super) fn buttons(shared: &Shared, under_way: bool) -> Markup {
    html! {
        @if under_way {
            form method="post" action=(shared.link("/doctor/stop", &[])) {
                button #look-stop .button { "Stop" }
            }
        } @else {
            form method="post" action=(shared.link("/doctor/look", &[])) {
                input type="hidden" name="quick" value="true";
                button #look-quick .button title="Without the second look after 30 seconds" { "Quick look" }
            }
            form method="post" action=(shared.link("/doctor/look", &[])) {
                button #look .button.primary { "Look now" }
            }
        }
    }
}
