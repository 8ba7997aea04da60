//! Errors of operations on Redis, in variants that a caller can act on.

use super::denied::Denied;
use super::records::WrongType;
use crate::broker::fault::Fault;
use crate::task::transition::Refusal;
use crate::task::{Invalid, QueueName, State, TaskId, is_short_id};

/// A failed broker operation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The name is not in the set of queues.
    #[error("queue {:?} does not exist", .0.as_str())]
    QueueNotFound(QueueName),
    /// No schedule of this name is stored.
    #[error("schedule {0:?} does not exist")]
    ScheduleNotFound(String),
    /// No such task in the queue, or in any queue.
    #[error("{}", not_found(.queue.as_ref(), .id))]
    TaskNotFound {
        /// Where it was looked for; `None` = in every queue.
        queue: Option<QueueName>,
        /// The id.
        id: TaskId,
    },
    /// The key of the task holds something else.
    #[error("what queue {:?} holds as {:?} is no task", .queue.as_str(), .id.as_str())]
    NotATask {
        /// The queue.
        queue: QueueName,
        /// The id.
        id: TaskId,
    },
    /// The state of the task does not allow the action.
    #[error("cannot {verb} task {:?} in queue {:?} ({})", .id.as_str(), .queue.as_str(), why(*.state, *.refusal))]
    WrongState {
        /// The action, as a verb.
        verb: &'static str,
        /// Its queue.
        queue: QueueName,
        /// The id.
        id: TaskId,
        /// Its state.
        state: State,
        /// Why not.
        refusal: Refusal,
    },
    /// The task is not in the container of its state, or is being merged at the moment.
    #[error("task {:?} in queue {:?} is not where its state says", .id.as_str(), .queue.as_str())]
    OutOfPlace {
        /// Its queue.
        queue: QueueName,
        /// The id.
        id: TaskId,
    },
    /// Another task has the id.
    #[error("a task with the id {:?} is already in queue {:?}", .id.as_str(), .queue.as_str())]
    IdTaken {
        /// The queue.
        queue: QueueName,
        /// The id.
        id: TaskId,
    },
    /// The task was enqueued by an earlier request; it may have ended since.
    #[error("task {:?} was enqueued in queue {:?} before", .id.as_str(), .queue.as_str())]
    EnqueuedBefore {
        /// The queue.
        queue: QueueName,
        /// The id.
        id: TaskId,
    },
    /// Another task holds the uniqueness lock.
    #[error("the unique lock of type {kind:?} and this payload is taken in queue {:?}", .queue.as_str())]
    Duplicate {
        /// The queue.
        queue: QueueName,
        /// The type.
        kind: String,
    },
    /// A key of a queue holds another type than it should.
    #[error("queue {:?}: {wrong}", .queue.as_str())]
    WrongType {
        /// The queue.
        queue: QueueName,
        /// The key and its type.
        wrong: WrongType,
    },
    /// The list of queues holds another type than it should.
    #[error("{0}")]
    QueueListType(WrongType),
    /// A key of all queues, such as the list of servers, holds another type than it should.
    #[error("{0}")]
    GlobalType(WrongType),
    /// The task changed between reading and writing it.
    #[error("task {:?} in queue {:?} has changed meanwhile", .id.as_str(), .queue.as_str())]
    Changed {
        /// The queue.
        queue: QueueName,
        /// The id.
        id: TaskId,
    },
    /// A queue that holds tasks is not removed without force.
    #[error("queue {:?} still holds tasks ({tasks})", .queue.as_str())]
    QueueNotEmpty {
        /// The queue.
        queue: QueueName,
        /// How many.
        tasks: u64,
    },
    /// A queue with running tasks is never removed.
    #[error("queue {:?} has running tasks ({active})", .queue.as_str())]
    QueueActive {
        /// The queue.
        queue: QueueName,
        /// How many.
        active: u64,
    },
    /// An option of a new task is not valid.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// No answer: nothing listens, the connection broke, or the timeout has passed.
    #[error("cannot reach Redis at {address} ({fault})")]
    Unreachable {
        /// The address, without password.
        address: String,
        /// Why.
        fault: Fault,
        /// Whether other queues are affected too.
        scope: Scope,
    },
    /// A new task was sent, and no answer says whether it was stored.
    #[error("{cause}: task {:?} may be enqueued in queue {:?}", .id.as_str(), .queue.as_str())]
    Unanswered {
        /// The queue.
        queue: QueueName,
        /// The id.
        id: TaskId,
        /// Why there is no answer.
        cause: Box<Self>,
    },
    /// The server answers but is not ready: it is loading its data, or running a long script.
    #[error("Redis at {address} is not ready ({reason})")]
    NotReady {
        /// The address, without password.
        address: String,
        /// The server's message.
        reason: String,
        /// Whether other queues are affected too.
        scope: Scope,
    },
    /// The password or user name is wrong or missing.
    #[error("Redis at {address} refuses the login ({reason})")]
    Login {
        /// The address, without password.
        address: String,
        /// The server's message.
        reason: String,
    },
    /// The user lacks a right.
    #[error("Redis at {address} does not permit this: {denied}")]
    NotPermitted {
        /// The address, without password.
        address: String,
        /// The right.
        denied: Denied,
    },
    /// The server is a replica, or cannot write to its disk.
    #[error("Redis at {address} accepts no writes ({reason})")]
    ReadOnly {
        /// The address, without password.
        address: String,
        /// The server's message.
        reason: String,
        /// Whether other queues are affected too.
        scope: Scope,
    },
    /// The server has reached its memory limit.
    #[error("Redis at {address} is out of memory ({reason})")]
    OutOfMemory {
        /// The address, without password.
        address: String,
        /// The server's message.
        reason: String,
        /// Whether other queues are affected too.
        scope: Scope,
    },
    /// The server has fewer databases than the URL names.
    #[error("Redis at {address} has no such database")]
    NoDatabase {
        /// The address with the database, without password.
        address: String,
    },
    /// The server is part of a cluster, but the URL is for a single server.
    #[error("Redis at {address} is one server of a cluster ({reason})")]
    OneOfCluster {
        /// The address, without password.
        address: String,
        /// The server's message.
        reason: String,
    },
    /// The server is too old for the scripts.
    #[error("Redis at {address} is too old (version {version}, qctl needs 6.2 or later)")]
    TooOld {
        /// The address, without password.
        address: String,
        /// Its version.
        version: String,
    },
    /// Certificates or keys that cannot be used.
    #[error("{0}")]
    Tls(String),
    /// Any other error from Redis.
    #[error("Redis at {address} refuses ({reason})")]
    Refused {
        /// The address, without password.
        address: String,
        /// The server's message.
        reason: String,
    },
}

