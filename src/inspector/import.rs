//! Imports a stream of task documents in batches, of which several are in flight at a time.
//!
//! What becomes of a line is a [`Store`]'s: a new task, or a task as it was elsewhere. A batch without an answer is sent again;
//! its receipts keep its tasks from being stored twice. Memory is bounded by
//! the size of a few batches, whatever the length of the input.

mod enqueuing;
mod lines;
mod outcome;
mod patience;
mod rehearsed;
mod rehearsing;
mod restoring;
mod sender;
mod store;

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesOrdered, StreamExt as _};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

pub(crate) use enqueuing::Enqueuing;
pub(crate) use lines::{ImportOptions, LineError, OnConflict, OnError};
pub(crate) use outcome::{ImportEnd, ImportOutcome, LineFailure, LineOutcome};
pub(crate) use rehearsing::Rehearsing;
pub(crate) use restoring::Restoring;
pub(crate) use store::{Placed, Store};

pub(crate) use crate::broker::Mode;

use super::error::Error;
use super::resends::{RESEND_LIMIT, Resends};
use super::{Access, Inspector};
use crate::backoff::Outage;
use crate::broker;
use crate::document::read::Defaults;
use lines::{Batch, MAX_BATCH_BYTES};
use outcome::Tally;
use sender::{Sender, Sent};
use store::DefaultsOf;

/// How long a stopped import waits for batches in flight.
const STOP_GRACE: Duration = Duration::from_secs(5);

/// What an import reports while it runs.
#[derive(Debug)]
pub(crate) enum ImportEvent {
    /// The outcomes of consecutive lines.
    Lines(Vec<LineOutcome>),
    /// Redis does not answer, and batches are sent again for [`RESEND_LIMIT`]. Reported once.
    Retrying(broker::Error),
}

/// A running import.
pub(crate) struct Import<S: Store> {
    sender: Arc<Sender<S>>,
    outages: mpsc::Receiver<broker::Error>,
    batches: mpsc::Receiver<io::Result<Batch<S>>>,
    under_way: FuturesOrdered<BoxFuture<'static, Sent<S>>>,
    /// The bytes of each batch in flight.
    weights: VecDeque<usize>,
    /// When a stopped import gives up waiting.
    stopped: Option<Instant>,
    tally: Tally,
}

impl Inspector {
    /// Connects to Redis. If it does not answer, tries again for [`RESEND_LIMIT`]; `on_outage` gets the first error.
    ///
    /// # Errors
    /// Those of [`Inspector::connect`].
    pub(crate) async fn connect_patiently(
        settings: broker::Settings,
        access: Access,
        on_outage: impl Fn(&Error),
    ) -> Result<Self, Error> {
        let mut resends = Resends::within(RESEND_LIMIT);
        let mut outage = Outage::default();
        loop {
            let connected = Self::connect(settings.clone(), access).await;
            let passing = connected.as_ref().err().filter(|error| error.passing());
            let (Some(error), Some(pause)) = (passing, resends.next()) else {
                return connected;
            };
            if outage.begins() {
                on_outage(error);
            }
            sleep(pause).await;
        }
    }

    /// Starts to enqueue task documents, one per line of the input. A thread of its own reads the input.
    ///
    /// # Errors
    /// [`Error::ReadOnly`].
    pub(crate) fn import(
        &self,
        input: impl Read + Send + 'static,
        options: ImportOptions<Defaults>,
    ) -> Result<Import<Enqueuing>, Error> {
        let broker = self.broker_to_enqueue()?.clone();
        let on_conflict = options.on_conflict;
        let enqueuing = Enqueuing {
            broker,
            on_conflict,
        };
        Ok(Import::new(enqueuing, input, options))
    }

    /// Starts to check task documents as [`Inspector::import`] would enqueue them. None is enqueued.
    pub(crate) fn rehearse(
        &self,
        input: impl Read + Send + 'static,
        options: ImportOptions<Defaults>,
    ) -> Import<Rehearsing> {
        let rehearsing = Rehearsing::new(self.broker().clone(), options.on_conflict);
        Import::new(rehearsing, input, options)
    }

    /// Starts to store the tasks that documents describe in their states, as [`Inspector::import`] starts to enqueue them.
    ///
    /// # Errors
    /// [`Error::ReadOnly`] unless it is a dry run.
    pub(crate) fn restore(
        &self,
        input: impl Read + Send + 'static,
        options: ImportOptions<()>,
        mode: Mode,
    ) -> Result<Import<Restoring>, Error> {
        if !mode.dry_run {
            self.access.allow("import")?;
        }
        let restoring = Restoring::new(self.broker().clone(), mode);
        Ok(Import::new(restoring, input, options))
    }
}

impl<S: Store> Import<S> {
    fn new(
        store: S,
        input: impl Read + Send + 'static,
        options: ImportOptions<DefaultsOf<S>>,
    ) -> Self {
        let (report, outages) = mpsc::channel(1);
        Self {
            sender: Arc::new(Sender::new(store, report)),
            outages,
            tally: Tally::new(&options),
            batches: lines::read(input, options),
            under_way: FuturesOrdered::new(),
            weights: VecDeque::new(),
            stopped: None,
        }
    }

    /// Where the tasks are stored.
    pub(crate) fn store(&self) -> Arc<S> {
        Arc::clone(&self.sender.store)
    }

    /// The next event; `None` at the end. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Option<ImportEvent> {
        loop {
            let reads = self.tally.end.is_none() && !self.tally.line_failed;
            if !reads && self.under_way.is_empty() {
                return None;
            }
            let weight: usize = self.weights.iter().sum();
            let room = self.under_way.is_empty()
                || (self.under_way.len() < S::MAX_BATCHES
                    && weight < MAX_BATCH_BYTES * S::MAX_BATCHES);
            tokio::select! {
                biased;
                Some(error) = self.outages.recv() => return Some(ImportEvent::Retrying(error)),
                () = sleep_until(self.stopped.unwrap_or_else(Instant::now)), if self.stopped.is_some() => {
                    // The batches in flight stay without an answer.
                    return None;
                }
                Some(sent) = self.under_way.next(), if !self.under_way.is_empty() => {
                    self.weights.pop_front();
                    return Some(ImportEvent::Lines(self.tally.add(sent)));
                }
                batch = self.batches.recv(), if reads && room => match batch {
                    Some(Ok(batch)) => {
                        self.weights.push_back(batch.weight);
                        self.tally.outcome.sent_through = batch.through;
                        let sender = Arc::clone(&self.sender);
                        self.under_way.push_back(Box::pin(sender.send(batch)));
                    }
                    Some(Err(error)) => self.tally.end = Some(ImportEnd::Unreadable(error)),
                    None => self.tally.end = Some(ImportEnd::Input),
                },
            }
        }
    }

    /// Stops reading. Batches in flight are waited for, up to [`STOP_GRACE`].
    pub(crate) fn stop(&mut self) {
        self.tally.stop();
        self.stopped.get_or_insert(Instant::now() + STOP_GRACE);
    }

    /// The outcome of the whole import.
    pub(crate) fn finish(self) -> ImportOutcome {
        self.tally.finish()
    }
}
