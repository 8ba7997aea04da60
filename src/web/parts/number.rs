//! Numbers: thousands are set off by thin spaces, zero is dim, and what cannot be read is unknown.

use maud::{Markup, html};

/// The thin space that does not break: NARROW NO-BREAK SPACE.
const THIN_SPACE: char = '\u{202f}';

/// `1 234 567`.
pub(crate) fn spaced(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(THIN_SPACE);
        }
        text.push(digit);
    }
    text
}

/// `1 234 tasks`, `1 task`.
pub(crate) fn plural(count: u64, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", spaced(count))
}

/// A count.
pub(crate) fn count(count: Option<u64>) -> Markup {
    match count {
        Some(0) => html! { span .zero { "0" } },
        Some(count) => html! { (spaced(count)) },
        None => unknown(),
    }
}

/// What stands in place of a figure that cannot be read.
pub(crate) fn unknown() -> Markup {
    html! { span .unknown title="The key in Redis cannot be read" { "unknown" } }
}

/// What stands in place of a figure that does not exist.
pub(crate) fn none() -> Markup {
    html! { span .zero { "–" } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_off() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1_000, "1\u{202f}000"),
            (1_234_567, "1\u{202f}234\u{202f}567"),
        ];
        for (count, text) in cases {
            assert_eq!(spaced(count), text);
        }
        assert_eq!(plural(1, "task"), "1 task");
        assert_eq!(plural(2, "task"), "2 tasks");
    }

    #[test]
    fn zero_is_dim_and_what_cannot_be_read_is_unknown() {
        assert_eq!(count(Some(0)).0, "<span class=\"zero\">0</span>");
        assert_eq!(count(Some(12)).0, "12");
        assert!(count(None).0.contains(">unknown<"));
    }
}
