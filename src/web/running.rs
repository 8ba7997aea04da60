//! The running tasks, read once for all viewers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::document::server::WorkerDocument;
use crate::inspector::{Error, Inspector};

/// What is not older is shown without reading again.
const FRESH: Duration = Duration::from_secs(2);

/// What was read, or why it could not be.
type Answer = Result<Arc<Vec<WorkerDocument>>, Error>;

/// The running tasks, as they were last read.
#[derive(Debug, Default)]
pub(super) struct Running(Mutex<Option<(Instant, Answer)>>);

impl Running {
    /// The running tasks. Those who ask while they are being read wait for the same answer.
    pub(super) async fn tasks(&self, inspector: &Inspector) -> Answer {
        self.shared(|| inspector.workers(&[], inspector.now()))
            .await
    }

    async fn shared(
        &self,
        read: impl AsyncFnOnce() -> Result<Vec<WorkerDocument>, Error>,
    ) -> Answer {
        let asked_at = Instant::now();
        let mut last = self.0.lock().await;
        if let Some((at, answer)) = &*last
            && (*at >= asked_at || (answer.is_ok() && at.elapsed() < FRESH))
        {
            return answer.clone();
        }
        let answer = read().await.map(Arc::new);
        *last = Some((Instant::now(), answer.clone()));
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn those_who_wait_get_the_same_answer_also_if_it_is_an_error() {
        let running = Running::default();
        let reads = AtomicUsize::new(0);
        let ask = || {
            running.shared(async || {
                reads.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                Err(Error::GroupAndState)
            })
        };
        let answers = join_all([ask(), ask(), ask()]).await;
        assert!(answers.iter().all(Result::is_err));
        assert_eq!(reads.load(Ordering::Relaxed), 1);
        // Whoever asks later may have more luck.
        assert!(ask().await.is_err());
        assert_eq!(reads.load(Ordering::Relaxed), 2);
    }
}
