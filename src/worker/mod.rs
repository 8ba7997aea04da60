//! Runs tasks. Knows nothing of terminals: what happens is reported as [`Event`]s.
//!
//! What the parts pass to each other:
//!
//! ```text
//!          rings            Found             Attempt, Stop
//!   wake ─────────► fetch ─────────► attempt ───────────────► handler
//!                    ▲ │                │ ◄──────────────────
//!                    │ │ Outgoing       │   result or Failure
//!     slot and turn, │ └───────────┐    │ Outgoing
//!     once it is     │             ▼    ▼
//!     handed over    └───────────  settler ─────► write ─────► broker
//!
//!   heartbeat, cancelled, wind_down ───── Stopper, Lease ────► attempts in the register (`running`)
//!   forward, recover, janitor, aggregate ────────────────────► broker
//!   each of them ─────────────── Report ─────────────────────► reporter
//!   control ──────────────────── Phase ──────────────────────► each of them
//! ```
//!
//! | file | purpose |
//! | --- | --- |
//! | `fetch`, `claims` | claims tasks for free slots; one round of claims over all queues |
//! | `queues`, `turns`, `seats`, `room`, `gate` | how slots are divided among queues; handlers with a limit, little room, or a reason to keep tasks away |
//! | `current_mux` | the handlers, which can be replaced |
//! | `quota`, `contact` | limits across workers; whether the server with their places answers |
//! | `groups`, `merge` | which groups are merged, and by what; a command for that |
//! | `wake`, `queue_watch` | which queues may have pending tasks; watches the others |
//! | `attempt`, `running` | one run of a task; all current ones, and their leases |
//! | `rehearsal` | the same for a task that is only tried: nothing is written |
//! | `outgoing`, `settler`, `write` | an outcome; keeps outcomes until they are written; writes many in one go |
//! | `duty`, `duties/*` | work at intervals: heartbeat, due tasks, recovery, cleaning, groups; cancellations; places handed back |
//! | `handlers/*` | handlers: the trait, the choice by type, commands and their guardian |
//! | `readiness`, `phase`, `wind_down` | when the worker is ready; how all of these stop |
//! | `event`, `hooks`, `logs` | reports; callbacks of a program that embeds a worker; what attempts print |
//! | `settings`, `timing` | settings; leases and intervals |
//! | `shared`, `spawned` | what these parts share; futures that the end of the worker waits for |

mod attempt;
mod claims;
mod contact;
mod current_mux;
mod duties;
mod duty;
pub(crate) mod event;
mod fetch;
pub(crate) mod gate;
mod groups;
pub mod handlers;
mod hooks;
mod logs;
#[cfg(feature = "cli")]
pub(crate) mod merge;
mod outgoing;
mod phase;
mod queue_watch;
mod queues;
mod quota;
mod readiness;
#[cfg(feature = "cli")]
pub(crate) mod rehearsal;
mod room;
mod running;
mod seats;
mod settings;
mod settler;
mod shared;
mod spawned;
mod timing;
mod turns;
mod wake;
mod wind_down;
mod write;

use std::sync::Arc;

use chrono::TimeDelta;
use tokio::task::JoinSet;

pub use crate::broker::Rate;
pub use crate::worker::handlers::command::{DEFAULT_GRACE, Program, Shell};
pub use crate::worker::handlers::exit_codes::ExitCodes;
pub use crate::worker::handlers::mux::{Mux, Route, Unmatched};
pub use crate::worker::handlers::surroundings::Surroundings;
pub use crate::worker::handlers::transcript::KeepLogs;
pub use crate::worker::handlers::{
    Attempt, Handler, NotStarted, Stop, StopReason, Stopper, Transcript,
};
pub use current_mux::CurrentMux;
pub use duties::heartbeat::host_name;
pub use event::{Changes, Ended, Event, HooksLost, Note, NoteLevel, Report, Reporter, TaskRef};
pub use groups::{Aggregator, CurrentGroups, DEFAULT_MERGE_TIMEOUT, Groups, SetTasks, aggregator};
pub use hooks::{Hooks, OnFailure, RetryDelay};
pub use logs::DEFAULT_LOG_LIMITS;
pub use phase::{Control, Phase, Phases};
pub use queues::Queues;
pub use quota::Limit;
pub use settings::{MAX_WORKERS_LOST, Settings};
pub use timing::Timing;

use crate::broker::{Broker, Error};
use crate::clock;
use duties::{aggregate, cancelled, forward, hand_back, heartbeat, janitor, recover};
use handlers::mux::Kept;
use logs::Logs;
use readiness::Readiness;
use running::Register;
use shared::Shared;
use spawned::Spawned;
use wake::Wake;

