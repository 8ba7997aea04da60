//! How many commands a tick may still send.

use std::sync::atomic::{AtomicU64, Ordering};

/// Commands that are left.
#[derive(Debug)]
pub(super) struct Budget(AtomicU64);

impl Budget {
    pub(super) const fn new(commands: u64) -> Self {
        Self(AtomicU64::new(commands))
    }

    /// Takes this many commands. Returns whether there were enough; if not, it takes none.
    pub(super) fn take(&self, commands: u64) -> bool {
        let less = |left: u64| left.checked_sub(commands);
        let taken = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        taken.is_ok()
    }

    /// Takes this many commands, or what is left: they have been sent.
    pub(super) fn spend(&self, commands: u64) {
        if !self.take(commands) {
            self.0.store(0, Ordering::Relaxed);
        }
    }

    /// Sets this many commands aside, or what is left.
    pub(super) fn set_aside(&self, commands: u64) -> Self {
        let aside = commands.min(self.0.load(Ordering::Relaxed));
        self.spend(aside);
        Self::new(aside)
    }

    /// Takes over what is left of another.
    pub(super) fn add(&self, other: &Self) {
        let left = other.0.swap(0, Ordering::Relaxed);
        self.0.fetch_add(left, Ordering::Relaxed);
    }
}
