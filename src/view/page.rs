//! The parts of a page and the cells in them.

use chrono::{DateTime, Utc};

use super::text::{self, TimeStyle};
use crate::task::State;

/// What a cell means: the drawing side chooses its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Role {
    #[default]
    Plain,
    /// Less important than its neighbours.
    Dim,
    /// More important than its neighbours.
    Strong,
    State(State),
    Good,
    Warning,
    Error,
}

/// A text or a time, with its role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    content: Content,
    role: Role,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    Text(String),
    Time(DateTime<Utc>),
    Moment(DateTime<Utc>),
}

impl Cell {
    /// Any text; drawing escapes it.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self {
            content: Content::Text(text.into()),
            role: Role::Plain,
        }
    }

    /// `-`, for an absent value.
    pub(crate) fn none() -> Self {
        Self::text("-").role(Role::Dim)
    }

    /// The text, or `-` if it is absent or empty.
    pub(crate) fn maybe(text: Option<impl Into<String>>) -> Self {
        match text.map(Into::into) {
            Some(text) if !text.is_empty() => Self::text(text),
            Some(_) | None => Self::none(),
        }
    }

    /// A count; zero is dim, so that the other numbers stand out.
    pub(crate) fn count(count: u64) -> Self {
        let role = if count == 0 { Role::Dim } else { Role::Plain };
        Self::text(count.to_string()).role(role)
    }

    pub(crate) fn state(state: State) -> Self {
        Self::text(state.name()).role(Role::State(state))
    }

    /// A time, short: `3m ago` in the relative style.
    pub(crate) fn time(at: Option<DateTime<Utc>>) -> Self {
        at.map_or_else(Self::none, |at| Self {
            content: Content::Time(at),
            role: Role::Plain,
        })
    }

    /// A time, long: the relative style shows the exact time as well.
    pub(crate) fn moment(at: Option<DateTime<Utc>>) -> Self {
        at.map_or_else(Self::none, |at| Self {
            content: Content::Moment(at),
            role: Role::Plain,
        })
    }

    /// The same cell with another role.
    #[must_use]
    pub(crate) fn role(self, role: Role) -> Self {
        Self { role, ..self }
    }

    pub(crate) fn meaning(&self) -> Role {
        self.role
    }

    /// The text to show: on one line, control characters escaped.
    pub(crate) fn draw(&self, now: DateTime<Utc>, style: TimeStyle) -> String {
        match &self.content {
            Content::Text(text) => text::escape(text).into_owned(),
            Content::Time(at) => text::time(*at, now, style),
            Content::Moment(at) => text::moment(*at, now, style),
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

/// How the cells of a column are aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// The head of a column, and how the column behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    /// In capitals.
    pub title: &'static str,
    pub align: Align,
    pub wide: bool,
    /// Cut before other columns when the terminal is narrow.
    pub shrinks: bool,
    /// Width below which the column is cut only when no other can be; a column that people copy, never.
    pub least: usize,
    /// Dropped before other columns when the terminal is too narrow for all.
    pub minor: bool,
}

impl Head {
    /// A column that is always shown and may be cut.
    pub(crate) const fn new(title: &'static str, align: Align) -> Self {
        Self {
            title,
            align,
            wide: false,
            shrinks: true,
            least: 0,
            minor: false,
        }
    }
}

/// Rows of cells under heads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub heads: Vec<Head>,
    /// Each as long as `heads`.
    pub rows: Vec<Vec<Cell>>,
}

/// A label and a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    pub label: &'static str,
    pub cell: Cell,
}

/// Text of several lines under a heading, such as a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    pub title: &'static str,
    pub lines: Vec<Cell>,
}

/// One part of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Sentence(Cell),
    Facts(Vec<Fact>),
    Table(Table),
    Block(Block),
}

/// What people read of a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Page {
    /// The data, from top to bottom.
    pub parts: Vec<Part>,
    /// Remarks that are not data; they go to stderr.
    pub notes: Vec<Cell>,
}

impl Page {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub(crate) fn sentence(self, cell: impl Into<Cell>) -> Self {
        self.part(Part::Sentence(cell.into()))
    }

    #[must_use]
    pub(crate) fn facts(self, facts: impl IntoIterator<Item = (&'static str, Cell)>) -> Self {
        let facts = facts.into_iter().map(|(label, cell)| Fact { label, cell });
        self.part(Part::Facts(facts.collect()))
    }

    /// Adds a table, if it has rows.
    #[must_use]
    pub(crate) fn table(self, table: Table) -> Self {
        if table.rows.is_empty() {
            return self;
        }
        self.part(Part::Table(table))
    }

    #[must_use]
    pub(crate) fn block(self, title: &'static str, text: &str, role: Role) -> Self {
        let lines = text
            .lines()
            .map(|line| Cell::text(line).role(role))
            .collect();
        self.part(Part::Block(Block { title, lines }))
    }

    /// Adds a remark that is not data.
    #[must_use]
    pub(crate) fn note(mut self, cell: impl Into<Cell>) -> Self {
        self.notes.push(cell.into());
        self
    }

    fn part(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }
}
