//! Running, draining, aborting: how a worker stops. Nothing else carries the wish to stop.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Where a worker is on its way to the end. It only moves forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// It claims tasks and runs them.
    Running,
    /// It claims no more, and goes on with what it has (`SIGTSTP`).
    Stopped,
    /// It waits for what it runs and then ends (first `SIGINT` or `SIGTERM`).
    Draining,
    /// It ends what it runs (the wait is over, or a second signal came).
    Aborting,
    /// Every attempt is settled; only the presence is left to be cleared.
    Over,
}

/// The side that moves a worker on.
#[derive(Debug, Clone)]
pub struct Control(watch::Sender<Phase>);

/// The side that watches.
#[derive(Debug, Clone)]
pub struct Phases(watch::Receiver<Phase>);

impl Default for Control {
    fn default() -> Self {
        Self(watch::Sender::new(Phase::Running))
    }
}

impl Control {
    /// Moves on to `phase`; does nothing when the worker is there or past it already.
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

    /// Turns signals into phases, as Go's server does, for as long as this is polled: `TSTP` stops
    /// claiming, the first `INT` or `TERM` drains, the second aborts.
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
    /// Where the worker is now.
    pub fn current(&self) -> Phase {
        *self.0.borrow()
    }

    /// Waits until the worker is at `phase` or past it.
    pub async fn reached(&mut self, phase: Phase) {
        // The sender lives as long as the worker; without it there is nothing to wait for.
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
