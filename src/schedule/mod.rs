//! Stored schedules, and the scheduler that fires them.
//!
//! A schedule is stored in Redis and outlives every process. Each scheduler fires all schedules. It claims a tick
//! first, so that only one scheduler enqueues its task. The task id is made from the schedule's name and the tick,
//! and the task leaves a receipt under this id: if a scheduler dies half way, the next one does not enqueue it again.
//!
//! | file | holds |
//! | --- | --- |
//! | `spec` | cron specs and time zones |
//! | `entry` | a schedule |
//! | `form` | a schedule as text, in files and in Redis |
//! | `stored` | the schedules in Redis, and their history |
//! | `sync`, `watch` | make the stored schedules equal to a file, once or whenever it changes |
//! | `due` | which ticks to fire, and which were missed |
//! | `scheduler`, `event` | fires ticks, and reports what happens |
//! | `changed_by` | who last changed a schedule |
//! | `asynq` | a schedule as Asynq's tools see it |
//! | `announced` | the options of an entry that a Go scheduler announces |
//! | `broken_file` | a watched file with errors, as other processes see it |

pub mod announced;
pub mod asynq;
pub mod broken_file;
pub mod changed_by;
pub mod due;
pub mod entry;
pub mod event;
pub mod form;
#[cfg(test)]
mod properties;
pub mod scheduler;
pub mod spec;
pub mod stored;
pub mod sync;
pub mod watch;
