//! Merges the tasks of a group into one task.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::error::{BoxError, Error};
use super::task::Task;
use crate::broker::Ripeness;
use crate::clock;
use crate::worker;

/// Merges the tasks of a group: an `async fn(String, Vec<Task>) -> Result<Task, BoxError>`, a closure that returns
/// such a future, or a type of your own.
pub trait Aggregator: Send + Sync + 'static {
    /// Merges the tasks of a group, oldest first, into one. The merged task always goes into the queue of the group;
    /// its other options are used.
    ///
    /// After an error, a panic, or 100 seconds, the tasks go back to their group and are merged again about two
    /// minutes later.
    fn merge(
        &self,
        group: String,
        tasks: Vec<Task>,
    ) -> impl Future<Output = Result<Task, BoxError>> + Send;
}

impl<F, R> Aggregator for F
where
    F: Fn(String, Vec<Task>) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Task, BoxError>> + Send,
{
    fn merge(
        &self,
        group: String,
        tasks: Vec<Task>,
    ) -> impl Future<Output = Result<Task, BoxError>> + Send {
        self(group, tasks)
    }
}

/// When and how a worker merges groups. One merge takes up to 1,000 tasks.
///
/// ```
/// use std::time::Duration;
/// use qctl::{BoxError, Groups, Task};
///
/// async fn digest(group: String, tasks: Vec<Task>) -> Result<Task, BoxError> {
///     let lines: Vec<&[u8]> = tasks.iter().map(Task::payload).collect();
///     Ok(Task::new("email:digest", lines.join(&b'\n')))
/// }
///
/// let groups = Groups::new(digest)
///     .grace_period(Duration::from_secs(30))
///     .max_delay(Duration::from_secs(300))
///     .max_size(100);
/// ```
#[must_use = "groups are merged by a worker that starts with this"]
pub struct Groups {
    ripeness: Ripeness,
    aggregator: Arc<dyn AnyAggregator>,
}

impl Groups {
    /// Merges a group that has been quiet for a minute, Asynq's default.
    pub fn new(aggregator: impl Aggregator) -> Self {
        Self {
            ripeness: Ripeness {
                grace: Duration::from_secs(60),
                max_delay: Duration::ZERO,
                max_size: 0,
            },
            aggregator: Arc::new(aggregator),
        }
    }

    /// A group is merged when no task has joined it for this long. In whole seconds, at least one.
    pub const fn grace_period(mut self, grace: Duration) -> Self {
        self.ripeness.grace = grace;
        self
    }

    /// A group is merged, however busy, when its oldest task has waited for this long. In whole seconds.
    pub const fn max_delay(mut self, delay: Duration) -> Self {
        self.ripeness.max_delay = delay;
        self
    }

    /// A group is merged when it has this many tasks, which is also the most that one merge takes. 0 means no limit.
    pub const fn max_size(mut self, tasks: usize) -> Self {
        self.ripeness.max_size = tasks;
        self
    }

    pub(super) fn into_engine(self) -> Result<worker::Groups, Error> {
        if self.ripeness.grace < Duration::from_secs(1) {
            let text = "the grace period of groups must be at least one second";
            return Err(Error::Setting(text.to_owned()));
        }
        let aggregator = self.aggregator;
        Ok(worker::Groups {
            pattern: "*".to_owned(),
            ripeness: self.ripeness,
            timeout: worker::DEFAULT_MERGE_TIMEOUT,
            aggregator: worker::aggregator(move |_, group, messages| {
                let aggregator = Arc::clone(&aggregator);
                async move {
                    let tasks = messages.into_iter().map(Task::received).collect();
                    let merged = aggregator.merge_boxed(group, tasks).await;
                    let merged = merged.map_err(|error| error.to_string())?;
                    let task = merged.into_new(clock::now());
                    task.map_err(|error| error.to_string())
                }
                .boxed()
            }),
        })
    }
}

/// A type-erased [`Aggregator`].
trait AnyAggregator: Send + Sync {
    fn merge_boxed(&self, group: String, tasks: Vec<Task>)
    -> BoxFuture<'_, Result<Task, BoxError>>;
}

impl<A: Aggregator> AnyAggregator for A {
    fn merge_boxed(
        &self,
        group: String,
        tasks: Vec<Task>,
    ) -> BoxFuture<'_, Result<Task, BoxError>> {
        Box::pin(self.merge(group, tasks))
    }
}
