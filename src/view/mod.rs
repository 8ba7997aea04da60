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
pub(crate) use text::TimeStyle;

use serde::Serialize;

use crate::document::Document;

/// A document that is one line of a list.
pub(crate) trait Row: Document + Sized {
    /// The plural noun, for `no tasks` in place of an empty table.
    const PLURAL: &'static str;

    /// The columns of the table by default.
    fn columns() -> Vec<Column<Self>>;

    /// The id that `-o id` prints; empty for none.
    fn id(&self) -> &str;
}

/// One column of a list.
#[derive(Debug, Clone)]
pub(crate) struct Column<R> {
    pub head: Head,
    pub cell: fn(&R) -> Cell,
}

impl<R> Column<R> {
    /// Text, cut first when the terminal is narrow.
    pub(crate) const fn text(title: &'static str, cell: fn(&R) -> Cell) -> Self {
        Self {
            head: Head::new(title, Align::Left),
            cell,
        }
    }

    /// Text that people copy, such as an id: cut last.
    pub(crate) const fn key(title: &'static str, cell: fn(&R) -> Cell) -> Self {
        let mut column = Self::text(title, cell);
        column.head.shrinks = false;
        column
    }

    /// A number: aligned to the right, never cut.
    pub(crate) const fn number(title: &'static str, cell: fn(&R) -> Cell) -> Self {
        let mut column = Self::key(title, cell);
        column.head.align = Align::Right;
        column
    }

    /// A name that is typed in other commands: never cut.
    pub(crate) const fn whole(title: &'static str, cell: fn(&R) -> Cell) -> Self {
        let mut column = Self::key(title, cell);
        column.head.least = usize::MAX;
        column
    }

    /// The same column, cut below this width only when no other column of text can be cut.
    #[must_use]
    pub(crate) const fn least(mut self, width: usize) -> Self {
        self.head.least = width;
        self
    }

    /// The same column, dropped first when the terminal is too narrow for all.
    #[must_use]
    pub(crate) const fn minor(mut self) -> Self {
        self.head.minor = true;
        self
    }

    /// The same column, for `-o wide` only.
    #[must_use]
    pub(crate) const fn wide(mut self) -> Self {
        self.head.wide = true;
        self
    }
}

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
