//! Connections that break, answers that are lost, scripts that are forgotten.

use std::time::Duration;

use fastrand::Rng;

use super::span;
use crate::harness::proxy::Proxy;
use crate::soak::timeline::Excuse;
use crate::soak::{Site, Soak, between};

/// Ends the connections of all clients. The harness and other servers have users of their own.
fn hang_up(site: &mut dyn Site) {
    let user = site.user();
    for server in site.primaries() {
        server.cmd(&["CLIENT", "KILL", "USER", user]);
    }
}

pub(super) fn disconnect(soak: &Soak, site: &mut dyn Site, _: &mut Rng) {
    soak.timeline
        .during("end of all connections", Excuse::Outage, || hang_up(site));
}

/// A server that is stopped collects requests. When it continues, it performs them all before it answers any, and among
/// them is the order to end the connections.
pub(crate) fn lose_replies(soak: &Soak, site: &mut dyn Site) {
    let user = site.user();
    soak.timeline
        .during("loss of all answers", Excuse::Outage, || {
            for server in site.primaries() {
                let mut connection = server.connection().unwrap();
                server.freeze();
                soak.goes_on(Duration::from_millis(150));
                let mut kill = redis::cmd("CLIENT");
                let packed = kill.arg("KILL").arg("USER").arg(user).get_packed_command();
                connection.send_packed_command(&packed).unwrap();
                server.thaw();
            }
        });
}

pub(super) fn forget_scripts(soak: &Soak, site: &mut dyn Site, _: &mut Rng) {
    soak.timeline.during("SCRIPT FLUSH", Excuse::Nothing, || {
        for server in site.primaries() {
            server.cmd(&["SCRIPT", "FLUSH"]);
        }
    });
}

pub(super) fn pause_clients(soak: &Soak, site: &mut dyn Site, rng: &mut Rng) {
    let span = span(site, rng);
    let which = *rng.choice(&["ALL", "WRITE"]).unwrap();
    soak.timeline.during("CLIENT PAUSE", Excuse::Outage, || {
        for server in site.primaries() {
            server.cmd(&["CLIENT", "PAUSE", &span.as_millis().to_string(), which]);
        }
        soak.goes_on(span);
    });
}

/// What only a proxy can do.
pub(crate) fn of_proxy(soak: &Soak, proxy: &Proxy, rng: &mut Rng) {
    let span = between(rng, 0.1, 6.0);
    match rng.u8(..4) {
        0 => soak
            .timeline
            .during("cut of the network", Excuse::Outage, || {
                proxy.cut();
                soak.goes_on(span);
                proxy.heal();
            }),
        1 => soak
            .timeline
            .during("stall of the network", Excuse::Outage, || {
                proxy.stall();
                soak.goes_on(span);
                proxy.heal();
            }),
        _ => soak
            .timeline
            .during("loss of an answer", Excuse::Outage, || {
                let markers = ["", "EVALSHA", ":processed", ":lease", ":pending", "cron"];
                proxy.lose_next_reply_to(rng.choice(markers).unwrap());
                soak.goes_on(Duration::from_secs(1));
            }),
    }
}
