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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::future::join;
    use redis::ErrorKind;

    use super::*;

    /// Two callers at once, whose question ends as `answer`.
    async fn ask_twice(answer: RedisResult<()>) -> (u32, [bool; 2]) {
        let (flight, asked, known) = (SingleFlight::default(), Cell::new(0), Cell::new(false));
        let ask = || async {
            asked.set(asked.get() + 1);
            tokio::task::yield_now().await;
            known.set(answer.is_ok());
            answer.clone()
        };
        let wanted = || !known.get();
        let (first, second) = join(flight.run(wanted, ask()), flight.run(wanted, ask())).await;
        (asked.get(), [first.is_ok(), second.is_ok()])
    }

    #[tokio::test]
    async fn callers_share_an_answer_and_a_failure() {
        assert_eq!(ask_twice(Ok(())).await, (1, [true, true]));
        let failure = RedisError::from((ErrorKind::Io, "away"));
        assert_eq!(ask_twice(Err(failure)).await, (1, [false, false]));
    }
}
