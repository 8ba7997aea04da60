//! Times and durations: relative for people, exact on hover and in the markup.

use std::time::Duration;

use chrono::{DateTime, SubsecRound as _, Utc};
use maud::{Markup, html};

use super::number;
use crate::document::serde_fmt::rfc3339;
use crate::view::text;

/// `3m12s ago`, or a dash if there is no such time.
pub(crate) fn ago(at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Markup {
    match at {
        Some(at) => {
            let exact = rfc3339(at.trunc_subsecs(3));
            html! { time datetime=(exact) title=(exact) { (text::ago(at, now)) } }
        }
        None => number::none(),
    }
}

/// `3m12s`, with the seconds in the markup.
pub(crate) fn span(length: Duration) -> Markup {
    let exact = format!("PT{}S", length.as_secs());
    html! { time datetime=(exact) { (text::duration(length)) } }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn times_are_relative_and_exact() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let then = now - TimeDelta::seconds(192);
        let exact = "2023-11-14T22:10:08Z";
        assert_eq!(
            ago(Some(then), now).0,
            format!("<time datetime=\"{exact}\" title=\"{exact}\">3m12s ago</time>")
        );
        assert_eq!(ago(None, now).0, "<span class=\"zero\">–</span>");
        let long = span(Duration::from_secs(7_500));
        assert_eq!(long.0, "<time datetime=\"PT7500S\">2h5m</time>");
    }
}
