//! What follows an attempt.
//!
//! [`judge`] decides it for the worker and for recovery alike. What an operator may do is decided by
//! [`State::after`](super::State::after). Neither does any I/O.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

pub use super::action::{Action, After, Move, Refusal, after_orphaned};
use super::{Backoff, Message};

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The handler succeeded.
    Succeeded(TaskResult),
    /// The attempt failed.
    Failed(Failure),
    /// The worker stopped before the handler ended.
    Interrupted,
}

/// The result of a successful attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskResult {
    /// To be stored if the task has a retention; empty = none.
    Bytes(Vec<u8>),
    /// Larger than [`MAX_RESULT_BYTES`]: its size in bytes is all that is known.
    TooLarge(u64),
}

/// A larger result is not stored: a part of a JSON document would be worse than none.
pub const MAX_RESULT_BYTES: usize = 1024 * 1024;

impl From<Vec<u8>> for TaskResult {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

/// How the error of a completed task begins whose result was too large.
const RESULT_NOT_STORED: &str = "result of ";

/// Whether the task was completed, but its result was too large to store. Its last error says so. The last error of
/// other completed tasks is that of an earlier attempt.
pub fn result_was_too_large(message: &Message) -> bool {
    message.completed_at > 0
        && message.completed_at == message.last_failed_at
        && message.last_error.starts_with(RESULT_NOT_STORED)
}

/// Why an attempt failed and what should follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The text that is stored as the task's last error.
    pub error: String,
    /// What should follow.
    pub verdict: Verdict,
    /// The delay before the next attempt; `None` = as the retry policy says.
    pub delay: Option<Duration>,
    /// The error that the text comes from, for programs; `None` = there is only the text.
    pub source: Option<Source>,
}

/// What a failed attempt asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Retry later, as long as retries are left.
    Retry,
    /// A retry would not help: archive.
    GiveUp,
    /// Run it again later without counting a retry: it was not the task's fault.
    Release,
    /// The task is obsolete: delete it, whatever its retention, as Asynq's `RevokeTask` does.
    Revoke,
}

/// An error with its chain of sources. Two are equal if they are the same allocation.
#[derive(Debug, Clone)]
pub struct Source(pub Arc<dyn std::error::Error + Send + Sync>);

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Source {}

/// Why an attempt failed, if not because of its handler's error. Asynq's tools show the text, and do not interpret it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttemptError {
    /// The timeout or the deadline of the attempt has passed.
    #[error("timed out{}", after(.0))]
    TimedOut(Duration),
    /// An operator cancelled the task.
    #[error("cancelled")]
    Cancelled,
    /// The lease ended before the attempt did: its worker has vanished. The text is Asynq's, because a Go server
    /// that recovers the task writes the same.
    #[error("asynq: task lease expired")]
    LeaseExpired,
    /// So many workers in a row have vanished while they ran the task.
    #[error(
        "asynq: task lease expired: {0} workers in a row have vanished while they ran this task"
    )]
    WorkersLost(u32),
    /// No handler is registered for this type of task.
    #[error("handler not found for task {0:?}")]
    NoHandler(String),
    /// The handler panicked with this message.
    #[error("the handler panicked: {0}")]
    Panicked(String),
}

/// How long an attempt had.
fn after(limit: &Duration) -> String {
    match (limit.as_secs(), limit.subsec_millis()) {
        (0, 0) => " before it started".to_owned(),
        (0, millis) => format!(" after {millis}ms"),
        (seconds, _) if seconds % 3600 == 0 => format!(" after {}h", seconds / 3600),
        (seconds, _) if seconds % 60 == 0 => format!(" after {}m", seconds / 60),
        (seconds, _) => format!(" after {seconds}s"),
    }
}

/// Longer texts are cut: they are copied at every transition.
const MAX_ERROR_BYTES: usize = 4 * 1024;

