//! The library: the engine of `qctl work` and the operations of its client, for a Rust program. Names are
//! Asynq's, so that whoever knows the Go library finds them.
//!
//! Only what is re-exported by the crate root is public. This module wraps the layers below it and decides
//! nothing that they decide.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `settings`, `client` | a connection, and enqueuing |
//! | `task` | a task, to be enqueued or to be handled |
//! | `handler`, `mux`, `middleware`, `context` | what runs tasks |
//! | `worker`, `running` | what claims them, and how it stops |
//! | `entry` | between the engine and a program's handler |
//! | `failed`, `groups` | failures as reported to the program; merging of groups |
//! | `scheduler`, `periodic` | what is enqueued again and again |
//! | `file_provider`, `provided` | lists of it from elsewhere, and how Redis follows them |
//! | `inspector`, `selection`, `stored_task` | looking into queues, and changing what is in them |
//! | `log` | events of worker and scheduler as `tracing` events |
//! | `error` | what can go wrong |

mod client;
mod context;
mod entry;
mod error;
mod failed;
mod file_provider;
mod groups;
mod handler;
mod inspector;
mod log;
mod middleware;
mod mux;
mod periodic;
mod provided;
mod running;
mod scheduler;
mod selection;
mod settings;
mod stored_task;
mod task;
mod worker;

pub use client::{Client, Enqueued};
pub use context::Context;
pub use error::{BoxError, Error};
pub use failed::FailedAttempt;
pub use file_provider::FileProvider;
pub use groups::{Aggregator, Groups};
pub use handler::{Handler, HandlerError, HandlerResult, Outcome};
pub use inspector::{Inspector, Listing, Plan};
pub use middleware::{Middleware, Next};
pub use mux::ServeMux;
pub use periodic::{PeriodicTask, PeriodicTaskProvider};
pub use running::{RunningWorker, shutdown_signal};
pub use scheduler::{RunningScheduler, Scheduler};
pub use selection::Selection;
pub use settings::RedisSettings;
pub use stored_task::StoredTask;
pub use task::Task;
pub use worker::{Worker, WorkerBuilder};

pub use crate::broker::Error as BrokerError;
pub use crate::broker::records::QueueStats;
pub use crate::inspector::{
    Error as InspectorError, Failed as FailedChange, Options as ChangeOptions, Outcome as Changes,
    Skipped, Step,
};
pub use crate::schedule::entry::CatchUp;
pub use crate::task::transition::{Action, AttemptError};
pub use crate::task::{QueueName, State, TaskId};
pub use crate::worker::StopReason;
