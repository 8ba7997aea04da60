//! Moves scheduled tasks and retries to pending when they are due.

use std::sync::Arc;
use std::time::Duration;

use crate::broker::Error;
use crate::worker::Shared;
use crate::worker::duty::{Rhythm, Round};
use crate::worker::phase::Phase;

/// Forwards due tasks of the worker's queues. It sleeps until the next one is due, but at most one interval: a new task may be
/// added at any time.
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