impl Failure {
    /// A failure with the text cut to a bounded length.
    pub fn new(mut error: String, verdict: Verdict) -> Self {
        if error.len() > MAX_ERROR_BYTES {
            let cut = (0..=MAX_ERROR_BYTES)
                .rev()
                .find(|&at| error.is_char_boundary(at))
                .unwrap_or(0);
            error.truncate(cut);
            error.push('…');
        }
        Self {
            error,
            verdict,
            delay: None,
            source: None,
        }
    }

    /// A failure with the text of `error` and of its sources. The error itself is kept.
    pub fn from_error(error: Arc<dyn std::error::Error + Send + Sync>, verdict: Verdict) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            // Some errors include the text of their source.
            if !text.ends_with(&cause_text) {
                text = format!("{text}: {cause_text}");
            }
            source = cause.source();
        }
        Self {
            source: Some(Source(error)),
            ..Self::new(text, verdict)
        }
    }
}

impl From<AttemptError> for Failure {
    fn from(error: AttemptError) -> Self {
        Self::from_error(Arc::new(error), Verdict::Retry)
    }
}

/// How often and after which delay a task is retried.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RetryPolicy {
    /// A limit of retries. It can lower the task's own limit, never raise it.
    pub max: Option<i32>,
    /// How the delay is computed.
    pub backoff: Backoff,
    /// The share by which delays are shortened at random at most, in percent; absent: as usual for the backoff.
    pub jitter: Option<u8>,
}

impl RetryPolicy {
    /// How many retries a task may have.
    pub(crate) fn retries(&self, message: &Message) -> i32 {
        let own = message.max_retry;
        self.max.map_or(own, |max| max.min(own))
    }

    /// The delay after a failure of a task that has been retried `retried` times before; `roll` is a random number in `0.0..1.0`.
    fn delay(&self, retried: i32, roll: f64) -> Duration {
        self.backoff.delay(retried, self.jitter, roll)
    }
}

/// What is written to Redis at the end of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// Success without a retention: the task is deleted.
    Done,
    /// Success, kept until `expires_at`.
    Complete {
        /// The message with its time of completion.
        message: Message,
        /// What the handler returned; empty = nothing.
        result: Vec<u8>,
        /// When the janitor may delete it.
        expires_at: DateTime<Utc>,
    },
    /// Another attempt at `at`.
    Retry {
        /// The message with its error and count.
        message: Message,
        /// When it is due.
        at: DateTime<Utc>,
        /// Whether the failure counters grow.
        counted: bool,
    },
    /// No further attempt: the task is archived.
    Archive {
        /// The message with its error.
        message: Message,
    },
    /// Back to the head of `pending`, as if it had not been claimed.
    Requeue,
}

/// Decides what follows an attempt. `roll` is a random number in `0.0..1.0` for the retry delay.
///
/// As Asynq's `processor.handleFailedMessage`, with one deliberate difference: a failure that
/// is not counted ([`Verdict::Release`]) is never archived, even when no retry is left.
pub fn judge(
    message: &Message,
    outcome: Outcome,
    policy: &RetryPolicy,
    now: DateTime<Utc>,
    roll: f64,
) -> Settlement {
    match outcome {
        Outcome::Succeeded(_) if message.retention <= 0 => Settlement::Done,
        Outcome::Succeeded(result) => {
            let mut message = Message {
                completed_at: now.timestamp(),
                ..message.clone()
            };
            let result = match result {
                TaskResult::Bytes(bytes) => bytes,
                TaskResult::TooLarge(size) => {
                    message.last_error = not_stored(size);
                    message.last_failed_at = message.completed_at;
                    Vec::new()
                }
            };
            let expires_at = later(now, TimeDelta::try_seconds(message.retention));
            Settlement::Complete {
                message,
                result,
                expires_at,
            }
        }
        Outcome::Interrupted => Settlement::Requeue,
        Outcome::Failed(Failure {
            error,
            verdict,
            delay,
            source: _,
        }) => {
            let mut failed = Message {
                last_error: error,
                last_failed_at: now.timestamp(),
                ..message.clone()
            };
            let exhausted = message.retried >= policy.retries(message);
            let counted = match verdict {
                Verdict::Revoke => return Settlement::Done,
                Verdict::GiveUp => return Settlement::Archive { message: failed },
                Verdict::Retry if exhausted => return Settlement::Archive { message: failed },
                Verdict::Retry => true,
                Verdict::Release => false,
            };
            if counted {
                failed.retried = failed.retried.saturating_add(1);
            }
            let delay = delay.unwrap_or_else(|| policy.delay(message.retried, roll));
            Settlement::Retry {
                message: failed,
                at: whole_second(later(now, TimeDelta::from_std(delay).ok())),
                counted,
            }
        }
    }
}

