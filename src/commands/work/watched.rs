//! Who hears of a worker's events: the log, the service manager, and whoever asks for its health or its figures.

use std::sync::Arc;

use super::journal::Journal;
use super::listen::{self, Observed};
use super::metrics::Metrics;
use super::service::Service;
use crate::config::WorkerPlan;
use crate::output::Log;
use crate::web::Listener;
use crate::worker::event::Reporter;
use crate::worker::{Control, Phase, Queues};

/// What is known from events.
pub(super) struct Watched {
    pub(super) journal: Arc<Journal>,
    listeners: Vec<Listener>,
    observed: Observed,
}

impl Watched {
    /// Opens the address, before the worker starts.
    pub(super) async fn open(plan: &WorkerPlan, redis: &str) -> anyhow::Result<Self> {
        Ok(Self {
            journal: Arc::new(Journal::new(facts(plan, redis))),
            listeners: listen::opened(plan.listen.as_ref()).await?,
            observed: Observed {
                health: Arc::default(),
                metrics: Arc::new(Metrics::new(plan.concurrency)),
            },
        })
    }

    /// Writes the log, and passes events on to the service manager and to those who listen.
    pub(super) fn reporter(&self, log: &Log, service: Arc<Service>) -> Reporter {
        let write = log.writer();
        let journal = Arc::clone(&self.journal);
        let for_endpoints = (!self.listeners.is_empty()).then(|| self.observed.clone());
        Reporter::new(move |report| {
            service.tell(report);
            if let Some(observed) = &for_endpoints {
                observed.observe(report);
            }
            journal.lines(report).into_iter().for_each(&write);
        })
    }

    /// Answers until the worker is over.
    pub(super) async fn answer(self, control: Control) {
        let mut phases = control.phases();
        let over = async move { phases.reached(Phase::Over).await };
        listen::answer(self.listeners, self.observed, over).await;
    }
}

/// The facts in the line `ready`.
fn facts(plan: &WorkerPlan, redis: &str) -> String {
    let (order, queues) = match &plan.queues {
        Queues::Strict(queues) => (" (strict)", queues),
        Queues::Weighted(queues) => ("", queues),
    };
    let queues: Vec<String> = queues
        .iter()
        .map(|(queue, weight)| format!("{}={weight}", queue.as_str()))
        .collect();
    let handlers: Vec<&str> = plan
        .handlers
        .iter()
        .map(|one| one.pattern.as_str())
        .collect();
    let groups: Vec<&str> = plan.groups.iter().map(|one| one.pattern.as_str()).collect();
    let groups = match groups.as_slice() {
        [] => String::new(),
        groups => format!(", groups {}", groups.join(" ")),
    };
    format!(
        "qctl {}, {redis}, queues {}{order}, concurrency {}, handlers {}{groups}",
        env!("CARGO_PKG_VERSION"),
        queues.join(" "),
        plan.concurrency,
        handlers.join(" "),
    )
}
