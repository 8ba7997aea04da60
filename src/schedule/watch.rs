//! Keeps the schedules of a file stored: now, and whenever the file changes. A broken file changes nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::broken_file::BrokenFile;
use super::changed_by::{ChangedBy, Stamp};
use super::event::{Reporter, ScheduleEvent};
use super::stored;
use super::sync::{self, StepKind, SyncStep, Wanted, Written};
use crate::backoff::{Backoff, Outage};
use crate::broker::{Broker, Error};
use crate::{clock, file_change};

/// How often to check that the server has not lost its data, and to announce that the file is broken.
const DATA_LOSS_CHECK: Duration = Duration::from_secs(5);

/// Pauses between attempts while Redis is unreachable.
const REDIS_BACKOFF: Backoff =
    Backoff::new(Duration::from_millis(500), Duration::from_millis(1500));

/// Reads the schedules of a file; the error says why it cannot.
pub type Read = Arc<dyn Fn(&Path) -> Result<Vec<Written>, String> + Send + Sync>;

/// Keeps the schedules of one file stored.
pub struct FileWatch {
    broker: Broker,
    path: PathBuf,
    read: Read,
    by: ChangedBy,
    reporter: Reporter,
    /// The names of the schedules that were stored from the file. Only these are removed when the file no
    /// longer has them.
    stored_names: BTreeSet<String>,
    /// The announcement while the file has errors.
    broken: Option<BrokenFile>,
}

impl FileWatch {
    /// Watches `path`; `by` is who changes the stored schedules.
    pub fn new(
        broker: Broker,
        path: PathBuf,
        read: Read,
        by: ChangedBy,
        reporter: Reporter,
    ) -> Self {
        Self {
            broker,
            path,
            read,
            by,
            reporter,
            stored_names: BTreeSet::new(),
            broken: None,
        }
    }

    /// Never ends.
    pub async fn run(mut self) {
        let path = self.path.clone();
        let path = slice::from_ref(&path);
        let mut before = file_change::fingerprints(path).await;
        loop {
            self.store_file().await;
            tokio::select! {
                now = file_change::change(path, &before) => before = now,
                () = self.data_loss() => {}
            }
        }
    }

    /// Waits until the server has lost its data: then no schedule is stored.
    async fn data_loss(&self) {
        loop {
            tokio::time::sleep(DATA_LOSS_CHECK).await;
            self.announce_broken().await;
            let version = self.broker.schedules_version().await;
            if version.is_ok_and(|version| version.is_empty()) && !self.stored_names.is_empty() {
                return;
            }
        }
    }

    /// Stores the schedules of the file; retries while Redis does not answer.
    async fn store_file(&mut self) {
        let (mut backoff, mut outage) = (REDIS_BACKOFF, Outage::default());
        loop {
            let wanted = match self.read_file().await {
                // It may be half written, or the disk may be full.
                Ok(wanted) if wanted.is_empty() && !self.stored_names.is_empty() => {
                    let error = "it no longer has schedules; to remove them, use qctl cron rm";
                    return self.report_broken(error.to_owned(), true).await;
                }
                Ok(wanted) => wanted,
                Err(error) => return self.report_broken(error, false).await,
            };
            let Err(error) = self.apply(&wanted).await else {
                return self.withdraw_broken().await;
            };
            if outage.begins() {
                (self.reporter)(&ScheduleEvent::Trouble(error.to_string()));
            }
            tokio::time::sleep(backoff.next()).await;
        }
    }

    async fn report_broken(&mut self, error: String, emptied: bool) {
        self.withdraw_broken().await;
        if let ChangedBy::File { path, host } = &self.by {
            self.broken = Some(BrokenFile::new(path, host, &error));
        }
        self.announce_broken().await;
        let path = self.path.clone();
        (self.reporter)(&ScheduleEvent::FileBroken {
            path,
            error,
            emptied,
        });
    }

    /// Errors are ignored: the next check announces the file again.
    async fn announce_broken(&self) {
        if let Some(broken) = &self.broken {
            drop(broken.announce(&self.broker).await);
        }
    }

    /// Errors are ignored: the announcement expires.
    async fn withdraw_broken(&mut self) {
        if let Some(broken) = self.broken.take() {
            drop(broken.withdraw(&self.broker).await);
        }
    }

    /// The schedules of the file, checked.
    async fn read_file(&self) -> Result<Vec<Wanted>, String> {
        let read = Arc::clone(&self.read);
        let forms = file_change::read(&self.path, move |path| read(path)).await?;
        sync::check(&forms, clock::now()).map_err(|bad| bad.to_string())
    }

    /// Makes the stored schedules equal to those of the file. If Redis refuses one, the others go on.
    async fn apply(&mut self, wanted: &[Wanted]) -> Result<(), Error> {
        let now = self.broker.server_time().await?;
        let stored = stored::all(&self.broker).await?;
        let changes = sync::compare(wanted, &stored, |name| self.stored_names.contains(name));
        let stamp = Stamp { by: &self.by, now };
        let mut done = Vec::new();
        for change in changes {
            let name = change.name.clone();
            match sync::apply(&self.broker, &change, stamp).await {
                Ok(()) if change.kind == StepKind::Remove => self.stored_names.remove(&name),
                Ok(()) => self.stored_names.insert(name.clone()),
                Err(error) if error.passing() => return Err(error),
                Err(error) => {
                    let error = error.to_string();
                    (self.reporter)(&ScheduleEvent::Refused { name, error });
                    continue;
                }
            };
            self.warn_if_it_never_fires(&change, now);
            match change.kind {
                StepKind::Add(_) => done.push(format!("{name} added")),
                StepKind::Replace { .. } => done.push(format!("{name} replaced")),
                StepKind::Remove => done.push(format!("{name} removed")),
                StepKind::Keep => {}
            }
        }
        if !wanted.is_empty() || !done.is_empty() {
            let (path, schedules) = (self.path.clone(), wanted.len());
            (self.reporter)(&ScheduleEvent::FileStored {
                path,
                schedules,
                changed: done,
            });
        }
        Ok(())
    }

    fn warn_if_it_never_fires(&self, change: &SyncStep, now: DateTime<Utc>) {
        let wanted = match &change.kind {
            StepKind::Add(wanted) | StepKind::Replace { wanted, .. } => wanted,
            StepKind::Remove | StepKind::Keep => return,
        };
        if let Some(why) = wanted.schedule.never_fires(now) {
            let name = change.name.clone();
            (self.reporter)(&ScheduleEvent::NeverFires { name, why });
        }
    }
}
