//! Attempts per minute, from counters that only grow.

use std::collections::VecDeque;

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};

use crate::document::overview::MinuteCount;

/// Minutes that are kept.
const MINUTES: usize = 60;

/// After a longer gap between two looks, it is not known in which minute something happened.
const LONGEST_GAP: TimeDelta = TimeDelta::seconds(90);

/// The attempts of the last hour.
#[derive(Debug, Clone, Default)]
pub(super) struct Hour {
    minutes: VecDeque<MinuteCount>,
    last: Option<Counters>,
}

/// The counters of a queue.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counters {
    pub(super) at: DateTime<Utc>,
    pub(super) processed: u64,
    pub(super) failed: u64,
}

impl Hour {
    /// Adds what the counters have grown by to the present minute. A counter that has become smaller was reset.
    pub(super) fn add(&mut self, now: Counters) {
        let Some(last) = self.last.replace(now) else {
            return;
        };
        let processed = now.processed.checked_sub(last.processed);
        let failed = now.failed.checked_sub(last.failed);
        let (Some(processed), Some(failed)) = (processed, failed) else {
            return;
        };
        let Ok(minute) = now.at.duration_trunc(TimeDelta::minutes(1)) else {
            return;
        };
        if now.at - last.at > LONGEST_GAP {
            return;
        }
        match self.minutes.back_mut().filter(|last| last.at == minute) {
            Some(last) => {
                last.processed += processed;
                last.failed += failed;
            }
            None => self.minutes.push_back(MinuteCount {
                at: minute,
                processed,
                failed,
            }),
        }
    }

    /// The minutes of the last hour, the oldest first.
    pub(super) fn minutes(&mut self, now: DateTime<Utc>) -> Vec<MinuteCount> {
        while let Some(first) = self.minutes.front()
            && (now - first.at > TimeDelta::hours(1) || self.minutes.len() > MINUTES)
        {
            self.minutes.pop_front();
        }
        self.minutes.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
    }

    fn seen(looks: &[(i64, u64, u64)]) -> Vec<(i64, u64, u64)> {
        let mut hour = Hour::default();
        let mut last = 0;
        for &(second, processed, failed) in looks {
            hour.add(Counters {
                at: at(second),
                processed,
                failed,
            });
            last = second;
        }
        let minutes = hour.minutes(at(last)).into_iter();
        let minute = |minute: MinuteCount| (minute.at - at(0)).num_seconds();
        minutes
            .map(|count| (minute(count), count.processed, count.failed))
            .collect()
    }

    #[test]
    fn attempts_are_counted_by_the_minute() {
        // The first look only shows where the counters are.
        assert_eq!(seen(&[(0, 100, 10)]), []);
        let looks = [(0, 100, 10), (2, 103, 11), (58, 104, 11), (61, 109, 12)];
        assert_eq!(seen(&looks), [(0, 4, 1), (60, 5, 1)]);
    }

    #[test]
    fn gaps_and_resets_are_left_out() {
        let looks = [
            (0, 100, 0),
            (600, 900, 0),
            (602, 901, 0),
            (604, 3, 0),
            (606, 4, 0),
        ];
        assert_eq!(seen(&looks), [(600, 2, 0)]);
    }

    #[test]
    fn an_hour_is_kept() {
        let looks: Vec<_> = (0..200)
            .map(|minute: u64| (60 * minute.cast_signed(), minute, 0))
            .collect();
        let seen = seen(&looks);
        assert_eq!(seen.len(), MINUTES);
        assert_eq!(seen.last(), Some(&(199 * 60, 1, 0)));
    }
}
