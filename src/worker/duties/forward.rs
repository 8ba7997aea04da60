//! Makes delayed tasks pending when they are due.

use std::sync::Arc;
use std::time::Duration;

use crate::broker::Error;
use crate::worker::Shared;
use crate::worker::duty::{Rhythm, Round};
use crate::worker::phase::Phase;

/// Forwards due tasks of the worker's queues: sleeps until the next one is due. A new one may come at any time, so
/// it looks at least once in an interval.
pub(crate) async fn forward(shared: Arc<Shared>) {
    let interval = shared.settings.timing.forward;
    let mut rhythm = Rhythm::new("forward", &shared, Phase::Draining, interval);
    while rhythm.pause(once(&shared).await).await {}
}

async fn once(shared: &Shared) -> Result<Duration, Error> {
    let mut pause = shared.settings.timing.forward;
    let mut round = Round::default();
    for queue in shared.settings.queues.names() {
        let now = shared.broker.now();
        let Some(forwarded) = round.part(shared.broker.forward(queue, now).await)? else {
            continue;
        };
        if forwarded.may_have_more() {
            pause = Duration::ZERO;
        }
        if let Some(due_at) = forwarded.next_due_at {
            pause = pause.min((due_at - now).to_std().unwrap_or_default());
        }
        shared.report_aside(queue, forwarded.aside);
    }
    round.end(pause)
}
