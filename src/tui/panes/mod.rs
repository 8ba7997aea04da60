//! Documents as the lists and pages of the dashboard. What a row says is decided in `view`.

pub(super) mod audit;
pub(super) mod findings;
pub(super) mod output;
pub(super) mod queues;
pub(super) mod schedules;
pub(super) mod tasks;
pub(super) mod workers;

use super::place::Section;
use super::target::Target;
use crate::view::{Column, Row, Table};

/// A section with a row for each document.
fn section<R: Row>(
    title: Option<&'static str>,
    rows: &[R],
    target: impl Fn(&R) -> Target,
) -> Section {
    columns(title, &R::columns(), rows, target)
}

/// The same, with other columns.
fn columns<R: Row>(
    title: Option<&'static str>,
    columns: &[Column<R>],
    rows: &[R],
    target: impl Fn(&R) -> Target,
) -> Section {
    Section {
        title,
        table: Table::of(columns, rows),
        targets: rows.iter().map(target).collect(),
    }
}
