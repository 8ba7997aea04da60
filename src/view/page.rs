//! The parts of a page and the cells in them.

use chrono::{DateTime, Utc};

use super::text::{self, TimeStyle};
use super::{Column, Row};
use crate::task::State;

/// What a cell means, from which whoever draws it chooses a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Role {
    /// Nothing special.
    #[default]
    Plain,
    /// Of less interest than its neighbours.
    Dim,
    /// Of more.
    Strong,
    /// Something in this state.
    State(State),
    /// As it should be.
    Good,
    /// Worth a look.
    Warning,
    /// Wrong.
    Error,
}

/// A piece of text or a time, with its role.
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
    /// Any text, from anywhere.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self {
            content: Content::Text(text.into()),
            role: Role::Plain,
        }
    }

    /// The mark of something absent.
    pub(crate) fn none() -> Self {
        Self::text("-").role(Role::Dim)
    }

    /// The text, or the mark of its absence. Empty text is absent.
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

    /// A state by its name.
    pub(crate) fn state(state: State) -> Self {
        Self::text(state.name()).role(Role::State(state))
    }

    /// A time as short as the style allows.
    pub(crate) fn time(at: Option<DateTime<Utc>>) -> Self {
        at.map_or_else(Self::none, |at| Self {
            content: Content::Time(at),
            role: Role::Plain,
        })
    }

    /// A time where there is room: the relative style shows the exact time as well.
    pub(crate) fn moment(at: Option<DateTime<Utc>>) -> Self {
        at.map_or_else(Self::none, |at| Self {
            content: Content::Moment(at),
            role: Role::Plain,
        })
    }

    /// The same with another role.
    #[must_use]
    pub(crate) fn role(self, role: Role) -> Self {
        Self { role, ..self }
    }

    /// What it means.
    pub(crate) fn meaning(&self) -> Role {
        self.role
    }

    /// The text to show, on one line and harmless to a terminal.
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

/// The side that cells of a column stand at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// What stands above a column, and how the column behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    /// The title, in capitals.
    pub title: &'static str,
    /// The side that its cells stand at.
    pub align: Align,
    /// Shown by `-o wide` only.
    pub wide: bool,
    /// Cut before others when the terminal is narrow.
    pub shrinks: bool,
    /// Columns of text keep this much while others can still give way; those that people copy, always.
    pub least: usize,
    /// Left out before others when the terminal is too narrow for all.
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
    /// One for each column.
    pub heads: Vec<Head>,
    /// Each as long as `heads`.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// The rows under these columns.
    pub(crate) fn of<'a, R: 'a>(
        columns: &[Column<R>],
        rows: impl IntoIterator<Item = &'a R>,
    ) -> Self {
        let cells = |row| columns.iter().map(|column| (column.cell)(row)).collect();
        Self {
            heads: columns.iter().map(|column| column.head).collect(),
            rows: rows.into_iter().map(cells).collect(),
        }
    }

    /// The rows under their usual columns.
    pub(crate) fn list<R: Row>(rows: &[R]) -> Self {
        Self::of(&R::columns(), rows)
    }
}

/// A label and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    /// What it is about.
    pub label: &'static str,
    /// What it says.
    pub cell: Cell,
}

/// Text of several lines under a heading, such as a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// What it is.
    pub title: &'static str,
    /// One for each line.
    pub lines: Vec<Cell>,
}

/// One piece of a page, from top to bottom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// One line of prose.
    Sentence(Cell),
    /// Labels and values.
    Facts(Vec<Fact>),
    /// A table.
    Table(Table),
    /// Several lines.
    Block(Block),
}

/// Everything that people read of a view.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Page {
    /// The data, from top to bottom.
    pub parts: Vec<Part>,
    /// What to say besides the data; on a terminal it goes to stderr.
    pub notes: Vec<Cell>,
}

impl Page {
    /// An empty page.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a line of prose.
    #[must_use]
    pub(crate) fn sentence(self, cell: impl Into<Cell>) -> Self {
        self.part(Part::Sentence(cell.into()))
    }

    /// Adds labels and values.
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

    /// Adds text of several lines.
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
