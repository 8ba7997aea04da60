//! What must not have happened: a task that was lost, or run twice without an excuse.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use super::ledger::{Deletion, Task};
use super::record::{self, Attempt};
use super::timeline::{Event, Excuse, uptime};
use super::{Soak, kinds, played, schedules};

/// How long after a kill commands of the process may still start, and be ended by who is left, on a busy machine.
const AFTERMATH: f64 = 2.0;

/// How long before a failover a write may have been acknowledged that no replica has.
const REPLICATION: f64 = 1.0;

/// What became of all tasks.
#[derive(Default)]
pub(super) struct Verdict {
    pub(super) confirmed: usize,
    pub(super) unconfirmed: usize,
    /// Of the unconfirmed.
    pub(super) executed_all_the_same: usize,
    pub(super) deleted: usize,
    pub(super) ticks: usize,
    pub(super) attempts: usize,
    pub(super) planned_failures: usize,
    /// Further attempts, by what excuses them.
    pub(super) doubles: BTreeMap<String, usize>,
    /// Those of qctl because Redis was away for longer than a lease.
    pub(super) outages: Vec<String>,
    /// Those whose first attempt had come to its end.
    pub(super) done_twice: usize,
    pub(super) lost_by_servers: usize,
    /// Seconds without the start of any attempt.
    pub(super) longest_outage: f64,
    pub(super) faults: Vec<String>,
}

/// For how long after an outage the Go library repeats a command, in seconds: its longest pause is half a second.
const GO_REPEATS: f64 = 0.6;

struct Referee {
    events: Vec<Event>,
    verdict: Verdict,
}

/// How long an outage may be that costs a worker no lease: the length of the lease, less the time of a heartbeat and a second,
/// because Redis keeps whole seconds.
fn outage_without_loss(worker: &str) -> f64 {
    if worker.starts_with("short") {
        played::LEASE.as_secs_f64() - 2.0
    } else if worker.starts_with("go") {
        // Go's server gives up some writes at the first error.
        0.0
    } else {
        20.0
    }
}

fn is_of_go(attempt: &Attempt) -> bool {
    attempt.worker.starts_with("go")
}

impl Referee {
    fn lost_writes(&self, from: f64, until: f64) -> bool {
        let mut events = self.events.iter();
        events.any(|event| {
            event.excuse == Excuse::LostWrites && event.touches(from - REPLICATION, until)
        })
    }

    /// Whether servers were in trouble at the time.
    fn is_troubled(&self, event: &Event) -> bool {
        let mut events = self.events.iter();
        events.any(|other| {
            matches!(other.excuse, Excuse::Outage | Excuse::LostWrites)
                && other.touches(event.from, event.until)
        })
    }

    /// What excuses that this attempt was not the last one.
    fn excuse(&self, first: &Attempt, second: &Attempt) -> Option<Event> {
        let within =
            |event: &Event, after: f64| event.touches(first.started_at - after, second.started_at);
        let excuses = |event: &&Event| match &event.excuse {
            Excuse::Nothing => false,
            Excuse::Killed(name) => *name == first.worker && within(event, AFTERMATH),
            Excuse::Interrupted(name) => {
                *name == first.worker
                    && within(event, AFTERMATH)
                    && (first.ended.is_none() || self.is_troubled(event))
            }
            Excuse::Outage => {
                let after = if is_of_go(first) { GO_REPEATS } else { 0.0 };
                within(event, after) && event.seconds() >= outage_without_loss(&first.worker)
            }
            Excuse::LostWrites => within(event, 0.0),
        };
        let found = self.events.iter().filter(excuses);
        // The one that says most: of processes, then of servers.
        let found = found.min_by_key(|event| {
            !matches!(event.excuse, Excuse::Killed(_) | Excuse::Interrupted(_))
        });
        found.cloned()
    }

    fn pair(&mut self, id: &str, task: Option<&Task>, first: &Attempt, second: &Attempt) {
        // A hundredth of a second is how exactly handlers know the time.
        let overlaps = first
            .ended
            .is_some_and(|(at, _)| at > second.started_at + 0.02);
        let is_lost = self.lost_writes(first.started_at, second.started_at);
        if first.ended.is_some_and(|(_, code)| code == 1) {
            self.verdict.planned_failures += 1;
        } else if overlaps && !is_of_go(first) && !is_lost {
            let fault = format!("{id} ran twice at once: {first:?}, {second:?}");
            self.verdict.faults.push(fault + &self.about(first, second));
        } else if self.may_be_sent_twice(task, first) {
            let what = "an enqueue of Go that was repeated".to_owned();
            *self.verdict.doubles.entry(what).or_default() += 1;
            self.verdict.done_twice += 1;
        } else if let Some(event) = self.excuse(first, second) {
            let of_go = if is_of_go(first) { ", of Go" } else { "" };
            let what = format!("{}{of_go}", event.what);
            *self.verdict.doubles.entry(what).or_default() += 1;
            self.verdict.done_twice += usize::from(first.ended.is_some());
            if event.excuse == Excuse::Outage && !is_of_go(first) {
                let double = format!("{id}: {first:?}, {second:?}, {event:?}");
                self.verdict.outages.push(double);
            }
        } else {
            let fault = format!("{id} ran twice, and nothing explains it: {first:?}, {second:?}");
            self.verdict.faults.push(fault + &self.about(first, second));
        }
    }

