//! Processes that stop, and continue as if nothing had happened.

use std::time::Duration;

use fastrand::Rng;
use rustix::process::{Pid, Signal};

use super::kills::{guardians, send};
use crate::soak::timeline::{Excuse, uptime};
use crate::soak::workers::{Kind, Worker};
use crate::soak::{Soak, between, played};

/// Stops a process for so long, or until the soak is over.
fn freeze(soak: &Soak, pid: Pid, span: Duration) {
    send(pid, Signal::STOP);
    soak.goes_on(span);
    send(pid, Signal::CONT);
}

pub(super) fn briefly(soak: &Soak, worker: &mut Worker, rng: &mut Rng) {
    let from = uptime();
    freeze(
        soak,
        worker.process.as_ref().unwrap().pid(),
        between(rng, 0.1, 1.5),
    );
    soak.timeline
        .note("short SIGSTOP of a worker", Excuse::Nothing, from);
}

/// Its guardian ends its commands first, so that no task runs twice at once.
pub(super) fn for_longer_than_a_lease(soak: &Soak, worker: &mut Worker, rng: &mut Rng) {
    let span = match worker.kind {
        Kind::Short => between(rng, 0.8, 2.0).mul_f64(played::LEASE.as_secs_f64()),
        Kind::Real | Kind::Skewed | Kind::Go => between(rng, 24.0, 36.0),
    };
    let from = uptime();
    freeze(soak, worker.process.as_ref().unwrap().pid(), span);
    let excuse = Excuse::Killed(worker.incarnation());
    soak.timeline.note("long SIGSTOP of a worker", excuse, from);
}

/// One that is silent for too long is replaced.
pub(super) fn guardian(soak: &Soak, worker: &mut Worker, rng: &mut Rng) {
    let from = uptime();
    let guardians = guardians(worker);
    if let Some(victim) = rng.choice(&guardians) {
        freeze(soak, *victim, between(rng, 0.2, 3.0));
        let excuse = Excuse::Killed(worker.incarnation());
        soak.timeline.note("SIGSTOP of a guardian", excuse, from);
    }
}
