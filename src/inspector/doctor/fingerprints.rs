//! The ids of a queue, in eight bytes each.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

/// A set of ids. Two ids with one fingerprint are so rare that they do not matter: what is suspicious is looked at by its id.
#[derive(Debug, Default)]
pub(super) struct Fingerprints {
    hasher: RandomState,
    of: HashSet<u64, BuildHasherDefault<AsIs>>,
}

impl Fingerprints {
    /// Makes room for this many ids: growing step by step takes half as much again for a while.
    pub(super) fn reserve(&mut self, ids: u64) {
        self.of.reserve(usize::try_from(ids).unwrap_or(0));
    }

    /// Adds an id. Returns whether it is new.
    pub(super) fn add(&mut self, id: &[u8]) -> bool {
        self.of.insert(self.hasher.hash_one(id))
    }

    pub(super) fn contains(&self, id: &[u8]) -> bool {
        self.of.contains(&self.hasher.hash_one(id))
    }
}

/// Fingerprints are hashes already.
#[derive(Debug, Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once() {
        let mut ids = Fingerprints::default();
        assert!(ids.add(b"a") && ids.add(b"b") && !ids.add(b"a"));
        assert!(ids.contains(b"b") && !ids.contains(b"c"));
    }
}
