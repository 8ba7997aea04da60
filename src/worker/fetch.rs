//! Free slots in, claimed tasks out.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::event::Event;
use super::phase::Phase;
use super::running::Lease;
use super::settler::{Intake, Outgoing};
use super::{Shared, attempt, clock};
use crate::backoff::Backoff;
use crate::broker::{Claim, Error, Scope};
use crate::task::QueueName;
use crate::task::transition::{Outcome, RetryPolicy, judge};
use crate::worker::duty::Trouble;

/// An idle worker is woken by new tasks; it looks by itself only this often.
const IDLE: Duration = Duration::from_secs(10);

/// In a burst the end must be noticed soon.
const BURST_IDLE: Duration = Duration::from_millis(50);

/// Claims tasks as slots become free until the worker stops claiming, or, in a burst, until the queues
/// are empty and nothing runs.
pub(crate) async fn fetch(shared: Arc<Shared>, intake: Intake) {
    let slots = Arc::new(Semaphore::new(shared.settings.concurrency));
    let mut phases = shared.phases.clone();
    let mut trouble = Trouble::new("claim", &shared.reporter);
    let mut backoff = Backoff::default();
    loop {
        let free = tokio::select! {
            free = free_slots(&slots) => free,
            () = phases.reached(Phase::Stopped) => return,
        };
        if phases.current() >= Phase::Stopped {
            return;
        }
        let now = clock::now();
        let (claims, result) = claim(&shared, free.len(), now).await;
        let claimed = claims.len();
        for (claim, slot) in claims.into_iter().zip(free) {
            start(&shared, claim, now, slot, &intake).await;
        }
        shared.wake.round_is_over();
        // What passes for one queue, where others go on: one server of a cluster is away.
        let partly = result
            .as_ref()
            .is_err_and(|error| error.passing() && error.scope() == Scope::Queue);
        let well = trouble.note(result).is_some();
        if well {
            backoff.reset();
        }
        if claimed > 0 {
            continue;
        }
        if !well {
            // Nothing wakes it before: a queue that cannot be claimed from would do so at once, for ever.
            // Of a cluster, the queues that can are not to wait for those whose server is away.
            tokio::select! {
                () = tokio::time::sleep(backoff.next()) => continue,
                () = shared.wake.called(), if partly => continue,
                () = phases.reached(Phase::Stopped) => return,
            }
        }
        if shared.settings.burst && is_over(&shared, &mut trouble).await {
            return;
        }
        let idle = if shared.settings.burst {
            BURST_IDLE
        } else {
            IDLE
        };
        tokio::select! {
            () = tokio::time::sleep(idle) => {}
            () = shared.wake.called() => {}
            () = phases.reached(Phase::Stopped) => return,
        }
    }
}

/// Waits for a free slot and takes all there are.
async fn free_slots(slots: &Arc<Semaphore>) -> Vec<OwnedSemaphorePermit> {
    // The semaphore is never closed.
    let mut free: Vec<_> = Arc::clone(slots)
        .acquire_owned()
        .await
        .into_iter()
        .collect();
    while let Ok(slot) = Arc::clone(slots).try_acquire_owned() {
        free.push(slot);
    }
    free
}

async fn start(
    shared: &Arc<Shared>,
    claim: Claim,
    now: DateTime<Utc>,
    slot: OwnedSemaphorePermit,
    intake: &Intake,
) {
    let route = shared.mux.find(&claim.message.kind);
    if route.is_some_and(|route| route.discards()) {
        let outcome = Outcome::Succeeded(Vec::new());
        let settlement = judge(&claim.message, outcome, &RetryPolicy::default(), now, 0.0);
        let lease = Arc::new(Lease::new(now));
        // The settler outlives this loop, so this cannot fail.
        drop(
            intake
                .send(Outgoing {
                    claim,
                    settlement,
                    lease,
                    number: 0,
                    took: None,
                    tried: false,
                })
                .await,
        );
        return;
    }
    let route = route.map(Arc::clone);
    let attempt = attempt::start(Arc::clone(shared), claim, route, now);
    let intake = intake.clone();
    shared.attempts.spawn(async move {
        if let Some(outgoing) = attempt.await {
            drop(intake.send(outgoing).await);
        }
        // The slot is free as soon as the handler is done and the settler has room for its outcome: if
        // nothing can be written, nothing more is claimed.
        drop(slot);
    });
}

/// Claims up to `wanted` tasks. What was claimed is returned even when a later part fails.
async fn claim(
    shared: &Shared,
    wanted: usize,
    now: DateTime<Utc>,
) -> (Vec<Claim>, Result<(), Error>) {
    let mut claims = Vec::new();
    let mut result = Ok(());
    let mut empty: Vec<&QueueName> = Vec::new();
    // First as the weights say, all at once; then what is left of the slots, queue by queue.
    let division = shared.settings.queues.divide(wanted);
    let asked = join_all(
        division
            .iter()
            .map(|(queue, share)| claim_from(shared, queue, *share, now)),
    );
    for (some, (queue, share)) in asked.await.into_iter().zip(&division) {
        match some {
            Ok(some) => {
                if some.len() < *share {
                    empty.push(queue);
                }
                claims.extend(some);
            }
            Err(error) => {
                empty.push(queue);
                result = Err(error);
            }
        }
    }
    for queue in shared.settings.queues.order() {
        let away = |error: &Error| error.scope() == Scope::Everything;
        let away = result.as_ref().is_err_and(away);
        if claims.len() >= wanted || away {
            break;
        }
        if empty.contains(&queue) {
            continue;
        }
        match claim_from(shared, queue, wanted - claims.len(), now).await {
            Ok(some) => claims.extend(some),
            Err(error) => result = Err(error),
        }
    }
    (claims, result)
}

async fn claim_from(
    shared: &Shared,
    queue: &QueueName,
    limit: usize,
    now: DateTime<Utc>,
) -> Result<Vec<Claim>, Error> {
    let claimed = shared.broker.claim(queue, limit, now).await?;
    for id in claimed.undecodable {
        let queue = queue.clone();
        (shared.reporter)(&Event::Undecodable { queue, id });
    }
    Ok(claimed.claims)
}

/// Whether a burst is over: nothing runs, and nothing that is due has become pending meanwhile.
async fn is_over(shared: &Shared, trouble: &mut Trouble) -> bool {
    if shared.register.len() > 0 {
        return false;
    }
    let mut moved = 0;
    for queue in shared.settings.queues.names() {
        match trouble.note(shared.broker.forward(queue, clock::now()).await) {
            Some(forwarded) => moved += forwarded.moved,
            None => return false,
        }
    }
    // Once more, for an attempt may have ended just before the look at the queues and enqueued more.
    let pending = shared
        .broker
        .any_pending(shared.settings.queues.names())
        .await;
    moved == 0 && matches!(pending, Ok(false))
}
