//! Deletes what is over: completed tasks after their retention, archived ones beyond the archive's limits.

use std::sync::Arc;
use std::time::Duration;

use super::every::Rhythm;
use super::phase::Phase;
use super::{Shared, clock};
use crate::broker::Error;

/// As Asynq.
const PERIOD: Duration = Duration::from_secs(8);

/// Steps in a row for one queue and round, so that one full queue holds up no other.
const STEPS: usize = 50;

/// Rounds between those that include queues which this worker does not serve.
const OTHERS: u32 = 8;

/// Cleans the worker's queues, and now and then every registered one.
pub(crate) async fn clean(shared: Arc<Shared>) {
    let mut rhythm = Rhythm::new("clean", &shared, Phase::Draining, PERIOD);
    let mut round = 0;
    while rhythm.rest(once(&shared, round % OTHERS == 0).await).await {
        round += 1;
    }
}

async fn once(shared: &Shared, all: bool) -> Result<Duration, Error> {
    let served = || shared.settings.queues.names();
    let queues = if all {
        shared.maintained().await?
    } else {
        served().cloned().collect()
    };
    for queue in queues {
        for _ in 0..STEPS {
            let now = clock::now();
            let more = shared.broker.delete_expired(&queue, now).await?
                | shared.broker.trim_archive(&queue, now).await?;
            if !more {
                break;
            }
        }
        if !served().any(|served| *served == queue) {
            // It may have no server that would forward its tasks.
            shared.broker.forward(&queue, clock::now()).await?;
        }
    }
    Ok(PERIOD)
}
