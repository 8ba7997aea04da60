//! The dashboard of `qctl dash`: lists of queues, tasks, workers, schedules and findings, live, with actions.
//!
//! ```text
//! terminal ─ keys ─▶ run ─ Event ─▶ app ─ Effect ─▶ run ─▶ feed ─▶ inspector
//!                     ▲                              │        │
//!                     └───────────── Event ◀─────────┼────────┘
//!                                                    └▶ draw ─▶ terminal
//! ```
//!
//! | file | holds |
//! | --- | --- |
//! | `run` | the loop: waits for events, performs effects, draws at most ten times a second; signals; other programs in the terminal |
//! | `screen` | takes over the terminal and restores it, also after a panic |
//! | `app` | the state: events in, effects out, no I/O |
//! | `place` | where one can be, and what is shown there |
//! | `target` | what a row stands for |
//! | `output` | what the attempts of a task have printed |
//! | `exam` | what the doctor has found so far |
//! | `message` | events and effects |
//! | `panes` | documents as lists and pages |
//! | `layout` | tables and pages as lines of a given width |
//! | `draw` | lines in colors, and the frame around them |
//! | `feed` | loads data, and performs changes |
//!
//! Invariant: text from Redis reaches the screen through [`Cell::draw`](crate::view::Cell::draw) or
//! [`escape`](crate::view::text::escape) only.
#![warn(clippy::wildcard_enum_match_arm)]

mod app;
mod draw;
mod exam;
mod feed;
mod layout;
mod message;
mod output;
mod panes;
mod place;
mod run;
mod screen;
mod target;

pub(crate) use app::{Settings, Verb};
pub(crate) use run::{Dashboard, Left, has_terminal};
