//! The public library: the engine of `qctl work` and the operations of the command line, for Rust programs. It uses
//! the names of Asynq's Go library.
//!
//! Only what the crate root re-exports is public. This module wraps the layers below it and has no rules of its own.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `settings`, `client` | connecting and enqueuing |
//! | `task` | a task to enqueue or to handle |
//! | `handler`, `mux`, `middleware`, `context` | handlers, and what they get and return |
//! | `worker`, `running` | the worker: settings and start, stop |
//! | `entry` | adapts a program's handler to the engine |
//! | `failed`, `groups` | failures as reported to the program; merging groups |
//! | `scheduler`, `periodic` | periodic tasks, and the scheduler that enqueues them |
//! | `file_provider`, `provided` | periodic tasks from a file, and syncing them to Redis |
//! | `inspector`, `selection`, `stored_task` | inspecting queues and changing tasks |
//! | `log` | `tracing` events |
//! | `error` | errors |

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
