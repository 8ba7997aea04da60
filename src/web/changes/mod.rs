//! Changes of many tasks, and repairs: counted and previewed, then run in the server process at a rate, whether or not the page
//! stays open.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `registry` | the changes that are kept, and how many there may be |
//! | `change` | one change: what was asked for, its phase, the wishes of its viewers |
//! | `phase` | what a change is doing |
//! | `runner` | the task that counts and changes |
//! | `work` | what it counts and changes: tasks, or what the doctor has found |
//! | `request` | what a viewer asks for |
//!
//! Invariant: one [`Plan`](crate::inspector::Plan), or one [`Repairs`](crate::inspector::doctor::Repairs), per change, and
//! its steps are never interrupted, so that the counts are exact whenever it stops.

mod change;
mod phase;
mod registry;
mod request;
mod runner;
mod work;

pub(super) use change::{Change, ChangeId};
pub(super) use phase::{Achieved, Ended, Found, Phase, Preview, Progress, TaskPreview, Whole};
pub(super) use registry::{Changes, Refused};
pub(super) use request::{Form, Repair, TaskChange, What, ticked};
