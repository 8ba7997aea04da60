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
    /// The handler succeeded; the bytes are the result.
    Succeeded(Vec<u8>),
    /// The attempt failed.
    Failed(Failure),
    /// The worker stopped before the handler ended.
    Interrupted,
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

/// Why an attempt failed, if not because of its handler's error. Where Asynq has a text, it is used, because its
/// users search for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttemptError {
    /// The timeout or the deadline of the attempt has passed.
    #[error("context deadline exceeded")]
    TimedOut,
    /// An operator cancelled the task.
    #[error("context canceled")]
    Cancelled,
    /// The lease ended before the attempt did: its worker has vanished.
    #[error("asynq: task lease expired")]
    LeaseExpired,
    /// No handler is registered for this type of task.
    #[error("handler not found for task {0:?}")]
    NoHandler(String),
    /// The handler panicked with this message.
    #[error("the handler panicked: {0}")]
    Panicked(String),
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RetryPolicy {
    /// A limit of retries. It can lower the task's own limit, never raise it.
    pub max: Option<i32>,
    /// How the delay is computed.
    pub backoff: Backoff,
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
        Outcome::Succeeded(result) => Settlement::Complete {
            message: Message {
                completed_at: now.timestamp(),
                ..message.clone()
            },
            result,
            expires_at: later(now, TimeDelta::try_seconds(message.retention)),
        },
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
            let limit = policy
                .max
                .map_or(message.max_retry, |max| max.min(message.max_retry));
            let exhausted = message.retried >= limit;
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
            let delay = delay.unwrap_or_else(|| policy.backoff.delay(message.retried, roll));
            Settlement::Retry {
                message: failed,
                at: whole_second(later(now, TimeDelta::from_std(delay).ok())),
                counted,
            }
        }
    }
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
        };
        let outcome = Outcome::Failed(Failure::new("boom".into(), verdict));
        judge(message, outcome, &policy, now(), 0.0)
    }

    #[test]
    fn success_deletes_or_keeps_as_the_retention_says() {
        let judge = |message: &Message| {
            let outcome = Outcome::Succeeded(b"42".to_vec());
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
        let forever = Message {
            retention: i64::MAX,
            ..message
        };
        assert!(matches!(judge(&forever), Settlement::Complete { .. }));
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
