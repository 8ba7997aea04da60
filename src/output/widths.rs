//! How wide each column of a table is.

use super::canvas::Canvas;
use crate::view::settings::Format;
use crate::view::{Align, Head, text};

/// Between two columns.
pub(super) const GAP: &str = "  ";

/// A column of text keeps this much while others can still give way.
const MIN_TEXT: usize = 8;

/// An id keeps this much (a UUID), however narrow the terminal.
const MIN_KEY: usize = 36;

/// The widths that fit; 0 leaves a column out.
///
/// Text gives way first, then ids. Where that is not enough a minor column or the last one of text goes,
/// unless all were asked for: a bit of a payload tells less than the types beside it.
pub(super) fn fit(heads: &[Head], natural: &[usize], canvas: &Canvas) -> Vec<usize> {
    let Some(limit) = canvas.width else {
        return natural.to_vec();
    };
    let title = |column: usize| text::width(heads[column].title);
    let is_text = |column: usize| heads[column].shrinks;
    let is_key = |column: usize| !heads[column].shrinks && heads[column].align == Align::Left;
    let readable = |mut widths: Vec<usize>| {
        squeeze(&mut widths, limit, |column| {
            is_text(column).then(|| MIN_TEXT.max(title(column)).max(heads[column].least))
        });
        squeeze(&mut widths, limit, |column| {
            is_key(column).then(|| MIN_KEY.max(title(column)).max(heads[column].least))
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
        is_text(column).then_some(MIN_TEXT / 2)
    });
    // If rows wrap all the same, cutting the text only makes them harder to read.
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
