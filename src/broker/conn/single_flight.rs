//! A question that many callers have at the same time is asked once.

use std::time::Instant;

use redis::{RedisError, RedisResult};
use tokio::sync::Mutex;

/// Locked while somebody asks. Holds the time and the error of the last failure.
#[derive(Debug, Default)]
pub(crate) struct SingleFlight(Mutex<Option<(Instant, RedisError)>>);

impl SingleFlight {
    /// Runs `ask` if its result is `wanted` when it is this caller's turn. Returns whether it was run. If another caller
    /// has just failed while this one waited, its error counts for both.
    pub(crate) async fn run(
        &self,
        wanted: impl Fn() -> bool,
        ask: impl Future<Output = RedisResult<()>>,
    ) -> RedisResult<bool> {
        if !wanted() {
            return Ok(false);
        }
        let begun = Instant::now();
        let mut failed = self.0.lock().await;
        if !wanted() {
            return Ok(false);
        }
        if let Some((at, error)) = &*failed
            && *at > begun
        {
            return Err(error.clone());
        }
        let asked = ask.await;
        if let Err(error) = &asked {
            *failed = Some((Instant::now(), error.clone()));
        }
        asked.map(|()| true)
    }
}