    /// Whether the Go client may have enqueued this task a second time: it repeats a command whose answer is lost, and the id is
    /// free again when a worker was done with the task before.
    fn may_be_sent_twice(&self, task: Option<&Task>, first: &Attempt) -> bool {
        let Some(task) = task.filter(|task| task.is_of_go) else {
            return false;
        };
        let answered_at = task.answered_at.unwrap_or(f64::INFINITY);
        let is_answered_late = first.ended.is_some() && first.started_at <= answered_at;
        let mut events = self.events.iter();
        is_answered_late
            && events.any(|event| {
                matches!(event.excuse, Excuse::Outage | Excuse::LostWrites)
                    && event.touches(task.sent_at, answered_at)
            })
    }

    /// What happened at the time of two attempts, for whoever looks into it.
    fn about(&self, first: &Attempt, second: &Attempt) -> String {
        let about = self.events.iter().filter(|event| {
            event.excuse != Excuse::Nothing
                && event.touches(first.started_at - 3.0, second.started_at + 1.0)
        });
        let about: Vec<String> = about.map(|event| format!("\n    {event:?}")).collect();
        about.concat()
    }

    fn task(&mut self, id: &str, task: Task, attempts: &[Attempt]) {
        let has_run = !attempts.is_empty();
        if task.confirmed_at.is_some() {
            self.verdict.confirmed += 1;
        } else {
            self.verdict.unconfirmed += 1;
            self.verdict.executed_all_the_same += usize::from(has_run);
        }
        match (task.deletion, task.confirmed_at) {
            (Deletion::Done, at) => {
                self.verdict.deleted += 1;
                let now = uptime();
                if has_run && !self.lost_writes(at.unwrap_or_default(), now) {
                    self.verdict
                        .faults
                        .push(format!("{id} ran although it was deleted"));
                }
            }
            (Deletion::None, Some(at)) if !has_run => {
                // The confirmation, or the move to where it would have run.
                if self.lost_writes(at, at) {
                    self.verdict.lost_by_servers += 1;
                } else {
                    self.verdict
                        .faults
                        .push(format!("{id} is lost; confirmed at {at}"));
                }
            }
            (Deletion::None | Deletion::Tried, _) => {}
        }
    }
}

/// Looks through all that was written down. `archived` are tasks that workers have given up.
pub(super) fn judge(soak: &Soak) -> Verdict {
    let attempts = record::read(&soak.file("record"));
    let mut referee = Referee {
        events: soak.timeline.events(),
        verdict: Verdict::default(),
    };
    let tasks = soak.ledger.tasks();
    for (id, task) in &tasks {
        let attempts = attempts.get(id).map(Vec::as_slice);
        referee.task(id, *task, attempts.unwrap_or_default());
    }
    for (id, attempts) in &attempts {
        if !tasks.contains_key(id) && !schedules::is_tick(id) {
            referee
                .verdict
                .faults
                .push(format!("{id} ran, and nobody enqueued it"));
        }
        for pair in attempts.windows(2) {
            referee.pair(id, tasks.get(id), &pair[0], &pair[1]);
        }
        referee.verdict.attempts += attempts.len();
    }
    let beyond = kinds::beyond_limit(&attempts, &referee.events);
    referee.verdict.faults.extend(beyond);
    let (missing, ticks) = schedules::missing(&attempts);
    referee.verdict.ticks = ticks;
    for (id, tick) in missing {
        let at = as_uptime(tick);
        if referee.lost_writes(at, at) {
            referee.verdict.lost_by_servers += 1;
        } else {
            referee.verdict.faults.push(format!("{id} is missing"));
        }
    }
    referee.verdict.longest_outage = longest_gap(&attempts, soak.timeline.end());
    referee.verdict
}

/// When it was by the clock of the record.
fn as_uptime(at: DateTime<Utc>) -> f64 {
    uptime() - (qctl::clock::now() - at).as_seconds_f64()
}

/// While there was something to do.
fn longest_gap(attempts: &HashMap<String, Vec<Attempt>>, end: f64) -> f64 {
    let starts = attempts
        .values()
        .flatten()
        .map(|attempt| attempt.started_at);
    let mut starts: Vec<f64> = starts.filter(|start| *start < end).collect();
    starts.sort_by(f64::total_cmp);
    let gaps = starts.windows(2).map(|pair| pair[1] - pair[0]);
    gaps.fold(0.0, f64::max)
}
