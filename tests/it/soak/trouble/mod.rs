//! What is done to processes and servers: a file for each kind.

mod clocks;
mod freezes;
mod kills;
mod memory;
mod network;
mod rights;
mod servers;

pub(super) use network::{lose_replies, of_proxy};
pub(super) use servers::{crash, restart};

use std::sync::Mutex;

use fastrand::Rng;

use super::timeline::{Excuse, uptime};
use super::workers::{Kind, Worker};
use super::{Site, Soak, between};

type OfWorker = fn(&Soak, &mut Worker, &mut Rng);
type OfServers = fn(&Soak, &mut dyn Site, &mut Rng);

/// Of workers with short leases.
pub(super) const QUICK: &[OfWorker] = &[
    kills::worker,
    kills::worker,
    kills::guardian,
    kills::worker_and_guardian,
    kills::stop,
    freezes::briefly,
    freezes::for_longer_than_a_lease,
    freezes::guardian,
];

/// Of workers with leases of 30 seconds.
pub(super) const SLOW: &[OfWorker] = &[
    kills::worker,
    kills::guardian,
    kills::stop,
    freezes::briefly,
    freezes::for_longer_than_a_lease,
    clocks::jump,
    clocks::jump,
];

const OF_SERVERS: &[OfServers] = &[
    servers::freeze,
    network::disconnect,
    |soak, site, _| lose_replies(soak, site),
    network::forget_scripts,
    network::pause_clients,
    memory::fill,
    rights::revoke,
];

/// One trouble after the other, as long as the soak goes on.
pub(super) fn of_workers(
    soak: &Soak,
    workers: &[Mutex<Worker>],
    name: &str,
    troubles: &[OfWorker],
) {
    let mut rng = soak.rng(name);
    while soak.goes_on(between(&mut rng, 1.0, 5.0)) {
        for worker in workers {
            worker.lock().unwrap().keep(soak);
        }
        let mut worker = workers[rng.usize(..workers.len())].lock().unwrap();
        let trouble = rng.choice(troubles).unwrap();
        // A Go server that could not start, because Redis was away.
        if worker.process.is_some() {
            trouble(soak, &mut worker, &mut rng);
        }
    }
}

/// Half of the troubles are those that only servers of this kind know.
pub(super) fn of_servers(soak: &Soak, site: &mut dyn Site) {
    let mut rng = soak.rng("servers");
    let mut last = uptime();
    while soak.goes_on(between(&mut rng, 1.5, 4.0)) {
        recover(soak, site, last);
        last = uptime();
        if rng.bool() {
            site.suffer(soak, &mut rng);
        } else {
            rng.choice(OF_SERVERS).unwrap()(soak, site, &mut rng);
        }
    }
    recover(soak, site, last);
}

fn recover(soak: &Soak, site: &mut dyn Site, last: f64) {
    if site.recover() {
        soak.timeline
            .note("unplanned failover", Excuse::LostWrites, last);
    }
}

/// For how long servers are in trouble: at most as long as makes no other take over.
fn span(site: &dyn Site, rng: &mut Rng) -> std::time::Duration {
    between(rng, 0.05, site.longest_stop().as_secs_f64())
}

fn is_of_go(worker: &Worker) -> bool {
    worker.kind == Kind::Go
}
