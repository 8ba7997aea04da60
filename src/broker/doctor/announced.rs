//! Announcements of servers and schedulers that are over, and the histories of entries that nobody has.

use chrono::{DateTime, Utc};

use crate::broker::{Broker, Error, STEP, keys};

/// The sets of announcements.
pub(crate) const GLOBAL_SETS: [&str; 3] = [keys::SERVERS, keys::WORKERS, keys::SCHEDULERS];

impl Broker {
    /// Members of a set of announcements that ended before a time; a thousand of them.
    pub(crate) async fn announced_before(
        &self,
        set: &str,
        before: DateTime<Utc>,
    ) -> Result<Vec<Vec<u8>>, Error> {
        let mut range = redis::cmd("ZRANGEBYSCORE");
        range.arg(set).arg("-inf").arg(before.timestamp());
        range.arg("LIMIT").arg(0).arg(10 * STEP);
        match self.conn.command(&range).await {
            Err(error) if error.is_wrong_type() => Ok(Vec::new()),
            found => found,
        }
    }

    /// Whether the announcement of a member ended before a time.
    pub(crate) async fn ended_before(
        &self,
        set: &str,
        member: &[u8],
        before: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let mut score = redis::cmd("ZSCORE");
        score.arg(set).arg(member);
        let score: Option<f64> = self.conn.command(&score).await?;
        #[expect(clippy::cast_precision_loss, reason = "seconds are below 2^53")]
        let before = before.timestamp() as f64;
        Ok(score.is_some_and(|score| score <= before))
    }

    /// Whether a key exists and never expires.
    pub(crate) async fn stays(&self, key: &str) -> Result<bool, Error> {
        let ttl: i64 = self.conn.command(redis::cmd("TTL").arg(key)).await?;
        Ok(ttl == -1)
    }
}
