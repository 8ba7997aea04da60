//! Stops attempts whose leases are over, whether or not Redis answers: others may take their tasks, and their places under a
//! limit across workers. A heartbeat would notice too late, because it waits for Redis.

use std::sync::Arc;
use std::time::Instant;

use tokio::time::sleep;

use crate::worker::Shared;
use crate::worker::phase::Phase;

/// Looks until everything is settled, at the next end of a lease. An attempt that begins meanwhile has a lease that lasts for
/// several heartbeats.
pub(crate) async fn stop(shared: Arc<Shared>) {
    let heartbeat = shared.settings.timing.heartbeat;
    let mut phases = shared.phases.clone();
    loop {
        let next = shared.register.stop_lost();
        let left = next.map(|end| end.saturating_duration_since(Instant::now()));
        tokio::select! {
            () = sleep(left.unwrap_or(heartbeat).min(heartbeat)) => {}
            () = phases.reached(Phase::Over) => return,
        }
    }
}
