//! Firing stored schedules, for as long as a command runs, with those of its configuration file among them.

use std::path::PathBuf;

use super::Context;
use super::log::Log;
use crate::broker::Broker;
use crate::config::{self, File};
use crate::schedule::scheduler::Scheduler;
use crate::schedule::watch::Watch;

/// A scheduler, and who follows the file.
pub(super) struct Firing {
    scheduler: Scheduler,
    watch: Option<Watch>,
}

impl Firing {
    /// Prepares both; they tell the log what happens.
    pub(super) fn new(cx: &Context, broker: &Broker, log: &Log) -> Self {
        let owner = format!("{}:{}", config::host(), std::process::id());
        let followed = cx.config.path.as_ref();
        let followed = followed.filter(|_| !cx.config.file.cron.is_empty());
        Self {
            scheduler: Scheduler::new(broker.clone(), &owner, log.schedule_reporter()),
            watch: followed.map(|path| follow(broker, path.clone(), log)),
        }
    }

    /// Fires until `stop`.
    pub(super) async fn run(self, stop: impl Future<Output = ()>) {
        let watching = async {
            match self.watch {
                Some(watch) => watch.run().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.scheduler.run(stop) => {}
            () = watching => {}
        }
    }
}

/// Stores what a file says of schedules, now and whenever it changes.
pub(super) fn follow(broker: &Broker, path: PathBuf, log: &Log) -> Watch {
    let by = format!("{} of {}", path.display(), config::host());
    let read = |path: &std::path::Path| {
        let file = File::read(path).map_err(|error| error.to_string());
        file.map(|file| file.cron)
    };
    let reporter = log.schedule_reporter();
    Watch::new(broker.clone(), path, Box::new(read), &by, reporter)
}
