//! One attempt: starts it, runs its handler, and turns the result into an outcome for the settler.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt as _;
use tokio::time::{Instant, timeout};

use super::event::{Ended, Event, TaskRef};
use super::outgoing::{Origin, Outgoing};
use super::running::{Lease, Running};
use super::{Shared, clock};
use crate::broker::{ANNOUNCED_PAYLOAD, Claim, RunningTask};
use crate::task::Message;
use crate::task::transition::{AttemptError, Failure, Outcome, RetryPolicy, TaskResult, Verdict};
use crate::worker::handlers::mux::Route;
use crate::worker::handlers::transcript::KeepLogs;
use crate::worker::handlers::{Attempt, Handler, Stop, StopReason, Stopper, Transcript};

/// How long a handler may go on after it was asked to end, before it is dropped. Commands end earlier: they get
/// SIGTERM and, after their own grace, SIGKILL.
const HANDLER_STOP_GRACE: Duration = Duration::from_secs(30);

/// Starts an attempt of a claimed task. It is in the register when this returns: leases, cancellations
/// and the end of the worker reach it from then on. The future returns what to hand to the settler, if
/// anything may be written.
pub(crate) fn start(
    shared: Arc<Shared>,
    claim: Claim,
    route: Option<Arc<Route>>,
    lease: Lease,
) -> impl Future<Output = Option<Outgoing>> {
    let (stopper, stop) = Stopper::new();
    let now = shared.broker.now();
    let deadline = deadline(&claim.message, route.as_deref(), now);
    let lease = Arc::new(lease);
    let running = Arc::new(Running {
        announced: announced(&claim, now, deadline),
        stopper,
        lease: Arc::clone(&lease),
        token: claim.token.clone(),
    });
    let number = shared
        .register
        .add(claim.queue.clone(), claim.id.clone(), Arc::clone(&running));
    async move {
        shared.reporter.report(Event::Started(TaskRef::of(&claim)));
        let started = Instant::now();
        let keep = route.as_ref().map_or(KeepLogs::Off, |route| route.logs);
        let (transcript, log) = shared.logs.begin(&claim, keep, now);
        let handler = route.as_deref().and_then(|route| route.runner.handler());
        let result = match handler {
            Some(handler) => {
                run(
                    &shared,
                    &claim,
                    handler,
                    (&running, transcript),
                    stop.clone(),
                )
                .await
            }
            None => Err(unmatched(&shared, &claim.message.kind)),
        };
        let took = started.elapsed();
        let limit = (deadline - now).to_std().unwrap_or_default();
        let outcome = outcome(stop.reason(), result, limit);
        if let Some(log) = log {
            let succeeded = matches!(outcome, Some(Outcome::Succeeded(_)));
            shared
                .logs
                .end(&log, word(outcome.as_ref()), succeeded, shared.broker.now());
        }
        let Some(outcome) = outcome else {
            shared.register.remove(&claim.queue, &claim.id, &lease);
            let (task, ended) = (TaskRef::of(&claim), Ended::LeaseLost);
            shared
                .reporter
                .report(Event::Finished { task, ended, took });
            return None;
        };
        shared.hooks.report(&claim.message, &outcome);
        let outcome = shared.hooks.with_delay(&claim.message, outcome);
        let policy = route.map_or_else(RetryPolicy::default, |route| route.retry.clone());
        let origin = Origin::Attempt { number, took };
        let settlement = shared.judge(&claim.message, outcome, &policy);
        Some(Outgoing::new(claim, settlement, lease, origin))
    }
}

/// Runs the handler.
async fn run(
    shared: &Shared,
    claim: &Claim,
    handler: &dyn Handler,
    (running, transcript): (&Running, Transcript),
    mut stop: Stop,
) -> Result<TaskResult, Failure> {
    let deadline = running.announced.deadline;
    let attempt = Attempt {
        message: claim.message.clone(),
        // Handlers compare it with the clock of their own machine.
        deadline: deadline
            .checked_add_signed(shared.broker.clock_ahead())
            .unwrap_or(deadline),
        transcript,
    };
    handle(handler, &attempt, &running.stopper, &mut stop).await
}

/// How an attempt ended, in a word; `None`: its lease was lost.
pub(super) const fn word(outcome: Option<&Outcome>) -> &'static str {
    match outcome {
        None => "lease lost",
        Some(Outcome::Succeeded(_)) => "done",
        Some(Outcome::Interrupted) => "interrupted",
        Some(Outcome::Failed(failure)) => match failure.verdict {
            Verdict::Retry | Verdict::GiveUp => "failed",
            Verdict::Release => "released",
            Verdict::Revoke => "revoked",
        },
    }
}

/// When an attempt that starts now must have ended.
pub(super) fn deadline(
    message: &Message,
    route: Option<&Route>,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    let own = message.attempt_deadline(now);
    let limit = route
        .and_then(|route| route.timeout)
        // A limit beyond the last possible date is no limit.
        .and_then(|limit| now.checked_add_signed(TimeDelta::from_std(limit).ok()?));
    limit.map_or(own, |limit| limit.min(own))
}

