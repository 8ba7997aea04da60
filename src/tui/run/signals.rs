//! The signals that the dashboard handles.

use std::io;

use rustix::process::{Signal as Sent, getpgrp, getsid, kill_current_process_group};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Why the dashboard has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    Quit,
    Interrupted,
    Terminated,
}

/// A signal that has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caught {
    Leave(Left),
    /// The process is to stop until it is continued.
    Stop,
    /// The process has been continued, maybe after a stop that it has not seen coming.
    Continued,
}

pub(super) struct Signals {
    pub interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
    stop: Signal,
    continued: Signal,
}

impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        let raw = |signal: Sent| SignalKind::from_raw(signal.as_raw());
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            stop: signal(raw(Sent::TSTP))?,
            continued: signal(raw(Sent::CONT))?,
        })
    }

    /// Waits for a signal that ends the dashboard.
    pub(super) async fn leave(&mut self) -> Left {
        loop {
            if let Caught::Leave(why) = self.next().await {
                return why;
            }
        }
    }

    pub(super) async fn next(&mut self) -> Caught {
        tokio::select! {
            _ = self.interrupt.recv() => Caught::Leave(Left::Interrupted),
            _ = self.terminate.recv() => Caught::Leave(Left::Terminated),
            _ = self.hang_up.recv() => Caught::Leave(Left::Terminated),
            _ = self.stop.recv() => Caught::Stop,
            _ = self.continued.recv() => Caught::Continued,
        }
    }
}

/// Whether a shell can continue this process after a stop: it gives each job a process group of its own.
pub(super) fn can_be_continued() -> bool {
    getsid(None).is_ok_and(|session| session != getpgrp())
}

/// Stops the job that this process belongs to, until it is continued. SIGTSTP would be caught.
pub(super) fn stop_job() -> io::Result<()> {
    Ok(kill_current_process_group(Sent::STOP)?)
}
