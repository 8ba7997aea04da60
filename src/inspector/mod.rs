//! Operator actions as a library: select, count and change tasks; look up tasks, queues, servers and schedules.
//!
//! The commands and the public library build on it. It knows nothing of terminals, arguments or layout, and its
//! futures are `Send`. `task::action` decides what may happen to a task, and `broker` how it is written to Redis.
//!
//! | file | holds |
//! | --- | --- |
//! | `selection` | selects tasks by id, or by queue, state, group and filter |
//! | `query` | the selection language: a selection as one line of text |
//! | `filter`, `expression`, `interpreter` | the conditions that selected tasks must meet; bounds for jq |
//! | `listing` | the tasks of a selection, in the order in which `ls` shows them |
//! | `browse`, `position` | one page of a listing, and where the next begins |
//! | `members` | the set of tasks that was counted |
//! | `count`, `options`, `part`, `plan`, `step`, `pace`, `cancel` | counts a selection, then changes it step by step |
//! | `edit`, `edits` | what an edit makes of a task, and the steps that write it |
//! | `draft`, `version` | a task, or a copy of it, as text or as a form; whether it has changed since it was read |
//! | `actor`, `audit` | records who changes what, and lists it |
//! | `outcome` | what a change has done |
//! | `resends` | how long a call is sent again while Redis does not answer |
//! | `tasks`, `short_id` | looks up tasks by id |
//! | `known` | names that exist, for completion on a command line |
//! | `queues`, `glob` | queues by name or glob: statistics, pause, resume, drop |
//! | `servers` | servers and the tasks they are running |
//! | `overview` | all queues at a glance, read once for all viewers |
//! | `trouble` | what is wrong with queues and workers |
//! | `check` | whether figures keep within limits |
//! | `doctor` | what is wrong with what is stored, and repairs |
//! | `schedules` | stored schedules: list, add, pause, remove, run, sync |
//! | `enqueue`, `import` | enqueues a task, stores those of a stream |
//! | `wait`, `awaited` | waits for the end of one task; for tasks, queues and selections together |
//! | `logs` | what the attempts of a task have printed |
//! | `export` | reads tasks with everything that is stored about them |
//! | `error`, `missing`, `distinct` | errors; whether a missing name is one; lists without duplicates |

mod actor;
mod audit;
#[cfg(feature = "cli")]
pub(crate) mod awaited;
#[cfg(feature = "page")]
pub(crate) mod browse;
mod cancel;
#[cfg(feature = "cli")]
pub(crate) mod check;
mod count;
mod distinct;
pub(crate) mod doctor;
#[cfg(feature = "page")]
pub(crate) mod draft;
pub mod edit;
mod edits;
pub(crate) mod enqueue;
mod error;
#[cfg(feature = "cli")]
pub(crate) mod export;
mod expression;
mod filter;
mod glob;
pub(crate) mod import;
mod interpreter;
#[cfg(feature = "cli")]
pub(crate) mod known;
mod listing;
pub(crate) mod logs;
mod members;
mod missing;
mod options;
mod outcome;
pub(crate) mod overview;
mod pace;
mod part;
mod plan;
#[cfg(feature = "page")]
pub(crate) mod position;
#[cfg(test)]
mod properties;
pub mod query;
pub(crate) mod queues;
mod resends;
pub(crate) mod schedules;
mod selection;
mod servers;
mod short_id;
mod step;
mod tasks;
pub(crate) mod trouble;
mod version;
mod wait;

pub(crate) use actor::{Actor, Origin};
pub use count::Count;
pub(crate) use distinct::distinct;
pub use error::Error;
pub use expression::{Expression, ExpressionError, Place};
pub use filter::Filter;
pub use listing::{Judged, Listing};
pub use options::Options;
pub use outcome::{Failed, Outcome, Skipped};
pub use plan::Plan;
pub(crate) use resends::RESEND_LIMIT;
pub use selection::{Selection, StateFilter, UnknownStateFilter};
pub(crate) use servers::RunningTasks;
pub use step::Step;
pub use tasks::Located;
pub use version::Version;

pub use crate::broker::records::FoundTask;

