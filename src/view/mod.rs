//! Lays out documents and outcomes for people, independent of terminals and colors.
//!
//! A [`Page`] consists of parts that a front end draws. A cell has a [`Role`] instead of a color, and times stay
//! times until they are drawn, so a page needs no clock.
//!
//! Invariant: the text of a cell is only accessible through [`Cell::draw`], which escapes it. A page never carries a
//! control character from Redis to a terminal.
#![warn(clippy::wildcard_enum_match_arm)]

pub(crate) mod attempt_log;
mod audit;
#[cfg(feature = "cli")]
mod awaited;
pub(crate) mod changes;
#[cfg(feature = "cli")]
pub(crate) mod check;
pub mod command_line;
#[cfg(feature = "cli")]
mod context;
mod doctor;
pub(crate) mod edit;
mod enqueued;
mod group;
mod import;
mod judged;
pub(crate) mod log;
mod named_values;
pub(crate) mod outcome;
mod page;
mod payload;
#[cfg(test)]
mod properties;
mod queue;
mod row;
pub(crate) mod schedule;
mod server;
pub(crate) mod settings;
mod stats;
mod task;
pub(crate) mod text;
#[cfg(feature = "cli")]
mod trial;
#[cfg(feature = "cli")]
mod version;
pub(crate) mod widths;
mod worker_plan;

pub(crate) use judged::unjudged;
pub(crate) use named_values::UnknownValue;
pub(crate) use named_values::named_values;
pub(crate) use page::{Align, Block, Cell, Cut, Fact, Head, Page, Part, Ranking, Role, Table};
pub(crate) use row::{Column, ListView, Row};
pub(crate) use text::TimeStyle;

use serde::Serialize;

/// A document with its own page.
pub(crate) trait View: Serialize {
    /// The key of a list of documents in this one, and the keys of its documents.
    ///
    /// CSV prints the list instead: a single row with a list in a cell would be useless.
    fn list(&self) -> Option<(&'static str, &'static [&'static str])> {
        None
    }

    fn page(&self) -> Page;

    /// The ids that `-o id` prints, one per line.
    fn ids(&self) -> Vec<&str>;
}
