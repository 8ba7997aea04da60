//! Properties over arbitrary input: text of strangers on a terminal.

use proptest::prelude::*;

use super::text::{escape, json_for_terminal, printable, truncate, width};

proptest! {
    #[test]
    fn escaped_text_has_no_character_that_a_terminal_acts_on(text: String) {
        let escaped = escape(&text);
        prop_assert!(escaped.chars().all(printable), "{escaped:?}");
        prop_assert!(!escaped.contains(char::is_control));
        prop_assert_eq!(escape(&escaped), escaped.as_ref());
    }

    #[test]
    fn json_for_a_terminal_is_the_same_json(text: String, other: String) {
        let json = serde_json::to_string(&[&text, &other]).unwrap();
        let shown = json_for_terminal(&json);
        prop_assert!(!shown.contains(char::is_control), "{shown:?}");
        prop_assert_eq!(serde_json::from_str::<Vec<String>>(&shown).unwrap(), [text, other]);
    }

    #[test]
    fn text_fits_into_the_columns(text: String, columns in 0..40_usize) {
        let escaped = escape(&text);
        let cut = truncate(&escaped, columns);
        prop_assert!(width(&cut) <= columns.max(1), "{cut:?} in {columns}");
    }
}
