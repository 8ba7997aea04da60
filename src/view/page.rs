//! The parts of a page and the cells in them.

use chrono::{DateTime, FixedOffset, Utc};
use serde_json::Value;

use super::text::{self, TimeStyle};
use crate::task::{State, short_id};

/// What a cell means; `output` chooses its color.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Role {
    #[default]
    Plain,
    /// Less important than its neighbors.
    Dim,
    /// More important than its neighbors.
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
    Id(String),
    Count(u64),
    Time(DateTime<Utc>),
    Due(DateTime<Utc>),
    /// After a text, in this zone or else UTC.
    Moment(String, DateTime<Utc>, Option<FixedOffset>),
}

impl Cell {
    /// Any text. It is escaped when it is drawn.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self {
            content: Content::Text(text.into()),
            role: Role::Plain,
        }
    }

    /// The id of a task. Tables on a terminal shorten UUIDs.
    pub(crate) fn id(id: impl Into<String>) -> Self {
        Self {
            content: Content::Id(id.into()),
            role: Role::Plain,
        }
    }

    /// `-`, for an absent value.
    pub(crate) fn none() -> Self {
        Self::text("-").role(Role::Dim)
    }

    /// `unknown`, for a value that cannot be read.
    pub(crate) fn unknown() -> Self {
        Self::text("unknown").role(Role::Dim)
    }

    /// The text, or `-` if it is absent or empty.
    pub(crate) fn maybe(text: Option<impl Into<String>>) -> Self {
        match text.map(Into::into) {
            Some(text) if !text.is_empty() => Self::text(text),
            Some(_) | None => Self::none(),
        }
    }

    /// A count. Zero is dim, so that other numbers stand out.
    pub(crate) fn count(count: u64) -> Self {
        Self {
            content: Content::Count(count),
            role: if count == 0 { Role::Dim } else { Role::Plain },
        }
    }

    pub(crate) fn state(state: State) -> Self {
        Self::text(state.name()).role(Role::State(state))
    }

    /// The short form of a time: `3m ago` in the relative style.
    pub(crate) fn time(at: Option<DateTime<Utc>>) -> Self {
        at.map_or_else(Self::none, |at| Self {
            content: Content::Time(at),
            role: Role::Plain,
        })
    }

    /// The short form of the time at which a task may run: `due 3m ago` if that has passed.
    pub(crate) fn due(at: DateTime<Utc>) -> Self {
        Self {
            content: Content::Due(at),
            role: Role::Plain,
        }
    }

    /// The long form of a time: the relative style adds the exact time.
    pub(crate) fn moment(at: Option<DateTime<Utc>>) -> Self {
        at.map_or_else(Self::none, |at| Self::text_until("", at, None))
    }

    /// A text that ends with the long form of a time, which the relative style shows in this zone or else UTC.
    pub(crate) fn text_until(
        text: impl Into<String>,
        at: DateTime<Utc>,
        zone: Option<FixedOffset>,
    ) -> Self {
        Self {
            content: Content::Moment(text.into(), at, zone),
            role: Role::Plain,
        }
    }

    /// The same cell with another role.
    #[must_use]
    pub(crate) fn role(self, role: Role) -> Self {
        Self { role, ..self }
    }

    /// The time, if it is one.
    pub(crate) fn at(&self) -> Option<DateTime<Utc>> {
        match &self.content {
            Content::Time(at) | Content::Due(at) | Content::Moment(_, at, _) => Some(*at),
            Content::Text(_) | Content::Id(_) | Content::Count(_) => None,
        }
    }

    /// What rows are sorted by: a number, a time or a text, `null` if the value is absent or unknown.
    pub(crate) fn value(&self) -> Value {
        match &self.content {
            _ if self.is_absent() => Value::Null,
            Content::Text(text) | Content::Id(text) => text.as_str().into(),
            Content::Count(count) => (*count).into(),
            Content::Time(at) | Content::Due(at) | Content::Moment(_, at, _) => {
                at.to_rfc3339().into()
            }
        }
    }

    fn is_absent(&self) -> bool {
        *self == Self::none() || *self == Self::unknown()
    }

    pub(crate) fn meaning(&self) -> Role {
        self.role
    }

    /// The text on one line, with control characters escaped.
    pub(crate) fn draw(&self, now: DateTime<Utc>, style: TimeStyle) -> String {
        match &self.content {
            Content::Text(text) | Content::Id(text) => text::escape(text).into_owned(),
            Content::Count(count) => count.to_string(),
            Content::Time(at) => text::time(*at, now, style),
            Content::Due(at) => text::due(*at, now, style),
            Content::Moment(before, at, zone) => {
                text::escape(before).into_owned() + &text::moment((*at, *zone), now, style)
            }
        }
    }

    /// The bytes of its text.
    pub(crate) fn text_bytes(&self) -> usize {
        match &self.content {
            Content::Text(text) | Content::Id(text) => text.len(),
            Content::Count(_) | Content::Time(_) | Content::Due(_) | Content::Moment(..) => 0,
        }
    }

    /// The short form of a UUID.
    pub(crate) fn short_id(&self) -> Option<&str> {
        match &self.content {
            Content::Id(id) => short_id(id),
            Content::Text(_)
            | Content::Count(_)
            | Content::Time(_)
            | Content::Due(_)
            | Content::Moment(..) => None,
        }
    }

    /// A count in at most four characters, such as `1.2M`.
    pub(crate) fn short_count(&self) -> Option<String> {
        match &self.content {
            Content::Count(count) => Some(text::short_count(*count)),
            Content::Text(_)
            | Content::Id(_)
            | Content::Time(_)
            | Content::Due(_)
            | Content::Moment(..) => None,
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

/// When the cells of a column are cut to make the row fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// First: text such as a payload.
    First,
    /// After text: ids, which people copy.
    Last,
    /// Numbers, times, and names that are typed in other commands.
    Never,
}

/// The head of a column, and how the column behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    /// In capital letters.
    pub title: &'static str,
    /// The title on a narrow terminal.
    pub short: &'static str,
    pub align: Align,
    /// For `-o wide` only.
    pub wide: bool,
    pub cut: Cut,
    /// The width reserved for the column, whatever the rows hold.
    pub reserve: usize,
    /// If the terminal is too narrow, the column with the highest rank is hidden first. 0: never hidden.
    pub rank: u8,
}

