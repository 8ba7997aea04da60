//! The line at the top of a live page that says when Redis does not answer. The rest of the page is grayed below it.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::inspector::overview::Sample;
use crate::view::text::duration;
use crate::web::parts::notice::{Kind, notice};
use crate::web::parts::text::line;
use crate::web::renderings::Fragment;

/// The line as a fragment; without an outage it is empty.
pub(super) fn fragment(sample: &Sample, now: DateTime<Utc>) -> Fragment {
    Fragment::new("redis", status(sample, now))
}

pub(super) fn status(sample: &Sample, now: DateTime<Utc>) -> Markup {
    let since = |at: DateTime<Utc>| duration((now - at).to_std().unwrap_or_default());
    html! {
        div #redis data-away[sample.outage.is_some()] {
            @if let Some(outage) = &sample.outage {
                (notice(Kind::Error, &html! {
                    strong { @if outage.error.passing() { "Redis does not answer" } @else { "Redis refuses" } }
                    " since " (since(outage.since)) ": " (line(&outage.error.to_string())) ". "
                    @if let Some(overview) = &sample.overview {
                        "These figures are " (since(overview.sampled_at)) " old. "
                    }
                    "The page continues by itself."
                }))
            }
        }
    }
}
