//! Follows a file of schedules: what it says is stored, now and whenever it changes.
//!
//! The file is looked at, not listened to: that sees every way in which a file changes, also where it is
//! mounted or exchanged as a whole. A change counts when the file has come to rest. A broken file changes
//! nothing.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::changed_by::ChangedBy;
use super::event::{Event, Reporter};
use super::form::Form;
use super::stored;
use super::sync::{self, Kind, Wanted};
use crate::backoff::{Backoff, Outage};
use crate::broker::{Broker, Error};
use crate::clock;

/// How often the file is looked at; it is at rest when two looks in a row see the same.
const LOOK: Duration = Duration::from_millis(250);

/// How often it is made sure that the server has not lost what was stored.
const LOST: Duration = Duration::from_secs(5);

/// How long a file may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Pauses between tries while Redis is away.
const AWAY: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(5));

/// Reads the schedules of a file, or says why not.
pub type Read = Arc<dyn Fn(&Path) -> Result<Vec<Form>, String> + Send + Sync>;

/// Follows one file.
pub struct Watch {
    broker: Broker,
    path: PathBuf,
    read: Read,
    by: ChangedBy,
    reporter: Reporter,
    /// The names of what was stored from the file. Only these are removed when the file loses them: what
    /// others have stored is theirs.
    ours: BTreeSet<String>,
}

/// What tells one state of a file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Print {
    inode: u64,
    size: u64,
    changed: (i64, i64),
}

impl Watch {
    /// Follows `path`, in the name of `by`.
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
            ours: BTreeSet::new(),
        }
    }

    /// Follows the file, for ever.
    pub async fn run(mut self) {
        let mut before = self.print().await;
        loop {
            self.store().await;
            tokio::select! {
                now = self.at_rest(before) => before = now,
                () = self.lost() => {}
            }
        }
    }

    /// Waits until the file is other than `before`, and stays so.
    async fn at_rest(&self, before: Option<Print>) -> Option<Print> {
        let mut last = before;
        loop {
            tokio::time::sleep(LOOK).await;
            let now = self.print().await;
            if now == last && now != before {
                return now;
            }
            last = now;
        }
    }

    /// Waits until nothing is stored any more: the server has lost its data.
    async fn lost(&self) {
        loop {
            tokio::time::sleep(LOST).await;
            let version = self.broker.schedules_version().await;
            if version.is_ok_and(|version| version.is_empty()) && !self.ours.is_empty() {
                return;
            }
        }
    }

    /// Stores what the file says; goes on trying while Redis is away.
    async fn store(&mut self) {
        let (mut backoff, mut outage) = (AWAY, Outage::default());
        loop {
            let wanted = match self.wanted().await {
                Ok(wanted) => wanted,
                Err(error) => {
                    let path = self.path.clone();
                    return (self.reporter)(&Event::FileBroken { path, error });
                }
            };
            let Err(error) = self.apply(&wanted).await else {
                return;
            };
            if outage.begins() {
                (self.reporter)(&Event::Trouble(error.to_string()));
            }
            tokio::time::sleep(backoff.next()).await;
        }
    }

    /// What the file says, checked. A file that has lost everything is broken, for that is how files look
    /// while they are written, or on a full disk.
    async fn wanted(&self) -> Result<Vec<Wanted>, String> {
        let (path, read) = (self.path.clone(), Arc::clone(&self.read));
        let forms = apart(move || {
            // A pipe or the like would never end.
            match std::fs::metadata(&path) {
                Ok(known) if !known.is_file() => Err("it is not a file".to_owned()),
                Ok(_) | Err(_) => read(&path),
            }
        });
        let slow = || Err("it could not be read in time".to_owned());
        let forms = forms.await.unwrap_or_else(slow)?;
        if forms.is_empty() && !self.ours.is_empty() {
            let error = "it has no schedules any more; to remove those it had, use qctl cron rm";
            return Err(error.to_owned());
        }
        sync::check(&forms, clock::now()).map_err(|bad| format!("{bad}; {}", bad.hint))
    }

    /// Makes the stored schedules what is wanted. What Redis refuses for one holds up no other.
    async fn apply(&mut self, wanted: &[Wanted]) -> Result<(), Error> {
        let now = self.broker.server_time().await?;
        let stored = stored::all(&self.broker).await?;
        let changes = sync::compare(wanted, &stored, |name| self.ours.contains(name));
        let mut done = Vec::new();
        for change in changes {
            let name = change.name.clone();
            match sync::apply(&self.broker, &change, &self.by, now).await {
                Ok(()) if change.kind == Kind::Remove => self.ours.remove(&name),
                Ok(()) => self.ours.insert(name.clone()),
                Err(error) if error.passing() => return Err(error),
                Err(error) => {
                    let error = error.to_string();
                    (self.reporter)(&Event::Refused { name, error });
                    continue;
                }
            };
            match change.kind {
                Kind::Add(_) => done.push(format!("{name} added")),
                Kind::Replace { .. } => done.push(format!("{name} replaced")),
                Kind::Remove => done.push(format!("{name} removed")),
                Kind::Keep => {}
            }
        }
        if !wanted.is_empty() || !done.is_empty() {
            let (path, schedules) = (self.path.clone(), wanted.len());
            (self.reporter)(&Event::FileStored {
                path,
                schedules,
                changed: done,
            });
        }
        Ok(())
    }

    /// What the file looks like from outside. `None`: there is none, or nobody answers.
    async fn print(&self) -> Option<Print> {
        let path = self.path.clone();
        apart(move || print(&path)).await.flatten()
    }
}

/// Does something with a file on a thread of its own: a file of a network may never answer.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let work = tokio::task::spawn_blocking(work);
    tokio::time::timeout(PATIENCE, work).await.ok()?.ok()
}

fn print(path: &Path) -> Option<Print> {
    let known = std::fs::metadata(path).ok()?;
    Some(Print {
        inode: known.ino(),
        size: known.size(),
        changed: (known.ctime(), known.ctime_nsec()),
    })
}
