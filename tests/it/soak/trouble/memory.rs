//! A full server, which refuses to write.

use fastrand::Rng;

use super::span;
use crate::soak::timeline::Excuse;
use crate::soak::{Site, Soak};

pub(super) fn fill(soak: &Soak, site: &mut dyn Site, rng: &mut Rng) {
    let span = span(site, rng);
    let mut limit = |bytes: &str| {
        for server in site.primaries() {
            server.cmd(&["CONFIG", "SET", "maxmemory", bytes]);
        }
    };
    soak.timeline.during("full memory", Excuse::Outage, || {
        limit("1");
        soak.goes_on(span);
        limit("0");
    });
}
