//! Tables that are sorted by the column whose head is clicked.

use maud::{Markup, html};

/// Which way a column is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Ascending,
    Descending,
}

impl Direction {
    /// As a parameter of an address.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ascending => "asc",
            Self::Descending => "desc",
        }
    }

    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

/// The head of a column. `sorted` is the direction if the rows are sorted by it; `link` is the address that sorts them.
pub(crate) fn head(title: &str, number: bool, sorted: Option<Direction>, link: &str) -> Markup {
    let (said, arrow) = match sorted {
        Some(Direction::Ascending) => (Some("ascending"), " ↑"),
        Some(Direction::Descending) => (Some("descending"), " ↓"),
        None => (None, ""),
    };
    html! {
        th role="columnheader" scope="col" .number[number] aria-sort=[said] {
            a href=(link) { (title) (arrow) }
        }
    }
}
