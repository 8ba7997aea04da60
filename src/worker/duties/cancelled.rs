//! Stops attempts that operators cancel.

use std::sync::Arc;
use std::time::Duration;

use crate::backoff::Backoff;
use crate::worker::Shared;
use crate::worker::duty::Trouble;
use crate::worker::phase::Phase;

/// Pauses before listening again after the connection broke.
const BROKEN: Backoff = Backoff::new(Duration::from_millis(500), Duration::from_millis(1500));

/// Listens until everything is settled.
pub(crate) async fn listen(shared: Arc<Shared>) {
    let mut phases = shared.phases.clone();
    tokio::select! {
        () = listen_for_ever(&shared) => {}
        () = phases.reached(Phase::Over) => {}
    }
}

async fn listen_for_ever(shared: &Shared) {
    let mut trouble = Trouble::new("listen for cancellations", &shared.reporter);
    let mut backoff = BROKEN;
    loop {
        if let Some(mut cancellations) = trouble.note(shared.broker.cancellations().await) {
            backoff.reset();
            while let Some(id) = cancellations.next().await {
                shared.register.cancel(&id);
            }
        }
        tokio::time::sleep(backoff.next()).await;
    }
}
