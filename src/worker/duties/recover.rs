//! Recovers the tasks of vanished workers: tasks whose leases have expired, active tasks without a lease, and aggregation
//! sets that were never deleted. One of the workers does this in all registered queues, including those without a server.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::broker::{Claim, Error, Settled};
use crate::task::transition::{AttemptError, Failure, Outcome, RetryPolicy, Verdict};
use crate::task::{QueueName, TaskId};
use crate::worker::duty::{Rhythm, Round};
use crate::worker::event::{Event, TaskRef};
use crate::worker::phase::Phase;
use crate::worker::write::ended;
use crate::worker::{Shared, clock};

/// Active tasks without a lease in the last round.
type Suspects = HashMap<QueueName, HashSet<TaskId>>;

/// Recovers at the start and at intervals.
pub(crate) async fn recover(shared: Arc<Shared>) {
    let period = shared.settings.timing.recovery;
    let mut rhythm = Rhythm::new("recover", &shared, Phase::Draining, period / 10);
    let mut suspects = Suspects::new();
    while rhythm.pause(once(&shared, &mut suspects).await).await {}
}

async fn once(shared: &Shared, suspects: &mut Suspects) -> Result<Duration, Error> {
    let mut round = Round::default();
    for queue in shared.maintained().await? {
        // In this order, so that tasks without a lease are recovered in the same round.
        round.part(unleased(shared, &queue, suspects).await)?;
        round.part(expired(shared, &queue).await)?;
        round.part(
            shared
                .broker
                .reclaim_sets(&queue, shared.broker.now())
                .await,
        )?;
    }
    round.end(shared.settings.timing.recovery)
}

/// Retries or archives tasks whose lease has expired, by the retry policy of this worker's handler for them. The policy of the
/// vanished worker is unknown. A task that too many workers in a row have not survived is archived, whatever retries are left:
/// Asynq would go on until the retries are used up, with a worker lost each time.
async fn expired(shared: &Shared, queue: &QueueName) -> Result<(), Error> {
    loop {
        let now = shared.broker.now();
        let found = shared.broker.expired(queue, both_clocks(shared)).await?;
        let go_on = !found.aside.is_empty();
        shared.report_aside(queue, found.aside);
        let mut batch = Vec::new();
        let mut tasks = Vec::new();
        let mux = shared.mux.get();
        for claim in found.claims {
            tasks.push(TaskRef::of(&claim));
            let route = mux.find(&claim.message.kind);
            let policy = route.map_or_else(RetryPolicy::default, |route| route.retry.clone());
            let outcome = Outcome::Failed(lease_lost(shared, &claim));
            let outcome = shared.hooks.with_delay(&claim.message, outcome);
            let settlement = shared.judge(&claim.message, outcome, &policy);
            batch.push((claim, settlement));
        }
        if batch.is_empty() && !go_on {
            return Ok(());
        }
        let settled = shared.broker.settle(queue, &batch, now).await?;
        let mut any = go_on;
        for ((task, (_, settlement)), settled) in tasks.into_iter().zip(batch).zip(settled) {
            if settled == Settled::Written {
                any = true;
                let ended = ended(settlement);
                shared.reporter.report(Event::Recovered { task, ended });
            }
        }
        // Nothing was written: another worker is recovering the same tasks.
        if !any {
            return Ok(());
        }
    }
}

/// How the attempt of a vanished worker ended.
fn lease_lost(shared: &Shared, claim: &Claim) -> Failure {
    let lost = claim.recovery.map_or(1, |recovery| recovery.lost);
    if lost > shared.settings.max_workers_lost {
        Failure {
            verdict: Verdict::GiveUp,
            ..AttemptError::WorkersLost(lost).into()
        }
    } else {
        AttemptError::LeaseExpired.into()
    }
}

/// The earlier of Redis's time and that of this machine. Taking over a running task is worse than recovering one late, and if
/// Redis's clock is wrong or jumps, the leases of Go servers, which use their own clocks, only seem to have expired.
fn both_clocks(shared: &Shared) -> DateTime<Utc> {
    shared.broker.now().min(clock::now())
}

/// Gives active tasks that had no lease in two consecutive rounds an expired one. After one round, another client may be about
/// to add the lease.
async fn unleased(
    shared: &Shared,
    queue: &QueueName,
    suspects: &mut Suspects,
) -> Result<(), Error> {
    let seen: HashSet<TaskId> = shared.broker.unleased(queue).await?.into_iter().collect();
    let before = suspects.remove(queue).unwrap_or_default();
    let lost: Vec<TaskId> = seen.intersection(&before).cloned().collect();
    if !lost.is_empty() {
        shared
            .broker
            .lease_orphans(queue, &lost, both_clocks(shared))
            .await?;
    }
    if !seen.is_empty() {
        suspects.insert(queue.clone(), seen);
    }
    Ok(())
}
