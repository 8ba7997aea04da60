//! Rights that are revoked and restored while clients are connected.

use fastrand::Rng;

use super::span;
use crate::soak::timeline::Excuse;
use crate::soak::{Site, Soak};

pub(super) fn revoke(soak: &Soak, site: &mut dyn Site, rng: &mut Rng) {
    let span = span(site, rng);
    let user = site.user();
    let revoked = *rng
        .choice(&[
            "-@write",
            "-@scripting",
            "-@read",
            "-@all",
            "resetkeys",
            "-evalsha",
        ])
        .unwrap();
    let mut set = |rules: &[&str]| {
        for server in site.primaries() {
            server.cmd(&[&["ACL", "SETUSER", user], rules].concat());
        }
    };
    soak.timeline.during("rights revoked", Excuse::Outage, || {
        set(&[revoked]);
        soak.goes_on(span);
        set(&["+@all", "~*", "&*"]);
    });
}
