//! A primary and its replica, which change places.

use std::time::Duration;

use fastrand::Rng;

use super::timeline::{Excuse, uptime};
use super::{Site, Soak, soak, trouble};
use crate::harness::redis::{Builder, Redis};
use crate::harness::sentinel::{CLIENT, MASTER, Trio};
use crate::harness::{SOON, eventually};

struct Sentinels {
    trio: Trio,
    /// The place of the primary.
    primary: usize,
}

/// Without a file of its own: Redis 7.0 does not read one while the default user is off.
fn server() -> Builder {
    Redis::with().config(&format!("user {CLIENT} on nopass ~* &* +@all"))
}

impl Sentinels {
    fn replica(&self) -> usize {
        1 - self.primary
    }

    /// Waits until the replica is the primary, and follows the other one.
    fn has_failed_over(&mut self) {
        self.trio.has_primary(self.replica());
        self.primary = self.replica();
        self.trio.follows(self.replica());
    }

    /// Kills the primary, and starts it again when the other one has taken over.
    fn kill(&mut self) {
        let place = self.primary;
        self.trio.server_mut(place).kill9();
        self.trio.has_primary(1 - place);
        // One that starts with old data while a failover goes on may be made the primary by the next.
        self.trio.is_settled();
        self.trio.server_mut(place).start_again();
        self.has_failed_over();
    }
}

impl Site for Sentinels {
    fn name(&self) -> &'static str {
        "sentinel"
    }

    fn url(&self) -> String {
        self.trio.url()
    }

    fn go(&self) -> Vec<String> {
        let sentinels = self.trio.sentinels().iter();
        let sentinels: Vec<String> = sentinels
            .map(|sentinel| format!("127.0.0.1:{}", sentinel.port()))
            .collect();
        // The user needs no password, and Go's client sends none of either without one.
        let args = [
            "-sentinels",
            &sentinels.join(","),
            "-master",
            MASTER,
            "-username",
            CLIENT,
            "-password",
            "any",
        ];
        args.map(str::to_owned).into()
    }

    fn user(&self) -> &'static str {
        CLIENT
    }

    fn longest_stop(&self) -> Duration {
        Duration::from_millis(400)
    }

    fn primaries(&mut self) -> Vec<&mut Redis> {
        vec![self.trio.server_mut(self.primary)]
    }

    fn recover(&mut self) -> bool {
        let primary = eventually(SOON * 2, || {
            let named = self.trio.named_by(0)?;
            let agreed = (1..3).all(|other| self.trio.named_by(other) == Some(named));
            let roles = [named, 1 - named].map(|place| self.trio.role(place));
            let well =
                agreed && roles == ["master", "slave"] && self.trio.is_followed_by(1 - named)?;
            well.then_some(named)
        });
        self.trio.is_well();
        let before = std::mem::replace(&mut self.primary, primary);
        before != primary
    }

    fn suffer(&mut self, soak: &Soak, rng: &mut Rng) {
        let from = uptime();
        match rng.u8(..5) {
            0 => trouble::restart(soak, self),
            1 | 2 => {
                // The replica gets all that was acknowledged.
                self.primaries()[0].cmd(&["CLIENT", "PAUSE", "60000", "WRITE"]);
                self.trio.has_followed(self.replica());
                self.kill();
                soak.timeline
                    .note("failover, nothing unreplicated", Excuse::Outage, from);
            }
            3 => {
                self.kill();
                soak.timeline
                    .note("failover by kill -9", Excuse::LostWrites, from);
            }
            _ => {
                self.trio.fail_over();
                self.has_failed_over();
                soak.timeline
                    .note("SENTINEL FAILOVER", Excuse::LostWrites, from);
            }
        }
    }
}

#[test]
#[ignore = "minutes; scripts/soak runs it"]
fn sentinel() {
    let trio = Trio::with().servers(server).start();
    soak(&mut Sentinels { trio, primary: 0 });
}
