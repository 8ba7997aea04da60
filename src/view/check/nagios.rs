//! The output of a Nagios plugin: the status and the reasons, performance data after `|`, more reasons on lines of their own.
//!
//! `|` begins performance data wherever it stands, so it is escaped in text. A label is quoted, and may hold neither `'` nor
//! `=`; a queue may have any name, so labels are percent-encoded.

use std::fmt::Write as _;

use super::{checked, sentence, word};
use crate::document::check::{Amount, Bound, CheckDocument, FigureDocument, ReasonDocument};
use crate::view::text;

/// Reasons on the first line, which is what notifications show.
const FIRST: usize = 3;

/// The whole output.
pub(crate) fn output(check: &CheckDocument) -> String {
    let first: Vec<String> = check.reasons.iter().take(FIRST).map(plain).collect();
    let mut summary = match first.is_empty() {
        true => checked(check),
        false => first.join("; "),
    };
    let more = check.reasons.len() - first.len();
    if more > 0 {
        // Writing to a string cannot fail.
        let _: std::fmt::Result = write!(summary, "; and {more} more");
    }
    let mut output = format!("{} - {summary}", word(check.status));
    let data: Vec<String> = check.figures.iter().map(datum).collect();
    if !data.is_empty() {
        output = format!("{output} | {}", data.join(" "));
    }
    output.push('\n');
    if more > 0 {
        for reason in &check.reasons {
            output += &format!("{} - {}\n", word(reason.status), plain(reason));
        }
    }
    output
}

fn plain(reason: &ReasonDocument) -> String {
    text::escape(&sentence(reason)).replace('|', r"\u{7c}")
}

/// `'critical.pending'=1204;500;1000;0`.
fn datum(figure: &FigureDocument) -> String {
    let label = match &figure.queue {
        Some(queue) => format!("{}.{}", encoded(queue), figure.check),
        None => figure.check.to_owned(),
    };
    let limit = |limit: Option<Amount>| match (limit, figure.bound) {
        (None, _) => String::new(),
        (Some(limit), Bound::Max) => number(limit),
        // Below it.
        (Some(limit), Bound::Min) => format!("{}:", number(limit)),
    };
    // The plugin guidelines have U for what cannot be measured.
    let value = figure
        .value
        .map_or_else(|| "U".to_owned(), |value| number(value) + unit(value));
    let mut datum = format!(
        "'{label}'={value};{};{};0",
        limit(figure.warning),
        limit(figure.critical)
    );
    if let Some(most) = figure.most {
        datum += &format!(";{}", number(most));
    }
    datum
}

/// Without an exponent, which the guidelines do not allow. Shares are percentages.
fn number(amount: Amount) -> String {
    match amount {
        Amount::Share(share) => ((share * 1_000_000.0).round() / 10_000.0).to_string(),
        Amount::Count(_) | Amount::Span(_) | Amount::Bytes(_) => amount.number().to_string(),
    }
}

const fn unit(amount: Amount) -> &'static str {
    match amount {
        Amount::Count(_) => "",
        Amount::Span(_) => "s",
        Amount::Share(_) => "%",
        Amount::Bytes(_) => "B",
    }
}

/// The name of a queue in a label.
fn encoded(name: &str) -> String {
    let mut label = String::new();
    for c in name.chars() {
        if text::printable(c) && !"%'=|\\".contains(c) {
            label.push(c);
            continue;
        }
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            label += &format!("%{byte:02X}");
        }
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_two_queues_are_never_the_same() {
        for (name, label) in [
            ("critical", "critical"),
            ("a b.c", "a b.c"),
            ("it's", "it%27s"),
            ("a=1|b", "a%3D1%7Cb"),
            ("50%", "50%25"),
            ("\u{1b}[2J\n", "%1B[2J%0A"),
            ("ключ", "ключ"),
        ] {
            assert_eq!(encoded(name), label);
        }
    }

    #[test]
    fn numbers_have_no_exponent() {
        for (amount, text) in [
            (Amount::Count(1_000_000_000_000), "1000000000000"),
            (Amount::Share(0.0001), "0.01"),
            (Amount::Share(0.3), "30"),
            (Amount::Share(0.055), "5.5"),
            (Amount::Span(std::time::Duration::from_millis(1_500)), "1.5"),
        ] {
            assert_eq!(number(amount), text);
        }
    }
}
