//! Numbers, times and text as people read them.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::Duration;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::named_values;
use crate::document::serde_fmt::rfc3339;

named_values! {
    /// How times are printed.
    TimeStyle, "time style", {
        /// `3m12s ago`, `in 2h`.
        #[default]
        Relative = "relative",
        /// RFC 3339 in UTC.
        Iso = "iso",
        /// Whole seconds since 1970.
        Unix = "unix",
    }
}

pub(crate) fn time(at: DateTime<Utc>, now: DateTime<Utc>, style: TimeStyle) -> String {
    match style {
        TimeStyle::Relative => ago(at, now),
        TimeStyle::Iso => exact(at),
        TimeStyle::Unix => at.timestamp().to_string(),
    }
}

/// The long form of a time: the relative style adds the exact time.
pub(crate) fn moment(at: DateTime<Utc>, now: DateTime<Utc>, style: TimeStyle) -> String {
    match style {
        TimeStyle::Relative => format!("{} ({})", exact(at), ago(at, now)),
        TimeStyle::Iso | TimeStyle::Unix => time(at, now, style),
    }
}

/// RFC 3339, to the millisecond.
fn exact(at: DateTime<Utc>) -> String {
    rfc3339(at.trunc_subsecs(3))
}

/// `3m12s ago`, `in 2h`, `now`.
pub(crate) fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let distance = now - at;
    if distance.abs() < TimeDelta::seconds(1) {
        return "now".to_owned();
    }
    let length = duration(distance.abs().to_std().unwrap_or_default());
    if distance > TimeDelta::zero() {
        format!("{length} ago")
    } else {
        format!("in {length}")
    }
}

/// How a clock differs from Redis's, `3h ahead of Redis's`.
pub(crate) fn clock_differs(ahead: TimeDelta) -> String {
    let side = if ahead < TimeDelta::zero() {
        "behind"
    } else {
        "ahead of"
    };
    let span = ahead.abs().to_std().unwrap_or_default();
    format!("{} {side} Redis's", duration(span))
}

/// The two largest units: `250ms`, `12s`, `3m12s`, `2h5m`, `3d4h`, `2y10d`.
pub(crate) fn duration(span: Duration) -> String {
    const UNITS: [(u64, &str); 5] = [
        (365 * 86_400, "y"),
        (86_400, "d"),
        (3_600, "h"),
        (60, "m"),
        (1, "s"),
    ];
    let seconds = span.as_secs();
    let Some(first) = UNITS.iter().position(|(size, _)| seconds >= *size) else {
        return match span.as_millis() {
            0 => "0s".to_owned(),
            millis => format!("{millis}ms"),
        };
    };
    let (size, unit) = UNITS[first];
    let mut text = format!("{}{unit}", seconds / size);
    if let Some((smaller, unit)) = UNITS.get(first + 1)
        && (seconds % size) / smaller > 0
    {
        text += &((seconds % size) / smaller).to_string();
        text += unit;
    }
    text
}

/// `512 B`, `1.5 KiB`, `20.0 MiB`.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut unit = 0;
    let mut shift = 10_u32;
    while count >> shift >= 1024 && unit + 1 < UNITS.len() {
        unit += 1;
        shift += 10;
    }
    let tenths = (u128::from(count) * 10) >> shift;
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// A part of a whole as a percentage, `1.2%`.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

/// `1 task`, `2 tasks`, `1,234,567 tasks`.
pub(crate) fn plural(count: u64, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", thousands(count))
}

/// The first five names of a list: `a, b, c, d, e, …`.
pub(crate) fn listed(names: &[&str]) -> String {
    const MAX_NAMES: usize = 5;
    let some = names[..names.len().min(MAX_NAMES)].join(", ");
    let more = if names.len() > MAX_NAMES { ", …" } else { "" };
    some + more
}

/// A number in at most four characters, rounded down: `9999`, `12k`, `1.2M`, `345M`.
pub(crate) fn short_count(count: u64) -> String {
    const UNITS: [&str; 6] = ["k", "M", "G", "T", "P", "E"];
    if count < 10_000 {
        return count.to_string();
    }
    let (mut unit, mut size) = (0, 1_000);
    while count / size >= 1_000 && unit + 1 < UNITS.len() {
        unit += 1;
        size *= 1_000;
    }
    let (whole, tenth) = (count / size, count % size / (size / 10));
    if whole < 10 {
        format!("{whole}.{tenth}{}", UNITS[unit])
    } else {
        format!("{whole}{}", UNITS[unit])
    }
}

/// `1,234,567`.
pub(crate) fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Whether a terminal displays this character rather than acting on it.
///
/// False for C0 and C1 control characters and for characters that change the direction of text, have no width, format
/// text otherwise, are for private use, or are unassigned.
pub(crate) fn printable(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    // `escape_debug` escapes what has no visible form, spaces of other scripts included, which are harmless. After a letter
    // it leaves combining marks alone.
    matches!(c, '\u{a0}' | '\u{3000}') || {
        let mut pair = [b'a', 0, 0, 0, 0];
        let length = 1 + c.encode_utf8(&mut pair[1..]).len();
        std::str::from_utf8(&pair[..length]).is_ok_and(|pair| pair.escape_debug().nth(1) == Some(c))
    }
}