use chrono::{DateTime, Utc};

use crate::broker::{self, Broker};

/// Operates the queues in one Redis. Clones share the connection.
#[derive(Debug, Clone)]
pub struct Inspector {
    broker: Broker,
    access: Access,
    /// Records changes; `None` if nobody is named who makes them.
    audit: Option<actor::Audit>,
}

/// What an [`Inspector`] may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Read and change.
    Full,
    /// Read only: every change is refused before it is sent.
    ReadOnly,
}

impl Access {
    /// Refuses a change if only reading is allowed; `verb` says which change.
    ///
    /// # Errors
    /// [`Error::ReadOnly`].
    pub const fn allow(self, verb: &'static str) -> Result<(), Error> {
        match self {
            Self::Full => Ok(()),
            Self::ReadOnly => Err(Error::ReadOnly(verb)),
        }
    }
}

impl Inspector {
    /// Connects to Redis.
    ///
    /// # Errors
    /// Those of [`Broker::connect`].
    pub async fn connect(settings: broker::Settings, access: Access) -> Result<Self, Error> {
        Ok(Self::new(Broker::connect(settings).await?, access))
    }

    /// An inspector that connects when it is first used.
    ///
    /// # Errors
    /// For settings that can never be used, such as certificates that cannot be read.
    pub(crate) fn connect_later(settings: broker::Settings, access: Access) -> Result<Self, Error> {
        Ok(Self::new(Broker::connect_later(settings)?, access))
    }

    /// Checks that Redis answers, and reads its clock.
    ///
    /// # Errors
    /// If it does not.
    pub(crate) async fn ping(&self) -> Result<(), Error> {
        Ok(self.broker.read_clock().await?)
    }

    /// What could not be read so far for want of a right: a sentence for each right that is missing.
    pub(crate) fn unknowns(&self) -> Vec<String> {
        self.broker.unknowns()
    }

    /// An inspector on this connection.
    pub const fn new(broker: Broker, access: Access) -> Self {
        Self {
            broker,
            access,
            audit: None,
        }
    }

    /// The time by the clock of the Redis server, which the times in Redis are compared with.
    pub fn now(&self) -> DateTime<Utc> {
        self.broker.now()
    }

    /// The connection, for reading.
    pub(crate) const fn broker(&self) -> &Broker {
        &self.broker
    }

    /// The connection, to enqueue tasks. Other changes are recorded: see [`audit`].
    ///
    /// # Errors
    /// [`Error::ReadOnly`] unless the inspector has full access.
    fn broker_to_enqueue(&self) -> Result<&Broker, Error> {
        self.access.allow("enqueue")?;
        Ok(&self.broker)
    }
}

#[cfg(test)]
mod tests {
    use super::queues::StatsOptions;
    use super::schedules::ChangedBy;
    use super::*;
    use crate::document::change::Verb;
    use crate::task::{NewTask, QueueName, TaskId};

    /// Never called: it compiles if a server with several threads may hold these futures.
    #[expect(dead_code, reason = "compiling it is the test")]
    fn futures_are_send(
        inspector: &Inspector,
        queue: &QueueName,
        id: &TaskId,
        task: &NewTask,
        options: import::ImportOptions<crate::document::read::Defaults>,
    ) {
        fn send(_: impl Send) {}
        let now = DateTime::<Utc>::default();
        let queues = std::slice::from_ref(queue);
        send(inspector.stats(&StatsOptions::default(), now));
        send(inspector.queue_details(queue, 1, now));
        send(inspector.pause(queues, now));
        send(inspector.drop_queue(queue, true, now, |_| ()));
        send(inspector.enqueue(task, now));
        send(inspector.wait(queue, id, None, |_| ()));
        send(inspector.schedules(&[], queues, now));
        send(inspector.run_schedule("name", "user", now));
        send(inspector.pause_schedules(&[], Verb::Pause, &ChangedBy::User(String::new())));
        send(inspector.schedule_history("name", 1, now));
        let events =
            async |mut import: import::Import<import::Enqueuing>| import.next().await.is_some();
        send(inspector.import(std::io::empty(), options).map(events));
    }
}
