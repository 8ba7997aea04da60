//! The set of tasks that a selection names: those that were there when they were counted.

use std::hash::{BuildHasher as _, RandomState};

/// A set of ids, as one 64-bit fingerprint each: nine bytes an id, with a note whether its turn has come.
///
/// The hash function has a random key, so no stranger can choose ids that are taken for each other.
#[derive(Debug)]
pub(super) struct Members {
    hasher: RandomState,
    /// In ascending order once they are sealed.
    fingerprints: Vec<u64>,
    /// Where the fingerprints that begin with each of 2¹⁶ prefixes start: a few of them have one in common, so that
    /// a look-up touches little memory.
    starts: Vec<usize>,
    handled: Vec<bool>,
    left: u64,
}

impl Members {
    pub(super) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            fingerprints: Vec::new(),
            starts: Vec::new(),
            handled: Vec::new(),
            left: 0,
        }
    }

    /// Adds an id. Once all have been added, [`Self::seal`] makes them known.
    pub(super) fn add(&mut self, id: &[u8]) {
        self.fingerprints.push(self.fingerprint(id));
    }

    /// Number of ids added, those met twice counted twice until the set is sealed.
    pub(super) fn len(&self) -> u64 {
        self.fingerprints.len() as u64
    }

    pub(super) fn seal(&mut self) {
        self.fingerprints.sort_unstable();
        self.fingerprints.dedup();
        self.fingerprints.shrink_to_fit();
        let mut start = 0;
        for prefix in 0..=u64::from(u16::MAX) {
            self.starts.push(start);
            let same = self.fingerprints[start..].iter();
            start += same.take_while(|one| **one >> 48 == prefix).count();
        }
        self.starts.push(start);
        self.handled = vec![false; self.fingerprints.len()];
        self.left = self.len();
    }

    /// Whether an id is in the set and its turn has not come yet.
    pub(super) fn awaits(&self, id: &[u8]) -> bool {
        self.place(id).is_some_and(|place| !self.handled[place])
    }

    /// Notes that the turn of an id has come.
    pub(super) fn handle(&mut self, id: &[u8]) {
        if let Some(place) = self.place(id)
            && !std::mem::replace(&mut self.handled[place], true)
        {
            self.left -= 1;
        }
    }

    /// Ids whose turn has not come.
    pub(super) const fn left(&self) -> u64 {
        self.left
    }

    fn place(&self, id: &[u8]) -> Option<usize> {
        let fingerprint = self.fingerprint(id);
        let prefix = usize::from(u16::try_from(fingerprint >> 48).ok()?);
        let (start, end) = (*self.starts.get(prefix)?, *self.starts.get(prefix + 1)?);
        let same = self.fingerprints[start..end].iter();
        let place = same.take_while(|one| **one <= fingerprint).count() + start;
        let found = *self.fingerprints.get(place.checked_sub(1)?)?;
        (found == fingerprint).then_some(place - 1)
    }

    /// Ids that are not UTF-8 are known by the text that a task's record shows.
    fn fingerprint(&self, id: &[u8]) -> u64 {
        self.hasher.hash_one(String::from_utf8_lossy(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_id_is_awaited_until_it_was_handled() {
        let mut members = Members::new();
        for id in ["a", "b", "a", "\u{fffd}"] {
            members.add(id.as_bytes());
        }
        members.seal();
        assert_eq!((members.len(), members.left()), (3, 3));
        assert!(members.awaits(b"a") && members.awaits(b"\xff") && !members.awaits(b"c"));
        members.handle(b"a");
        members.handle(b"a");
        members.handle(b"c");
        assert!(!members.awaits(b"a"));
        assert_eq!((members.len(), members.left()), (3, 2));
    }
}