fn announced(claim: &Claim, now: DateTime<Utc>, deadline: DateTime<Utc>) -> RunningTask {
    RunningTask {
        id: claim.id.to_string(),
        kind: claim.message.kind.clone(),
        // A long payload is not announced, so it is not copied.
        payload: match claim.message.payload.len() {
            0..=ANNOUNCED_PAYLOAD => claim.message.payload.clone(),
            _ => Vec::new(),
        },
        queue: claim.queue.to_string(),
        started_at: now,
        deadline,
    }
}

fn unmatched(shared: &Shared, kind: &str) -> Failure {
    Failure {
        verdict: shared.mux.get().unmatched.verdict(),
        ..AttemptError::NoHandler(kind.to_owned()).into()
    }
}

/// Runs the handler until it ends. One that does not end when asked to is dropped after a grace period.
pub(super) async fn handle(
    handler: &dyn Handler,
    attempt: &Attempt,
    stopper: &Stopper,
    stop: &mut Stop,
) -> Result<TaskResult, Failure> {
    let left = (attempt.deadline - clock::now())
        .to_std()
        .unwrap_or_default();
    if left.is_zero() {
        stopper.stop(StopReason::TimedOut);
        return Err(AttemptError::TimedOut(left).into());
    }
    let asked = stop.clone();
    // A handler may also panic before there is a future.
    let work = AssertUnwindSafe(async { handler.run(attempt, asked).await }).catch_unwind();
    tokio::pin!(work);
    let ended = tokio::select! {
        ended = &mut work => Some(ended),
        () = tokio::time::sleep(left) => {
            stopper.stop(StopReason::TimedOut);
            None
        }
        _ = stop.requested() => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => match timeout(HANDLER_STOP_GRACE, &mut work).await {
            Ok(ended) => ended,
            Err(_) => return Err(AttemptError::Cancelled.into()),
        },
    };
    ended.unwrap_or_else(|panic| Err(panicked(panic.as_ref())))
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> Failure {
    let text = panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    AttemptError::Panicked(text).into()
}

/// The outcome of an attempt with this time limit, which may have been asked to end. `None`: nothing may be written.
///
/// A cancelled handler may still decide: done, archive, or release. A command that exits with 0 after it was asked
/// to end has not decided: its handler reports a failure.
pub(super) fn outcome(
    reason: Option<StopReason>,
    result: Result<TaskResult, Failure>,
    limit: Duration,
) -> Option<Outcome> {
    Some(match (reason, result) {
        (Some(StopReason::LeaseLost), _) => return None,
        // As in Go, a result that comes after the deadline does not count.
        (Some(StopReason::TimedOut), _) => Outcome::Failed(AttemptError::TimedOut(limit).into()),
        // A success counts even if the attempt was asked to end a moment before.
        (Some(StopReason::Aborted | StopReason::Cancelled) | None, Ok(result)) => {
            Outcome::Succeeded(result)
        }
        (Some(StopReason::Aborted), Err(_)) => Outcome::Interrupted,
        (Some(StopReason::Cancelled), Err(failure)) if failure.verdict == Verdict::Retry => {
            Outcome::Failed(AttemptError::Cancelled.into())
        }
        (Some(StopReason::Cancelled) | None, Err(failure)) => Outcome::Failed(failure),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_to_stop_decides_first() {
        let done = || Ok(TaskResult::Bytes(b"r".to_vec()));
        let outcome = |reason, result| super::outcome(reason, result, Duration::from_secs(1));
        let failed = |verdict| Err(Failure::new("boom".into(), verdict));
        let error = |outcome: Option<Outcome>| match outcome {
            Some(Outcome::Failed(failure)) => failure.error,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            outcome(None, done()),
            Some(Outcome::Succeeded(b"r".to_vec().into()))
        );
        assert_eq!(error(outcome(None, failed(Verdict::Retry))), "boom");
        assert_eq!(outcome(Some(StopReason::LeaseLost), done()), None);
        let aborted = |result| outcome(Some(StopReason::Aborted), result);
        assert_eq!(aborted(failed(Verdict::GiveUp)), Some(Outcome::Interrupted));
        let timed_out = |result| outcome(Some(StopReason::TimedOut), result);
        assert_eq!(
            error(timed_out(failed(Verdict::Retry))),
            "timed out after 1s"
        );
        assert_eq!(error(timed_out(done())), "timed out after 1s");
        assert_eq!(
            aborted(done()),
            Some(Outcome::Succeeded(b"r".to_vec().into()))
        );
        let cancelled = |result| outcome(Some(StopReason::Cancelled), result);
        assert_eq!(
            cancelled(done()),
            Some(Outcome::Succeeded(b"r".to_vec().into()))
        );
        assert_eq!(error(cancelled(failed(Verdict::Retry))), "cancelled");
        assert_eq!(error(cancelled(failed(Verdict::GiveUp))), "boom");
    }
}
