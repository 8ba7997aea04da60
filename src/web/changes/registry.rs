//! The changes that are kept, and how many there may be.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::change::{Change, ChangeId, Rate, Wish};
use super::phase::Phase;
use super::request::Request;
use super::runner::Runner;
use crate::inspector::{Error, Inspector, Options};

/// Changes that count or change tasks at the same time.
const MAX_ACTIVE: usize = 4;

/// How long a change waits for a Redis that does not answer. The receipts of steps last five minutes.
const OUTAGE_LIMIT: Duration = Duration::from_secs(4 * 60);

/// Previews that are kept. Each takes nine bytes per task.
const MAX_PREVIEWS: usize = 10;

/// Changes that are kept after their end. The audit list keeps more.
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
    #[error("{} tasks match now, not {shown}", .matching)]
    Stale { shown: u64, matching: u64 },
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
        request: Request,
    ) -> Result<Arc<Change>, Refused> {
        self.kept().check()?;
        let options = Options {
            allow_trim: request.allow_trim,
            resend_limit: OUTAGE_LIMIT,
            ..Options::default()
        };
        let count = inspector.count(request.action, &request.selection, options);
        let count = count.await?;
        let total = count.total();
        let (phase, phases) = watch::channel(Phase::Counting { seen: 0, total });
        let (wishes, wish) = watch::channel(Wish::Wait);
        let change = Arc::new(Change::new(request, inspector.now(), phases, wishes));
        let runner = Runner {
            inspector: inspector.clone(),
            phase,
            wish,
        };
        self.keep(Arc::clone(&change))?;
        tokio::spawn(runner.run(count));
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
            return Err(Refused::Stale { shown, matching });
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
