//! How groups are merged: which, when, and by what.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

use crate::backoff::Backoff;
use crate::broker::{AggregationSet, Ripeness, SetMember};
use crate::task::{Message, NewTask, QueueName};
use crate::worker::Shared;
use crate::worker::handlers::mux::best_match;

/// How long a merge may take, unless configured. With the time to store the merged task, a set is open as long as in Asynq.
pub const DEFAULT_MERGE_TIMEOUT: Duration = Duration::from_secs(100);

/// How some groups are merged.
#[derive(Clone)]
pub struct Groups {
    /// `digest:7` matches that group alone, `digest:*` all groups that start with `digest:`.
    pub pattern: String,
    /// When a group is merged.
    pub ripeness: Ripeness,
    /// How long a merge may take.
    pub timeout: Duration,
    /// What merges it.
    pub aggregator: Arc<dyn Aggregator>,
}

/// Merges the tasks of a group into one.
pub trait Aggregator: Send + Sync + 'static {
    /// The merged task. It goes to the queue of the group, whatever it says itself. The error is a text for people.
    ///
    /// The future should end soon after the deadline of the set; if it does not, it is dropped, so dropping it must leave
    /// nothing behind.
    fn merge<'a>(&'a self, tasks: &'a mut SetTasks) -> BoxFuture<'a, Result<NewTask, String>>;
}

/// An aggregator that gets all tasks at once: their queue, their group, and the tasks, oldest first.
pub fn aggregator(
    merge: impl Fn(QueueName, String, Vec<Message>) -> BoxFuture<'static, Result<NewTask, String>>
    + Send
    + Sync
    + 'static,
) -> Arc<dyn Aggregator> {
    Arc::new(Whole(merge))
}

struct Whole<F>(F);

impl<F> Aggregator for Whole<F>
where
    F: Fn(QueueName, String, Vec<Message>) -> BoxFuture<'static, Result<NewTask, String>>
        + Send
        + Sync
        + 'static,
{
    fn merge<'a>(&'a self, tasks: &'a mut SetTasks) -> BoxFuture<'a, Result<NewTask, String>> {
        async {
            let mut messages = Vec::new();
            while let Some(part) = tasks.next().await? {
                messages.extend(part);
            }
            let (queue, group) = (tasks.set.queue().clone(), tasks.set.group().to_owned());
            let merged = timeout_at(tasks.deadline, (self.0)(queue, group, messages)).await;
            merged.map_err(|_| "the aggregator took too long".to_owned())?
        }
        .boxed()
    }
}

/// Which groups are merged how.
#[derive(Clone, Default)]
pub(crate) struct GroupRoutes(Vec<Groups>);

impl GroupRoutes {
    pub(crate) fn add(&mut self, groups: Groups) {
        self.0.push(groups);
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Groups> {
        self.0.iter()
    }

    /// The longest pattern that matches a group.
    pub(crate) fn find(&self, group: &str) -> Option<&Groups> {
        best_match(&self.0, |groups| &groups.pattern, group)
    }

    /// How the groups of exactly this pattern are merged.
    pub(crate) fn of_pattern(&self, pattern: &str) -> Option<&Groups> {
        self.0.iter().find(|groups| groups.pattern == pattern)
    }
}

/// Which groups a worker merges, and how. This can be replaced while it runs: a merge ends as it began.
#[derive(Clone, Default)]
pub struct CurrentGroups(watch::Sender<Arc<GroupRoutes>>);

impl CurrentGroups {
    pub(crate) fn add(&self, groups: Groups) {
        self.0
            .send_modify(|routes| Arc::make_mut(routes).add(groups));
    }

    /// From now on, merges begin by these rules alone.
    pub fn replace(&self, groups: Vec<Groups>) {
        self.0.send_replace(Arc::new(GroupRoutes(groups)));
    }

    /// The current rules, and those that replace them.
    pub(crate) fn follow(&self) -> watch::Receiver<Arc<GroupRoutes>> {
        self.0.subscribe()
    }
}

/// The tasks of an open set, read in parts.
pub struct SetTasks {
    shared: Arc<Shared>,
    pub(crate) set: AggregationSet,
    /// When the merge must have ended.
    pub(crate) deadline: Instant,
    /// A part that was read ahead.
    ahead: Vec<Message>,
    members: Vec<SetMember>,
    is_end: bool,
}

impl SetTasks {
    /// Reads the first tasks.
    pub(crate) async fn open(
        shared: Arc<Shared>,
        set: AggregationSet,
        timeout: Duration,
    ) -> Result<Self, String> {
        let mut tasks = Self {
            shared,
            set,
            deadline: Instant::now() + timeout,
            ahead: Vec::new(),
            members: Vec::new(),
            is_end: false,
        };
        tasks.ahead = tasks.next().await?.unwrap_or_default();
        Ok(tasks)
    }

    /// The next tasks, oldest first: few of them if they are large. The error is a text for people.
    pub async fn next(&mut self) -> Result<Option<Vec<Message>>, String> {
        let mut backoff = Backoff::default();
        loop {
            if !self.ahead.is_empty() {
                return Ok(Some(std::mem::take(&mut self.ahead)));
            }
            if self.is_end {
                return Ok(None);
            }
            let broker = &self.shared.broker;
            match broker.read_set(&self.set, self.members.len()).await {
                Ok(part) => {
                    self.shared.report_aside(self.set.queue(), part.aside);
                    self.members.extend(part.members);
                    self.ahead = part.messages;
                    self.is_end = part.is_end;
                }
                Err(error) if error.passing() && Instant::now() < self.deadline => {
                    sleep(backoff.next()).await;
                }
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    /// All tasks, once the last one has been read; those that the aggregator has not read are skipped.
    pub(crate) async fn into_members(mut self) -> Result<Vec<SetMember>, String> {
        while self.next().await?.is_some() {}
        Ok(self.members)
    }

    /// Whether the set has no task that can be merged.
    pub(crate) const fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}
