//! Runs tasks. Knows nothing of terminals: what happens is told as [`Event`]s.
//!
//! | file | duty |
//! | --- | --- |
//! | `fetch` | free slots in, claimed tasks out |
//! | `queues` | how free slots are divided among queues |
//! | `wake` | new tasks wake an idle worker |
//! | `attempt` | one run of a task, from its start to its outcome |
//! | `settler` | writes outcomes, many at a time |
//! | `heartbeat` | presence and leases |
//! | `forward` | delayed tasks, when they are due |
//! | `recover` | what vanished workers have left |
//! | `janitor` | what is over |
//! | `aggregate` | groups that are ripe |
//! | `cancel` | what operators cancel |
//! | `phase` | how all of these stop |
//! | `hooks` | what a program with a worker in its own process has a say in |
//! | `handler`, `mux` | what runs a task, and which handler runs which type |
//! | `shell`, `capture`, `exit_codes` | the handler that is a command, its output, its exit status |
//! | `guardian` | that no command outlives the worker |

mod attempt;
mod claims;
mod duties;
mod duty;
pub(crate) mod event;
mod fetch;
pub mod handlers;
mod hooks;
mod outgoing;
mod phase;
mod queues;
mod running;
mod settler;
mod turns;
mod wake;
mod write;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;

pub use crate::worker::handlers::command::{DEFAULT_GRACE, Program, Shell};
pub use crate::worker::handlers::exit_codes::ExitCodes;
pub use crate::worker::handlers::mux::{Mux, Route, Unmatched};
pub use crate::worker::handlers::{Attempt, Handler, Stop, StopReason, Stopper};
pub use duties::aggregate::{Aggregator, Groups};
pub use event::{Ended, Event, Report, Reporter, TaskRef};
pub use hooks::{Hooks, OnFailure, RetryDelay};
pub use phase::{Control, Phase, Phases};
pub use queues::Queues;

use crate::broker::{Broker, Error, Presence};
use crate::clock;
use crate::task::QueueName;
use duties::{aggregate, cancelled, forward, heartbeat, janitor, recover};
use running::Register;
use wake::Wake;

/// How a worker works.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Tasks that may run at the same time.
    pub concurrency: usize,
    /// What it serves.
    pub queues: Queues,
    /// How long it waits for running tasks before it ends them.
    pub shutdown_timeout: Duration,
    /// End when the queues are empty.
    pub burst: bool,
    /// The host name to announce.
    pub host: String,
}

/// What the parts of a worker share.
pub(crate) struct Shared {
    broker: Broker,
    settings: Settings,
    mux: Mux,
    register: Register,
    attempts: Attempts,
    wake: Wake,
    phases: Phases,
    reporter: Reporter,
    hooks: Hooks,
}

impl Shared {
    /// The queues to look after: those served and every registered one.
    async fn maintained(&self) -> Result<Vec<QueueName>, Error> {
        let mut queues = self.broker.queues().await?;
        queues.extend(self.settings.queues.names().cloned());
        queues.sort();
        queues.dedup();
        Ok(queues)
    }
}

/// The attempts in flight, so that the end of the last one can be waited for.
#[derive(Debug, Default)]
struct Attempts(Mutex<JoinSet<()>>);

impl Attempts {
    fn lock(&self) -> std::sync::MutexGuard<'_, JoinSet<()>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn spawn(&self, attempt: impl Future<Output = ()> + Send + 'static) {
        let mut set = self.lock();
        // Those that have ended are let go here; nobody else asks for them before the end.
        while set.try_join_next().is_some() {}
        set.spawn(attempt);
    }

    fn take(&self) -> JoinSet<()> {
        std::mem::take(&mut *self.lock())
    }
}

/// A worker, ready to run.
pub struct Worker {
    broker: Broker,
    settings: Settings,
    mux: Mux,
    reporter: Reporter,
    hooks: Hooks,
    groups: Option<Groups>,
}

