//! Properties over arbitrary input: messages, durations, times, names.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::{Message, TaskId, parse};

/// Any instant of a few thousand years.
fn instants() -> impl Strategy<Value = DateTime<Utc>> {
    (0..=250_000_000_000_i64).prop_map(|second| DateTime::from_timestamp(second, 0).unwrap())
}

fn messages() -> impl Strategy<Value = Message> {
    let texts = (
        any::<String>(),
        any::<String>(),
        any::<String>(),
        any::<String>(),
    );
    let numbers = (
        any::<i32>(),
        any::<i32>(),
        any::<i64>(),
        any::<i64>(),
        any::<i64>(),
    );
    let headers = prop::collection::btree_map(any::<String>(), any::<String>(), 0..4);
    (texts, numbers, any::<Vec<u8>>(), headers).prop_map(|(texts, numbers, payload, headers)| {
        let (kind, id, queue, group) = texts;
        let (max_retry, retried, timeout, deadline, retention) = numbers;
        Message {
            kind,
            payload,
            id,
            queue,
            max_retry,
            retried,
            timeout,
            deadline,
            retention,
            group,
            headers,
            ..Message::default()
        }
    })
}

proptest! {
    #[test]
    fn a_message_survives_encoding(message in messages()) {
        prop_assert_eq!(Message::from_bytes(&message.to_bytes()), Ok(message));
    }

    #[test]
    fn bytes_that_can_be_decoded_mean_the_same_after_encoding(bytes: Vec<u8>) {
        if let Ok(message) = Message::from_bytes(&bytes) {
            prop_assert_eq!(Message::from_bytes(&message.to_bytes()), Ok(message));
        }
    }

    #[test]
    fn a_damaged_message_is_decoded_or_refused(
        message in messages(),
        place: prop::sample::Index,
        byte: u8,
        now in instants(),
    ) {
        let mut bytes = message.to_bytes();
        bytes.push(byte);
        let length = bytes.len();
        bytes[place.index(length)] ^= byte;
        if let Ok(message) = Message::from_bytes(&bytes) {
            message.attempt_deadline(now);
        }
    }

    #[test]
    fn a_duration_is_read_as_it_was_written(seconds in 0..9_000_000_000_u64, nanos in 0..1_000_000_000_u32) {
        let span = Duration::new(seconds, nanos);
        prop_assert_eq!(parse::duration(&parse::duration_text(span)), Ok(span));
    }

    #[test]
    fn a_text_is_a_duration_or_refused(text in "[0-9.]{0,40}(ms|s|m|h|d|w|x|é)?[0-9.]{0,5}[smhd]?|\\PC*") {
        if let Ok(span) = parse::duration(&text) {
            prop_assert_eq!(parse::duration(&parse::duration_text(span)), Ok(span));
        }
    }

    #[test]
    fn a_time_is_read_as_it_was_written(at in instants(), now in instants()) {
        prop_assert_eq!(parse::time(&at.to_rfc3339(), now, &Utc), Ok(at));
        let seconds = (at - now).num_seconds();
        let has_duration = parse::duration(&format!("{seconds}s")).is_ok();
        if has_duration {
            prop_assert_eq!(parse::time(&format!("now+{seconds}s"), now, &Utc), Ok(at));
        }
    }

    #[test]
    fn a_text_is_a_time_or_refused(
        text in "now.{0,6}|(today|tomorrow|[0-9]{4}-[0-9]{2}-[0-9]{2})[ T].{0,12}|[0-9]{1,25}|\\PC*",
        now in instants(),
    ) {
        let read = parse::time(&text, now, &Utc);
        // `now` stands alone, or a sign and a duration follow.
        if let Some(rest) = text.trim().strip_prefix("now") && !rest.is_empty() && !rest.starts_with(['+', '-']) {
            prop_assert!(read.is_err());
        }
    }

    #[test]
    fn a_clock_may_show_any_time(message in messages(), now in instants(), ahead in -100_000..100_000_i64) {
        let later = now + TimeDelta::seconds(ahead);
        message.attempt_deadline(later);
    }

    #[test]
    fn a_stored_id_stays_a_text(bytes: Vec<u8>) {
        let id = TaskId::from_stored(bytes.clone());
        if let Ok(text) = std::str::from_utf8(&bytes) {
            prop_assert_eq!(id.as_str(), text);
        }
        super::short_id::short_id(id.as_str());
    }

    #[test]
    fn a_header_has_a_name(text: String) {
        if let Ok((name, value)) = parse::header(&text) {
            prop_assert!(!name.is_empty());
            prop_assert!(text.ends_with(&value));
        }
    }
}
