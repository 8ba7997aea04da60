//! Tasks: their message, their states, and every rule about them.
//!
//! No I/O, no async code, no clock. Every decision about a task is made here, so that the worker, recovery and
//! operator commands cannot disagree.

pub mod action;
pub mod backoff;
mod local_time;
pub mod message;
pub mod name;
pub mod new;
pub mod options;
pub mod parse;
#[cfg(test)]
mod properties;
mod short_id;
pub mod state;
pub mod time;
pub mod transition;

pub use backoff::Backoff;
#[cfg(feature = "cli")]
pub(crate) use local_time::local_offset;
pub(crate) use local_time::local_time;
pub use message::Message;
pub use name::{NameError, QueueName, TaskId, TaskType};
pub use new::{NewTask, Start};
pub use options::{Invalid, TaskOptions};
pub(crate) use short_id::is_short_id;
#[cfg(any(feature = "cli", feature = "page"))]
pub(crate) use short_id::short_id;
pub use state::State;

/// How many tasks the archive of a queue holds. Beyond that, Asynq and qctl delete the oldest.
pub const MAX_ARCHIVED: u64 = 9_999;
