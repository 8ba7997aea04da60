//! Which columns of a table are shown, and how wide each is.
//!
//! Which columns are shown depends on the width of the terminal alone, not on the rows.

use super::{Cut, Head, text};

/// The space between two columns.
pub(crate) const GAP: &str = "  ";

/// The width down to which ids are cut before text is cut to almost nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdWidth {
    /// Where UUIDs are shortened, a long id must not take the room of everything that tells tasks apart.
    Short = 20,
    /// The length of a UUID.
    Uuid = 36,
}

/// Which columns are shown, and whether they need their short titles.
pub(crate) fn choose(heads: &[Head], limit: Option<usize>) -> (Vec<bool>, bool) {
    let mut shown = vec![true; heads.len()];
    let fits = |shown: &[bool], title: fn(&Head) -> &'static str| {
        let heads = heads.iter().zip(shown).filter(|(_, shown)| **shown);
        let widths = heads.map(|(head, _)| text::width(title(head)).max(head.reserve));
        limit.is_none_or(|limit| taken(&widths.collect::<Vec<_>>()) <= limit)
    };
    if fits(&shown, |head| head.title) {
        return (shown, false);
    }
    while !fits(&shown, |head| head.short) {
        let left = (0..heads.len()).filter(|&column| shown[column] && heads[column].rank > 0);
        let Some(last) = left.max_by_key(|&column| heads[column].rank) else {
            break;
        };
        shown[last] = false;
    }
    (shown, true)
}

/// The widths at which a row fits; 0 for hidden columns.
pub(crate) fn fit(
    heads: &[Head],
    natural: &[usize],
    limit: Option<usize>,
    ids: IdWidth,
) -> Vec<usize> {
    let mut widths = natural.to_vec();
    let Some(limit) = limit else { return widths };
    // One step after the other until a row fits; `None` is the reserved width.
    for (cut, floor) in [
        (Cut::First, None),
        (Cut::Last, Some(ids as usize)),
        (Cut::First, Some(4)),
        (Cut::Last, Some(8)),
    ] {
        squeeze(&mut widths, limit, |column| {
            let head = &heads[column];
            (head.cut == cut).then_some(floor.unwrap_or(head.reserve))
        });
    }
    widths
}

/// The length of a row.
pub(crate) fn taken(widths: &[usize]) -> usize {
    let shown = widths.iter().filter(|&&width| width > 0).count();
    widths.iter().sum::<usize>() + GAP.len() * shown.saturating_sub(1)
}

/// Narrows the widest column with a floor, one by one, until the row fits or all have reached their floors.
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
