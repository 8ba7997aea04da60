//! A running worker, and how to stop it.

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

use super::error::Error;
use crate::worker::{Control, Phase};

/// A running worker. It claims and runs tasks until one of these is called:
///
/// | | running attempts |
/// | --- | --- |
/// | [`stop`](Self::stop) | may finish, for [`shutdown_timeout`](crate::WorkerBuilder::shutdown_timeout); then they are ended |
/// | [`abort`](Self::abort) | are ended now |
///
/// An attempt that is ended has [`stop_grace`](crate::WorkerBuilder::stop_grace) to clean up; its task goes back
/// to its queue, and no retry is counted. Dropping the handle, or a future of its methods, starts a stop without
/// waiting for it.
#[must_use = "the worker stops when this is dropped"]
#[derive(Debug)]
pub struct RunningWorker {
    control: Control,
    running: JoinHandle<()>,
}

impl RunningWorker {
    pub(super) const fn new(control: Control, running: JoinHandle<()>) -> Self {
        Self { control, running }
    }

    /// Claims no more tasks, lets running attempts finish, and returns when all of them are settled.
    ///
    /// # Errors
    /// [`Error::Crashed`] if the worker has panicked.
    pub async fn stop(self) -> Result<(), Error> {
        self.control.advance(Phase::Draining);
        self.wait().await
    }

    /// Claims no more tasks, ends running attempts, gives their tasks back, and returns when that is done.
    ///
    /// # Errors
    /// [`Error::Crashed`] if the worker has panicked.
    pub async fn abort(self) -> Result<(), Error> {
        self.control.advance(Phase::Aborting);
        self.wait().await
    }

    /// Waits for the worker without stopping it. Returns only if the worker panics.
    ///
    /// # Errors
    /// [`Error::Crashed`] if the worker has panicked.
    pub async fn wait(mut self) -> Result<(), Error> {
        (&mut self.running).await.map_err(|_| Error::Crashed)
    }

    /// Works until the future is ready, then stops as [`RunningWorker::stop`] does.
    ///
    /// ```no_run
    /// # async fn example(worker: qctl::RunningWorker) -> Result<(), qctl::Error> {
    /// worker.stop_on(qctl::shutdown_signal()).await
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Crashed`] if the worker has panicked.
    pub async fn stop_on<T>(mut self, stop: impl Future<Output = T>) -> Result<(), Error> {
        tokio::select! {
            ended = &mut self.running => ended.map_err(|_| Error::Crashed),
            _ = stop => self.stop().await,
        }
    }
}

impl Drop for RunningWorker {
    fn drop(&mut self) {
        self.control.advance(Phase::Draining);
    }
}

/// Waits for SIGINT (Ctrl-C) or SIGTERM. From the first time it is polled, these signals no longer end the
/// process by themselves. If the handlers cannot be installed, it never returns.
pub async fn shutdown_signal() {
    let listen = |kind| signal(kind).ok();
    let (int, term) = (
        listen(SignalKind::interrupt()),
        listen(SignalKind::terminate()),
    );
    let next = async |signal: Option<tokio::signal::unix::Signal>| match signal {
        Some(mut signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    };
    tokio::select! {
        () = next(int) => {}
        () = next(term) => {}
    }
}
