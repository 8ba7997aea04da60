//! Lists whose rows are in memory: sorted, with chosen columns, watched.

use std::time::Duration;

use super::order::{Order, SortKey, sort};
use crate::commands::Context;
use crate::commands::columns::chosen;
use crate::commands::watch::{Frame, check_interval, watch};
use crate::error::{Exit, Failure};
use crate::output::Rows;
use crate::task::parse;
use crate::view::{Column, ListView, Row};

/// The rows of a list that is sorted or watched: they are in memory.
const MAX_ROWS: usize = 10_000;

/// How a list is arranged.
#[derive(Debug, clap::Args)]
pub(super) struct Arrangement {
    /// Refresh every INTERVAL until interrupted
    #[arg(short, long, value_name = "INTERVAL", num_args = 0..=1, require_equals = true, default_missing_value = "2s", value_parser = parse::duration)]
    watch: Option<Duration>,
    /// Sort by these columns, or keys of the JSON document, separated by commas; -COLUMN is descending. Up to 10000 rows
    #[arg(
        long,
        value_name = "COLUMN",
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    sort: Vec<SortKey>,
    /// The columns of the table, by their titles, separated by commas; -o wide shows what there is
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    columns: Vec<String>,
    /// Cut nothing in tables
    #[arg(long, conflicts_with = "watch")]
    no_trunc: bool,
}

/// Rows that were read.
pub(super) struct Gathered<R> {
    pub(super) rows: Vec<R>,
    /// What could not be read.
    pub(super) unreadable: Vec<String>,
}

impl<R> Gathered<R> {
    pub(super) const fn new(rows: Vec<R>) -> Self {
        Self {
            rows,
            unreadable: Vec::new(),
        }
    }
}

/// How many rows to print.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// `--limit`.
    pub(super) asked: Option<u64>,
    /// The rows of a table without `--limit`.
    pub(super) table: Option<u64>,
}

impl Arrangement {
    /// Whether rows are not just printed as they are read.
    pub(super) fn keeps_rows(&self) -> bool {
        self.watch.is_some() || !self.sort.is_empty()
    }

    /// Whether it is shown again and again.
    pub(super) const fn is_watched(&self) -> bool {
        self.watch.is_some()
    }

    /// Starts a list with the columns that were asked for.
    pub(super) fn rows<'a, R: Row>(
        &self,
        cx: &'a Context,
        columns: Vec<Column<R>>,
    ) -> Result<Rows<'a, R>, Failure> {
        let rows = cx.printer.rows(self.chosen(cx, columns)?, cx.now());
        Ok(if self.no_trunc { rows.uncut() } else { rows })
    }

    /// Prints the list, once or again and again. `read` gets the number of rows that are needed.
    pub(super) async fn list<R: Row>(
        &self,
        cx: &Context,
        columns: Vec<Column<R>>,
        limits: Limits,
        mut read: impl AsyncFnMut(usize) -> anyhow::Result<Gathered<R>>,
    ) -> anyhow::Result<Exit> {
        // Before Redis is asked.
        drop(self.chosen(cx, columns.clone())?);
        let order = Order::new(&self.sort, &columns)?;
        let shown = limits
            .asked
            .or_else(|| limits.table.filter(|_| cx.printer.for_people()));
        let shown = shown.and_then(|shown| usize::try_from(shown).ok());
        let needed = match shown {
            Some(shown) if self.sort.is_empty() => shown.min(MAX_ROWS),
            Some(_) | None => MAX_ROWS,
        };
        let mut arranged = async || {
            // One more row tells whether there are more.
            let mut gathered = read(needed + 1).await?;
            let rows = &mut gathered.rows;
            let all = !self.sort.is_empty() || shown.is_none_or(|shown| shown > MAX_ROWS);
            if rows.len() > MAX_ROWS && all {
                return Err(anyhow::Error::from(too_many::<R>()));
            }
            sort(rows, &order)?;
            let more = shown.is_some_and(|shown| rows.len() > shown);
            rows.truncate(shown.unwrap_or(usize::MAX));
            Ok((gathered, more))
        };
        if let Some(interval) = self.watch {
            check_interval(interval)?;
            let chosen = self.chosen(cx, columns)?;
            return watch(cx, interval, async || {
                let (gathered, _) = arranged().await?;
                Ok(Frame {
                    view: ListView::new(chosen.clone(), gathered.rows),
                    troubles: gathered.unreadable,
                })
            })
            .await;
        }
        let (gathered, more) = arranged().await?;
        let mut lines = self.rows(cx, columns)?.up_to(limits.asked);
        for row in &gathered.rows {
            lines.push(row)?;
        }
        lines.finish()?;
        if let (true, None, Some(shown)) = (more, limits.asked, shown) {
            let rows = R::PLURAL;
            cx.printer.note(&format!(
                "showing the first {shown} {rows}; use --limit to show more"
            ));
        }
        Ok(cx.warn_unreadable(gathered.unreadable.iter()))
    }

    /// The columns that were asked for, in that order.
    fn chosen<R: Row>(
        &self,
        cx: &Context,
        columns: Vec<Column<R>>,
    ) -> Result<Vec<Column<R>>, Failure> {
        chosen(cx, &self.columns, columns)
    }
}

fn too_many<R: Row>() -> Failure {
    let what = format!("there are more than {MAX_ROWS} {}", R::PLURAL);
    let hint = "a list that is sorted or watched is kept in memory: select fewer, or without --sort use --limit";
    Failure::usage(what, hint)
}
