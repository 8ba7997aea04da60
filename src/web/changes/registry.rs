//! The changes that are kept, and how many there may be.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::change::{Change, ChangeId, Rate, Wish};
use super::phase::Phase;
use super::request::{Repair, Request, TaskChange, What};
use super::runner::Runner;
use super::work::{Counting, Rehearsal};
use crate::document::doctor::FindingDocument;
use crate::inspector::{Error, Inspector, Options};
use crate::task::QueueName;
use crate::web::examiner::Examiner;

/// Changes that count or change tasks at the same time.
const MAX_ACTIVE: usize = 4;

/// How long a change waits for a Redis that does not answer. The receipts of steps last five minutes.
const OUTAGE_LIMIT: Duration = Duration::from_secs(4 * 60);

/// Previews that are kept. Each takes nine bytes per task; a repair takes a copy of what was found.
const MAX_PREVIEWS: usize = 10;

/// Changes that are kept after their end. The audit log keeps more.
const MAX_ENDED: usize = 50;

/// The changes of this process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changes(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    /// The oldest first.
    list: Vec<Arc<Change>>,
    /// The process ends.
    closed: bool,
}

/// Why a change was not made or not started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error(transparent)]
    Inspector(#[from] Error),
    #[error("{MAX_ACTIVE} changes are running")]
    TooMany,
    #[error("the server is stopping")]
    Closed,
    /// It was dropped for newer ones, or the server has restarted.
    #[error("this change is no longer known")]
    Unknown,
    #[error("{matching} {noun}s match now, not {shown}")]
    Stale {
        shown: u64,
        matching: u64,
        noun: &'static str,
    },
    #[error("nobody has looked for what is wrong yet")]
    NotLooked,
    #[error("the change is still being counted")]
    Counting,
}

impl Changes {
    /// Begins to count the tasks of a change. Nothing is changed before [`Changes::start`].
    ///
    /// # Errors
    /// Those of [`Inspector::count`], and [`Refused::TooMany`].
    pub(crate) async fn make(
        &self,
        inspector: &Inspector,
        change: TaskChange,
        by: &str,
    ) -> Result<Arc<Change>, Refused> {
        self.kept().check()?;
        let options = Options {
            allow_trim: change.allow_trim,
            resend_limit: OUTAGE_LIMIT,
            ..Options::default()
        };
        let (action, selection) = (change.action, &change.selection);
        let count = match change.edit() {
            Some(edit) => inspector.count_to_edit(edit, selection, options).await?,
            None => inspector.count(action, selection, options).await?,
        };
        let counting = Counting::Tasks(Box::new(count));
        self.begin(inspector, What::Tasks(Box::new(change)), by, counting)
    }

    /// Begins to try a repair of what was found at the last look. Nothing is repaired before [`Changes::start`].
    ///
    /// # Errors
    /// [`Refused::NotLooked`], and [`Refused::TooMany`].
    pub(crate) fn repair(
        &self,
        inspector: &Inspector,
        examiner: &Examiner,
        repair: Repair,
        by: &str,
    ) -> Result<Arc<Change>, Refused> {
        let last = examiner.examined().last.ok_or(Refused::NotLooked)?;
        let doctor = last.doctor.as_ref().ok_or(Refused::NotLooked)?;
        let doctor = doctor.through(inspector);
        let wanted = |code, queue: Option<&_>| repair.concerns(code, queue);
        let repairs = doctor.repairs(wanted, true)?;
        let of = |finding: &&FindingDocument| {
            let queue = repair.queue.as_ref().map(QueueName::as_str);
            finding.code == repair.code.name()
                && (queue.is_none() || finding.queue.as_deref() == queue)
        };
        let counting = Counting::Repair(Box::new(Rehearsal {
            request: repair.clone(),
            findings: last.health.findings.iter().filter(of).cloned().collect(),
            doctor,
            repairs,
            examiner: examiner.clone(),
        }));
        self.begin(inspector, What::Repair(repair), by, counting)
    }

