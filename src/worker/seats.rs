//! Counts tasks that run at the same time, for limits that may change meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many tasks run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seats(Arc<AtomicUsize>);

/// A task that runs. Dropping it makes room for another one.
#[derive(Debug)]
pub(crate) struct Seat(Seats);

impl Seats {
    pub(crate) fn taken(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Takes a seat, if fewer than `limit` are taken; `None` = any number.
    pub(crate) fn take(&self, limit: Option<usize>) -> Option<Seat> {
        let limit = limit.unwrap_or(usize::MAX);
        let next = |taken| (taken < limit).then_some(taken + 1);
        let taken = (self.0).fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        taken.ok().map(|_| Seat(self.clone()))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lower_limit_counts_those_who_sit_already() {
        let seats = Seats::default();
        let mut taken: Vec<Seat> = (0..3).filter_map(|_| seats.take(None)).collect();
        assert!(seats.take(Some(3)).is_none() && seats.taken() == 3);
        taken.truncate(1);
        assert!(seats.take(Some(1)).is_none());
        assert!(seats.take(Some(2)).is_some());
    }
}
