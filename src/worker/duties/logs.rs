//! Writes to Redis what attempts have printed.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::worker::Shared;
use crate::worker::duty::Trouble;
use crate::worker::logs::{FIRST_WRITE, Write};
use crate::worker::phase::Phase;

/// Logs that are written at the same time.
const AT_ONCE: usize = 32;

/// How long the log of an attempt that leaves none can be read once it has ended: those who follow it look twice a second.
const READABLE: Duration = Duration::from_secs(3);

/// How long the last logs of a worker may take.
const LAST_WRITES: Duration = Duration::from_secs(2);

/// Writes logs until the worker is over, and what is left then.
pub(crate) async fn write_logs(shared: Arc<Shared>) {
    let Some(mut ended) = shared.logs.ended() else {
        return;
    };
    let mut trouble = Trouble::new("log", &shared.reporter);
    let mut phases = shared.phases.clone();
    let mut looks = interval(FIRST_WRITE);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut removals: VecDeque<(Instant, Write)> = VecDeque::new();
    loop {
        let mut batch = Vec::new();
        tokio::select! {
            _ = ended.recv_many(&mut batch, AT_ONCE) => {}
            _ = looks.tick() => {
                batch = shared.logs.due();
                let now = Instant::now();
                let due = removals.partition_point(|(at, _)| *at <= now);
                batch.extend(removals.drain(..due).map(|(_, removal)| removal));
            }
            () = phases.reached(Phase::Over) => break,
        }
        write(&shared, &batch, &mut trouble).await;
        let at = Instant::now() + READABLE;
        removals.extend(batch.iter().filter_map(Write::removal).map(|one| (at, one)));
    }
    let mut rest: Vec<Write> = removals.into_iter().map(|(_, removal)| removal).collect();
    while let Ok(one) = ended.try_recv() {
        rest.push(one.removal().unwrap_or(one));
    }
    let last = write(&shared, &rest, &mut trouble);
    timeout(LAST_WRITES, last).await.ok();
}

async fn write(shared: &Shared, batch: &[Write], trouble: &mut Trouble) {
    let logs = &shared.logs;
    for some in batch.chunks(AT_ONCE) {
        let writes = some.iter().map(|one| logs.write(&shared.broker, one));
        for written in join_all(writes).await {
            trouble.note(written);
        }
    }
    let dropped = logs.dropped();
    if dropped > 0 {
        tracing::warn!(
            dropped,
            "logs of attempts were dropped, because Redis is too slow"
        );
    }
}