impl Worker {
    /// A worker that tells `reporter` what happens.
    pub fn new(broker: Broker, settings: Settings, mux: Mux, reporter: Reporter) -> Self {
        Self {
            broker,
            settings,
            mux,
            reporter,
            hooks: Hooks::default(),
            groups: None,
        }
    }

    /// The same worker with these hooks.
    #[must_use]
    pub fn with_hooks(mut self, hooks: Hooks) -> Self {
        self.hooks = hooks;
        self
    }

    /// The same worker, which also merges the groups of its queues. Without this it leaves them alone.
    #[must_use]
    pub fn with_groups(mut self, groups: Groups) -> Self {
        self.groups = Some(groups);
        self
    }

    /// Runs until `control` is moved to draining, or until a burst is over, and everything is settled.
    pub async fn run(self, control: Control) {
        let phases = control.phases();
        let presence = presence(&self.settings);
        let shared = Arc::new(Shared {
            broker: self.broker,
            settings: self.settings,
            mux: self.mux,
            register: Register::default(),
            attempts: Attempts::default(),
            wake: Wake::default(),
            phases: phases.clone(),
            reporter: self.reporter,
            hooks: self.hooks,
        });
        let (intake, outgoing) = settler::intake();
        let patience = shared.settings.shutdown_timeout;
        let settler = tokio::spawn(settler::settle_all(Arc::clone(&shared), outgoing, patience));
        let mut duties = JoinSet::new();
        duties.spawn(heartbeat::beat(Arc::clone(&shared), presence));
        duties.spawn(cancelled::listen(Arc::clone(&shared)));
        duties.spawn(forward::forward(Arc::clone(&shared)));
        duties.spawn(recover::recover(Arc::clone(&shared)));
        duties.spawn(janitor::clean(Arc::clone(&shared)));
        if let Some(groups) = self.groups {
            duties.spawn(aggregate::aggregate(Arc::clone(&shared), groups));
        }
        for queue in shared.settings.queues.names() {
            duties.spawn(wake::watch_queue(Arc::clone(&shared), queue.clone()));
        }
        shared.reporter.report(Event::Ready);

        fetch::fetch(Arc::clone(&shared), intake).await;
        wind_down(&shared, &control).await;
        // The last intake is gone with the last attempt, so the settler ends when all is written.
        drop(settler.await);
        control.advance(Phase::Over);
        while duties.join_next().await.is_some() {}
        shared.reporter.report(Event::Phase(Phase::Over));
    }
}

/// Waits for the attempts in flight, as long as the phase allows.
async fn wind_down(shared: &Shared, control: &Control) {
    let mut phases = shared.phases.clone();
    let mut attempts = shared.attempts.take();
    if phases.current() < Phase::Stopped {
        // A burst is over: nothing runs any more.
        control.advance(Phase::Draining);
    }
    if phases.current() == Phase::Stopped {
        shared.reporter.report(Event::Phase(Phase::Stopped));
        phases.reached(Phase::Draining).await;
    }
    shared.reporter.report(Event::Phase(Phase::Draining));
    tokio::select! {
        () = all_ended(&mut attempts) => return,
        () = tokio::time::sleep(shared.settings.shutdown_timeout) => {}
        () = phases.reached(Phase::Aborting) => {}
    }
    control.advance(Phase::Aborting);
    shared.reporter.report(Event::Phase(Phase::Aborting));
    shared.register.stop_all(StopReason::Aborted);
    all_ended(&mut attempts).await;
}

async fn all_ended(attempts: &mut JoinSet<()>) {
    while attempts.join_next().await.is_some() {}
}

fn presence(settings: &Settings) -> Presence {
    let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let queues: BTreeMap<String, i32> = settings
        .queues
        .all()
        .iter()
        .map(|(queue, weight)| (queue.to_string(), number(*weight)))
        .collect();
    Presence {
        host: settings.host.clone(),
        pid: number(std::process::id()),
        server_id: uuid::Uuid::new_v4().to_string(),
        concurrency: i32::try_from(settings.concurrency).unwrap_or(i32::MAX),
        queues,
        strict: matches!(settings.queues, Queues::Strict(_)),
        started_at: clock::now(),
    }
}
