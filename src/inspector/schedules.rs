//! Stored schedules: list, add, remove, pause, run by hand, and make them match a file.
//!
//! | file | holds |
//! | --- | --- |
//! | `find` | schedules by name, and all there are |
//! | `add` | one more schedule, or another in place of it |
//! | `change` | pause, resume, remove |
//! | `run` | the task of a schedule, now |
//! | `ticks` | times to come, and the history |
//! | `sync` | what a file says |

mod add;
mod change;
mod find;
mod run;
mod sync;
mod ticks;

pub(crate) use add::{AddOptions, checked};
pub(crate) use find::readable;
pub(crate) use sync::SyncPlan;
pub(crate) use ticks::ticks_of;

pub(crate) use crate::schedule::changed_by::ChangedBy;
pub(crate) use crate::schedule::entry::{CatchUp, Schedule, ScheduleName};
pub(crate) use crate::schedule::form::{Form, timing};
pub(crate) use crate::schedule::stored::Stored;
pub(crate) use crate::schedule::sync::{Wanted, check};
