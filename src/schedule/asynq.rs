//! A schedule as Asynq's tools see it: an entry of a scheduler, with its options in Go's notation.

use std::fmt::Write as _;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::entry::Schedule;
use super::spec::Zone;
use crate::broker::{ANNOUNCED_PAYLOAD, SchedulerEntry};
use crate::task::TaskOptions;

/// The entry of a schedule. Its id is the schedule's name, so it stays the same after a restart.
pub fn entry(
    schedule: &Schedule,
    previous_at: Option<DateTime<Utc>>,
    next_at: Option<DateTime<Utc>>,
) -> SchedulerEntry {
    let payload = schedule.payload.as_ref();
    let payload = payload.filter(|payload| payload.len() <= ANNOUNCED_PAYLOAD);
    let spec = schedule.spec.as_str();
    SchedulerEntry {
        id: schedule.name.to_string(),
        spec: if schedule.spec.depends_on_zone() && schedule.zone != Zone::utc() {
            format!("CRON_TZ={} {spec}", schedule.zone)
        } else {
            spec.to_owned()
        },
        kind: schedule.kind.to_string(),
        payload: payload.cloned().unwrap_or_default(),
        options: options(&schedule.options, schedule.delay),
        next_at,
        previous_at,
    }
}

/// The options that differ from the defaults, each in Go's notation.
pub fn options(options: &TaskOptions, delay: Duration) -> Vec<String> {
    let default = TaskOptions::default();
    let mut texts = Vec::new();
    let mut add = |given: bool, text: String| {
        if given {
            texts.push(text);
        }
    };
    let TaskOptions {
        queue,
        max_retry,
        timeout,
        deadline,
        unique_for,
        retention,
        group,
        headers,
    } = options;
    add(
        *queue != default.queue,
        format!("Queue({})", quoted(queue.as_str())),
    );
    add(
        *max_retry != default.max_retry,
        format!("MaxRetry({max_retry})"),
    );
    if let Some(timeout) = timeout {
        add(true, format!("Timeout({})", span(*timeout)));
    }
    if let Some(deadline) = deadline {
        add(
            true,
            format!("Deadline({})", deadline.format("%a %b %e %H:%M:%S UTC %Y")),
        );
    }
    add(!delay.is_zero(), format!("ProcessIn({})", span(delay)));
    if let Some(unique_for) = unique_for {
        add(true, format!("Unique({})", span(*unique_for)));
    }
    add(
        !retention.is_zero(),
        format!("Retention({})", span(*retention)),
    );
    if let Some(group) = group {
        add(true, format!("Group({})", quoted(group)));
    }
    for (name, value) in headers {
        add(true, format!("Header({})", pair(name, value)));
    }
    texts
}

/// A Go string literal.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\u{b}' => out.push_str("\\v"),
            c if c.is_ascii_control() => write!(out, "\\x{:02x}", u32::from(c)).unwrap_or_default(),
            c if c.is_control() => write!(out, "\\u{:04x}", u32::from(c)).unwrap_or_default(),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A JSON array of two strings, with the escapes of Go's encoder.
fn pair(name: &str, value: &str) -> String {
    let json = serde_json::json!([name, value]).to_string();
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}

/// A duration in Go's notation: `1h0m0s`, all units below the first.
fn span(span: Duration) -> String {
    let nanos = span.as_nanos();
    let fraction = |whole: u128, part: u128, width: usize| {
        let digits = format!("{part:0width$}");
        match digits.trim_end_matches('0') {
            "" => whole.to_string(),
            digits => format!("{whole}.{digits}"),
        }
    };
    if nanos == 0 {
        return "0s".to_owned();
    }
    if nanos < 1_000 {
        return format!("{nanos}ns");
    }
    if nanos < 1_000_000 {
        return format!("{}\u{b5}s", fraction(nanos / 1_000, nanos % 1_000, 3));
    }
    if nanos < 1_000_000_000 {
        return format!("{}ms", fraction(nanos / 1_000_000, nanos % 1_000_000, 6));
    }
    let seconds = nanos / 1_000_000_000;
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    let rest = fraction(seconds % 60, nanos % 1_000_000_000, 9);
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, minutes) => format!("{minutes}m{rest}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{rest}s"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::task::QueueName;

    #[test]
    fn durations_as_go_writes_them() {
        let texts = [
            (0, "0s"),
            (7, "7ns"),
            (1_500, "1.5\u{b5}s"),
            (500_000_000, "500ms"),
            (1_500_000_000, "1.5s"),
            (90_000_000_000, "1m30s"),
            (3_600_000_000_000, "1h0m0s"),
            (86_400_000_000_000, "24h0m0s"),
        ];
        for (nanos, text) in texts {
            assert_eq!(span(Duration::from_nanos(nanos)), text);
        }
    }

    #[test]
    fn options_as_go_writes_them() {
        let set = TaskOptions {
            queue: QueueName::new("a\"b\n\u{1}é").unwrap(),
            max_retry: 5,
            timeout: Some(Duration::from_secs(90)),
            deadline: DateTime::from_timestamp(1_788_329_100, 0),
            unique_for: Some(Duration::from_secs(3600)),
            retention: Duration::from_secs(86_400),
            group: Some("g1".to_owned()),
            headers: BTreeMap::from([("k".to_owned(), "<v>".to_owned())]),
        };
        assert_eq!(
            options(&set, Duration::from_millis(500)),
            [
                "Queue(\"a\\\"b\\n\\x01é\")",
                "MaxRetry(5)",
                "Timeout(1m30s)",
                "Deadline(Wed Sep  2 06:05:00 UTC 2026)",
                "ProcessIn(500ms)",
                "Unique(1h0m0s)",
                "Retention(24h0m0s)",
                "Group(\"g1\")",
                "Header([\"k\",\"\\u003cv\\u003e\"])",
            ]
        );
        assert!(options(&TaskOptions::default(), Duration::ZERO).is_empty());
    }
}
