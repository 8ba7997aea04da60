//! The message of a task and its protobuf encoding.
//!
//! This is the value of the `msg` field of the task's hash. Numbers and names are Asynq's
//! (`TaskMessage` in its `internal/proto/asynq.proto`). Unknown fields are not kept, as in Go.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use prost::Message as _;

/// Everything that Redis stores about a task, except its state and the scores of its containers.
///
/// Zero, empty text and empty bytes mean "not set", because the wire cannot tell them apart.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Message {
    /// The type, which chooses the handler.
    #[prost(string, tag = "1")]
    pub kind: String,
    /// Arbitrary bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub payload: Vec<u8>,
    /// The id, equal to the one in the task's key.
    #[prost(string, tag = "3")]
    pub id: String,
    /// The queue, equal to the one in the task's key.
    #[prost(string, tag = "4")]
    pub queue: String,
    /// How many retries may follow the first attempt.
    #[prost(int32, tag = "5")]
    pub max_retry: i32,
    /// How many retries have been counted so far.
    #[prost(int32, tag = "6")]
    pub retried: i32,
    /// The error of the last failure.
    #[prost(string, tag = "7")]
    pub last_error: String,
    /// Limit of one attempt in seconds; 0 = none.
    #[prost(int64, tag = "8")]
    pub timeout: i64,
    /// Unix second after which no attempt may run; 0 = none.
    #[prost(int64, tag = "9")]
    pub deadline: i64,
    /// Full Redis key of the uniqueness lock; empty = none.
    #[prost(string, tag = "10")]
    pub unique_key: String,
    /// Unix second of the last failure; 0 = never.
    #[prost(int64, tag = "11")]
    pub last_failed_at: i64,
    /// Seconds to keep the task after success; 0 = delete it at once.
    #[prost(int64, tag = "12")]
    pub retention: i64,
    /// Unix second of the success; 0 = not completed.
    #[prost(int64, tag = "13")]
    pub completed_at: i64,
    /// Group that the task waits in; empty = none.
    #[prost(string, tag = "14")]
    pub group: String,
    /// Metadata from the enqueuer.
    #[prost(btree_map = "string, string", tag = "15")]
    pub headers: BTreeMap<String, String>,
}

/// Bytes that are not a task message: broken protobuf, or text that is not UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a task message: {0}")]
pub struct Undecodable(#[from] prost::DecodeError);

/// The timeout of an attempt when neither a timeout nor a deadline is set, as in Asynq.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30 * 60);

impl Message {
    /// Decodes the bytes of a `msg` field.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Undecodable> {
        Ok(Self::decode(bytes)?)
    }

    /// Encodes the message for a `msg` field.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.encode_to_vec()
    }

    /// When an attempt that starts at `now` must end.
    ///
    /// The earlier of timeout and deadline; with neither, thirty minutes (Asynq's
    /// `processor.computeDeadline`). A deadline in the past fails every attempt at once.
    pub fn attempt_deadline(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let by_timeout = (self.timeout != 0)
            .then(|| chrono::TimeDelta::try_seconds(self.timeout))
            .flatten()
            .and_then(|timeout| now.checked_add_signed(timeout));
        let by_deadline = (self.deadline != 0)
            .then(|| DateTime::from_timestamp(self.deadline, 0))
            .flatten();
        match (by_timeout, by_deadline) {
            (Some(timeout), Some(deadline)) => timeout.min(deadline),
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => now + DEFAULT_TIMEOUT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn hex(bytes: &[u8]) -> String {
        use std::fmt::Write as _;
        bytes.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        })
    }

    /// The protocol's test vector, whose bytes come from the Go library.
    #[test]
    fn encodes_as_go_does() {
        let message = Message {
            kind: "email:send".into(),
            payload: br#"{"user_id":123}"#.to_vec(),
            id: "t1".into(),
            queue: "default".into(),
            max_retry: 25,
            timeout: 1800,
            ..Message::default()
        };
        let bytes = message.to_bytes();
        assert_eq!(
            hex(&bytes),
            "0a0a656d61696c3a73656e64120f7b22757365725f6964223a3132337d1a027431220764656661756c74281940880e"
        );
        assert_eq!(Message::from_bytes(&bytes).unwrap(), message);
    }

    #[test]
    fn text_that_is_not_utf8_is_undecodable() {
        assert!(Message::from_bytes(&[0x0a, 0x01, 0xff]).is_err());
        assert!(Message::from_bytes(b"\xff\xff\xff").is_err());
        assert_eq!(Message::from_bytes(b"").unwrap(), Message::default());
    }

    #[test]
    fn the_earlier_of_timeout_and_deadline_ends_an_attempt() {
        let message = |timeout, deadline| Message {
            timeout,
            deadline,
            ..Message::default()
        };
        let now = at(1_000);
        assert_eq!(message(0, 0).attempt_deadline(now), at(1_000 + 1_800));
        assert_eq!(message(60, 0).attempt_deadline(now), at(1_060));
        assert_eq!(message(0, 500).attempt_deadline(now), at(500));
        assert_eq!(message(60, 1_030).attempt_deadline(now), at(1_030));
        assert_eq!(message(60, 2_000).attempt_deadline(now), at(1_060));
        assert_eq!(message(-5, 0).attempt_deadline(now), at(995));
        assert_eq!(message(i64::MAX, 0).attempt_deadline(now), at(2_800));
    }
}
