//! Processes that end, with and without being asked.

use fastrand::Rng;
use rustix::process::{Pid, Signal, kill_process};

use super::is_of_go;
use crate::harness::{SOON, within};
use crate::soak::Soak;
use crate::soak::timeline::{Excuse, uptime};
use crate::soak::workers::{Process, Worker};
use crate::worker::stage::lives;

/// The processes that a worker has started to run and end its commands, the eldest first.
pub(super) fn guardians(worker: &Worker) -> Vec<Pid> {
    let mut parents = vec![worker.process.as_ref().unwrap().pid()];
    let mut found = Vec::new();
    while let Some(parent) = parents.pop() {
        let children = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
            let path = entry.unwrap().path();
            let stat = std::fs::read_to_string(path.join("stat")).ok()?;
            let (name, rest) = stat.rsplit_once(") ")?;
            let is_child = rest.split(' ').nth(1)?.parse() == Ok(parent.as_raw_nonzero().get());
            let is_guardian = name.ends_with("(task-guardian");
            (is_child && is_guardian)
                .then(|| Pid::from_raw(path.file_name()?.to_str()?.parse().ok()?))?
        });
        let children: Vec<Pid> = children.collect();
        found.extend(&children);
        parents.extend(children);
    }
    found
}

/// It may have ended by itself.
pub(super) fn send(pid: Pid, signal: Signal) {
    _ = kill_process(pid, signal);
}

pub(super) fn worker(soak: &Soak, worker: &mut Worker, _: &mut Rng) {
    let (from, name) = (uptime(), worker.incarnation());
    let pid = worker.process.as_ref().unwrap().pid();
    send(pid, Signal::KILL);
    within(SOON, || (!lives(pid)).then_some(())).unwrap();
    let what = if is_of_go(worker) {
        "kill -9 of a Go worker"
    } else {
        "kill -9 of a worker"
    };
    soak.timeline.note(what, Excuse::Killed(name), from);
    worker.start_again(soak);
}

pub(super) fn guardian(soak: &Soak, worker: &mut Worker, rng: &mut Rng) {
    let from = uptime();
    let guardians = guardians(worker);
    if let Some(victim) = rng.choice(&guardians) {
        send(*victim, Signal::KILL);
        let excuse = Excuse::Killed(worker.incarnation());
        soak.timeline.note("kill -9 of a guardian", excuse, from);
    }
}

pub(super) fn worker_and_guardian(soak: &Soak, victim: &mut Worker, rng: &mut Rng) {
    guardian(soak, victim, rng);
    worker(soak, victim, rng);
}

/// As an upgrade does. Commands that do not end in time are ended, and their tasks given back.
pub(super) fn stop(soak: &Soak, worker: &mut Worker, _: &mut Rng) {
    if is_of_go(worker) {
        return;
    }
    let (from, name) = (uptime(), worker.incarnation());
    worker.process.as_ref().unwrap().signal(Signal::TERM);
    let pid = worker.process.as_ref().unwrap().pid();
    let ended = within(SOON * 2, || (!lives(pid)).then_some(()));
    soak.timeline.note(
        "SIGTERM of a worker",
        Excuse::Interrupted(name.clone()),
        from,
    );
    if ended.is_none() {
        soak.fault(format!("{name} does not end after SIGTERM"));
        send(pid, Signal::KILL);
    }
    if let Some(Process::Qctl(running)) = &worker.process
        && let Some(line) = running
            .lines()
            .iter()
            .find(|line| line.contains("panicked"))
    {
        soak.fault(format!("{name}: {line}"));
    }
    worker.start_again(soak);
}
