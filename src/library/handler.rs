//! Handlers and their results.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::context::Context;
use super::error::BoxError;
use super::task::Task;
use crate::task::transition::{Failure, Verdict};

/// The result of a handler.
pub type HandlerResult = Result<Outcome, HandlerError>;

/// What happens to a task after a successful call of its handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The work is done: the task is deleted, or kept with its result for its retention.
    Done,
    /// The attempt failed; the next one is due after this time. Counts as a retry: when none is left, the
    /// task is archived.
    RetryAfter(Duration),
    /// The attempt failed, and a retry would not help: the task is archived (Asynq's `SkipRetry`).
    SkipRetry,
    /// The task is put back and is due again after this time. No retry is counted, however often this happens.
    Release(Duration),
    /// The task is obsolete: it is deleted, whatever its retention (Asynq's `RevokeTask`).
    Revoke,
}

/// Why an attempt failed. `?` converts every error into one; the task is then retried as long as retries are left.
///
/// ```
/// use std::time::Duration;
/// use qctl::{HandlerError, HandlerResult, Outcome, Task};
///
/// fn resize(task: &Task) -> HandlerResult {
///     // An ordinary failure.
///     let width: u32 = std::str::from_utf8(task.payload())?.parse()?;
///     if width > 10_000 {
///         return Err(HandlerError::skip_retry("no image is that wide"));
///     }
///     Ok(Outcome::Done)
/// }
/// assert!(resize(&Task::new("image:resize", "x")).is_err());
/// ```
///
/// The text that is stored as the task's last error is that of the error and its sources, up to 4 KiB. It is
/// readable by everyone who may read the queue, so it should hold no secrets.
pub struct HandlerError {
    source: BoxError,
    verdict: Verdict,
    delay: Option<Duration>,
}

impl HandlerError {
    /// An ordinary failure, as from `?`.
    pub fn new(error: impl Into<BoxError>) -> Self {
        Self {
            source: error.into(),
            verdict: Verdict::Retry,
            delay: None,
        }
    }

    /// A failure that a retry would not fix: [`Outcome::SkipRetry`] with a reason.
    ///
    /// ```
    /// # use qctl::{HandlerError, HandlerResult, Outcome, Task};
    /// # fn handle(task: &Task) -> HandlerResult {
    /// let user: u64 = task.payload_json().map_err(HandlerError::skip_retry)?;
    /// # Ok(Outcome::Done)
    /// # }
    /// ```
    pub fn skip_retry(error: impl Into<BoxError>) -> Self {
        Self {
            verdict: Verdict::GiveUp,
            ..Self::new(error)
        }
    }

    /// A failure with the time until the next attempt: [`Outcome::RetryAfter`] with a reason.
    pub fn retry_after(delay: Duration, error: impl Into<BoxError>) -> Self {
        Self {
            delay: Some(delay),
            ..Self::new(error)
        }
    }

    /// Something that is not the task's fault, such as an overloaded service: [`Outcome::Release`] with a reason.
    pub fn release(delay: Duration, error: impl Into<BoxError>) -> Self {
        Self {
            verdict: Verdict::Release,
            delay: Some(delay),
            ..Self::new(error)
        }
    }

    /// The error.
    pub fn source(&self) -> &(dyn StdError + Send + Sync + 'static) {
        &*self.source
    }

    pub(super) fn into_failure(self) -> Failure {
        Failure {
            delay: self.delay,
            ..Failure::from_error(Arc::from(self.source), self.verdict)
        }
    }
}

impl<E: Into<BoxError>> From<E> for HandlerError {
    fn from(error: E) -> Self {
        Self::new(error)
    }
}

impl fmt::Debug for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.source, f)
    }
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.source, f)
    }
}

/// Runs tasks: an `async fn(Task, Context) -> HandlerResult`, a closure that returns such a future, a
/// [`ServeMux`](crate::ServeMux), or a type of your own.
///
/// ```
/// use qctl::{Context, Handler, HandlerResult, Outcome, Task};
///
/// struct Resizer { width: u32 }
///
/// impl Handler for Resizer {
///     async fn run(&self, task: Task, _: Context) -> HandlerResult {
///         println!("{} bytes to {} pixels", task.payload().len(), self.width);
///         Ok(Outcome::Done)
///     }
/// }
/// ```
///
/// Attempts run on the program's tokio runtime, next to the worker's own duties. Run long computations and blocking
/// calls in `tokio::task::spawn_blocking`; otherwise the worker cannot extend its leases.
pub trait Handler: Send + Sync + 'static {
    /// Runs one attempt. A panic is caught and counts as an ordinary failure.
    ///
    /// When the attempt must end early ([`Context::stop_requested`]), the future is dropped after
    /// [`WorkerBuilder::stop_grace`](crate::WorkerBuilder::stop_grace).
    fn run(&self, task: Task, cx: Context) -> impl Future<Output = HandlerResult> + Send;
}

impl<F, R> Handler for F
where
    F: Fn(Task, Context) -> R + Send + Sync + 'static,
    R: Future<Output = HandlerResult> + Send,
{
    fn run(&self, task: Task, cx: Context) -> impl Future<Output = HandlerResult> + Send {
        self(task, cx)
    }
}

/// A type-erased [`Handler`].
pub(super) trait AnyHandler: Send + Sync {
    fn run_boxed(&self, task: Task, cx: Context) -> BoxFuture<'_, HandlerResult>;
}

impl<H: Handler> AnyHandler for H {
    fn run_boxed(&self, task: Task, cx: Context) -> BoxFuture<'_, HandlerResult> {
        Box::pin(self.run(task, cx))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_any_kind_convert_and_keep_their_source() {
        fn number(text: &str) -> HandlerResult {
            text.parse::<i32>()?;
            Err("plain text")?;
            Ok(Outcome::Done)
        }
        let failed = |text| number(text).unwrap_err();
        assert!(failed("x").source().is::<std::num::ParseIntError>());
        assert_eq!(failed("1").to_string(), "plain text");
        let text = String::from("owned");
        assert_eq!(HandlerError::from(text).into_failure().error, "owned");
    }
}
