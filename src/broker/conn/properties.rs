//! Properties over arbitrary input: URLs, and the map of slots that a cluster answers.

use proptest::prelude::*;
use redis::Value;

use super::address::Address;
use super::topology::ranges;

/// Texts that are nearly URLs, with this password.
fn urls(password: &'static str) -> impl Strategy<Value = String> {
    let scheme = "(rediss?(-cluster|-sentinel|\\+unix)?|valkey|unix|http|REDIS)?(://|:/|)?";
    let user = "[a-z%@/:é]{0,4}";
    let host = r"[a-z0-9.,:\[\]@/%]{0,12}";
    let rest = r"(/[0-9a-z]{0,3})?(\?[a-z_]{0,10}(=[a-z%0-9]{0,8})?(&(master|db|sentinel_tls|password)=[a-z0-9]{0,4})?)?(#[a-z]?)?";
    (scheme, user, host, rest).prop_map(move |(scheme, user, host, rest)| {
        format!("{scheme}{user}:{password}@{host}{rest}")
    })
}

/// Any answer of a server.
fn answers() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Nil),
        Just(Value::Okay),
        any::<i64>().prop_map(Value::Int),
        (0..20_000_i64).prop_map(Value::Int),
        any::<Vec<u8>>().prop_map(Value::BulkString),
        any::<String>().prop_map(Value::SimpleString),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop::collection::vec(inner, 0..5).prop_map(Value::Array)
    })
}

proptest! {
    #[test]
    fn a_password_in_a_url_is_never_shown(url in urls("Sekret9")) {
        // The path of a socket is no secret, and may hold an @.
        prop_assume!(!url.contains("unix:///"));
        match Address::parse(&url) {
            Ok(address) => {
                prop_assert!(!address.to_string().contains("Sekret"), "{address}");
                let debugged = format!("{address:?}");
                prop_assert!(!debugged.contains("Sekret"));
            }
            Err(refused) => {
                let said = format!("{refused} {refused:?} {}", refused.hint());
                prop_assert!(!said.contains("Sekret"), "{said}");
            }
        }
    }

    #[test]
    fn a_text_is_a_url_or_refused(text in r"(rediss?://)?[\[\]:@/?#%a-z0-9,]{0,24}|.*") {
        if let Ok(address) = Address::parse(&text) {
            prop_assert!(!address.to_string().is_empty());
        }
    }

    #[test]
    fn a_map_of_slots_is_read_or_refused(answer in answers(), rows in prop::collection::vec(answers(), 0..4)) {
        let from = ("host".to_owned(), 6379);
        ranges(&answer, &from);
        ranges(&Value::Array(rows), &from);
    }
}