    fn begin(
        &self,
        inspector: &Inspector,
        what: What,
        by: &str,
        counting: Counting,
    ) -> Result<Arc<Change>, Refused> {
        let total = counting.total();
        let (phase, phases) = watch::channel(Phase::Counting { seen: 0, total });
        let (wishes, wish) = watch::channel(Wish::Wait);
        let by = by.to_owned();
        let request = Request { what, by };
        let change = Arc::new(Change::new(request, inspector.now(), phases, wishes));
        self.keep(Arc::clone(&change))?;
        let runner = Runner {
            inspector: inspector.clone(),
            phase,
            wish,
        };
        tokio::spawn(runner.run(counting));
        Ok(change)
    }

    /// The change of this id.
    ///
    /// # Errors
    /// [`Refused::Unknown`].
    pub(crate) fn get(&self, id: ChangeId) -> Result<Arc<Change>, Refused> {
        let kept = self.kept();
        let found = kept.list.iter().find(|change| change.id == id);
        found.cloned().ok_or(Refused::Unknown)
    }

    /// All changes that were started, the newest first.
    pub(crate) fn list(&self) -> Vec<Arc<Change>> {
        let kept = self.kept();
        let started = kept.list.iter().rev().filter(|change| !change.is_preview());
        started.cloned().collect()
    }

    /// Starts a change whose preview showed this many tasks. One that was started already goes on as it is.
    ///
    /// # Errors
    /// If the viewer has seen another number, or too many changes are under way.
    pub(crate) fn start(&self, change: &Change, shown: u64, rate: Rate) -> Result<(), Refused> {
        let matching = match change.phase() {
            Phase::Ready(preview) => preview.total,
            Phase::Counting { .. } => return Err(Refused::Counting),
            Phase::Refused(error) => return Err(error.into()),
            Phase::Dropped => return Err(Refused::Unknown),
            Phase::Running(_) | Phase::Paused(_) | Phase::Away(..) | Phase::Over(_) => {
                return Ok(());
            }
        };
        if matching != shown {
            return Err(Refused::Stale {
                shown,
                matching,
                noun: change.request.what.noun(),
            });
        }
        // Under one lock: of changes that start at once, each counts those before it.
        let kept = self.kept();
        if !change.is_active() {
            kept.check()?;
            change.start(rate);
        }
        Ok(())
    }

    /// Stops all changes between two steps, and waits for them. No further one starts.
    #[cfg_attr(
        not(feature = "cli"),
        expect(dead_code, reason = "the program alone stops its changes")
    )]
    pub(crate) async fn close(&self) {
        let list = {
            let mut kept = self.kept();
            kept.closed = true;
            kept.list.clone()
        };
        for change in &list {
            change.quit();
        }
        for change in list {
            change.wait_for(Phase::is_final).await;
        }
    }

    fn keep(&self, change: Arc<Change>) -> Result<(), Refused> {
        let mut kept = self.kept();
        kept.check()?;
        kept.list.push(change);
        kept.forget(Change::is_preview, MAX_PREVIEWS);
        let ended = |change: &Change| !change.is_active() && !change.is_preview();
        kept.forget(ended, MAX_ENDED);
        Ok(())
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        // The list is whole after every statement, so a panic elsewhere has not damaged it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Whether one more change may count or change tasks.
    fn check(&self) -> Result<(), Refused> {
        if self.closed {
            return Err(Refused::Closed);
        }
        if self.list.iter().filter(|change| change.is_active()).count() >= MAX_ACTIVE {
            return Err(Refused::TooMany);
        }
        Ok(())
    }

    /// Forgets the oldest changes of this kind, except for so many.
    fn forget(&mut self, kind: impl Fn(&Change) -> bool, keep: usize) {
        let of_kind = self.list.iter().filter(|change| kind(change)).count();
        let mut surplus = of_kind.saturating_sub(keep);
        self.list.retain(|change| {
            let forget = surplus > 0 && kind(change);
            if forget {
                surplus -= 1;
                change.stop();
            }
            !forget
        });
    }
}
