//! Limits that all workers of a scope share: a place for each task that runs, and a token for each that begins.
//!
//! Places are the semaphore of Asynq's x/rate, so that Go programs share them. A holder that vanishes keeps its place until
//! the time that it has given: the end of its lease for qctl, the deadline of the task for Go.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::broker::{Broker, Error, keys, script};

/// How many tasks may begin in a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The number of tasks; at least 1.
    pub count: u32,
    /// The time.
    pub per: Duration,
}

impl Rate {
    /// Microseconds from one token to the next.
    fn interval(self) -> u128 {
        (self.per.as_micros() / u128::from(self.count.max(1))).max(1)
    }

    /// How many tokens gather while none is taken: those of a second, and at least one.
    fn burst(self) -> u128 {
        (Duration::from_secs(1).as_micros() / self.interval()).max(1)
    }
}

impl Broker {
    /// Takes a place for each of these members, from the first, until `limit` places are taken, for the length of a lease
    /// from `now`. Returns how many got one.
    pub async fn take_places(
        &self,
        scope: &str,
        limit: usize,
        members: &[String],
        now: DateTime<Utc>,
    ) -> Result<usize, Error> {
        let mut call = script::TAKE_PLACES
            .on(&[keys::places(scope)])
            .arg(limit)
            .arg(self.leases.end(now).timestamp())
            .arg(now.timestamp());
        for member in members.iter().take(crate::broker::STEP) {
            call = call.arg(member);
        }
        call.run(&self.conn).await
    }

    /// Keeps places for the length of a lease from `now`.
    pub async fn renew_places(
        &self,
        scope: &str,
        members: &[String],
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        for step in members.chunks(crate::broker::STEP) {
            let mut call = script::RENEW_PLACES
                .on(&[keys::places(scope)])
                .arg(self.leases.end(now).timestamp());
            for member in step {
                call = call.arg(member);
            }
            call.run::<()>(&self.conn).await?;
        }
        Ok(())
    }

    /// Leaves places to others.
    pub async fn free_places(&self, scope: &str, members: &[String]) -> Result<(), Error> {
        let mut remove = redis::cmd("ZREM");
        remove.arg(keys::places(scope)).arg(members);
        self.conn.command(&remove).await
    }

    /// Takes up to `wanted` tokens. Returns how many, and how long it takes until there is another one.
    pub async fn take_tokens(
        &self,
        scope: &str,
        rate: Rate,
        wanted: usize,
    ) -> Result<(usize, Duration), Error> {
        let wanted = i64::try_from(wanted).unwrap_or(i64::MAX);
        let (taken, next) = self.tokens(scope, rate, wanted).await?;
        Ok((
            usize::try_from(taken).unwrap_or(0),
            Duration::from_micros(next),
        ))
    }

    /// Gives back tokens that were not needed.
    pub async fn give_back_tokens(
        &self,
        scope: &str,
        rate: Rate,
        unused: usize,
    ) -> Result<(), Error> {
        let unused = i64::try_from(unused).unwrap_or(i64::MAX);
        self.tokens(scope, rate, -unused).await.map(|_| ())
    }

    async fn tokens(&self, scope: &str, rate: Rate, wanted: i64) -> Result<(i64, u64), Error> {
        let call = script::TAKE_TOKENS
            .on(&[keys::tokens(scope)])
            .arg(rate.interval().to_string())
            .arg(rate.burst().to_string())
            .arg(wanted);
        call.run(&self.conn).await
    }
}
