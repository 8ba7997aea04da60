//! Stored schedules: what is enqueued again and again, and who does it.
//!
//! A schedule lies in Redis and outlives every process. Each scheduler fires all of them; a tick is
//! claimed first, so that only one enqueues it, and its task has an id that is made from the name and the
//! tick, so that what a dead scheduler left half done is not done twice while the task exists.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `spec` | when: the cron dialect, zones |
//! | `entry` | a schedule: when, what, how |
//! | `form` | how it is written, in files and in Redis |
//! | `stored` | the ones in Redis, and their history |
//! | `sync`, `watch` | makes the stored ones what a file says, once or whenever it changes |
//! | `due` | which ticks are to be fired, which were missed |
//! | `scheduler`, `event` | fires them, and tells what happens |
//! | `asynq` | how Asynq's tools see them |

pub mod asynq;
pub mod changed_by;
pub mod due;
pub mod entry;
pub mod event;
pub mod form;
pub mod scheduler;
pub mod spec;
pub mod stored;
pub mod sync;
pub mod watch;
