//! The clock of the Redis server. It decides about leases, due times and ages, so that machines with different clocks agree.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};

use crate::broker::conn::Conn;
use crate::broker::error::Error;
use crate::broker::unknown::Fact;
use crate::clock;

/// The server's time at the last reading, plus the time since then by the monotonic clock of this machine.
#[derive(Debug, Clone)]
pub(crate) struct RedisClock(Arc<Mutex<(Instant, DateTime<Utc>)>>);

impl Default for RedisClock {
    /// The clock of this machine, until the server's is read.
    fn default() -> Self {
        Self(Arc::new(Mutex::new((Instant::now(), clock::now()))))
    }
}

impl RedisClock {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        let (read_at, time) = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = TimeDelta::from_std(read_at.elapsed()).unwrap_or_default();
        time.checked_add_signed(since).unwrap_or(time)
    }

    /// Reads the server's time. Without the right to do so, the clock of this machine is used.
    pub(crate) async fn read(&self, conn: &Conn) -> Result<(), Error> {
        let read = conn.command::<(i64, u32)>(&redis::cmd("TIME")).await;
        let Some((seconds, micros)) = conn.unknowns().unless_denied(Fact::Clock, read)? else {
            return Ok(());
        };
        if let Some(time) = DateTime::from_timestamp(seconds, micros.saturating_mul(1000)) {
            // The answer took some time to arrive, so the server's clock is ahead of this, never behind: no task starts early.
            let read = (Instant::now(), time);
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = read;
        }
        Ok(())
    }
}
