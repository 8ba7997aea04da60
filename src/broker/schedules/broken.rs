//! Watched files whose schedules cannot be stored. A watcher announces its broken file for a short time, again and
//! again, as servers announce themselves, so that the announcement disappears with the watcher.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::broker::{Broker, Error, keys};

impl Broker {
    /// Announces a broken file for `ttl`. `file` is an opaque text of the layer above.
    pub async fn announce_broken_file(
        &self,
        file: &str,
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let ttl = ttl.as_secs();
        let mut announce = redis::pipe();
        announce
            .zadd(
                keys::CRON_BROKEN_FILES,
                file,
                now.timestamp().saturating_add_unsigned(ttl),
            )
            .zrembyscore(
                keys::CRON_BROKEN_FILES,
                "-inf",
                format!("({}", now.timestamp()),
            )
            .cmd("EXPIRE")
            .arg(keys::CRON_BROKEN_FILES)
            .arg(ttl);
        self.conn
            .pipeline::<redis::Value>(&announce)
            .await
            .map(drop)
    }

    /// Ends the announcement of a file that is no longer broken.
    pub async fn withdraw_broken_file(&self, file: &str) -> Result<(), Error> {
        let mut remove = redis::cmd("ZREM");
        remove.arg(keys::CRON_BROKEN_FILES).arg(file);
        self.conn.command(&remove).await
    }

    /// The files that are announced as broken.
    pub async fn broken_files(&self, now: DateTime<Utc>) -> Result<Vec<String>, Error> {
        let files = match self.alive(keys::CRON_BROKEN_FILES, now).await {
            // A key of another type announces nothing.
            Err(error) if error.is_wrong_type() => Vec::new(),
            files => files?,
        };
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(files.into_iter().map(text).collect())
    }
}
