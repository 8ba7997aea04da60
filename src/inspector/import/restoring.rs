//! Stores the tasks of lines as they were elsewhere.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

use super::patience::Patience;
use super::rehearsed::Rehearsed;
use super::store::{Item, Placed, Store};
use crate::broker::records::Restorable;
use crate::broker::{Broker, Container, Error, Mode, Places, Restoration, Restored};
use crate::document::read::DocumentError;
use crate::document::task::TaskDocument;
use crate::task::{QueueName, State, TaskId};

/// The largest archive that Asynq keeps.
const ARCHIVE_LIMIT: u64 = 9999;

/// Stores the tasks of lines in the states that they had.
pub(crate) struct Restoring {
    broker: Broker,
    places: Mutex<Places>,
    active: AtomicU64,
    unreadable: AtomicU64,
    /// What a dry run has found to be stored.
    rehearsed: Option<Mutex<Rehearsed>>,
}

impl Restoring {
    pub(super) fn new(broker: Broker, mode: Mode) -> Self {
        Self {
            broker,
            places: Mutex::new(Places::new(mode)),
            rehearsed: mode.dry_run.then(Mutex::default),
            active: AtomicU64::new(0),
            unreadable: AtomicU64::new(0),
        }
    }

    /// Tasks stored as pending that were running when they were exported.
    pub(crate) fn active(&self) -> u64 {
        self.active.load(Ordering::Relaxed)
    }

    /// Tasks set aside because their messages cannot be decoded.
    pub(crate) fn unreadable(&self) -> u64 {
        self.unreadable.load(Ordering::Relaxed)
    }

    /// Forgets which tasks were stored, when all of them are and the input need not be repeated.
    pub(crate) async fn close(&self) -> Result<(), Error> {
        self.broker
            .forget_receipts(&*self.places.lock().await)
            .await
    }

    /// The queues whose archives hold more tasks than Asynq keeps, and how many.
    pub(crate) async fn full_archives(&self) -> Result<Vec<(QueueName, u64)>, Error> {
        let mut full = Vec::new();
        for queue in self.places.lock().await.queues() {
            let archive = Container::State(State::Archived);
            let size = self.broker.count(queue, &archive).await?;
            if size > ARCHIVE_LIMIT {
                full.push((queue.clone(), size));
            }
        }
        Ok(full)
    }

    fn note(&self, task: &Restorable) {
        if task.was_active {
            self.active.fetch_add(1, Ordering::Relaxed);
        }
        if task.is_unreadable {
            self.unreadable.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Sends tasks, again while Redis does not answer and patience lasts.
pub(super) async fn restored(
    broker: &Broker,
    mut restoration: Restoration<'_>,
    patience: &mut Patience<'_>,
) -> Vec<Result<Restored, Error>> {
    broker.restore(&mut restoration, broker.now()).await;
    while let Some(error) = restoration.unanswered() {
        if !patience.wait(error).await {
            break;
        }
        broker.restore(&mut restoration, broker.now()).await;
    }
    restoration.into_outcomes()
}

impl Item for Restorable {
    type Defaults = ();

    fn read(document: TaskDocument, (): &()) -> Result<Self, DocumentError> {
        let task = document.restorable()?;
        if !task.has_own_lock() {
            return Err(DocumentError::ForeignLock(task.queue.to_string()));
        }
        Ok(task)
    }

    fn id(&self) -> &TaskId {
        &self.id
    }

    fn queue(&self) -> &QueueName {
        &self.queue
    }
}

impl Store for Restoring {
    type Task = Restorable;
    // A batch that is sent again must not follow the next one: pending tasks keep their order.
    const MAX_BATCHES: usize = 1;

    async fn store(
        &self,
        tasks: &[Restorable],
        mut patience: Patience<'_>,
    ) -> Vec<Result<Placed, Error>> {
        let restoration = self.places.lock().await.restoration(tasks);
        let mut outcomes = restored(&self.broker, restoration, &mut patience).await;
        if let Some(rehearsed) = &self.rehearsed {
            rehearsed.lock().await.revise(tasks, &mut outcomes);
        }
        let outcomes = outcomes.into_iter().zip(tasks);
        outcomes
            .map(|(outcome, task)| {
                outcome.map(|restored| match restored {
                    Restored::Stored => {
                        self.note(task);
                        Placed::Stored(task.state)
                    }
                    Restored::Existing => Placed::Existing,
                    Restored::Gone => Placed::Gone,
                })
            })
            .collect()
    }
}
