//! Deletes completed tasks after their retention, and archived tasks that exceed the limits of the archive.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use crate::broker::Error;
use crate::task::QueueName;
use crate::worker::Shared;
use crate::worker::duty::{Rhythm, Round};
use crate::worker::phase::Phase;

/// Limit for one queue, so that it does not delay the others.
const MAX_STEPS_PER_QUEUE: usize = 50;

/// The pause before the next round if a queue has more to delete: a worker may complete more tasks than one round deletes in
/// the usual time, and they would fill Redis.
const BACKLOG_PAUSE: Duration = Duration::from_millis(100);

/// Every third round includes the queues that this worker does not process, if it looks after them.
const ROUNDS_PER_FULL_ROUND: u32 = 3;

/// Cleans the worker's queues and, less often, those that it looks after.
pub(crate) async fn clean(shared: Arc<Shared>) {
    let period = shared.settings.timing.cleaning;
    let mut rhythm = Rhythm::new("clean", &shared, Phase::Draining, period);
    let mut round = 0;
    while rhythm
        .pause(once(&shared, round % ROUNDS_PER_FULL_ROUND == 0).await)
        .await
    {
        round += 1;
    }
}

async fn once(shared: &Shared, all: bool) -> Result<Duration, Error> {
    let served: HashSet<&QueueName> = shared.settings.queues.names().collect();
    let queues = if all {
        shared.maintained().await?
    } else {
        served.iter().copied().cloned().collect()
    };
    let mut round = Round::default();
    let mut pause = shared.settings.timing.cleaning;
    for queue in queues {
        if round.part(delete(shared, &queue).await)? == Some(true) {
            pause = pause.min(BACKLOG_PAUSE);
        }
        if !served.contains(&queue) {
            // There may be no server that forwards its tasks.
            let now = shared.broker.now();
            if let Some(forwarded) = round.part(shared.broker.forward(&queue, now).await)? {
                shared.report_aside(&queue, forwarded.aside);
            }
        }
    }
    round.end(pause)
}

/// Deletes what a queue no longer needs. Returns whether there is more.
async fn delete(shared: &Shared, queue: &QueueName) -> Result<bool, Error> {
    for _ in 0..MAX_STEPS_PER_QUEUE {
        let now = shared.broker.now();
        let mut round = Round::default();
        let expired = round.part(shared.broker.delete_expired(queue, now).await)?;
        let trimmed = round.part(shared.broker.trim_archive(queue, now).await)?;
        let mut more = false;
        for cleaned in [expired, trimmed].into_iter().flatten() {
            more |= cleaned.more;
            shared.report_aside(queue, cleaned.aside);
        }
        round.end(())?;
        if !more {
            return Ok(false);
        }
    }
    Ok(true)
}
