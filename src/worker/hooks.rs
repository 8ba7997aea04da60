//! Callbacks of a program that runs a worker in its own process. Each is called from the attempt that it concerns,
//! so it should be quick; one that panics is logged, and counts as not set.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::task::Message;
use crate::task::transition::{Failure, Outcome, Verdict};

/// Called with a failed attempt.
pub type OnFailure = Arc<dyn Fn(&Message, &Failure) + Send + Sync>;

/// Chooses the time until the next attempt.
pub type RetryDelay = Arc<dyn Fn(&Message, &Failure) -> Duration + Send + Sync>;

/// The hooks of a worker.
#[derive(Clone, Default)]
pub struct Hooks {
    /// Called with every failure, before its outcome is written.
    pub on_failure: Option<OnFailure>,
    /// Chooses the delay of a retry, unless the handler has chosen one.
    pub retry_delay: Option<RetryDelay>,
}

impl Hooks {
    /// Reports a failed attempt, unless it counts no failure or revokes the task.
    pub(crate) fn report(&self, message: &Message, outcome: &Outcome) {
        let (Outcome::Failed(failure), Some(report)) = (outcome, &self.on_failure) else {
            return;
        };
        match failure.verdict {
            Verdict::Retry | Verdict::GiveUp => {
                guarded(message, || report(message, failure));
            }
            Verdict::Release | Verdict::Revoke => {}
        }
    }

    /// The outcome with the delay that the program chooses.
    pub(crate) fn with_delay(&self, message: &Message, mut outcome: Outcome) -> Outcome {
        if let (Outcome::Failed(failure), Some(choose)) = (&mut outcome, &self.retry_delay)
            && failure.verdict == Verdict::Retry
            && failure.delay.is_none()
        {
            failure.delay = guarded(message, || choose(message, failure));
        }
        outcome
    }
}

fn guarded<T>(message: &Message, hook: impl FnOnce() -> T) -> Option<T> {
    let done = catch_unwind(AssertUnwindSafe(hook));
    if done.is_err() {
        tracing::error!(
            task = message.id,
            queue = message.queue,
            "a hook of the worker panicked"
        );
    }
    done.ok()
}
