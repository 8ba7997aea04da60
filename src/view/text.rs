//! Times and text as people read them; numbers and durations are in `figures`.

use std::borrow::Cow;
use std::fmt::Write as _;

use chrono::{DateTime, FixedOffset, SecondsFormat, SubsecRound as _, TimeDelta, Utc};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::named_values;
use crate::document::serde_fmt::rfc3339;
pub(crate) use crate::figures::{bytes, duration, percent, plural, short_count, thousands};

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

/// The time at which a task may run. In the relative style, one that has passed is not to be taken for that of an event.
pub(crate) fn due(at: DateTime<Utc>, now: DateTime<Utc>, style: TimeStyle) -> String {
    let text = time(at, now, style);
    if style == TimeStyle::Relative && at <= now {
        format!("due {text}")
    } else {
        text
    }
}

/// The long form of a time: the relative style adds the exact time, in this zone or else UTC.
pub(crate) fn moment(
    (at, zone): (DateTime<Utc>, Option<FixedOffset>),
    now: DateTime<Utc>,
    style: TimeStyle,
) -> String {
    match style {
        TimeStyle::Relative => {
            let local = |zone| {
                let at = at.trunc_subsecs(3).with_timezone(&zone);
                at.to_rfc3339_opts(SecondsFormat::AutoSi, false)
            };
            let exact = zone.map_or_else(|| exact(at), local);
            format!("{exact} ({})", ago(at, now))
        }
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

/// The first five names of a list: `a, b, c, d, e, …`.
pub(crate) fn listed(names: &[&str]) -> String {
    const MAX_NAMES: usize = 5;
    let some = names[..names.len().min(MAX_NAMES)].join(", ");
    let more = if names.len() > MAX_NAMES { ", …" } else { "" };
    some + more
}

/// How many tasks are in each queue: `default 1,200, low 3 and 12 more queues`.
pub(crate) fn by_queue<'a>(queues: impl IntoIterator<Item = (&'a str, u64)>) -> String {
    const MAX_QUEUES: usize = 5;
    let each = queues.into_iter();
    let each = each.map(|(queue, tasks)| format!("{} {}", escape(queue), thousands(tasks)));
    let each: Vec<String> = each.collect();
    match each.len().saturating_sub(MAX_QUEUES) {
        // To name the last one takes no more room.
        0 | 1 => each.join(", "),
        more => format!("{} and {more} more queues", each[..MAX_QUEUES].join(", ")),
    }
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

/// The width of a character in columns of a terminal.
pub(crate) fn char_width(c: char) -> usize {
    c.width().unwrap_or(0)
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
            used += char_width(*c);
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
    fn times_in_each_style() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let then = now - TimeDelta::seconds(192);
        assert_eq!(due(then, now, TimeStyle::Relative), "due 3m12s ago");
        assert_eq!(due(now, then, TimeStyle::Relative), "in 3m12s");
        assert_eq!(due(then, now, TimeStyle::Unix), "1699999808");
        assert_eq!(ago(then, now), "3m12s ago");
        assert_eq!(ago(now, then), "in 3m12s");
        assert_eq!(ago(now, now), "now");
        assert_eq!(time(now, now, TimeStyle::Iso), "2023-11-14T22:13:20Z");
        assert_eq!(time(now, now, TimeStyle::Unix), "1700000000");
        assert_eq!(
            moment((then, None), now, TimeStyle::Relative),
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
