//! Runs a task as an attempt would, and writes nothing: shows what its handler does with it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::attempt::{deadline, handle, outcome, word};
use super::clock;
use super::handlers::mux::Route;
use super::handlers::{Attempt, NotStarted, Stop, Stopper, Transcript};
use crate::task::Message;
use crate::task::transition::{Outcome, Settlement, TaskResult, judge};

/// A task, and the route that it would take.
pub(crate) struct Rehearsal<'a> {
    pub(crate) route: &'a Route,
    pub(crate) message: Message,
    /// The time of its start, by Redis's clock.
    pub(crate) now: DateTime<Utc>,
    pub(crate) transcript: Transcript,
}

/// What came of it.
pub(crate) struct Rehearsed {
    pub(crate) outcome: Outcome,
    /// What a worker would write.
    pub(crate) settlement: Settlement,
    /// How many retries the task may have here.
    pub(crate) retries: i32,
    pub(crate) took: Duration,
}

impl Rehearsed {
    /// How it ended, in a word.
    pub(crate) const fn word(&self) -> &'static str {
        word(Some(&self.outcome))
    }
}

impl Rehearsal<'_> {
    /// Starts the handler, runs it once, and stops it.
    pub(crate) async fn run(
        self,
        (stopper, stop): (Stopper, Stop),
    ) -> Result<Rehearsed, NotStarted> {
        let runner = &self.route.runner;
        runner.start(1).await.map_err(|reason| NotStarted {
            pattern: self.route.pattern.clone(),
            reason,
        })?;
        let rehearsed = self.attempt(&stopper, stop).await;
        runner.stop().await;
        Ok(rehearsed)
    }

    async fn attempt(&self, stopper: &Stopper, mut stop: Stop) -> Rehearsed {
        let started = Instant::now();
        let ends_at = deadline(&self.message, Some(self.route), self.now);
        let limit = (ends_at - self.now).to_std().unwrap_or_default();
        let clock_ahead = clock::now() - self.now;
        let attempt = Attempt {
            message: self.message.clone(),
            deadline: ends_at.checked_add_signed(clock_ahead).unwrap_or(ends_at),
            transcript: self.transcript.clone(),
        };
        let result = match self.route.runner.handler() {
            Some(handler) => handle(handler, &attempt, stopper, &mut stop).await,
            // It discards its tasks.
            None => Ok(TaskResult::Bytes(Vec::new())),
        };
        let took = started.elapsed();
        // There is no lease to lose.
        let outcome = outcome(stop.reason(), result, limit).unwrap_or(Outcome::Interrupted);
        let ended_at = clock::now() - clock_ahead;
        let policy = &self.route.retry;
        let settlement = judge(
            &self.message,
            outcome.clone(),
            policy,
            ended_at,
            fastrand::f64(),
        );
        Rehearsed {
            outcome,
            settlement,
            retries: policy.retries(&self.message),
            took,
        }
    }
}
