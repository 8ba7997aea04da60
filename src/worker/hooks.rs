//! What a program that runs a worker in its own process has a say in. Each hook is called from the attempt
//! that it is about, so it should be quick; one that panics is logged, and counts as not set.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::task::Message;
use crate::task::transition::{Failure, Outcome, Verdict};

/// Takes a failed attempt.
pub type OnFailure = Arc<dyn Fn(&Message, &Failure) + Send + Sync>;

/// Chooses the time until the next attempt.
pub type RetryDelay = Arc<dyn Fn(&Message, &Failure) -> Duration + Send + Sync>;

/// The hooks of a worker.
#[derive(Clone, Default)]
pub struct Hooks {
    /// Called with every failure, before what follows from it is written.
    pub on_failure: Option<OnFailure>,
    /// Chooses the delay of every retry for which the handler has not.
    pub retry_delay: Option<RetryDelay>,
}

impl Hooks {
    /// Reports a failure of an attempt. One that counts nothing, or that revokes the task, is none.
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
