//! Figures of a worker for Prometheus.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use prometheus_client::encoding::prometheus_text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::worker::event::{Ended, Event, Report, TaskRef};

/// More types than this are counted together: they come from whoever may enqueue.
const MAX_TYPES: usize = 200;

/// Stands for the types beyond those.
const OTHER_TYPES: &str = "(other types)";

type Labels<const N: usize> = [(&'static str, String); N];

/// The figures, as events change them.
pub(super) struct Metrics {
    registry: Registry,
    types: Mutex<BTreeSet<String>>,
    attempts: Family<Labels<2>, Counter>,
    seconds: Family<Labels<1>, Histogram>,
    waits: Family<Labels<1>, Histogram>,
    running: Family<Labels<1>, Gauge>,
    discarded: Family<Labels<1>, Counter>,
    recovered: Counter,
    merges: Family<Labels<1>, Counter>,
    failures: Family<Labels<1>, Counter>,
    reloads: Family<Labels<1>, Counter>,
    hooks_lost: Family<Labels<1>, Counter>,
}

impl Metrics {
    pub(super) fn new(concurrency: usize) -> Self {
        let seconds = || Histogram::new(exponential_buckets(0.001, 4.0, 10));
        let short = || Histogram::new(exponential_buckets(0.000_25, 4.0, 12));
        let slots: Gauge = Gauge::default();
        slots.set(i64::try_from(concurrency).unwrap_or(i64::MAX));
        let mut metrics = Self {
            registry: Registry::with_prefix("qctl_worker"),
            types: Mutex::default(),
            attempts: Family::default(),
            seconds: Family::new_with_constructor(seconds as fn() -> Histogram),
            waits: Family::new_with_constructor(short as fn() -> Histogram),
            running: Family::default(),
            discarded: Family::default(),
            recovered: Counter::default(),
            merges: Family::default(),
            failures: Family::default(),
            reloads: Family::default(),
            hooks_lost: Family::default(),
        };
        metrics.register(slots);
        metrics
    }

    fn register(&mut self, slots: Gauge) {
        let registry = &mut self.registry;
        registry.register("slots", "Tasks that may run at the same time", slots);
        registry.register("running", "Running tasks", self.running.clone());
        registry.register(
            "attempts",
            "Attempts that have ended, by outcome",
            self.attempts.clone(),
        );
        registry.register(
            "attempt_seconds",
            "How long attempts ran",
            self.seconds.clone(),
        );
        registry.register(
            "pending_seconds",
            "How long the first task of each claim had been pending",
            self.waits.clone(),
        );
        registry.register(
            "discarded",
            "Tasks completed without running anything",
            self.discarded.clone(),
        );
        registry.register(
            "recovered",
            "Tasks of vanished workers that were recovered",
            self.recovered.clone(),
        );
        registry.register(
            "merges",
            "Merges of the tasks of a group into one task, by outcome",
            self.merges.clone(),
        );
        registry.register(
            "duty_failures",
            "Times that a duty began to fail",
            self.failures.clone(),
        );
        registry.register(
            "reloads",
            "Times that the configuration was read again and had changed, by outcome",
            self.reloads.clone(),
        );
        registry.register(
            "hooks_lost",
            "Hooks that were not run or did not end, by handler",
            self.hooks_lost.clone(),
        );
    }

    pub(super) fn observe(&self, report: &Report) {
        match &report.event {
            Event::Waited { queue, waited } => {
                let queue = [("queue", queue.to_string())];
                let waits = self.waits.get_or_create(&queue);
                waits.observe(waited.as_secs_f64());
            }
            Event::Started(task) => drop(self.running.get_or_create(&self.kind(task)).inc()),
            Event::Finished { task, ended, took } => {
                self.seconds
                    .get_or_create(&self.kind(task))
                    .observe(took.as_secs_f64());
                self.ended(task, word(ended));
            }
            Event::OutcomeLost(task) => self.ended(task, "outcome_lost"),
            Event::Discarded { queue, tasks } => {
                let queue = [("queue", queue.to_string())];
                self.discarded.get_or_create(&queue).inc_by(*tasks as u64);
            }
            Event::Recovered { .. } => drop(self.recovered.inc()),
            Event::Merged { .. } => by_outcome(&self.merges, "merged"),
            Event::NotMerged { .. } => by_outcome(&self.merges, "failed"),
            Event::DutyFailed { duty, .. } => {
                self.failures
                    .get_or_create(&[("duty", (*duty).to_owned())])
                    .inc();
            }
            Event::Reloaded(_) => by_outcome(&self.reloads, "reloaded"),
            Event::ReloadRefused { .. } => by_outcome(&self.reloads, "refused"),
            Event::HooksLost(lost) => {
                let handler = [("handler", lost.handler().to_owned())];
                let lost = lost.hooks() as u64;
                self.hooks_lost.get_or_create(&handler).inc_by(lost);
            }
            Event::Ready
            | Event::Phase(_)
            | Event::HandlerPaused { .. }
            | Event::HandlerResumed { .. }
            | Event::SetAside { .. }
            | Event::ClockDiffers { .. }
            | Event::Handler(_)
            | Event::DutyRecovered { .. } => {}
        }
    }

    fn ended(&self, task: &TaskRef, outcome: &str) {
        let [kind] = self.kind(task);
        self.attempts
            .get_or_create(&[kind.clone(), ("outcome", outcome.to_owned())])
            .inc();
        self.running.get_or_create(&[kind]).dec();
    }

    fn kind(&self, task: &TaskRef) -> Labels<1> {
        let mut types = self.types.lock().unwrap_or_else(PoisonError::into_inner);
        let known = types.contains(&task.kind);
        if !known && types.len() < MAX_TYPES {
            types.insert(task.kind.clone());
        } else if !known {
            return [("type", OTHER_TYPES.to_owned())];
        }
        [("type", task.kind.clone())]
    }

    /// The text for a scrape. Writing to a string cannot fail.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.registry).unwrap_or_default();
        text
    }
}

fn by_outcome(counters: &Family<Labels<1>, Counter>, outcome: &str) {
    let outcome = [("outcome", outcome.to_owned())];
    counters.get_or_create(&outcome).inc();
}

const fn word(ended: &Ended) -> &'static str {
    match ended {
        Ended::Done => "done",
        Ended::ResultTooLarge { .. } => "result_too_large",
        Ended::Retry { .. } => "retry",
        Ended::Released { .. } => "released",
        Ended::Archived { .. } => "archived",
        Ended::Requeued => "requeued",
        Ended::LeaseLost => "lease_lost",
    }
}
