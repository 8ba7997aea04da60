//! Which ticks of a schedule are to be fired now, and which were missed. Pure.

use std::collections::VecDeque;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::entry::{CatchUp, Schedule};

/// A tick that is no older than this is late, not missed: it is fired whatever the policy says. Longer than
/// the claim of a scheduler that died, and than a restart of Redis takes.
pub const GRACE: Duration = Duration::from_secs(10);

/// Which ticks of a schedule are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Ticks at or before this time do not count: the schedule was changed or resumed then. `@every`
    /// counts from here.
    pub since: DateTime<Utc>,
    /// The newest tick that was fired or skipped.
    pub fired: Option<DateTime<Utc>>,
    /// Missed ticks up to this time are fired without counting them again.
    pub committed: Option<DateTime<Utc>>,
}

impl Progress {
    /// Ticks at or before this time are not due.
    pub fn after(&self) -> DateTime<Utc> {
        self.fired.map_or(self.since, |fired| fired.max(self.since))
    }
}

/// The next step of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Enqueue the task of this tick.
    Fire(DateTime<Utc>),
    /// Pass over the ticks from the first to the last, which may be one.
    Skip {
        /// The oldest of them.
        first: DateTime<Utc>,
        /// The newest of them.
        last: DateTime<Utc>,
    },
    /// Wait for this tick.
    Wait(DateTime<Utc>),
    /// There are no more ticks.
    Never,
}

/// The next step of a schedule that is not paused.
pub fn due(schedule: &Schedule, progress: Progress, now: DateTime<Utc>) -> Due {
    let after = progress.after();
    let next = |after| schedule.next(after, progress.since);
    let Some(first) = next(after) else {
        return Due::Never;
    };
    if first > now {
        return Due::Wait(first);
    }
    let fresh = now - GRACE;
    if first > fresh || progress.committed.is_some_and(|until| first <= until) {
        return Due::Fire(first);
    }
    let in_time = next(fresh).is_some_and(|tick| tick <= now);
    let wanted = match schedule.catch_up {
        CatchUp::None => 0,
        // If a tick is in time, that is the latest one.
        CatchUp::Latest => usize::from(!in_time),
        CatchUp::All(most) => usize::try_from(most).unwrap_or(usize::MAX),
    };
    let missed = Window {
        after,
        until: fresh,
    };
    let newest = missed.newest_ticks(schedule, progress.since, wanted + 1);
    match newest.front() {
        Some(last) if newest.len() > wanted => Due::Skip { first, last: *last },
        Some(_) | None => Due::Fire(first),
    }
}

/// The time later than `after`, up to and including `until`.
struct Window {
    after: DateTime<Utc>,
    until: DateTime<Utc>,
}

