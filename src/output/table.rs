//! Tables: no lines, two blanks between columns, fitted to the width there is.
//!
//! Nothing wraps: a row is a line. Where the terminal is too narrow, the widest column of text gives way
//! first, then ids, and then a column of text is left out: a minor one, or else the last. Off a terminal nothing is cut.

use super::style::paint;
use super::{Canvas, Format};
use crate::view::{Align, Cell, Head, Role, text};

/// Between two columns.
const GAP: &str = "  ";

/// A column of text keeps this much while others can still give way.
const NARROWEST: usize = 8;

/// An id keeps this much (a UUID), however narrow the terminal.
const NARROWEST_KEY: usize = 36;

/// No cell is wider, even in a pipe: one huge value would be padding in every other row.
const WIDEST: usize = 1_000;

/// The widths of a table that is printed in batches.
#[derive(Debug)]
pub(super) struct Layout {
    heads: Vec<Head>,
    natural: Vec<usize>,
    headed: bool,
}

impl Layout {
    /// A table whose heads are printed above the first rows, if at all.
    pub(super) fn new(heads: Vec<Head>, headed: bool) -> Self {
        let natural = heads
            .iter()
            .map(|head| if headed { text::width(head.title) } else { 0 })
            .collect();
        Self {
            heads,
            natural,
            headed,
        }
    }

    /// The lines of these rows, below those printed before. Columns grow if they must, and never shrink.
    pub(super) fn lines(&mut self, rows: &[Vec<Cell>], canvas: &Canvas) -> Vec<String> {
        let drawn: Vec<Vec<(String, Role)>> = rows
            .iter()
            .map(|row| row.iter().map(|cell| draw(cell, canvas)).collect())
            .collect();
        for row in &drawn {
            for (width, (text, _)) in self.natural.iter_mut().zip(row) {
                *width = (*width).max(text::width(text));
            }
        }
        let widths = fit(&self.heads, &self.natural, canvas);
        let mut lines = Vec::with_capacity(drawn.len() + 1);
        if std::mem::take(&mut self.headed) {
            let titles: Vec<_> = self
                .heads
                .iter()
                .map(|head| (head.title.to_owned(), Role::Dim))
                .collect();
            lines.push(self.line(&titles, &widths, canvas.colored));
        }
        lines.extend(
            drawn
                .iter()
                .map(|row| self.line(row, &widths, canvas.colored)),
        );
        lines
    }

    fn line(&self, cells: &[(String, Role)], widths: &[usize], colored: bool) -> String {
        let mut line = String::new();
        // Blanks are owed until something follows them, so that no line ends in any.
        let mut owed = 0;
        for ((head, (content, role)), &width) in self.heads.iter().zip(cells).zip(widths) {
            if width == 0 {
                continue;
            }
            let content = text::truncate(content, width);
            let pad = width - text::width(&content).min(width);
            if head.align == Align::Right {
                owed += pad;
            }
            if !content.is_empty() {
                line.extend(std::iter::repeat_n(' ', std::mem::take(&mut owed)));
                line += &paint(&content, *role, colored);
            }
            if head.align == Align::Left {
                owed += pad;
            }
            owed += GAP.len();
        }
        line
    }
}

fn draw(cell: &Cell, canvas: &Canvas) -> (String, Role) {
    let text = cell.draw(canvas.now, canvas.time);
    (text::truncate(&text, WIDEST).into_owned(), cell.meaning())
}

/// The widths that fit; 0 leaves a column out.
///
/// Text gives way first, then ids. Where that is not enough a minor column or the last one of text goes,
/// unless all were asked for: a bit of a payload tells less than the types beside it.
fn fit(heads: &[Head], natural: &[usize], canvas: &Canvas) -> Vec<usize> {
    let Some(limit) = canvas.width else {
        return natural.to_vec();
    };
    let title = |column: usize| text::width(heads[column].title);
    let is_text = |column: usize| heads[column].shrinks;
    let is_key = |column: usize| !heads[column].shrinks && heads[column].align == Align::Left;
    let readable = |mut widths: Vec<usize>| {
        squeeze(&mut widths, limit, |column| {
            is_text(column).then(|| NARROWEST.max(title(column)).max(heads[column].least))
        });
        squeeze(&mut widths, limit, |column| {
            is_key(column).then(|| NARROWEST_KEY.max(title(column)).max(heads[column].least))
        });
        widths
    };
    let mut widths = readable(natural.to_vec());
    let others = || (0..heads.len()).filter(|&column| is_text(column)).skip(1);
    let minor = others().find(|&column| heads[column].minor);
    if let Some(one) = minor
        .or_else(|| others().last())
        .filter(|_| canvas.format == Format::Table && taken(&widths) > limit)
    {
        let mut fewer = natural.to_vec();
        fewer[one] = 0;
        widths = readable(fewer);
    }
    let mut narrow = widths.clone();
    squeeze(&mut narrow, limit, |column| {
        is_text(column).then_some(NARROWEST / 2)
    });
    // Rows that wrap all the same had better be readable.
    if taken(&narrow) > limit {
        widths
    } else {
        narrow
    }
}

/// The length of a line.
fn taken(widths: &[usize]) -> usize {
    let shown = widths.iter().filter(|&&width| width > 0).count();
    widths.iter().sum::<usize>() + GAP.len() * shown.saturating_sub(1)
}

/// Takes from the widest of the columns that have a floor, until the line fits or all stand on theirs.
fn squeeze(widths: &mut [usize], limit: usize, floor: impl Fn(usize) -> Option<usize>) {
    let mut excess = taken(widths).saturating_sub(limit);
    while excess > 0 {
        let widest = (0..widths.len())
            .filter(|&column| floor(column).is_some_and(|floor| widths[column] > floor))
            .max_by_key(|&column| widths[column]);
        let Some(widest) = widest else { return };
        widths[widest] -= 1;
        excess -= 1;
    }
}
