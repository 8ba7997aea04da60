//! Which handler runs which type of task.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;

use crate::task::transition::{RetryPolicy, Verdict};
use crate::worker::gate::Gate;
use crate::worker::handlers::runner::Runner;
use crate::worker::handlers::transcript::KeepLogs;
use crate::worker::handlers::{Handler, NotStarted};
use crate::worker::quota::{Limit, Quotas};
use crate::worker::turns::{Line, Turns};

/// A handler and how its tasks are treated.
pub struct Route {
    /// `email:deliver` matches that type alone, `image:*` all types that start with `image:`.
    pub pattern: String,
    /// Limit of one attempt besides the task's own.
    pub timeout: Option<Duration>,
    /// How failures are retried.
    pub retry: RetryPolicy,
    /// How many of these tasks may run at the same time in this worker; `None` = as many as it has slots.
    pub concurrency: Option<usize>,
    /// A limit across all workers, besides `concurrency`.
    pub limit: Option<Limit>,
    /// Which attempts leave a log of what they print.
    pub logs: KeepLogs,
    /// What runs the tasks.
    pub(crate) runner: Arc<Runner>,
    pub(crate) turns: Turns,
}

impl Route {
    /// A route without limits of its own and with Asynq's retry delay.
    pub fn new(pattern: impl Into<String>, handler: impl Handler) -> Self {
        Self::to(pattern, Arc::new(Runner::new(handler, Gate::default())))
    }

    /// A route that completes its tasks without running anything.
    pub fn discard(pattern: impl Into<String>) -> Self {
        Self::to(pattern, Arc::new(Runner::discard()))
    }

    /// The same to a handler that other routes may have too.
    pub(crate) fn to(pattern: impl Into<String>, runner: Arc<Runner>) -> Self {
        Self {
            pattern: pattern.into(),
            timeout: None,
            retry: RetryPolicy::default(),
            concurrency: None,
            limit: None,
            logs: KeepLogs::Off,
            turns: Turns::new(None, Line::default(), Arc::clone(&runner.room), None),
            runner,
        }
    }

    pub(crate) fn discards(&self) -> bool {
        self.runner.handler().is_none()
    }
}

/// How well a pattern matches the name of a type or a group: its length without the star; an exact pattern beats any prefix.
fn match_length(pattern: &str, name: &str) -> Option<usize> {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix).then_some(prefix.len()),
        None => (pattern == name).then_some(usize::MAX),
    }
}

/// The value whose pattern matches a name best.
pub(crate) fn best_match<'a, T>(
    values: impl IntoIterator<Item = &'a T>,
    pattern: impl Fn(&T) -> &str,
    name: &str,
) -> Option<&'a T> {
    let matching = values
        .into_iter()
        .filter_map(|value| Some((match_length(pattern(value), name)?, value)));
    let best = matching.max_by_key(|(length, _)| *length);
    best.map(|(_, value)| value)
}

/// All handlers of a worker.
#[derive(Default)]
pub struct Mux {
    routes: Vec<Arc<Route>>,
    pub(crate) kept: Arc<Kept>,
    /// What happens to tasks that no route matches.
    pub unmatched: Unmatched,
}

/// What the muxes of a worker share, of which each replaces the one before.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) quotas: Quotas,
    /// By pattern. There are no more than have been in the configuration.
    lines: Mutex<HashMap<String, Line>>,
}

impl Kept {
    fn line(&self, pattern: &str) -> Line {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.entry(pattern.to_owned()).or_default().clone()
    }
}

/// What happens to a task without a handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unmatched {
    /// It fails and is retried, as in Asynq.
    #[default]
    Fail,
    /// It is put back for later without counting a failure: another worker may know its type.
    Release,
}

impl Unmatched {
    pub(crate) const fn verdict(self) -> Verdict {
        match self {
            Self::Fail => Verdict::Retry,
            Self::Release => Verdict::Release,
        }
    }
}

impl Mux {
    /// A mux without routes to replace this one. Limits count the tasks that already run.
    #[must_use]
    pub fn successor(&self) -> Self {
        Self {
            kept: Arc::clone(&self.kept),
            ..Self::default()
        }
    }

    /// Adds a route. The longest matching pattern wins, whatever the order.
    pub fn add(&mut self, mut route: Route) {
        let Kept { quotas, .. } = &*self.kept;
        let quota = route.limit.as_ref().map(|limit| quotas.of(limit));
        let line = self.kept.line(&route.pattern);
        route.turns = Turns::new(
            route.concurrency,
            line,
            Arc::clone(&route.runner.room),
            quota,
        );
        self.routes.push(Arc::new(route));
    }

    /// The handlers that another mux does not have.
    fn without<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a Arc<Route>> {
        let known = |route: &Route| {
            let mut others = other.routes.iter();
            others.any(|other| Arc::ptr_eq(&route.runner, &other.runner))
        };
        self.routes.iter().filter(move |route| !known(route))
    }

    /// Starts all handlers of a worker with so many slots that `running` does not have. If one cannot start, those before it
    /// are stopped again.
    pub(crate) async fn start(&self, running: &Self, slots: usize) -> Result<(), NotStarted> {
        for (started, route) in self.without(running).enumerate() {
            if let Err(reason) = route.runner.start(slots).await {
                for before in self.without(running).take(started) {
                    before.runner.stop().await;
                }
                let pattern = route.pattern.clone();
                return Err(NotStarted { pattern, reason });
            }
        }
        Ok(())
    }

    /// The handlers that its successor no longer has.
    pub(crate) fn replaced_by(&self, successor: &Self) -> Vec<Arc<Runner>> {
        let gone = self.without(successor);
        gone.map(|route| Arc::clone(&route.runner)).collect()
    }

    /// Stops all handlers, at the same time: one may take a while.
    pub(crate) async fn stop(&self) {
        join_all(self.routes.iter().map(|route| route.runner.stop())).await;
    }

    pub(crate) fn routes(&self) -> impl Iterator<Item = &Arc<Route>> {
        self.routes.iter()
    }

    /// The route for a type.
    pub fn find(&self, kind: &str) -> Option<&Arc<Route>> {
        best_match(&self.routes, |route| &route.pattern, kind)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::task::transition::{Failure, TaskResult};
    use crate::worker::handlers::{Attempt, Stop};
    use futures_util::future::BoxFuture;

    fn nothing(_: &Attempt, _: Stop) -> BoxFuture<'_, Result<TaskResult, Failure>> {
        async { Ok(Vec::new().into()) }.boxed()
    }

    #[test]
    fn the_longest_match_wins_and_only_a_star_matches_more() {
        let mut mux = Mux::default();
        for pattern in ["*", "image:*", "image:big:*", "email:deliver"] {
            mux.add(Route::new(pattern, nothing));
        }
        let find = |kind| mux.find(kind).map(|route| route.pattern.as_str());
        assert_eq!(find("image:big:png"), Some("image:big:*"));
        assert_eq!(find("image:small"), Some("image:*"));
        assert_eq!(find("email:deliver"), Some("email:deliver"));
        assert_eq!(find("email:deliver:late"), Some("*"));
        let mut exact = Mux::default();
        exact.add(Route::new("email", nothing));
        assert!(exact.find("emailer").is_none());
    }
}
