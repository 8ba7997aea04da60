//! Fires stored schedules while a command runs, and keeps those of its configuration file stored.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;

use crate::clock;
use crate::commands::Context;
use crate::config;
use crate::config::File;
use crate::inspector::Inspector;
use crate::output::Log;
use crate::schedule::changed_by::ChangedBy;
use crate::schedule::event::{Reporter, ScheduleEvent};
use crate::schedule::scheduler::Scheduler;
use crate::schedule::sync::Written;
use crate::schedule::watch::FileWatch;
use crate::view::log;

/// How long to wait at the end for ticks that are being fired.
const LAST_TICKS: Duration = Duration::from_secs(1);

/// A scheduler, and the watch of the configuration file.
pub(super) struct Firing {
    scheduler: Scheduler,
    watch: Option<FileWatch>,
}

impl Firing {
    /// Prepares both. Their events go to the log.
    pub(super) fn new(cx: &Context, inspector: &Inspector, log: &Log) -> Self {
        Self::watching(cx, inspector, log, reporter(log))
    }

    /// The same beside a worker, which itself says that the file cannot be used.
    pub(super) fn beside_worker(cx: &Context, inspector: &Inspector, log: &Log) -> Self {
        let report = reporter(log);
        let rest: Reporter = Arc::new(move |event| {
            if !matches!(event, ScheduleEvent::FileBroken { emptied: false, .. }) {
                report(event);
            }
        });
        Self::watching(cx, inspector, log, rest)
    }

    fn watching(cx: &Context, inspector: &Inspector, log: &Log, of_watch: Reporter) -> Self {
        let owner = format!("{}:{}", config::host(), std::process::id());
        let path = cx.config.path.as_deref();
        Self {
            scheduler: Scheduler::new(inspector.broker().clone(), &owner, reporter(log)),
            watch: path.map(|path| watch(inspector, path, of_watch)),
        }
    }

    /// Fires until `stop`, then finishes the ticks that it has begun, for up to [`LAST_TICKS`].
    pub(super) async fn run(self, stop: impl Future<Output = ()>) {
        let stop = stop.shared();
        let late = async {
            stop.clone().await;
            tokio::time::sleep(LAST_TICKS).await;
        };
        let watching = async {
            match self.watch {
                Some(watch) => watch.run().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.scheduler.run(stop.clone()) => {}
            () = watching => {}
            () = late => {}
        }
    }
}

/// Stores the schedules of a file now and whenever it changes. Its events go to the log.
pub(super) fn follow(inspector: &Inspector, path: &Path, log: &Log) -> FileWatch {
    watch(inspector, path, reporter(log))
}

fn watch(inspector: &Inspector, path: &Path, reporter: Reporter) -> FileWatch {
    // It is shown to users in other directories and on other machines.
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let by = ChangedBy::File {
        path: absolute.display().to_string(),
        host: config::host(),
    };
    let broker = inspector.broker().clone();
    FileWatch::new(broker, path.to_owned(), Arc::new(read), by, reporter)
}

fn reporter(log: &Log) -> Reporter {
    let write = log.writer();
    Arc::new(move |event| write(log::schedule::line(event, clock::now())))
}

fn read(path: &Path) -> Result<Vec<Written>, String> {
    let file = File::read(path).map_err(|error| error.to_string().replace('\n', "; "));
    file.map(|file| file.cron)
}
