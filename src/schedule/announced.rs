//! The options of an entry that a Go scheduler announces. Each is a text in Go's notation.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};

use super::spec::go_duration;

/// The options that were given to the scheduler. Those of the task itself are not announced, so an absent option
/// is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AnnouncedOptions {
    pub queue: Option<String>,
    pub max_retry: Option<i32>,
    pub timeout: Option<Duration>,
    pub deadline: Option<DateTime<Utc>>,
    /// From the tick to the start of the task.
    pub delay: Option<Duration>,
    pub unique_for: Option<Duration>,
    pub retention: Option<Duration>,
    pub group: Option<String>,
    pub headers: BTreeMap<String, String>,
}

impl AnnouncedOptions {
    /// Reads the options; those that cannot be read are left out.
    pub fn read(options: &[String]) -> Self {
        let mut read = Self::default();
        for option in options {
            let named = option
                .strip_suffix(')')
                .and_then(|text| text.split_once('('));
            let Some((name, value)) = named else { continue };
            match name {
                "Queue" => read.queue = Some(unquoted(value)),
                "MaxRetry" => read.max_retry = value.parse().ok(),
                "Timeout" => read.timeout = go_duration(value),
                "Deadline" => read.deadline = date(value),
                "ProcessIn" => read.delay = go_duration(value),
                "Unique" => read.unique_for = go_duration(value),
                "Retention" => read.retention = go_duration(value),
                "Group" => read.group = Some(unquoted(value)),
                "Header" => read
                    .headers
                    .extend(serde_json::from_str::<(String, String)>(value)),
                _ => {}
            }
        }
        read
    }
}

/// A Go string literal. Only its rarest escapes are not those of JSON.
fn unquoted(literal: &str) -> String {
    serde_json::from_str(literal).unwrap_or_else(|_| literal.trim_matches('"').to_owned())
}

/// A date in UTC. The abbreviations of other zones are ambiguous.
fn date(text: &str) -> Option<DateTime<Utc>> {
    let local = NaiveDateTime::parse_from_str(text, "%a %b %e %H:%M:%S UTC %Y").ok()?;
    Some(local.and_utc())
}

#[cfg(test)]
mod tests {
    use super::super::asynq;
    use super::*;
    use crate::task::{QueueName, TaskOptions};

    #[test]
    fn what_is_announced_is_read_back() {
        let options = TaskOptions {
            queue: QueueName::new("a)\"b").unwrap(),
            max_retry: 5,
            timeout: Some(Duration::from_millis(90_500)),
            deadline: DateTime::from_timestamp(1_788_329_100, 0),
            unique_for: Some(Duration::from_secs(3600)),
            retention: Duration::from_secs(86_400),
            group: Some("g".to_owned()),
            headers: BTreeMap::from([("k".to_owned(), "<v>".to_owned())]),
        };
        let read = AnnouncedOptions::read(&asynq::options(&options, Duration::from_millis(500)));
        let expected = AnnouncedOptions {
            queue: Some("a)\"b".to_owned()),
            max_retry: Some(5),
            timeout: options.timeout,
            deadline: options.deadline,
            delay: Some(Duration::from_millis(500)),
            unique_for: options.unique_for,
            retention: Some(options.retention),
            group: options.group,
            headers: options.headers,
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        let options = [
            "Queue(\"\\x01\")",
            "MaxRetry(x)",
            "Timeout(-1s)",
            "Deadline(Tue Sep 22 16:30:00 CEST 2026)",
            "Header(1)",
            "TaskID(\"t\")",
            "Nonsense",
        ];
        let read = AnnouncedOptions::read(&options.map(str::to_owned));
        let queue = Some("\\x01".to_owned());
        assert_eq!(
            read,
            AnnouncedOptions {
                queue,
                ..AnnouncedOptions::default()
            }
        );
    }
}
