//! The delay between a failed attempt and the next one.

use std::sync::Arc;
use std::time::Duration;

/// How the delay before a retry is computed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Backoff {
    /// Asynq's own: `n⁴ + 15 + r·(n + 1)` seconds, `n` the retries so far and `r` random in 0…29.
    #[default]
    Asynq,
    /// `min · 2ⁿ`, at most `max`.
    Exponential {
        /// The delay before the first retry.
        min: Duration,
        /// The upper limit of the delay.
        max: Duration,
    },
    /// `min · (n + 1)`, at most `max`.
    Linear {
        /// The delay before the first retry.
        min: Duration,
        /// The upper limit of the delay.
        max: Duration,
    },
    /// The same delay each time.
    Constant(Duration),
    /// These delays, one after the other; the last one repeats.
    List(Arc<[Duration]>),
}

impl Backoff {
    /// The delay after a failure of a task that has been retried `retried` times before.
    ///
    /// `jitter` is the share by which the delay is shortened at random at most, in percent; without it, a delay that grows is
    /// shortened by up to a tenth, so that retries spread out. Asynq's delays are random in their own way.
    ///
    /// `roll` is a random number in `0.0..1.0`. It is an argument so that tests are deterministic.
    pub fn delay(&self, retried: i32, jitter: Option<u8>, roll: f64) -> Duration {
        let n = u64::try_from(retried).unwrap_or(0);
        let factor = u32::try_from(n).unwrap_or(u32::MAX);
        let (full, usual_jitter) = match self {
            Self::Asynq => {
                let spread = Duration::from_secs(n.saturating_add(1)).as_secs_f64();
                // The largest whole `r` of Asynq is 29, hence the floor of thirty times the roll.
                let random = (roll * 30.0).floor() * spread;
                let base = n.saturating_pow(4).saturating_add(15);
                return Duration::try_from_secs_f64(random)
                    .unwrap_or_default()
                    .saturating_add(Duration::from_secs(base))
                    .min(LONGEST);
            }
            Self::Exponential { min, max } => {
                let power = 1_u32.checked_shl(factor).unwrap_or(u32::MAX);
                (min.saturating_mul(power).min(*max), 10)
            }
            Self::Linear { min, max } => {
                let full = min.saturating_mul(factor.saturating_add(1));
                (full.min(*max), 10)
            }
            Self::Constant(delay) => (*delay, 0),
            Self::List(delays) => {
                let nth = usize::try_from(n).ok().and_then(|n| delays.get(n));
                let delay = nth.or(delays.last()).copied();
                (delay.unwrap_or_default(), 0)
            }
        };
        let jitter = f64::from(jitter.unwrap_or(usual_jitter)) / 100.0;
        full.mul_f64((1.0 - roll * jitter).max(0.0))
    }
}

/// The longest delay, so that the time of the next attempt always fits a date.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asynqs_formula() {
        let seconds = |retried, roll| Backoff::Asynq.delay(retried, None, roll).as_secs();
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
        let delays = [0, 1, 2, 3, 4, 31, 32, 1000].map(|n| backoff.delay(n, None, 0.0).as_secs());
        assert_eq!(delays, [10, 20, 40, 80, 100, 100, 100, 100]);
        assert_eq!(backoff.delay(0, None, 0.5), Duration::from_millis(9_500));
    }

    #[test]
    fn linear_grows_by_the_same_up_to_its_limit() {
        let backoff = Backoff::Linear {
            min: Duration::from_secs(10),
            max: Duration::from_secs(35),
        };
        let delays = [0, 1, 2, 3, i32::MAX].map(|n| backoff.delay(n, None, 0.0).as_secs());
        assert_eq!(delays, [10, 20, 30, 35, 35]);
        assert_eq!(backoff.delay(1, None, 0.5), Duration::from_secs(19));
    }

    #[test]
    fn constant_is_constant_and_the_last_of_a_list_repeats() {
        let constant = Backoff::Constant(Duration::from_secs(7));
        assert_eq!(constant.delay(0, None, 0.9), constant.delay(9, None, 0.1));
        let list = Backoff::List([1, 5, 60].map(Duration::from_secs).into());
        let delays = [-1, 0, 1, 2, 3, i32::MAX].map(|n| list.delay(n, None, 0.9).as_secs());
        assert_eq!(delays, [1, 1, 5, 60, 60, 60]);
    }

    #[test]
    fn jitter_shortens_by_up_to_its_share() {
        let ten = Backoff::Constant(Duration::from_secs(10));
        let delay = |jitter, roll| ten.delay(0, Some(jitter), roll).as_millis();
        assert_eq!(delay(50, 0.0), 10_000);
        assert_eq!(delay(50, 0.5), 7_500);
        assert_eq!(delay(100, 0.9), 1_000);
        let growing = Backoff::Exponential {
            min: Duration::from_secs(10),
            max: Duration::from_secs(10),
        };
        assert_eq!(growing.delay(0, Some(0), 0.9), Duration::from_secs(10));
    }
}
