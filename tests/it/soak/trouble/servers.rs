//! Servers that end, crash and hang.

use fastrand::Rng;

use super::span;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};
use crate::soak::timeline::Excuse;
use crate::soak::{Site, Soak};

pub(crate) fn restart(soak: &Soak, site: &mut dyn Site) {
    soak.timeline
        .during("restart of a server", Excuse::Outage, || {
            let mut servers = site.primaries();
            servers[0].restart();
            is_open(servers[0]);
        });
}

pub(crate) fn crash(soak: &Soak, site: &mut dyn Site) {
    soak.timeline
        .during("crash of a server", Excuse::Outage, || {
            let mut servers = site.primaries();
            servers[0].kill9();
            servers[0].start_again();
            is_open(servers[0]);
        });
}

/// Waits until a server accepts writes: one of a cluster lets two seconds pass, in which it hears of changes.
fn is_open(server: &Redis) {
    eventually(SOON, || {
        // It need not have the slot of the key: it says so only when it is open.
        let answer = server.try_query::<()>(&["SET", "soak:open", "1", "EX", "1"]);
        let is_shut = answer.is_err_and(|error| error.code() == Some("CLUSTERDOWN"));
        (!is_shut).then_some(())
    });
}

pub(super) fn freeze(soak: &Soak, site: &mut dyn Site, rng: &mut Rng) {
    let span = span(site, rng);
    soak.timeline
        .during("SIGSTOP of a server", Excuse::Outage, || {
            let mut servers = site.primaries();
            let server = rng.choice(servers.iter_mut()).unwrap();
            server.freeze();
            soak.goes_on(span);
            server.thaw();
        });
}
