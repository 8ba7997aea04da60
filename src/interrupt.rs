//! SIGINT and SIGTERM, for commands that report their progress before they exit.

use std::io;

use futures_util::FutureExt as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::Exit;

/// Catches SIGINT and SIGTERM, which otherwise end the program at once.
pub(crate) struct Interrupt {
    int: Signal,
    term: Signal,
    caught: Option<Exit>,
}

impl Interrupt {
    /// Installs the handlers. Call this before starting work that must not be cut short.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            int: signal(SignalKind::interrupt())?,
            term: signal(SignalKind::terminate())?,
            caught: None,
        })
    }

    /// Waits for the first signal and returns its exit code. After a signal, returns at once.
    ///
    /// Cancel-safe: no signal is lost if another branch of a `select!` completes first.
    pub(crate) async fn caught(&mut self) -> Exit {
        if let Some(exit) = self.caught {
            return exit;
        }
        let exit = tokio::select! {
            _ = self.int.recv() => Exit::Interrupted,
            _ = self.term.recv() => Exit::Terminated,
        };
        *self.caught.insert(exit)
    }

    /// The signal received so far, without waiting.
    pub(crate) fn seen(&mut self) -> Option<Exit> {
        self.caught().now_or_never()
    }
}
