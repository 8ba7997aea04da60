//! Documents as rows of a list, and the columns of its table.

use serde::{Serialize, Serializer};

use super::View;
use super::page::{Align, Cell, Cut, Head, Page, Table};
use crate::document::Document;

/// A document that is a row of a list.
pub(crate) trait Row: Document + Sized {
    /// The plural noun, as in `no tasks`.
    const PLURAL: &'static str;

    /// The default columns.
    fn columns() -> Vec<Column<Self>>;

    /// The id that `-o id` prints.
    fn id(&self) -> Option<&str>;
}

/// One column of a list.
#[derive(Debug)]
pub(crate) struct Column<R> {
    pub head: Head,
    pub cell: fn(&R) -> Cell,
    /// The key of the document whose value sorts the rows, where the text of the cells does not.
    pub key: Option<&'static str>,
}

/// Also of rows that cannot be cloned.
impl<R> Clone for Column<R> {
    fn clone(&self) -> Self {
        Self {
            head: self.head,
            cell: self.cell,
            key: self.key,
        }
    }
}

impl<R> Column<R> {
    /// Text, cut first when the terminal is narrow.
    pub(crate) const fn text(title: &'static str, cell: fn(&R) -> Cell) -> Self {
        Self {
            head: Head::new(title, Align::Left),
            cell,
            key: None,
        }
    }

    /// Text that people copy, such as an id: cut last.
    pub(crate) const fn key(title: &'static str, cell: fn(&R) -> Cell) -> Self {
        let mut column = Self::text(title, cell);
        column.head.cut = Cut::Last;
        column
    }

    /// A number: aligned to the right, never cut.
    pub(crate) const fn number(title: &'static str, cell: fn(&R) -> Cell) -> Self {
        let mut column = Self::whole(title, cell).reserve(4);
        column.head.align = Align::Right;
        column
    }

    /// A time, or a name that is typed in other commands: never cut.
    pub(crate) const fn whole(title: &'static str, cell: fn(&R) -> Cell) -> Self {
        let mut column = Self::text(title, cell);
        column.head.cut = Cut::Never;
        column
    }

    /// The same column with another title on a narrow terminal.
    #[must_use]
    pub(crate) const fn short(mut self, title: &'static str) -> Self {
        self.head.short = title;
        self
    }

    /// The same column with this width reserved.
    #[must_use]
    pub(crate) const fn reserve(mut self, width: usize) -> Self {
        self.head.reserve = width;
        self
    }

    /// The same column, hidden on a narrow terminal before columns of a lower rank.
    #[must_use]
    pub(crate) const fn rank(mut self, rank: u8) -> Self {
        self.head.rank = rank;
        self
    }

    /// The same column, whose rows this key of the document sorts.
    #[must_use]
    pub(crate) const fn sorted_by(mut self, key: &'static str) -> Self {
        self.key = Some(key);
        self
    }

    /// The same column, for `-o wide` only.
    #[must_use]
    pub(crate) const fn wide(mut self) -> Self {
        self.head.wide = true;
        self
    }
}

impl<R> Column<R> {
    /// The columns of these names, in their order, always shown; without names, all as they are.
    ///
    /// # Errors
    /// The names that no column has.
    pub(crate) fn chosen(columns: Vec<Self>, names: &[String]) -> Result<Vec<Self>, Vec<String>> {
        if names.is_empty() {
            return Ok(columns);
        }
        let column = |name: &String| Self::named(&columns, name);
        let unknown = names.iter().filter(|name| column(name).is_none());
        let unknown: Vec<String> = unknown.cloned().collect();
        if !unknown.is_empty() {
            return Err(unknown);
        }
        let chosen = names.iter().filter_map(column);
        Ok(chosen.cloned().map(Self::always).collect())
    }

    /// The column of this name, or with this title on a narrow terminal.
    pub(crate) fn named<'a>(columns: &'a [Self], name: &str) -> Option<&'a Self> {
        let name = name.trim().to_lowercase();
        let find = |is_it: fn(&Self, &str) -> bool| columns.iter().find(|one| is_it(one, &name));
        find(|one, name| one.name() == name)
            .or_else(|| find(|one, name| word(one.head.short) == name))
    }

    /// The word for it on the command line: its title in lower case.
    pub(crate) fn name(&self) -> String {
        word(self.head.title)
    }

    /// The same column, which is always shown.
    pub(crate) fn always(mut self) -> Self {
        (self.head.wide, self.head.rank) = (false, 0);
        self
    }
}

/// The word for a title on the command line.
fn word(title: &str) -> String {
    title.to_lowercase().replace(' ', "_")
}

/// A whole list as one document.
pub(crate) struct ListView<R> {
    columns: Vec<Column<R>>,
    rows: Vec<R>,
}

impl<R: Row> ListView<R> {
    pub(crate) const fn new(columns: Vec<Column<R>>, rows: Vec<R>) -> Self {
        Self { columns, rows }
    }
}

impl<R: Row> Serialize for ListView<R> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.rows.serialize(to)
    }
}

impl<R: Row> View for ListView<R> {
    fn list(&self) -> Option<(&'static str, &'static [&'static str])> {
        // The document is the list.
        Some(("", R::FIELDS))
    }

    fn page(&self) -> Page {
        let page = Page::new().table(Table::of(&self.columns, &self.rows));
        if self.rows.is_empty() {
            return page.note(format!("no {}", R::PLURAL));
        }
        page
    }

    fn ids(&self) -> Vec<&str> {
        self.rows.iter().filter_map(Row::id).collect()
    }
}

impl Table {
    /// A table of these rows with these columns.
    pub(crate) fn of<'a, R: 'a>(
        columns: &[Column<R>],
        rows: impl IntoIterator<Item = &'a R>,
    ) -> Self {
        let cells = |row| columns.iter().map(|column| (column.cell)(row)).collect();
        Self {
            heads: columns.iter().map(|column| column.head).collect(),
            rows: rows.into_iter().map(cells).collect(),
            ..Self::default()
        }
    }

    /// A table of these rows with their default columns.
    pub(crate) fn list<R: Row>(rows: &[R]) -> Self {
        Self::of(&R::columns(), rows)
    }
}
