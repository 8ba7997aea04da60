//! What a task is: its message, its states, and everything that may happen to it.
//!
//! Pure: no I/O, no async, no clock. Every rule that decides something about a task lives here, so that
//! the worker, recovery and the operator's commands cannot disagree.

pub mod action;
pub mod backoff;
pub mod message;
pub mod name;
pub mod new;
pub mod options;
pub mod parse;
pub mod state;
pub mod time;
pub mod transition;

pub use backoff::Backoff;
pub use message::Message;
pub use name::{NameError, QueueName, TaskId, TaskType};
pub use new::{NewTask, Start};
pub use options::{Invalid, TaskOptions};
pub use state::State;

/// What the archive of a queue holds; Asynq deletes the oldest tasks beyond it, and so does qctl.
pub const MAX_ARCHIVED: u64 = 9_999;