impl Window {
    /// The newest `limit` ticks, oldest first. A schedule may have fired every second for a year: the search
    /// looks back further and further until it has enough.
    fn newest_ticks(
        &self,
        schedule: &Schedule,
        anchor: DateTime<Utc>,
        limit: usize,
    ) -> VecDeque<DateTime<Utc>> {
        let mut span = TimeDelta::minutes(1);
        loop {
            let from = self
                .until
                .checked_sub_signed(span)
                .map_or(self.after, |from| from.max(self.after));
            let mut ticks = VecDeque::new();
            let mut at = from;
            while let Some(tick) = schedule.next(at, anchor).filter(|tick| *tick <= self.until) {
                if ticks.len() == limit {
                    ticks.pop_front();
                }
                ticks.push_back(tick);
                at = tick;
            }
            if ticks.len() == limit || from == self.after {
                return ticks;
            }
            span = span * 4;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::form::Form;
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn schedule(spec: &str, catch_up: &str) -> Schedule {
        let form = Form {
            name: Some("s".to_owned()),
            spec: spec.to_owned(),
            kind: "t".to_owned(),
            catch_up: Some(catch_up.to_owned()),
            ..Form::default()
        };
        form.check(at("2026-01-01T00:00:00Z")).unwrap()
    }

    /// All that happens from `since` to `now`, in short.
    fn story(spec: &str, catch_up: &str, since: &str, now: &str) -> Vec<String> {
        let schedule = schedule(spec, catch_up);
        let mut progress = Progress {
            since: at(since),
            fired: None,
            committed: None,
        };
        let short = |at: DateTime<Utc>| at.format("%d %H:%M:%S").to_string();
        let mut story = Vec::new();
        loop {
            match due(&schedule, progress, at(now)) {
                Due::Fire(tick) => {
                    story.push(format!("fire {}", short(tick)));
                    progress.fired = Some(tick);
                }
                Due::Skip { first, last } => {
                    story.push(format!("skip {} to {}", short(first), short(last)));
                    progress.fired = Some(last);
                }
                Due::Wait(tick) => {
                    story.push(format!("wait {}", short(tick)));
                    return story;
                }
                Due::Never => {
                    story.push("never".to_owned());
                    return story;
                }
            }
        }
    }

    #[test]
    fn what_is_in_time_is_fired_by_every_policy() {
        for policy in ["none", "latest", "all"] {
            let one = story(
                "0 3 * * *",
                policy,
                "2026-01-01T00:00:00Z",
                "2026-01-01T03:00:09Z",
            );
            assert_eq!(one, ["fire 01 03:00:00", "wait 02 03:00:00"], "{policy}");
            let none = story(
                "0 3 * * *",
                policy,
                "2026-01-01T00:00:00Z",
                "2026-01-01T02:59:59Z",
            );
            assert_eq!(none, ["wait 01 03:00:00"], "{policy}");
        }
    }

    #[test]
    fn what_was_missed_depends_on_the_policy() {
        let after = |policy| {
            story(
                "0 3 * * *",
                policy,
                "2026-01-01T00:00:00Z",
                "2026-01-05T12:00:00Z",
            )
        };
        let wait = "wait 06 03:00:00";
        assert_eq!(after("none"), ["skip 01 03:00:00 to 05 03:00:00", wait]);
        assert_eq!(
            after("latest"),
            ["skip 01 03:00:00 to 04 03:00:00", "fire 05 03:00:00", wait]
        );
        assert_eq!(
            after("all:2"),
            [
                "skip 01 03:00:00 to 03 03:00:00",
                "fire 04 03:00:00",
                "fire 05 03:00:00",
                wait
            ]
        );
        assert_eq!(after("all").len(), 6);
    }

    #[test]
    fn one_missed_tick_is_no_skip_for_latest() {
        let one = story(
            "0 3 * * *",
            "latest",
            "2026-01-01T00:00:00Z",
            "2026-01-01T12:00:00Z",
        );
        assert_eq!(one, ["fire 01 03:00:00", "wait 02 03:00:00"]);
    }

    #[test]
    fn latest_is_a_tick_in_time_if_there_is_one() {
        let now = story(
            "0 3 * * *",
            "latest",
            "2026-01-01T00:00:00Z",
            "2026-01-02T03:00:01Z",
        );
        assert_eq!(
            now,
            [
                "skip 01 03:00:00 to 01 03:00:00",
                "fire 02 03:00:00",
                "wait 03 03:00:00"
            ]
        );
    }

    #[test]
    fn a_year_of_seconds_is_skipped_without_walking_through_it() {
        let story = story(
            "* * * * * *",
            "all:3",
            "2025-01-01T00:00:00Z",
            "2026-01-01T00:00:00Z",
        );
        assert_eq!(story[0], "skip 01 00:00:01 to 31 23:59:47");
        assert_eq!(story.len(), 1 + 3 + 10 + 1, "{story:?}");
    }

    #[test]
    fn start_and_end_are_part_of_the_span() {
        let schedule = Schedule {
            start_at: Some(at("2026-01-02T03:00:00Z")),
            end_at: Some(at("2026-01-03T03:00:00Z")),
            ..schedule("0 3 * * *", "all")
        };
        let since = at("2026-01-01T00:00:00Z");
        let next = |after| schedule.next(after, since);
        let first = next(since).unwrap();
        assert_eq!(first, at("2026-01-02T03:00:00Z"));
        let last = next(first).unwrap();
        assert_eq!((last, next(last)), (at("2026-01-03T03:00:00Z"), None));
    }
}
