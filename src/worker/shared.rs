//! What the parts of a worker share.

use std::sync::Arc;

use super::Hooks;
use super::current_mux::CurrentMux;
use super::event::{Event, Reporter};
use super::handlers::mux::Kept;
use super::logs::Logs;
use super::phase::Phases;
use super::readiness::Readiness;
use super::running::Register;
use super::settings::Settings;
use super::spawned::Spawned;
use super::wake::Wake;
use crate::broker::{Broker, Error};
use crate::task::transition::{Outcome, RetryPolicy, Settlement, judge};
use crate::task::{Message, QueueName, TaskId};

/// What the parts of a worker share.
pub(crate) struct Shared {
    pub(crate) broker: Broker,
    /// Random: names this worker in Redis.
    pub(crate) server_id: String,
    pub(crate) settings: Settings,
    pub(crate) mux: CurrentMux,
    pub(crate) kept: Arc<Kept>,
    pub(crate) register: Register,
    /// The attempts in flight.
    pub(crate) attempts: Spawned,
    pub(crate) wake: Wake,
    pub(crate) phases: Phases,
    pub(crate) readiness: Readiness,
    pub(crate) reporter: Reporter,
    pub(crate) hooks: Hooks,
    pub(crate) logs: Logs,
}

impl Shared {
    /// Reports ids that were set aside.
    pub(crate) fn report_aside(&self, queue: &QueueName, ids: Vec<TaskId>) {
        if !ids.is_empty() {
            let queue = queue.clone();
            self.reporter.report(Event::SetAside { queue, ids });
        }
    }

    /// The settlement for the outcome of an attempt that ends now.
    pub(crate) fn judge(
        &self,
        message: &Message,
        outcome: Outcome,
        policy: &RetryPolicy,
    ) -> Settlement {
        judge(message, outcome, policy, self.broker.now(), fastrand::f64())
    }

    /// The queues to maintain: those of this worker and, for one of the workers, all registered ones. If each did that,
    /// they would cost Redis the product of both numbers.
    pub(crate) async fn maintained(&self) -> Result<Vec<QueueName>, Error> {
        let mut queues: Vec<_> = self.settings.queues.names().cloned().collect();
        if self.broker.take_care(&self.server_id).await? {
            queues.extend(self.broker.queues().await?);
        }
        queues.sort();
        queues.dedup();
        Ok(queues)
    }
}
