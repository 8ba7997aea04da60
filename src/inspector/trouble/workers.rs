//! Workers that fell silent, and clocks that differ.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::finding::Finding;
use super::thresholds::WorkerThresholds;
use crate::broker::records::Heartbeat;
use crate::document::server::SilentServer;
use crate::document::trouble::TroubleCode;
use crate::figures::duration;

/// A worker that has been silent for longer is forgotten.
const MEMORY: TimeDelta = TimeDelta::hours(1);

/// Announcements are renewed every five seconds, and expire after ten. A worker that ends removes its own.
const LIFETIME: TimeDelta = TimeDelta::seconds(10);

/// The announcements of workers, as seen from time to time.
#[derive(Debug, Default)]
pub(in crate::inspector) struct Heartbeats {
    servers: HashMap<String, Server>,
    /// When they were last seen.
    seen_at: Option<DateTime<Utc>>,
}

#[derive(Debug)]
struct Server {
    /// The last announcement, by the clock of the worker.
    announced_at: DateTime<Utc>,
    /// The last sign of life, by the clock of Redis.
    heard_at: DateTime<Utc>,
    /// How far the clock of the worker is ahead at least; negative if it is behind.
    ahead: TimeDelta,
    /// It was there after it had expired, so the worker did not remove it.
    expired: bool,
}

impl Heartbeats {
    /// Takes note of the present announcements.
    pub(in crate::inspector) fn see(&mut self, found: &[Heartbeat], now: DateTime<Utc>) {
        for beat in found {
            let before = self.servers.get(&beat.server);
            let new = before.is_none_or(|before| before.announced_at != beat.at);
            // A new announcement was written after the last look, at less than a second after `at` by its own clock.
            let behind = self.seen_at.filter(|_| new && before.is_some());
            let behind = behind.map(|seen_at| seen_at - beat.at - TimeDelta::seconds(1));
            let least = TimeDelta::zero();
            let ahead = (beat.at - now).max(least) - behind.unwrap_or(least).max(least);
            let server = Server {
                announced_at: beat.at,
                heard_at: match before {
                    Some(before) if !new => before.heard_at,
                    Some(_) => now,
                    None => beat.at.min(now),
                },
                ahead: match before {
                    Some(before) if !new => before.ahead,
                    Some(_) | None => ahead,
                },
                expired: now - beat.at > LIFETIME && !(new && before.is_some()),
            };
            self.servers.insert(beat.server.clone(), server);
        }
        let present = |server: &String| found.iter().any(|beat| beat.server == *server);
        self.servers.retain(|name, server| {
            (server.expired || present(name)) && now - server.heard_at < MEMORY
        });
        self.seen_at = Some(now);
    }

    /// The servers that fell silent, the last first.
    pub(in crate::inspector) fn silent(&self, now: DateTime<Utc>) -> Vec<SilentServer> {
        let silent = self
            .servers
            .iter()
            .filter(|(_, server)| server.expired && now - server.heard_at > LIFETIME)
            .map(|(name, server)| SilentServer::new(name, server.heard_at));
        let mut silent: Vec<_> = silent.collect();
        silent.sort_by(|a, b| (b.seen_at, &a.server_id).cmp(&(a.seen_at, &b.server_id)));
        silent
    }

    /// The findings about workers.
    pub(in crate::inspector) fn findings(
        &self,
        thresholds: &WorkerThresholds,
        now: DateTime<Utc>,
    ) -> Vec<Finding> {
        let each = self.servers.iter().flat_map(|(name, server)| {
            let silent = silent(name, server, thresholds, now);
            silent
                .into_iter()
                .chain(clock_differs(name, server, thresholds))
        });
        each.collect()
    }
}

fn silent(
    name: &str,
    server: &Server,
    thresholds: &WorkerThresholds,
    now: DateTime<Utc>,
) -> Option<Finding> {
    let age = (now - server.heard_at).to_std().ok()?;
    let finding = server.expired && age >= thresholds.silent;
    finding.then(|| {
        let sentence = format!(
            "worker {} has been silent for {}",
            shown(name),
            duration(age)
        );
        Finding {
            since: Some(server.heard_at),
            ..about_worker(TroubleCode::WorkerSilent, sentence)
        }
    })
}

fn clock_differs(name: &str, server: &Server, thresholds: &WorkerThresholds) -> Option<Finding> {
    let distance: Duration = server.ahead.abs().to_std().ok()?;
    if distance < thresholds.clock_distance || server.ahead.is_zero() {
        return None;
    }
    let side = if server.ahead > TimeDelta::zero() {
        "ahead of"
    } else {
        "behind"
    };
    let sentence = format!(
        "the clock of worker {} is at least {} {side} Redis's",
        shown(name),
        duration(distance)
    );
    Some(about_worker(TroubleCode::ClockDiffers, sentence))
}

fn about_worker(code: TroubleCode, sentence: String) -> Finding {
    Finding {
        code,
        queue: None,
        sentence,
        count: None,
        since: None,
        selection: None,
        action: None,
    }
}

/// Host and process id, without the id of the server instance.
fn shown(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(shown, _)| shown)
}
