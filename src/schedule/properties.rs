//! Properties over arbitrary input: cron specs.

use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::spec::{Spec, Zone, go_duration};

/// Texts that are nearly specs, and any other.
fn specs() -> impl Strategy<Value = String> {
    let field = r"[*?]|[0-9]{1,3}(-[0-9]{1,3})?(/[0-9]{1,3})?(,[0-9]{1,2}){0,2}|\*/[0-9]{1,4}|[A-Za-z]{3}(-[A-Za-z]{3})?";
    let fields = prop::collection::vec(field, 4..8).prop_map(|fields| fields.join(" "));
    let zone = r"((CRON_)?TZ=[A-Za-z/_]{0,16} )?";
    let every = r"@every [-+0-9.]{0,12}(ns|us|µs|ms|s|m|h){0,2}";
    prop_oneof![
        4 => (zone, fields).prop_map(|(zone, fields)| zone + &fields),
        2 => every,
        1 => r"@[a-z]{0,9}",
        1 => any::<String>(),
    ]
}

fn instants() -> impl Strategy<Value = DateTime<Utc>> {
    (0..=8_000_000_000_i64, 0..1_000_000_000_u32)
        .prop_map(|(second, nano)| DateTime::from_timestamp(second, nano).unwrap())
}

proptest! {
    #[test]
    fn a_spec_that_is_refused_has_a_place_for_it(text in specs()) {
        match Spec::parse(&text) {
            Ok(spec) => {
                prop_assert_eq!(spec.as_str(), text.trim());
                prop_assert!(!spec.words().is_empty());
                spec.exact().ok();
            }
            Err(refused) => {
                let end = text.trim().chars().count() + 1;
                prop_assert!((1..=end).contains(&refused.position), "{} of {text:?}", refused.position);
                prop_assert!(!refused.to_string().contains(char::is_control), "{refused}");
            }
        }
    }

    #[test]
    fn ticks_are_later_and_in_order(text in specs(), after in instants(), anchor in instants()) {
        let Ok(spec) = Spec::parse(&text) else { return Ok(()) };
        let mut last = after;
        for _ in 0..4 {
            let Some(next) = spec.next(last, &Zone::utc(), anchor) else { break };
            prop_assert!(next > last, "{next} after {last}");
            prop_assert_eq!(next.timestamp_subsec_nanos(), 0);
            // Nothing lies in between.
            let before = next - chrono::TimeDelta::seconds(1);
            if before > last {
                prop_assert_eq!(spec.next(before, &Zone::utc(), anchor), Some(next));
            }
            last = next;
        }
    }

    #[test]
    fn a_text_is_a_duration_of_go_or_refused(text in r"[-+]?[0-9.]{0,30}(ns|us|µs|ms|s|m|h)?[0-9.]{0,5}[smh]?|\PC*") {
        go_duration(&text);
    }
}
