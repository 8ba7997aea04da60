//! Makes delayed tasks pending when they are due.

use std::sync::Arc;
use std::time::Duration;

use crate::broker::Error;
use crate::worker::duty::{Rhythm, Round};
use crate::worker::phase::Phase;
use crate::worker::{Shared, clock};

/// A new delayed task may come at any time, so one looks at least this often.
const LOOK: Duration = Duration::from_secs(1);

/// Forwards due tasks of the worker's queues: sleeps until the next one is due, a second at most.
pub(crate) async fn forward(shared: Arc<Shared>) {
    let mut rhythm = Rhythm::new("forward", &shared, Phase::Draining, LOOK);
    while rhythm.rest(once(&shared).await).await {}
}

async fn once(shared: &Shared) -> Result<Duration, Error> {
    let mut pause = LOOK;
    let mut round = Round::default();
    for queue in shared.settings.queues.names() {
        let now = clock::now();
        let Some(forwarded) = round.part(shared.broker.forward(queue, now).await)? else {
            continue;
        };
        if forwarded.may_have_more() {
            pause = Duration::ZERO;
        }
        if let Some(due_at) = forwarded.next_due_at {
            pause = pause.min((due_at - now).to_std().unwrap_or_default());
        }
    }
    round.end(pause)
}