/// Why a worker ended by itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkerError {
    /// A handler could not start.
    #[error(transparent)]
    NotStarted(#[from] NotStarted),
    /// A burst could not go on.
    #[error(transparent)]
    Redis(#[from] Error),
}

/// A worker, ready to run.
pub struct Worker {
    broker: Broker,
    settings: Settings,
    mux: CurrentMux,
    kept: Arc<Kept>,
    reporter: Reporter,
    hooks: Hooks,
    groups: CurrentGroups,
}

impl Worker {
    /// A worker that tells `reporter` what happens.
    pub fn new(broker: Broker, settings: Settings, mux: Mux, reporter: Reporter) -> Self {
        Self {
            broker: broker.with_leases(settings.timing.leases),
            kept: Arc::clone(&mux.kept),
            mux: CurrentMux::new(mux, settings.concurrency),
            settings,
            reporter,
            hooks: Hooks::default(),
            groups: CurrentGroups::default(),
        }
    }

    /// To replace the handlers while the worker runs.
    pub fn mux(&self) -> CurrentMux {
        self.mux.clone()
    }

    /// To replace the groups that are merged while the worker runs.
    pub fn groups(&self) -> CurrentGroups {
        self.groups.clone()
    }

    /// The same worker with these hooks.
    #[must_use]
    pub fn with_hooks(mut self, hooks: Hooks) -> Self {
        self.hooks = hooks;
        self
    }

    /// The same worker, which also merges these groups of its queues. The longest matching pattern wins; groups that no pattern
    /// matches are left alone.
    #[must_use]
    pub fn with_groups(self, groups: Groups) -> Self {
        self.groups.add(groups);
        self
    }

    /// Starts the handlers, and runs until `control` is moved to draining, or until a burst is over, and
    /// everything is settled. Then the handlers are stopped.
    ///
    /// # Errors
    /// A handler could not start, so nothing was claimed; or a burst could not go on.
    pub async fn run(self, control: Control) -> Result<(), WorkerError> {
        let (groups, shared) = self.shared(&control);
        shared.mux.start().await?;
        let (intake, outgoing) = settler::intake();
        let patience = shared.settings.shutdown_timeout;
        let settler = tokio::spawn(settler::settle_all(Arc::clone(&shared), outgoing, patience));
        let mut duties = duties(&shared, groups).await;
        let fetched = fetch::fetch(Arc::clone(&shared), intake).await;
        wind_down::wind_down(&shared, &control).await;
        // The last intake is gone with the last attempt, so the settler ends when all is written.
        drop(settler.await);
        control.advance(Phase::Over);
        while duties.join_next().await.is_some() {}
        shared.mux.stop().await;
        shared.reporter.report(Event::Phase(Phase::Over));
        Ok(fetched?)
    }

    fn shared(self, control: &Control) -> (CurrentGroups, Arc<Shared>) {
        let worker = format!("{}:{}", self.settings.host, std::process::id());
        let logs = Logs::new(self.settings.logs, worker);
        let shared = Shared {
            wake: Wake::new(self.settings.queues.names()),
            broker: self.broker,
            server_id: uuid::Uuid::new_v4().to_string(),
            settings: self.settings,
            mux: self.mux,
            kept: self.kept,
            register: Register::default(),
            attempts: Spawned::default(),
            phases: control.phases(),
            readiness: Readiness::default(),
            reporter: self.reporter,
            hooks: self.hooks,
            logs,
        };
        (self.groups, Arc::new(shared))
    }
}

/// Starts the duties. The first heartbeat comes before the first claim.
async fn duties(shared: &Arc<Shared>, groups: CurrentGroups) -> JoinSet<()> {
    let mut duties = JoinSet::new();
    let ahead = shared.broker.clock_ahead();
    if ahead.abs() >= TimeDelta::seconds(1) {
        shared.reporter.report(Event::ClockDiffers { ahead });
    }
    let presence = heartbeat::presence(shared);
    let first = heartbeat::once(shared, &presence).await;
    duties.spawn(heartbeat::beat(Arc::clone(shared), presence, first));
    duties.spawn(duties::lost_leases::stop(Arc::clone(shared)));
    duties.spawn(cancelled::listen(Arc::clone(shared)));
    duties.spawn(forward::forward(Arc::clone(shared)));
    duties.spawn(recover::recover(Arc::clone(shared)));
    duties.spawn(janitor::clean(Arc::clone(shared)));
    duties.spawn(duties::logs::write_logs(Arc::clone(shared)));
    duties.spawn(aggregate::aggregate(Arc::clone(shared), groups));
    duties.spawn(hand_back::hand_back(Arc::clone(shared)));
    for queue in shared.settings.queues.names() {
        duties.spawn(queue_watch::watch(Arc::clone(shared), queue.clone()));
    }
    duties
}
