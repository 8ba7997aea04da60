//! Pauses between attempts, and which of consecutive failures are reported.
//!
//! Pauses are random, so that clients that fail or start together do not continue in step.

use std::time::Duration;

/// Pauses that double from the first to the longest, each shortened at random by up to half.
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    pub(crate) const fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            next: first,
        }
    }

    /// The pause before the next attempt.
    pub(crate) fn next(&mut self) -> Duration {
        let pause = self.next;
        self.next = pause.saturating_mul(2).min(self.longest);
        pause.mul_f64(1.0 - fastrand::f64() / 2.0)
    }

    /// Starts again with the first pause, after a success.
    pub(crate) const fn reset(&mut self) {
        self.next = self.first;
    }
}

impl Default for Backoff {
    /// For an unreachable server: a short outage costs 50 ms, and its end is noticed within a second.
    fn default() -> Self {
        Self::new(Duration::from_millis(50), Duration::from_secs(1))
    }
}

/// An interval shortened at random by up to a tenth.
pub(crate) fn jittered(interval: Duration) -> Duration {
    interval.mul_f64(1.0 - fastrand::f64() / 10.0)
}

/// Tracks failures in a row, so that only the first of them and the recovery are reported.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outage {
    lasts: bool,
}

impl Outage {
    /// Records a failure. Returns whether it is the first in a row.
    pub(crate) const fn begins(&mut self) -> bool {
        !std::mem::replace(&mut self.lasts, true)
    }

    /// Records a success. Returns whether failures preceded it.
    pub(crate) const fn ends(&mut self) -> bool {
        std::mem::replace(&mut self.lasts, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_start_again() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_millis(300));
        for _ in 0..2 {
            for longest in [100, 200, 300, 300].map(Duration::from_millis) {
                let pause = backoff.next();
                assert!(longest / 2 <= pause && pause <= longest, "{pause:?}");
            }
            backoff.reset();
        }
        let second = Duration::from_secs(1);
        let interval = jittered(second);
        assert!(second.mul_f64(0.9) <= interval && interval <= second);
    }

    #[test]
    fn a_row_of_failures_begins_and_ends_once() {
        let mut outage = Outage::default();
        assert!(!outage.ends());
        assert!(outage.begins());
        assert!(!outage.begins());
        assert!(outage.ends());
        assert!(!outage.ends());
    }
}
