//! Removes duplicates from a list, and keeps its order.

use std::collections::HashSet;
use std::hash::Hash;

/// The values in the order given, each once, so that a name given twice is not changed twice.
pub(crate) fn distinct<T: Clone + Eq + Hash>(given: &[T]) -> Vec<T> {
    let mut seen = HashSet::new();
    given
        .iter()
        .filter(|value| seen.insert(*value))
        .cloned()
        .collect()
}
