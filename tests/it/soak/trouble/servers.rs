//! Servers that end, crash and hang.

use fastrand::Rng;

use super::span;
use crate::soak::timeline::Excuse;
use crate::soak::{Site, Soak};

pub(crate) fn restart(soak: &Soak, site: &mut dyn Site) {
    soak.timeline
        .during("restart of a server", Excuse::Outage, || {
            site.primaries()[0].restart();
        });
}

pub(crate) fn crash(soak: &Soak, site: &mut dyn Site) {
    soak.timeline
        .during("crash of a server", Excuse::Outage, || {
            let mut servers = site.primaries();
            servers[0].kill9();
            servers[0].start_again();
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
