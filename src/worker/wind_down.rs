//! How a worker ends: running attempts may finish for a while, then they are ended.

use tokio::task::JoinSet;

use super::event::Event;
use super::handlers::StopReason;
use super::phase::{Control, Phase};
use super::shared::Shared;

/// Waits for running attempts as long as the phase allows, and ends them.
pub(crate) async fn wind_down(shared: &Shared, control: &Control) {
    let mut phases = shared.phases.clone();
    let mut attempts = shared.attempts.take();
    if phases.current() < Phase::Stopped {
        // A burst is over: nothing is running.
        control.advance(Phase::Draining);
    }
    if phases.current() == Phase::Stopped {
        shared.reporter.report(Event::Phase(Phase::Stopped));
        phases.reached(Phase::Draining).await;
    }
    if shared.register.len() > 0 {
        shared.reporter.report(Event::Phase(Phase::Draining));
    }
    tokio::select! {
        () = all_ended(&mut attempts) => return,
        () = tokio::time::sleep(shared.settings.shutdown_timeout) => {}
        () = phases.reached(Phase::Aborting) => {}
    }
    control.advance(Phase::Aborting);
    shared.reporter.report(Event::Phase(Phase::Aborting));
    shared.register.stop_all(StopReason::Aborted);
    all_ended(&mut attempts).await;
}

async fn all_ended(attempts: &mut JoinSet<()>) {
    while attempts.join_next().await.is_some() {}
}