pub(crate) fn not_stored(size: u64) -> String {
    let tenths = size.saturating_mul(10).div_ceil(1 << 20);
    let (whole, tenth) = (tenths / 10, tenths % 10);
    format!("{RESULT_NOT_STORED}{whole}.{tenth} MiB is larger than 1 MiB and was not stored")
}

/// `now + delta`, or the latest possible time if that overflows.
fn later(now: DateTime<Utc>, delta: Option<TimeDelta>) -> DateTime<Utc> {
    delta
        .and_then(|delta| now.checked_add_signed(delta))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// Rounds up to whole seconds, the unit of scores, so that no task starts early.
pub(crate) fn whole_second(at: DateTime<Utc>) -> DateTime<Utc> {
    at.duration_trunc(TimeDelta::seconds(1))
        .map_or(at, |floor| {
            if floor == at {
                at
            } else {
                floor + TimeDelta::seconds(1)
            }
        })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 500_000_000).unwrap()
    }

    fn message(retried: i32, max_retry: i32) -> Message {
        Message {
            max_retry,
            retried,
            ..Message::default()
        }
    }

    fn fail(message: &Message, verdict: Verdict, max: Option<i32>) -> Settlement {
        let policy = RetryPolicy {
            max,
            backoff: Backoff::Constant(Duration::from_secs(10)),
            jitter: None,
        };
        let outcome = Outcome::Failed(Failure::new("boom".into(), verdict));
        judge(message, outcome, &policy, now(), 0.0)
    }

    #[test]
    fn success_deletes_or_keeps_as_the_retention_says() {
        let judge = |message: &Message| {
            let outcome = Outcome::Succeeded(b"42".to_vec().into());
            judge(message, outcome, &RetryPolicy::default(), now(), 0.0)
        };
        assert_eq!(judge(&message(0, 1)), Settlement::Done);
        let kept = Message {
            retention: 60,
            ..message(0, 1)
        };
        let Settlement::Complete {
            message,
            result,
            expires_at,
        } = judge(&kept)
        else {
            panic!("not completed");
        };
        assert_eq!(message.completed_at, 1_700_000_000);
        assert_eq!(result, b"42");
        assert_eq!(expires_at.timestamp(), 1_700_000_060);
        assert!(!result_was_too_large(&message));
        let forever = Message {
            retention: i64::MAX,
            ..message
        };
        assert!(matches!(judge(&forever), Settlement::Complete { .. }));
    }

    #[test]
    fn a_result_that_is_too_large_is_an_error_of_a_completed_task() {
        let kept = Message {
            retention: 60,
            last_error: "boom".to_owned(),
            ..message(1, 1)
        };
        let too_large = Outcome::Succeeded(TaskResult::TooLarge(1024 * 1024 + 1));
        let settled = judge(
            &kept,
            too_large.clone(),
            &RetryPolicy::default(),
            now(),
            0.0,
        );
        let Settlement::Complete {
            message, result, ..
        } = settled
        else {
            panic!("not completed");
        };
        assert_eq!(
            message.last_error,
            "result of 1.1 MiB is larger than 1 MiB and was not stored"
        );
        assert!(result.is_empty() && result_was_too_large(&message));
        // Nobody keeps it: there is nothing to report.
        let gone = Message {
            retention: 0,
            ..kept
        };
        let settled = judge(&gone, too_large, &RetryPolicy::default(), now(), 0.0);
        assert_eq!(settled, Settlement::Done);
    }

    #[test]
    fn a_timeout_says_how_long_the_attempt_had() {
        let said = |millis| AttemptError::TimedOut(Duration::from_millis(millis)).to_string();
        assert_eq!(said(0), "timed out before it started");
        assert_eq!(said(300), "timed out after 300ms");
        assert_eq!(said(1_500), "timed out after 1s");
        assert_eq!(said(1_800_000), "timed out after 30m");
        assert_eq!(said(7_200_000), "timed out after 2h");
    }

    #[test]
    fn failures_retry_until_the_limit() {
        // retried, the task's limit, the handler's limit, verdict -> retried after, counted
        let retry = |retried, counted| Some((retried, counted));
        let table = [
            (0, 3, None, Verdict::Retry, retry(1, true)),
            (2, 3, None, Verdict::Retry, retry(3, true)),
            (3, 3, None, Verdict::Retry, None),
            (0, 0, None, Verdict::Retry, None),
            (1, 3, Some(1), Verdict::Retry, None),
            (1, 3, Some(9), Verdict::Retry, retry(2, true)),
            (0, 3, None, Verdict::GiveUp, None),
            (0, 3, None, Verdict::Release, retry(0, false)),
            (3, 3, None, Verdict::Release, retry(3, false)),
        ];
        for (retried, limit, max, verdict, expected) in table {
            let settlement = fail(&message(retried, limit), verdict, max);
            match (settlement, expected) {
                (
                    Settlement::Retry {
                        message,
                        at,
                        counted,
                    },
                    Some(expected),
                ) => {
                    assert_eq!((message.retried, counted), expected);
                    assert_eq!(message.last_error, "boom");
                    assert_eq!(message.last_failed_at, 1_700_000_000);
                    // Rounded up, so that it never starts early.
                    assert_eq!(at.timestamp(), 1_700_000_011);
                }
                (Settlement::Archive { message }, None) => {
                    assert_eq!(message.retried, retried);
                    assert_eq!(message.last_error, "boom");
                }
                (other, _) => panic!("{retried}/{limit} {verdict:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_failure_may_name_the_delay() {
        for (verdict, counted) in [(Verdict::Retry, true), (Verdict::Release, false)] {
            let failure = Failure {
                delay: Some(Duration::from_secs(3)),
                ..Failure::new("boom".into(), verdict)
            };
            let policy = RetryPolicy::default();
            let outcome = Outcome::Failed(failure);
            match judge(&message(0, 3), outcome, &policy, now(), 0.0) {
                Settlement::Retry { at, counted: c, .. } => {
                    assert_eq!((at.timestamp(), c), (1_700_000_004, counted));
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_revoked_task_is_deleted_whatever_its_retention() {
        let kept = Message {
            retention: 60,
            ..message(0, 3)
        };
        assert_eq!(fail(&kept, Verdict::Revoke, None), Settlement::Done);
    }

    #[test]
    fn an_interrupted_attempt_goes_back_unchanged() {
        let settlement = judge(
            &message(1, 1),
            Outcome::Interrupted,
            &RetryPolicy::default(),
            now(),
            0.0,
        );
        assert_eq!(settlement, Settlement::Requeue);
    }

    #[test]
    fn a_failure_tells_the_whole_chain_of_its_error() {
        #[derive(Debug, thiserror::Error)]
        #[error("{text}")]
        struct Outer {
            text: &'static str,
            source: std::num::ParseIntError,
        }
        let text = |text| {
            let source = "x".parse::<i32>().unwrap_err();
            Failure::from_error(Arc::new(Outer { text, source }), Verdict::Retry).error
        };
        assert_eq!(text("bad id"), "bad id: invalid digit found in string");
        let repeated = "bad id (invalid digit found in string";
        assert_eq!(text(repeated), repeated);
    }

    #[test]
    fn long_errors_are_cut_between_characters() {
        let failure = Failure::new("é".repeat(10_000), Verdict::Retry);
        assert_eq!(failure.error.len(), MAX_ERROR_BYTES + '…'.len_utf8());
        assert_eq!(Failure::new("short".into(), Verdict::Retry).error, "short");
    }
}
