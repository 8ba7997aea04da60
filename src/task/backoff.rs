//! The delay between a failed attempt and the next one.

use std::time::Duration;

/// How the delay before a retry is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Backoff {
    /// Asynq's own: `n⁴ + 15 + r·(n + 1)` seconds, `n` the retries so far and `r` random in 0…29.
    #[default]
    Asynq,
    /// `min · 2ⁿ`, at most `max`, shortened at random by up to a tenth so that retries spread out.
    Exponential {
        /// The delay before the first retry.
        min: Duration,
        /// The upper limit of the delay.
        max: Duration,
    },
    /// The same delay each time.
    Constant(Duration),
}

impl Backoff {
    /// The delay after a failure of a task that has been retried `retried` times before.
    ///
    /// `roll` is a random number in `0.0..1.0`. It is an argument so that tests are deterministic.
    pub fn delay(self, retried: i32, roll: f64) -> Duration {
        let n = u64::try_from(retried).unwrap_or(0);
        match self {
            Self::Asynq => {
                let spread = Duration::from_secs(n.saturating_add(1)).as_secs_f64();
                // The largest whole `r` of Asynq is 29, hence the floor of thirty times the roll.
                let random = (roll * 30.0).floor() * spread;
                let base = n.saturating_pow(4).saturating_add(15);
                Duration::try_from_secs_f64(random)
                    .unwrap_or_default()
                    .saturating_add(Duration::from_secs(base))
                    .min(LONGEST)
            }
            Self::Exponential { min, max } => {
                let factor = u32::try_from(n).ok().and_then(|n| 1_u32.checked_shl(n));
                let full = factor
                    .map_or(max, |factor| min.saturating_mul(factor))
                    .min(max);
                full.mul_f64(1.0 - roll / 10.0)
            }
            Self::Constant(delay) => delay,
        }
    }
}

/// The longest delay, so that the time of the next attempt always fits a date.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asynqs_formula() {
        let seconds = |retried, roll| Backoff::Asynq.delay(retried, roll).as_secs();
        assert_eq!(seconds(0, 0.0), 15);
        assert_eq!(seconds(0, 0.999), 15 + 29);
        assert_eq!(seconds(3, 0.0), 81 + 15);
        assert_eq!(seconds(3, 0.5), 81 + 15 + 15 * 4);
        assert_eq!(seconds(i32::MAX, 0.5), LONGEST.as_secs());
        assert_eq!(seconds(-1, 0.0), 15);
    }

    #[test]
    fn exponential_doubles_up_to_its_limit() {
        let backoff = Backoff::Exponential {
            min: Duration::from_secs(10),
            max: Duration::from_secs(100),
        };
        let delays = [0, 1, 2, 3, 4, 31, 32, 1000].map(|n| backoff.delay(n, 0.0).as_secs());
        assert_eq!(delays, [10, 20, 40, 80, 100, 100, 100, 100]);
        assert_eq!(backoff.delay(0, 0.5), Duration::from_millis(9_500));
    }

    #[test]
    fn constant_is_constant() {
        let backoff = Backoff::Constant(Duration::from_secs(7));
        assert_eq!(backoff.delay(0, 0.9), backoff.delay(9, 0.1));
    }
}
