//! What happens around every task: logging, error reports, the delay of retries.

use std::time::{Duration, Instant};

use qctl::{AttemptError, Context, FailedAttempt, HandlerResult, Next, Task};

/// Middleware that logs every attempt.
pub(super) async fn log(task: Task, cx: Context, next: Next) -> HandlerResult {
    let kind = task.kind().to_owned();
    let begun = Instant::now();
    let result = next.run(task, cx.clone()).await;
    let took = begun.elapsed();
    match &result {
        Ok(outcome) => tracing::info!(id = cx.task_id(), kind, ?took, ?outcome, "handled"),
        Err(error) => tracing::warn!(id = cx.task_id(), kind, ?took, %error, "failed"),
    }
    result
}

/// The error handler. Unlike middleware, it also sees panics and timeouts.
pub(super) fn report(failed: &FailedAttempt) {
    let error = failed.error();
    if let Some(AttemptError::Panicked(text)) = error.downcast_ref() {
        tracing::error!(
            id = failed.task_id(),
            text,
            "a handler panicked, please report"
        );
    }
    if failed.is_last() {
        tracing::error!(id = failed.task_id(), queue = failed.queue(), %error, "given up");
    }
}

/// One second, then twice as long each time, ten minutes at most.
pub(super) fn retry_delay(failed: &FailedAttempt) -> Duration {
    let seconds = 2_u64.saturating_pow(failed.retried());
    Duration::from_secs(seconds.min(600))
}
