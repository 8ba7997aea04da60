//! Running, draining, aborting: the phases of a worker, and the only way to stop it.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// A phase of a worker. It only moves forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// The worker claims tasks and runs them.
    Running,
    /// It claims no more tasks, and those that run continue (`SIGTSTP`).
    Stopped,
    /// It waits for running tasks (first `SIGINT` or `SIGTERM`).
    Draining,
    /// It ends running tasks (it has waited long enough, or a second signal came).
    Aborting,
    /// Every attempt is settled. Only the announcement as a server is still to be withdrawn.
    Over,
}

/// Moves a worker to its next phase.
#[derive(Debug, Clone)]
pub struct Control(watch::Sender<Phase>);

/// Watches the phase of a worker.
#[derive(Debug, Clone)]
pub struct Phases(watch::Receiver<Phase>);

impl Default for Control {
    fn default() -> Self {
        Self(watch::Sender::new(Phase::Running))
    }
}

impl Control {
    /// Moves to `phase`, unless the worker is there or past it.
    pub fn advance(&self, phase: Phase) {
        self.0.send_if_modified(|current| {
            let forward = phase > *current;
            *current = phase.max(*current);
            forward
        });
    }

    /// A watcher.
    pub fn phases(&self) -> Phases {
        Phases(self.0.subscribe())
    }

    /// Maps signals to phases, as Go's server does, for as long as this is polled: `SIGTSTP` stops
    /// claiming, the first `SIGINT` or `SIGTERM` drains, the second aborts.
    pub async fn follow_signals(&self) -> std::io::Result<()> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut stop = signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?;
        loop {
            tokio::select! {
                _ = interrupt.recv() => self.end(),
                _ = terminate.recv() => self.end(),
                _ = stop.recv() => self.advance(Phase::Stopped),
            }
        }
    }

    fn end(&self) {
        let draining = *self.0.borrow() >= Phase::Draining;
        self.advance(if draining {
            Phase::Aborting
        } else {
            Phase::Draining
        });
    }
}

impl Phases {
    /// The phase of the worker.
    pub fn current(&self) -> Phase {
        *self.0.borrow()
    }

    /// Waits until the worker has reached `phase`.
    pub async fn reached(&mut self, phase: Phase) {
        // The sender lives as long as the worker. This fails when the worker is gone.
        drop(self.0.wait_for(|current| *current >= phase).await);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_only_move_forward() {
        let control = Control::default();
        let phases = control.phases();
        control.advance(Phase::Stopped);
        control.advance(Phase::Running);
        assert_eq!(phases.current(), Phase::Stopped);
        control.end();
        assert_eq!(phases.current(), Phase::Draining);
        control.end();
        assert_eq!(phases.current(), Phase::Aborting);
        control.end();
        assert_eq!(phases.current(), Phase::Aborting);
    }
}
