//! The names of all keys, of every server of a cluster, by `SCAN`.

use crate::broker::conn::Conn;
use crate::broker::{Broker, Error, Fact, STEP, keys};

/// Which keys are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Swept {
    /// Every key of Asynq.
    All,
    /// Groups and aggregation sets.
    Groups,
}

/// A sweep under way. It may return a key twice.
pub(crate) struct Sweep {
    swept: Swept,
    /// The servers that are left; the last one is being swept.
    servers: Vec<Conn>,
    cursor: u64,
    denied: bool,
}

impl Broker {
    /// Starts to sweep all servers.
    pub(crate) async fn sweep(&self, swept: Swept) -> Result<Sweep, Error> {
        Ok(Sweep {
            swept,
            servers: self.conn.primaries().await?,
            cursor: 0,
            denied: false,
        })
    }

    /// The number of keys of all servers; `None` without the right to `DBSIZE`.
    pub(crate) async fn key_count(&self) -> Result<Option<u64>, Error> {
        match self.conn.everywhere::<u64>(&redis::cmd("DBSIZE")).await {
            // Only the progress bar needs it.
            Err(Error::NotPermitted { .. }) => Ok(None),
            counts => Ok(Some(counts?.iter().sum())),
        }
    }
}

impl Sweep {
    /// Whether the user has no right to `SCAN`: then the sweep has ended, and keys are missing.
    pub(crate) const fn is_denied(&self) -> bool {
        self.denied
    }

    /// The next page, which may be empty; `None` after the last. After an error, the same page again.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Vec<u8>>>, Error> {
        let Some(server) = self.servers.last() else {
            return Ok(None);
        };
        let mut scan = redis::cmd("SCAN");
        scan.arg(self.cursor).arg("MATCH");
        match self.swept {
            Swept::All => scan.arg(keys::PATTERN),
            Swept::Groups => scan.arg(keys::GROUP_PATTERN).arg("TYPE").arg("zset"),
        };
        scan.arg("COUNT").arg(10 * STEP);
        let read = server.command::<(u64, Vec<Vec<u8>>)>(&scan).await;
        let Some((next, page)) = server.unknowns().unless_denied(Fact::Unlisted, read)? else {
            self.denied = true;
            self.servers.clear();
            return Ok(None);
        };
        self.cursor = next;
        if next == 0 {
            self.servers.pop();
        }
        Ok(Some(page))
    }
}