/// The text on one line, with everything that is not [`printable`] escaped: `\n`, `\u{1b}`.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    if text.chars().all(printable) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if printable(c) {
            out.push(c);
        } else {
            out.extend(c.escape_debug());
        }
    }
    Cow::Owned(out)
}

/// The same JSON, with everything that is not [`printable`] escaped as `\u`.
pub(crate) fn json_for_terminal(json: &str) -> Cow<'_, str> {
    let harmless = |c: char| matches!(c, '\n' | '\r' | '\t') || printable(c);
    if json.chars().all(harmless) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 32);
    for c in json.chars() {
        if harmless(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a string cannot fail.
            write!(out, "\\u{unit:04x}").ok();
        }
    }
    Cow::Owned(out)
}

/// The width of the text in columns of a terminal.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The text in at most `columns` columns; `…` replaces what does not fit.
pub(crate) fn truncate(text: &str, columns: usize) -> Cow<'_, str> {
    // A column takes at least one byte, so a short text need not be measured.
    if text.len() <= columns || text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let room = columns.saturating_sub(1);
    let mut used = 0;
    let mut cut: String = text
        .chars()
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= room
        })
        .collect();
    // A sequence can be wider than its characters, such as an emoji with a variation selector.
    while cut.width() > room {
        cut.pop();
    }
    if columns > 0 {
        cut.push('…');
    }
    Cow::Owned(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_show_two_units() {
        let cases = [
            (0, "0s"),
            (250, "250ms"),
            (1_999, "1s"),
            (192_000, "3m12s"),
            (120_000, "2m"),
            (7_500_000, "2h5m"),
            (273_600_000, "3d4h"),
            (740 * 86_400_000, "2y10d"),
        ];
        for (millis, text) in cases {
            assert_eq!(duration(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn times_in_each_style() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let then = now - TimeDelta::seconds(192);
        assert_eq!(ago(then, now), "3m12s ago");
        assert_eq!(ago(now, then), "in 3m12s");
        assert_eq!(ago(now, now), "now");
        assert_eq!(time(now, now, TimeStyle::Iso), "2023-11-14T22:13:20Z");
        assert_eq!(time(now, now, TimeStyle::Unix), "1700000000");
        assert_eq!(
            moment(then, now, TimeStyle::Relative),
            "2023-11-14T22:10:08Z (3m12s ago)"
        );
        let ever = DateTime::<Utc>::MAX_UTC;
        assert!(ago(ever, DateTime::<Utc>::MIN_UTC).starts_with("in "));
        assert_eq!("unix".parse(), Ok(TimeStyle::Unix));
        assert_eq!(
            "utc".parse::<TimeStyle>().unwrap_err().to_string(),
            "unknown time style \"utc\", use one of relative, iso, unix"
        );
    }

    #[test]
    fn numbers() {
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(bytes(u64::MAX), "15.9 EiB");
        assert_eq!(percent(0.012), "1.2%");
        let shorts = [9_999, 10_000, 999_999, 1_000_000, 1_299_999, 12_345_678];
        let shorts = shorts.map(short_count);
        assert_eq!(shorts, ["9999", "10k", "999k", "1.0M", "1.2M", "12M"]);
        assert_eq!(short_count(u64::MAX), "18E");
        assert_eq!(plural(1, "task"), "1 task");
        assert_eq!(plural(1_234_567, "task"), "1,234,567 tasks");
        assert_eq!(thousands(123), "123");
    }

    #[test]
    fn hostile_text_is_escaped_and_other_text_is_not() {
        for fine in [
            "plain",
            "naïve — 日本語　x",
            "e\u{301}",
            "❤️",
            "कि",
            "\"\\'",
        ] {
            assert_eq!(escape(fine), fine);
        }
        assert_eq!(escape("\u{1b}[2J\r\n\t\0"), r"\u{1b}[2J\r\n\t\0");
        assert_eq!(
            escape("\u{7f}\u{9b}\u{202e}\u{200b}\u{2066}\u{feff}\u{2028}\u{ad}\u{e0041}"),
            r"\u{7f}\u{9b}\u{202e}\u{200b}\u{2066}\u{feff}\u{2028}\u{ad}\u{e0041}"
        );
        let once = escape("a\u{1b}").into_owned();
        assert_eq!(escape(&once), once);
    }

    #[test]
    fn json_for_a_terminal_is_the_same_json() {
        assert_eq!(json_for_terminal("{\n\"é\": 1}"), "{\n\"é\": 1}");
        assert_eq!(
            json_for_terminal("\"\u{9b}\u{202e}\u{e0001}\u{7f}\""),
            r#""\u009b\u202e\udb40\udc01\u007f""#
        );
    }

    #[test]
    fn truncation_counts_columns() {
        assert_eq!(truncate("hello", 5), "hello");
        assert_eq!(truncate("hello!", 5), "hell…");
        assert_eq!(truncate("日本語", 6), "日本語");
        assert_eq!(truncate("日本語", 5), "日本…");
        assert_eq!(truncate("日本語", 4), "日…");
        assert_eq!(truncate("ab", 1), "…");
        assert_eq!(truncate("ab", 0), "");
        assert!(width(&truncate("❤️❤️❤️", 4)) <= 4);
    }
}
