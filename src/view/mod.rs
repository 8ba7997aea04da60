//! Documents and outcomes, laid out for people; no terminal, no colour.
//!
//! A [`Page`] is made of parts that the terminal, the web page and the dashboard all draw. A cell carries
//! a [`Role`] and never a colour; a time in it stays a time until it is drawn, so a page needs no clock.
//!
//! Invariant: the only way to the text of a cell is [`Cell::draw`], which escapes it. Whatever Redis
//! holds, a page cannot carry a control character to a terminal.
#![warn(clippy::wildcard_enum_match_arm)]

mod changes;
mod enqueued;
mod group;
mod import;
pub(crate) mod log;
mod named_values;
pub(crate) mod outcome;
mod page;
mod payload;
mod queue;
mod row;
pub(crate) mod schedule;
mod server;
pub(crate) mod settings;
mod stats;
mod task;
pub(crate) mod text;
mod worker_plan;

pub(crate) use named_values::UnknownValue;
pub(crate) use named_values::named_values;
pub(crate) use page::{Align, Block, Cell, Fact, Head, Page, Part, Role, Table};
pub(crate) use row::{Column, Row};
pub(crate) use text::TimeStyle;

use serde::Serialize;

/// A document with a page of its own.
pub(crate) trait View: Serialize {
    /// The key of a list of documents in this one, and the keys of those.
    ///
    /// CSV prints these: one line with a list in a cell would be of no use.
    fn list(&self) -> Option<(&'static str, &'static [&'static str])> {
        None
    }

    fn page(&self) -> Page;

    /// The ids that `-o id` prints, one on each line.
    fn ids(&self) -> Vec<&str>;
}
