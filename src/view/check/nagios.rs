//! The output of a Nagios plugin: the status and the reasons, performance data after `|`, more reasons on lines of their own.
//!
//! `|` begins performance data wherever it stands, so it is escaped in text. A label is quoted, and may hold neither `'` nor
//! `=`; a queue may have any name, so labels are percent-encoded.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::{checked, sentence, word};
use crate::document::check::{Amount, Bound, CheckDocument, FigureDocument, ReasonDocument};
use crate::view::text;

/// What has a meaning in performance data, or is not printable. What is not ASCII is always encoded.
const IN_LABELS: &AsciiSet = &CONTROLS.add(b'%').add(b'\'').add(b'=').add(b'|').add(b'\\');

/// Reasons on the first line, which is what notifications show.
const FIRST: usize = 3;

/// The whole output.
pub(crate) fn output(check: &CheckDocument) -> String {
    let mut summary: Vec<String> = check.reasons.iter().take(FIRST).map(plain).collect();
    if summary.is_empty() {
        summary.push(checked(check));
    }
    let more = check.reasons.len().saturating_sub(FIRST);
    if more > 0 {
        summary.push(format!("and {more} more"));
    }
    let mut first = format!("{} - {}", word(check.status), summary.join("; "));
    let data: Vec<String> = check.figures.iter().map(datum).collect();
    if !data.is_empty() {
        first = format!("{first} | {}", data.join(" "));
    }
    let mut lines = vec![first];
    if more > 0 {
        let line = |reason: &ReasonDocument| format!("{} - {}", word(reason.status), plain(reason));
        lines.extend(check.reasons.iter().map(line));
    }
    lines.join("\n") + "\n"
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
    let warning = limit(figure.warning);
    let critical = limit(figure.critical);
    let most = figure
        .most
        .map_or_else(String::new, |most| format!(";{}", number(most)));
    format!("'{label}'={value};{warning};{critical};0{most}")
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
    utf8_percent_encode(name, IN_LABELS).to_string()
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
            ("é", "%C3%A9"),
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
