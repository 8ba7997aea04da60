//! When servers announced themselves.

use chrono::{DateTime, Utc};

use crate::broker::records::Heartbeat;
use crate::broker::work::presence::ANNOUNCEMENT_LIFETIME;
use crate::broker::{Broker, Error, keys};
use crate::task::time::plausible;

/// The maximum number of servers that are read: more than share one Redis anywhere.
const MAX_SERVERS: usize = 1_000;

impl Broker {
    /// The last announcement of each server: of those that are running, and of those that ended without withdrawing it. The
    /// latter disappear when another server announces itself.
    pub(crate) async fn heartbeats(&self) -> Result<Vec<Heartbeat>, Error> {
        let mut range = redis::cmd("ZRANGEBYSCORE");
        range.arg(keys::SERVERS).arg("-inf").arg("+inf");
        range.arg("WITHSCORES").arg("LIMIT").arg(0).arg(MAX_SERVERS);
        let found: Vec<(Vec<u8>, f64)> = self.conn.command(&range).await?;
        Ok(found.iter().filter_map(heartbeat).collect())
    }
}

/// `None` for a key that names no server, and for an implausible time.
fn heartbeat((key, expires_at): &(Vec<u8>, f64)) -> Option<Heartbeat> {
    let server = keys::server_of(str::from_utf8(key).ok()?)?;
    let expires_at: DateTime<Utc> = crate::broker::instant(*expires_at).and_then(plausible)?;
    Some(Heartbeat {
        server: server.to_owned(),
        at: expires_at - ANNOUNCEMENT_LIFETIME,
    })
}
