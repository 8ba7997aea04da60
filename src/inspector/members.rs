//! The set of tasks that were counted, so that a change can tell them from newcomers.

use std::collections::VecDeque;
use std::hash::{BuildHasher as _, RandomState};

/// A set of ids. Each takes nine bytes: a 64-bit fingerprint, and whether the id is done.
///
/// The hash function has a random key, so that nobody can choose ids whose fingerprints collide.
#[derive(Debug)]
pub(super) struct Members {
    hasher: RandomState,
    /// In the order in which they were added; in ascending order once one has been looked up.
    fingerprints: Vec<u64>,
    /// Blocks of ids in the order in which they were added, if a whole container was selected.
    blocks: VecDeque<Block>,
    lookup: Option<Lookup>,
    left: u64,
}

/// Consecutive ids in a container.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) count: usize,
    pub(super) digest: String,
}

/// An index of fingerprints.
#[derive(Debug)]
struct Lookup {
    /// Where the fingerprints with each of the 2¹⁶ possible prefixes start. Few share a prefix, so a look-up touches
    /// little memory.
    starts: Vec<usize>,
    /// Whether each id is done.
    handled: Vec<bool>,
}

impl Members {
    pub(super) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            fingerprints: Vec::new(),
            blocks: VecDeque::new(),
            lookup: None,
            left: 0,
        }
    }

    /// Adds an id.
    pub(super) fn add(&mut self, id: &[u8]) {
        self.fingerprints.push(self.fingerprint(id));
        self.left += 1;
    }

    /// Adds the block of the ids that were added last.
    pub(super) fn add_block(&mut self, block: Block) {
        self.blocks.push_back(block);
    }

    /// Number of ids. An id that was added twice counts twice until the first look-up.
    pub(super) fn len(&self) -> u64 {
        self.fingerprints.len() as u64
    }

    /// Ids that are not done.
    pub(super) const fn left(&self) -> u64 {
        self.left
    }

    /// The next block, unless an id has been looked up.
    pub(super) fn next_block(&self) -> Option<Block> {
        self.blocks.front().cloned()
    }

    /// Marks the next block as done.
    pub(super) fn handle_block(&mut self) {
        if let Some(block) = self.blocks.pop_front() {
            self.left -= block.count as u64;
        }
    }

    /// Builds the index of the ids that are not done. After that there are no blocks.
    pub(super) fn look_up(&mut self) {
        if self.lookup.is_some() {
            return;
        }
        let done = self.fingerprints.len() - usize::try_from(self.left).unwrap_or(0);
        self.blocks.clear();
        self.fingerprints.drain(..done);
        self.fingerprints.sort_unstable();
        self.fingerprints.dedup();
        let mut starts = Vec::with_capacity(usize::from(u16::MAX) + 2);
        let mut start = 0;
        for prefix in 0..=u64::from(u16::MAX) {
            starts.push(start);
            let same = self.fingerprints[start..].iter();
            start += same.take_while(|one| **one >> 48 == prefix).count();
        }
        starts.push(start);
        self.lookup = Some(Lookup {
            starts,
            handled: vec![false; self.fingerprints.len()],
        });
        self.left = self.fingerprints.len() as u64;
    }

    /// Whether the set holds an id that is not done.
    pub(super) fn awaits(&self, id: &[u8]) -> bool {
        let handled = |place: usize| {
            self.lookup
                .as_ref()
                .is_none_or(|known| known.handled[place])
        };
        self.place(id).is_some_and(|place| !handled(place))
    }

    /// Marks an id as done.
    pub(super) fn handle(&mut self, id: &[u8]) {
        let place = self.place(id);
        if let (Some(place), Some(lookup)) = (place, &mut self.lookup)
            && !std::mem::replace(&mut lookup.handled[place], true)
        {
            self.left -= 1;
        }
    }

    fn place(&self, id: &[u8]) -> Option<usize> {
        let starts = &self.lookup.as_ref()?.starts;
        let fingerprint = self.fingerprint(id);
        let prefix = usize::from(u16::try_from(fingerprint >> 48).ok()?);
        let (start, end) = (*starts.get(prefix)?, *starts.get(prefix + 1)?);
        let same = self.fingerprints[start..end].iter();
        let place = same.take_while(|one| **one <= fingerprint).count() + start;
        let found = *self.fingerprints.get(place.checked_sub(1)?)?;
        (found == fingerprint).then_some(place - 1)
    }

    /// Ids that are not UTF-8 are compared by the text in the task's record.
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
        members.look_up();
        assert_eq!((members.len(), members.left()), (3, 3));
        assert!(members.awaits(b"a") && members.awaits(b"\xff") && !members.awaits(b"c"));
        members.handle(b"a");
        members.handle(b"a");
        members.handle(b"c");
        assert!(!members.awaits(b"a"));
        assert_eq!((members.len(), members.left()), (3, 2));
    }

    #[test]
    fn ids_of_handled_blocks_are_not_looked_up() {
        let mut members = Members::new();
        for id in ["a", "b", "c"] {
            members.add(id.as_bytes());
        }
        let block = |count| Block {
            count,
            digest: String::new(),
        };
        members.add_block(block(2));
        members.add_block(block(1));
        assert_eq!(members.next_block().map(|block| block.count), Some(2));
        members.handle_block();
        assert_eq!((members.len(), members.left()), (3, 1));
        members.look_up();
        assert!(members.next_block().is_none());
        assert!(!members.awaits(b"a") && members.awaits(b"c"));
        assert_eq!(members.left(), 1);
    }
}
