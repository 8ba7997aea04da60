//! What was done and found, for people.

use std::time::Duration;

use super::Soak;
use super::drain::Remains;
use super::referee::judge;
use super::vitals::Vitals;
use crate::harness::say;

/// Prints the report, and returns what was wrong.
pub(super) fn print(
    soak: &Soak,
    vitals: &Vitals,
    took: Duration,
    remains: &Remains,
) -> Vec<String> {
    let verdict = judge(soak);
    for fault in verdict.faults {
        soak.fault(fault);
    }
    let mut lines = vec![format!("seed {}, {} s in all", soak.seed, took.as_secs())];
    for (what, count) in soak.timeline.counts() {
        lines.push(format!("did: {what}: {count}"));
    }
    for (what, count) in soak.notices.lock().unwrap().iter() {
        lines.push(format!("saw: {what}: {count}"));
    }
    lines.push(format!(
        "tasks: {} confirmed, {} unconfirmed ({} of them ran), {} deleted by operators, {} ticks of schedules",
        verdict.confirmed, verdict.unconfirmed, verdict.executed_all_the_same, verdict.deleted, verdict.ticks
    ));
    lines.push(format!(
        "attempts: {}, {} of them retries of planned failures; longest time without a start {:.1} s",
        verdict.attempts, verdict.planned_failures, verdict.longest_outage
    ));
    let doubles: usize = verdict.doubles.values().sum();
    lines.push(format!(
        "doubles: {doubles}, {} of tasks that had come to their end before",
        verdict.done_twice
    ));
    for (what, count) in verdict.doubles {
        lines.push(format!("doubles after: {what}: {count}"));
    }
    let doubles = verdict.outages.into_iter();
    lines.extend(doubles.map(|double| format!("double: {double}")));
    lines.push(soak.kinds.report());
    lines.push(format!("lost by the servers: {}", verdict.lost_by_servers));
    lines.push(format!(
        "archived after losing workers: {:?}",
        remains.archived
    ));
    lines.push(format!(
        "completed tasks lost by Go's janitor: {}",
        remains.lost_by_go
    ));
    lines.push(format!("drained in {} s", remains.drained_in.as_secs()));
    lines.extend(remains.notes.iter().map(|note| format!("doctor: {note}")));
    lines.extend(vitals.report(soak));
    let faults = soak.faults.lock().unwrap().clone();
    lines.push(format!("faults: {}", faults.len()));
    let lines: Vec<String> = lines
        .iter()
        .map(|line| format!("{}: {line}\n", soak.name))
        .collect();
    say(lines.concat().trim_end());
    faults
}
