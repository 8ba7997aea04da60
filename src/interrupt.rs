//! SIGINT and SIGTERM, for commands that say how far they came before they end.

use std::io;

use futures_util::FutureExt as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::Exit;

/// Catches SIGINT and SIGTERM. Without it, either ends the program at once.
pub(crate) struct Interrupt {
    int: Signal,
    term: Signal,
    caught: Option<Exit>,
}

impl Interrupt {
    /// Installs the handlers, before anything is done that must not be cut short.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            int: signal(SignalKind::interrupt())?,
            term: signal(SignalKind::terminate())?,
            caught: None,
        })
    }

    /// Waits for the first signal; after it, returns at once. Says which exit code it stands for.
    ///
    /// Cancel-safe: a branch of `select!` that loses forgets no signal.
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

    /// The signal that has come, if any, without waiting.
    pub(crate) fn seen(&mut self) -> Option<Exit> {
        self.caught().now_or_never()
    }
}
