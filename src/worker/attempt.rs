//! One attempt: start it, run it, judge it, hand its outcome to the settler.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout};

use super::event::{Ended, Event, TaskRef};
use super::handler::{Attempt, Handler, Stop, StopReason, Stopper};
use super::mux::Route;
use super::running::{Lease, Running};
use super::settler::Outgoing;
use super::{Shared, clock};
use crate::broker::{Claim, RunningTask};
use crate::task::transition::{Failure, Outcome, RetryPolicy, Verdict, judge};

/// A handler that has been asked to end and has not is dropped after this long. Commands end well
/// before: they get `TERM` and, after their grace, `KILL`.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs a claimed task to its end. What comes of it is to be handed to the settler, if it may be written.
pub(crate) async fn run(
    shared: Arc<Shared>,
    claim: Claim,
    route: Option<Arc<Route>>,
    claimed_at: DateTime<Utc>,
) -> Option<Outgoing> {
    let route = route.as_deref();
    let deadline = deadline(&claim, route, clock::now());
    let (stopper, mut stop) = Stopper::new();
    let lease = Arc::new(Lease::new(claimed_at));
    let running = Running {
        announced: announced(&claim, deadline),
        stopper: stopper.clone(),
        lease: Arc::clone(&lease),
    };
    shared
        .register
        .add(claim.queue.clone(), claim.id.clone(), Arc::new(running));
    (shared.reporter)(&Event::Started(TaskRef::of(&claim)));

    let started = Instant::now();
    let handler = route.and_then(|route| Some((route, route.handler.as_deref()?)));
    let result = match handler {
        None => Err(unmatched(&shared, &claim.message.kind)),
        Some((route, handler)) => {
            let attempt = Attempt {
                message: claim.message.clone(),
                deadline,
            };
            match turn(route, &mut stop).await {
                Some(_turn) => handle(handler, &attempt, &stopper, &mut stop).await,
                None => Err(Failure::cancelled()),
            }
        }
    };
    let took = started.elapsed();

    let Some(outcome) = outcome(stop.reason(), result) else {
        shared.register.remove(&claim.queue, &claim.id, &lease);
        let (task, ended) = (TaskRef::of(&claim), Ended::LeaseLost);
        (shared.reporter)(&Event::Finished { task, ended, took });
        return None;
    };
    let policy = route.map_or_else(RetryPolicy::default, |route| route.retry);
    let settlement = judge(
        &claim.message,
        outcome,
        &policy,
        clock::now(),
        fastrand::f64(),
    );
    Some(Outgoing {
        claim,
        settlement,
        lease,
        took: Some(took),
    })
}

/// Waits for the turn of a task whose type may not run more often at the same time. Nothing when the
/// attempt is asked to end before.
async fn turn(route: &Route, stop: &mut Stop) -> Option<Option<OwnedSemaphorePermit>> {
    let Some(limit) = &route.limit else {
        return Some(None);
    };
    tokio::select! {
        // The semaphore is never closed.
        turn = Arc::clone(limit).acquire_owned() => Some(turn.ok()),
        _ = stop.requested() => None,
    }
}

fn deadline(claim: &Claim, route: Option<&Route>, now: DateTime<Utc>) -> DateTime<Utc> {
    let own = claim.message.attempt_deadline(now);
    let limit = route
        .and_then(|route| route.timeout)
        .map(|limit| now + limit);
    limit.map_or(own, |limit| limit.min(own))
}

fn announced(claim: &Claim, deadline: DateTime<Utc>) -> RunningTask {
    RunningTask {
        id: claim.id.to_string(),
        kind: claim.message.kind.clone(),
        payload: claim.message.payload.clone(),
        queue: claim.queue.to_string(),
        started_at: clock::now(),
        deadline,
    }
}

fn unmatched(shared: &Shared, kind: &str) -> Failure {
    let error = format!("handler not found for task {kind:?}");
    Failure::new(error, shared.mux.unmatched.verdict())
}

/// Runs the handler until it ends, or is asked to end and does, or is dropped.
async fn handle(
    handler: &dyn Handler,
    attempt: &Attempt,
    stopper: &Stopper,
    stop: &mut Stop,
) -> Result<Vec<u8>, Failure> {
    let left = (attempt.deadline - clock::now())
        .to_std()
        .unwrap_or_default();
    if left.is_zero() {
        stopper.stop(StopReason::TimedOut);
        return Err(Failure::timed_out());
    }
    let work = AssertUnwindSafe(handler.run(attempt, stop.clone())).catch_unwind();
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
        None => match timeout(PATIENCE, &mut work).await {
            Ok(ended) => ended,
            Err(_) => return Err(Failure::cancelled()),
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
    Failure::new(format!("the handler panicked: {text}"), Verdict::Retry)
}

/// What an attempt comes to when it was, or was not, asked to end. Nothing when it must not be written.
///
/// A cancelled handler keeps its own verdict if it gives one: done, archive, or release.
fn outcome(reason: Option<StopReason>, result: Result<Vec<u8>, Failure>) -> Option<Outcome> {
    Some(match (reason, result) {
        (Some(StopReason::LeaseLost), _) => return None,
        (Some(StopReason::Aborted), _) => Outcome::Interrupted,
        (Some(StopReason::TimedOut), _) => Outcome::Failed(Failure::timed_out()),
        (Some(StopReason::Cancelled), Err(failure)) if failure.verdict == Verdict::Retry => {
            Outcome::Failed(Failure::cancelled())
        }
        (Some(StopReason::Cancelled) | None, Ok(result)) => Outcome::Succeeded(result),
        (Some(StopReason::Cancelled) | None, Err(failure)) => Outcome::Failed(failure),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_to_stop_decides_first() {
        let done = || Ok(b"r".to_vec());
        let failed = |verdict| Err(Failure::new("boom".into(), verdict));
        let error = |outcome: Option<Outcome>| match outcome {
            Some(Outcome::Failed(failure)) => failure.error,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            outcome(None, done()),
            Some(Outcome::Succeeded(b"r".to_vec()))
        );
        assert_eq!(error(outcome(None, failed(Verdict::Retry))), "boom");
        assert_eq!(outcome(Some(StopReason::LeaseLost), done()), None);
        assert_eq!(
            outcome(Some(StopReason::Aborted), done()),
            Some(Outcome::Interrupted)
        );
        assert_eq!(
            error(outcome(Some(StopReason::TimedOut), done())),
            "context deadline exceeded"
        );
        let cancelled = |result| outcome(Some(StopReason::Cancelled), result);
        assert_eq!(cancelled(done()), Some(Outcome::Succeeded(b"r".to_vec())));
        assert_eq!(error(cancelled(failed(Verdict::Retry))), "context canceled");
        assert_eq!(error(cancelled(failed(Verdict::GiveUp))), "boom");
    }
}
