//! Finds out what would become of new tasks, and stores none.

use tokio::sync::Mutex;

use super::enqueuing::accept_existing;
use super::lines::OnConflict;
use super::patience::Patience;
use super::rehearsed::Rehearsed;
use super::restoring::restored;
use super::store::{Placed, Store};
use crate::broker::records::Restorable;
use crate::broker::{Broker, Error, Mode, Places, Restored};
use crate::task::{Invalid, NewTask};

/// How new tasks are looked at: whether an import has stored them before does not matter.
const LOOK: Mode = Mode {
    again: true,
    dry_run: true,
};

/// Checks the tasks of lines as [`Enqueuing`](super::Enqueuing) would enqueue them.
pub(crate) struct Rehearsing {
    broker: Broker,
    on_conflict: OnConflict,
    /// What was found to be enqueued so far.
    rehearsed: Mutex<Rehearsed>,
}

impl Rehearsing {
    pub(super) fn new(broker: Broker, on_conflict: OnConflict) -> Self {
        Self {
            broker,
            on_conflict,
            rehearsed: Mutex::default(),
        }
    }
}

impl Store for Rehearsing {
    type Task = NewTask;
    // A line must not be checked before those above it.
    const MAX_BATCHES: usize = 1;

    async fn store(
        &self,
        tasks: &[NewTask],
        mut patience: Patience<'_>,
    ) -> Vec<Result<Placed, Error>> {
        let now = self.broker.now();
        let looked = tasks.iter().map(|task| Restorable::new(task, now));
        let looked: Vec<Result<Restorable, Invalid>> = looked.collect();
        let valid: Vec<Restorable> = looked.iter().flatten().cloned().collect();
        let restoration = Places::new(LOOK).restoration(&valid);
        let mut found = restored(&self.broker, restoration, &mut patience)
            .await
            .into_iter();
        let outcome = |task: &Result<Restorable, Invalid>| match task {
            Err(invalid) => Some(Err(invalid.clone().into())),
            Ok(task) => found.next().map(|found| placed(task, found)),
        };
        let mut outcomes: Vec<_> = looked.iter().filter_map(outcome).collect();
        let ignores = self.on_conflict == OnConflict::Ignore;
        if ignores {
            accept_existing(&self.broker, tasks, &mut outcomes, &mut patience).await;
        }
        let mut rehearsed = self.rehearsed.lock().await;
        for (task, outcome) in looked.iter().zip(&mut outcomes) {
            if let (Ok(task), Ok(Placed::Stored(_))) = (task, &*outcome) {
                *outcome = match placed(task, rehearsed.store(task)) {
                    // The task in the way is the one of a line above.
                    Err(Error::IdTaken { .. } | Error::Duplicate { .. }) if ignores => {
                        Ok(Placed::Existing)
                    }
                    outcome => outcome,
                };
            }
        }
        outcomes
    }
}

/// What becomes of a new task. To enqueue one that is there already is an error, even if it is the same.
fn placed(task: &Restorable, found: Result<Restored, Error>) -> Result<Placed, Error> {
    match found? {
        Restored::Stored => Ok(Placed::Stored(task.state)),
        Restored::Existing | Restored::Gone if task.lock.is_some() => Err(task.duplicate()),
        Restored::Existing | Restored::Gone => Err(task.id_taken()),
    }
}
