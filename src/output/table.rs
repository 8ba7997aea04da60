//! Tables: no lines, two blanks between columns, fitted to the width there is.
//!
//! Nothing wraps: a row is a line. Where the terminal is too narrow, the widest column of text gives way
//! first, and ids last of all. Off a terminal nothing is cut.

use super::style::paint;
use crate::view::{Align, Cell, Head, Role, text};

use super::Canvas;

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
        let widths = fit(&self.heads, &self.natural, canvas.width);
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

/// The widths that fit: first text gives way, the widest column before others, then
/// ids, then titles of text.
fn fit(heads: &[Head], natural: &[usize], limit: Option<usize>) -> Vec<usize> {
    let mut widths = natural.to_vec();
    let Some(limit) = limit else {
        return widths;
    };
    let gaps = GAP.len() * heads.len().saturating_sub(1);
    let title = |column: usize| text::width(heads[column].title);
    let floors: [(bool, &dyn Fn(usize) -> usize); 3] = [
        (true, &|column| NARROWEST.max(title(column))),
        (false, &|column| NARROWEST_KEY.max(title(column))),
        (true, &|_| NARROWEST / 2),
    ];
    for (shrinks, floor) in floors {
        let total = widths.iter().sum::<usize>() + gaps;
        let mut excess = total.saturating_sub(limit);
        while excess > 0 {
            let widest = (0..widths.len())
                .filter(|&column| {
                    heads[column].shrinks == shrinks
                        && heads[column].align == Align::Left
                        && widths[column] > floor(column)
                })
                .max_by_key(|&column| widths[column]);
            let Some(widest) = widest else {
                break;
            };
            widths[widest] -= 1;
            excess -= 1;
        }
    }
    widths
}
