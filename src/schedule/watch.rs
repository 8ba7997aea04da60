//! Follows a file of schedules: what it says is stored, now and whenever it changes.
//!
//! The file is looked at, not listened to: that sees every way in which a file changes, also where it is
//! mounted or exchanged as a whole. A change counts when the file has come to rest. A broken file changes
//! nothing.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::event::{Event, Reporter};
use super::form::Form;
use super::stored;
use super::sync::{self, Kind};
use crate::broker::{Broker, Error};
use crate::clock;

/// How often the file is looked at; it is at rest when two looks in a row see the same.
const LOOK: Duration = Duration::from_millis(250);

/// How often it is made sure that the server has not lost what was stored.
const LOST: Duration = Duration::from_secs(5);

/// When to try again while Redis is away.
const AWAY: Duration = Duration::from_secs(1);

/// Reads the schedules of a file, or says why not.
pub type Read = Box<dyn Fn(&Path) -> Result<Vec<Form>, String> + Send + Sync>;

/// Follows one file.
pub struct Watch {
    broker: Broker,
    path: PathBuf,
    read: Read,
    by: String,
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
    pub fn new(broker: Broker, path: PathBuf, read: Read, by: &str, reporter: Reporter) -> Self {
        Self {
            broker,
            path,
            read,
            by: by.to_owned(),
            reporter,
            ours: BTreeSet::new(),
        }
    }

    /// Follows the file, for ever.
    pub async fn run(mut self) {
        let mut before = print(&self.path);
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
            let now = print(&self.path);
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
        let forms = (self.read)(&self.path);
        let checked = forms.and_then(|forms| {
            sync::check(&forms, clock::now()).map_err(|bad| format!("{bad}; {}", bad.hint))
        });
        let wanted = match checked {
            Ok(wanted) => wanted,
            Err(error) => {
                let path = self.path.clone();
                return (self.reporter)(&Event::FileBroken { path, error });
            }
        };
        let mut away = false;
        while let Err(error) = self.apply(&wanted).await {
            if !std::mem::replace(&mut away, true) {
                (self.reporter)(&Event::Trouble(error.to_string()));
            }
            tokio::time::sleep(AWAY).await;
        }
    }

    async fn apply(&mut self, wanted: &[sync::Wanted]) -> Result<(), Error> {
        let stored = stored::all(&self.broker).await?;
        let changes = sync::compare(wanted, &stored, |name| self.ours.contains(name));
        let mut count = 0;
        for change in changes.iter().filter(|change| change.kind != Kind::Keep) {
            sync::apply(&self.broker, change, &self.by, clock::now()).await?;
            count += 1;
        }
        self.ours = wanted
            .iter()
            .map(|wanted| wanted.schedule.name.to_string())
            .collect();
        let (path, schedules) = (self.path.clone(), wanted.len());
        (self.reporter)(&Event::FileStored {
            path,
            schedules,
            changed: count,
        });
        Ok(())
    }
}

/// `None`: there is no such file now.
fn print(path: &Path) -> Option<Print> {
    let known = std::fs::metadata(path).ok()?;
    Some(Print {
        inode: known.ino(),
        size: known.size(),
        changed: (known.ctime(), known.ctime_nsec()),
    })
}