impl Head {
    /// A column that is always shown and may be cut.
    pub(crate) const fn new(title: &'static str, align: Align) -> Self {
        Self {
            title,
            short: title,
            align,
            wide: false,
            cut: Cut::First,
            reserve: 8,
            rank: 0,
        }
    }
}

/// Rows of cells under heads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Table {
    pub heads: Vec<Head>,
    /// Each as long as `heads`.
    pub rows: Vec<Vec<Cell>>,
    /// The sum of the rows, below them.
    pub total: Option<Vec<Cell>>,
    /// Which rows to show if the screen has no room for all.
    pub ranking: Option<Ranking>,
}

/// The importance of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ranking {
    /// What a row is, `queue`.
    pub noun: &'static str,
    /// The indices of the rows, the most important first.
    pub places: Vec<usize>,
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
    /// A remark on the data; not printed with `--quiet` and `--no-headers`.
    Footer(Cell),
}

/// A document laid out for people.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Page {
    /// The data, from top to bottom.
    pub parts: Vec<Part>,
    /// Notes, which go to stderr.
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

    /// Adds a table unless it is empty.
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

    #[must_use]
    pub(crate) fn footer(self, cell: Cell) -> Self {
        self.part(Part::Footer(cell))
    }

    /// Adds a note.
    #[must_use]
    pub(crate) fn note(mut self, cell: impl Into<Cell>) -> Self {
        self.notes.push(cell.into());
        self
    }

    /// Makes the page this many lines shorter, if it has a table with a ranking; a footer says how many rows are hidden.
    pub(crate) fn shorten(&mut self, lines: usize) {
        let ranked = self
            .parts
            .iter_mut()
            .enumerate()
            .find_map(|(place, part)| match part {
                Part::Table(table) => Some((place, table.ranking.take()?, table)),
                Part::Sentence(_) | Part::Facts(_) | Part::Block(_) | Part::Footer(_) => None,
            });
        let Some((place, ranking, table)) = ranked else {
            return;
        };
        // The footer takes two lines, with the empty line above it.
        let kept = table.rows.len().saturating_sub(lines + 2);
        let hidden = (table.rows.len() - kept) as u64;
        let shown = ranking.places.iter().take(kept);
        table.rows = shown.map(|&place| table.rows[place].clone()).collect();
        let more = text::plural(hidden, &format!("more {}", ranking.noun));
        let more = Cell::text(more).role(Role::Dim);
        self.parts.insert(place + 1, Part::Footer(more));
    }

    fn part(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }
}
