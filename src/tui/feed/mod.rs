//! Loads what the dashboard shows, and performs its changes. Each runs as a task of its own, so that keys are always
//! answered.

mod change;
mod doctor;
mod edit;
mod list;
mod load;
mod perform;
mod total;
mod typed;

use std::ops::ControlFlow;
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Mutex, oneshot, watch};
use tokio::task::{AbortHandle, JoinError, JoinSet};

use self::total::Totals;
use self::typed::Typed;
use super::message::{Event, Operation, Problem};
use super::place::Place;
use crate::failure::Failure;
use crate::inspector::Inspector;
use crate::inspector::doctor::{Doctor, Scope};
use crate::inspector::overview::Sampler;
use crate::inspector::trouble::Thresholds;

/// Where data comes from and changes go to.
#[derive(Debug)]
pub(super) struct Feed {
    inspector: Inspector,
    sampler: Sampler,
    totals: Totals,
    /// The user, as the history of schedules shows it.
    user: String,
    events: UnboundedSender<Event>,
    tasks: JoinSet<()>,
    load: Option<AbortHandle>,
    look: Option<AbortHandle>,
    /// The last whole look of the doctor, or one that has seen nothing yet.
    examined: Arc<Mutex<Doctor>>,
    change: Option<Running>,
    /// What was typed in an editor, until the change begins that it is for.
    typed: Option<Typed>,
}

/// A change that was begun.
#[derive(Debug)]
struct Running {
    /// Says that it may start; dropped when it may not.
    start: Option<oneshot::Sender<()>>,
    stop: watch::Sender<bool>,
}

impl Feed {
    pub(super) fn new(
        inspector: Inspector,
        thresholds: Thresholds,
        user: String,
        events: UnboundedSender<Event>,
    ) -> Self {
        Self {
            sampler: Sampler::new(inspector.clone(), thresholds),
            totals: Totals::default(),
            user,
            events,
            tasks: JoinSet::new(),
            load: None,
            look: None,
            examined: Arc::new(Mutex::new(inspector.doctor(Scope::default()))),
            inspector,
            change: None,
            typed: None,
        }
    }

    /// Loads a place, and drops what was being loaded.
    pub(super) fn load(&mut self, place: Place, rows: usize) {
        if let Some(load) = self.load.take() {
            load.abort();
        }
        let (inspector, events) = (self.inspector.clone(), self.events.clone());
        let (sampler, totals) = (self.sampler.clone(), self.totals.clone());
        self.load = Some(self.tasks.spawn(async move {
            let loaded = load::load((&inspector, &sampler, &totals), &place, rows).await;
            let loaded = loaded.map_err(Problem::from);
            // Fails only when the dashboard has ended.
            events.send(Event::Loaded(place, loaded)).ok();
        }));
    }

    /// Performs an operation, and reports its end with this number.
    pub(super) fn perform(&mut self, number: u64, operation: Operation) {
        let (inspector, events) = (self.inspector.clone(), self.events.clone());
        let user = self.user.clone();
        let typed = match operation {
            Operation::EnqueueCopy(_) => self.typed.take(),
            Operation::PauseQueue(_)
            | Operation::ResumeQueue(_)
            | Operation::RunSchedule(_)
            | Operation::PauseSchedule(_)
            | Operation::ResumeSchedule(_)
            | Operation::RemoveSchedule(_) => None,
        };
        self.tasks.spawn(async move {
            let result = perform::perform(&inspector, operation, &user).await;
            let unused = match (typed, &result) {
                (Some(typed), Ok(_)) => {
                    typed.discard();
                    None
                }
                (typed, _) => typed,
            };
            let result = result.map_err(Failure::from);
            // Fails only when the dashboard has ended.
            events.send(Event::Performed(number, result)).ok();
            // What has failed is followed by where the text is.
            drop(unused);
        });
    }

    /// Waits for a task to end. A panic in one is a panic of the dashboard.
    pub(super) async fn watch(&mut self) -> ControlFlow<()> {
        match self.tasks.join_next().await {
            Some(ended) => {
                propagate(ended);
                ControlFlow::Continue(())
            }
            None => ControlFlow::Break(()),
        }
    }

    /// Stops the change after its present step, and waits for that and for other operations.
    pub(super) async fn finish(&mut self) {
        for reading in [self.load.take(), self.look.take()].into_iter().flatten() {
            reading.abort();
        }
        self.stop();
        self.keep_text();
        while self.watch().await.is_continue() {}
    }

    /// Ends what [`Feed::finish`] would wait for. What was typed for it is kept.
    pub(super) async fn give_up(&mut self) {
        self.tasks.shutdown().await;
    }
}

fn propagate(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && let Ok(panic) = error.try_into_panic()
    {
        std::panic::resume_unwind(panic);
    }
}
