//! One task that reads for all viewers.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use super::memory::Memory;
use super::tick::tick;
use crate::document::overview::Overview;
use crate::inspector::trouble::Thresholds;
use crate::inspector::{Error, Inspector};

/// The time between two ticks.
const TICK: Duration = Duration::from_secs(2);

/// A sample that is not older is shown without waiting for the next tick.
const FRESH: Duration = Duration::from_secs(4);

/// What viewers get after each tick. Clones are cheap.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample {
    /// The last overview; absent before the first.
    pub(crate) overview: Option<Arc<Overview>>,
    /// Why there is no newer one.
    pub(crate) outage: Option<Outage>,
    taken_at: Option<Instant>,
}

/// Redis does not answer, or refuses.
#[derive(Debug, Clone)]
pub(crate) struct Outage {
    pub(crate) error: Arc<Error>,
    /// The first of the failed ticks.
    pub(crate) since: DateTime<Utc>,
}

impl Sample {
    /// The overview, unless Redis does not answer.
    ///
    /// # Errors
    /// Why there is no newer one.
    pub(crate) fn current(self) -> Result<Arc<Overview>, Error> {
        match self.outage {
            Some(outage) => Err((*outage.error).clone()),
            None => Ok(self.overview.unwrap_or_default()),
        }
    }

    /// When it was taken; later samples are greater. Absent before the first.
    pub(crate) fn taken_at(&self) -> Option<Instant> {
        self.taken_at
    }

    #[cfg(test)]
    pub(crate) fn taken_now() -> Self {
        Self {
            taken_at: Some(Instant::now()),
            ..Self::default()
        }
    }

    /// Whether it was taken a few seconds ago. While nobody watches, no samples are taken.
    pub(crate) fn is_fresh(&self) -> bool {
        self.taken_at.is_some_and(|at| at.elapsed() <= FRESH)
    }
}

/// Reads the overview while somebody watches. Clones share the task, which ends with the last of them.
#[derive(Debug, Clone)]
pub(crate) struct Sampler {
    inspector: Inspector,
    thresholds: Arc<Thresholds>,
    shared: Arc<Shared>,
    /// Started for the first viewer.
    task: Arc<OnceLock<Task>>,
}

#[derive(Debug)]
struct Shared {
    samples: watch::Sender<Sample>,
    /// Somebody began to watch.
    watched: Notify,
}

#[derive(Debug)]
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Sampler {
    /// Prepares a sampler, which sends nothing until somebody watches.
    pub(crate) fn new(inspector: Inspector, thresholds: Thresholds) -> Self {
        Self {
            inspector,
            thresholds: Arc::new(thresholds),
            shared: Arc::new(Shared {
                samples: watch::Sender::new(Sample::default()),
                watched: Notify::new(),
            }),
            task: Arc::default(),
        }
    }

    /// The samples from now on. While a receiver exists, there is a tick every two seconds. It must be called within a Tokio
    /// runtime.
    pub(crate) fn watch(&self) -> watch::Receiver<Sample> {
        let samples = self.shared.samples.subscribe();
        self.shared.watched.notify_one();
        self.task.get_or_init(|| {
            let shared = Arc::clone(&self.shared);
            let thresholds = Arc::clone(&self.thresholds);
            Task(tokio::spawn(run(
                shared,
                self.inspector.clone(),
                thresholds,
            )))
        });
        samples
    }

    /// The last sample, however old it is.
    pub(crate) fn latest(&self) -> Sample {
        self.shared.samples.borrow().clone()
    }

    /// A sample that is at most a few seconds old.
    pub(crate) async fn fresh(&self) -> Sample {
        let mut samples = self.watch();
        // The sender lives as long as `self`.
        let fresh = samples.wait_for(Sample::is_fresh).await;
        fresh.map(|sample| sample.clone()).unwrap_or_default()
    }
}

async fn run(shared: Arc<Shared>, inspector: Inspector, thresholds: Arc<Thresholds>) {
    let mut memory = Memory::default();
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        while shared.samples.receiver_count() == 0 {
            shared.watched.notified().await;
        }
        ticks.tick().await;
        let now = inspector.now();
        let ticked = tick(&inspector, &mut memory, &thresholds, now).await;
        let overview = ticked.map(|()| {
            Arc::new(Overview {
                unknown: inspector.unknowns(),
                ..memory.overview(&thresholds, now)
            })
        });
        shared.samples.send_modify(|sample| {
            sample.taken_at = Some(Instant::now());
            match overview {
                Ok(overview) => {
                    sample.overview = Some(overview);
                    sample.outage = None;
                }
                Err(error) => {
                    let since = sample.outage.as_ref().map_or(now, |outage| outage.since);
                    let error = Arc::new(error);
                    sample.outage = Some(Outage { error, since });
                }
            }
        });
    }
}
