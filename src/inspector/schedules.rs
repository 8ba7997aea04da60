//! Schedules: list, add, remove, pause and run them, and make the stored ones match a file.
//!
//! | file | holds |
//! | --- | --- |
//! | `find` | schedules by name, and all there are |
//! | `announced` | entries of Go schedulers: times and history |
//! | `add` | add or replace a schedule |
//! | `change` | pause, resume, remove |
//! | `run` | the task of a schedule, now |
//! | `ticks`, `next`, `states` | future ticks, and the history |
//! | `sync` | make the stored schedules match a file |

mod add;
mod announced;
mod change;
mod find;
mod next;
mod run;
mod states;
mod sync;
mod ticks;

pub(crate) use add::{AddOptions, checked};
pub(crate) use find::readable;
pub(crate) use next::{NextTicks, ticks_of};
pub(crate) use sync::SyncPlan;

pub(crate) use crate::schedule::broken_file::BrokenFile;
pub(crate) use crate::schedule::changed_by::ChangedBy;
pub(crate) use crate::schedule::entry::{CatchUp, Schedule, ScheduleName};
pub(crate) use crate::schedule::form::{Form, timing};
pub(crate) use crate::schedule::stored::Stored;
pub(crate) use crate::schedule::sync::{Wanted, check};