fn why(state: State, refusal: Refusal) -> String {
    match refusal {
        Refusal::NotScheduled => format!("it is {state}: {refusal}"),
        refusal => format!("it is {refusal}"),
    }
}

fn not_found(queue: Option<&QueueName>, id: &TaskId) -> String {
    let place = queue.map_or_else(
        || "any queue".to_owned(),
        |queue| format!("queue {:?}", queue.as_str()),
    );
    let id = id.as_str();
    // Other tasks may have ids that begin like this.
    if is_short_id(id) {
        return format!("no task in {place} has the id {id:?} (a whole id is needed here)");
    }
    format!("task {id:?} does not exist in {place}")
}

/// How far an error reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One queue, or the queues on one server of a cluster.
    Queue,
    /// All queues.
    Everything,
}

impl Error {
    /// How far the error reaches, where something is to be done for several queues.
    pub fn scope(&self) -> Scope {
        match self {
            Self::Unanswered { cause, .. } => cause.scope(),
            Self::Unreachable { scope, .. }
            | Self::NotReady { scope, .. }
            | Self::ReadOnly { scope, .. }
            | Self::OutOfMemory { scope, .. } => *scope,
            Self::Login { .. } | Self::NoDatabase { .. } | Self::TooOld { .. } | Self::Tls(_) => {
                Scope::Everything
            }
            Self::QueueNotFound(_)
            | Self::ScheduleNotFound(_)
            | Self::TaskNotFound { .. }
            | Self::NotATask { .. }
            | Self::WrongState { .. }
            | Self::OutOfPlace { .. }
            | Self::IdTaken { .. }
            | Self::EnqueuedBefore { .. }
            | Self::Duplicate { .. }
            | Self::WrongType { .. }
            | Self::QueueListType(_)
            | Self::GlobalType(_)
            | Self::Changed { .. }
            | Self::QueueNotEmpty { .. }
            | Self::QueueActive { .. }
            | Self::Invalid(_)
            | Self::NotPermitted { .. }
            | Self::OneOfCluster { .. }
            | Self::Refused { .. } => Scope::Queue,
        }
    }

    /// The queue and the task that it is about.
    pub(crate) const fn subject(&self) -> (Option<&QueueName>, Option<&TaskId>) {
        match self {
            Self::QueueNotFound(queue)
            | Self::Duplicate { queue, .. }
            | Self::WrongType { queue, .. }
            | Self::QueueNotEmpty { queue, .. }
            | Self::QueueActive { queue, .. } => (Some(queue), None),
            Self::TaskNotFound { queue, id } => (queue.as_ref(), Some(id)),
            Self::NotATask { queue, id }
            | Self::WrongState { queue, id, .. }
            | Self::OutOfPlace { queue, id }
            | Self::IdTaken { queue, id, .. }
            | Self::EnqueuedBefore { queue, id }
            | Self::Changed { queue, id }
            | Self::Unanswered { queue, id, .. } => (Some(queue), Some(id)),
            Self::ScheduleNotFound(_)
            | Self::QueueListType(_)
            | Self::GlobalType(_)
            | Self::Invalid(_)
            | Self::Unreachable { .. }
            | Self::NotReady { .. }
            | Self::Login { .. }
            | Self::NotPermitted { .. }
            | Self::ReadOnly { .. }
            | Self::OutOfMemory { .. }
            | Self::NoDatabase { .. }
            | Self::OneOfCluster { .. }
            | Self::TooOld { .. }
            | Self::Tls(_)
            | Self::Refused { .. } => (None, None),
        }
    }

    /// Whether trying again later may help, with nothing changed on our side.
    pub const fn passing(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Unanswered { .. }
                | Self::NotReady { .. }
                | Self::ReadOnly { .. }
                | Self::OutOfMemory { .. }
        )
    }

    /// Whether nobody knows if Redis has performed what was asked.
    pub(crate) const fn without_answer(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Unanswered { .. })
    }

    /// Whether a key holds another type than the command expects.
    pub(crate) fn is_wrong_type(&self) -> bool {
        let is_named = matches!(
            self,
            Self::WrongType { .. } | Self::QueueListType(_) | Self::GlobalType(_)
        );
        is_named || matches!(self, Self::Refused { reason, .. } if reason.contains("WRONGTYPE"))
    }
}
