//! Merges the tasks of a ripe group into one task.
//!
//! A set of tasks is opened, and read by the aggregator; one script then stores the merged task and deletes the set. A set has a
//! lifetime: if it is not replaced in time, recovery moves its tasks back to the group. So nothing is lost, and nothing is
//! merged into two tasks, whatever fails.

use std::collections::{HashSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};

use crate::backoff::Backoff;
use crate::broker::{AggregationSet, Error, SetMember};
use crate::task::{NewTask, QueueName};
use crate::worker::Shared;
use crate::worker::duty::{Rhythm, Round};
use crate::worker::event::Event;
use crate::worker::groups::{CurrentGroups, GroupRoutes, Groups, SetTasks};
use crate::worker::phase::Phase;

/// Number of sets of one pattern that are merged at the same time.
const SETS: usize = 4;

/// Each check of a group takes four commands, so a queue with many groups is checked less often: one after another in this
/// time, but at the latest after [`LONGEST_PERIOD`].
const TIME_PER_GROUP: Duration = Duration::from_millis(1);

/// The interval of Asynq, however many groups there are.
const LONGEST_PERIOD: Duration = Duration::from_secs(7);

/// How long an aggregator may take to end once its time is up, before it is dropped.
const END_GRACE: Duration = Duration::from_secs(10);

/// The rest of a set's lifetime, in which the merged task is stored.
const STORE_TIME: Duration = Duration::from_secs(10);

/// Groups with more ripe tasks that are remembered until the next round, which finds the others.
const MAX_UNFINISHED: usize = 1000;

/// Merges the ripe groups of the worker's queues. Each pattern has a look and slots of its own, so that slow aggregators do not
/// hold up others.
pub(crate) async fn aggregate(shared: Arc<Shared>, current: CurrentGroups) {
    let mut rules = current.follow();
    let mut phases = shared.phases.clone();
    let mut looks = JoinSet::new();
    let mut patterns = HashSet::new();
    loop {
        let routes = Arc::clone(&rules.borrow_and_update());
        for groups in routes.all() {
            if patterns.insert(groups.pattern.clone()) {
                looks.spawn(Look::new(&shared, &groups.pattern, rules.clone()).run());
            }
        }
        tokio::select! {
            () = phases.reached(Phase::Stopped) => break,
            // The sender is in `current`.
            _ = rules.changed() => {}
            Some(Ok(pattern)) = looks.join_next() => drop(patterns.remove(&pattern)),
        }
    }
    while looks.join_next().await.is_some() {}
}

/// Looks for ripe groups that match one pattern.
struct Look {
    shared: Arc<Shared>,
    pattern: String,
    rules: watch::Receiver<Arc<GroupRoutes>>,
    slots: Arc<Semaphore>,
}

impl Look {
    fn new(shared: &Arc<Shared>, pattern: &str, rules: watch::Receiver<Arc<GroupRoutes>>) -> Self {
        Self {
            shared: Arc::clone(shared),
            pattern: pattern.to_owned(),
            rules,
            slots: Arc::new(Semaphore::new(SETS)),
        }
    }

    /// Looks until the worker stops, or until there is no rule for the pattern any more. Returns the pattern.
    async fn run(mut self) -> String {
        let period = self.shared.settings.timing.groups;
        let mut rhythm = Rhythm::new("aggregate", &self.shared, Phase::Stopped, period);
        loop {
            let routes = Arc::clone(&self.rules.borrow_and_update());
            let Some(groups) = routes.of_pattern(&self.pattern) else {
                rhythm.retire();
                return self.pattern;
            };
            let round = self.once(&routes, groups).await;
            tokio::select! {
                // First, because it also notes how the round went.
                biased;
                goes_on = rhythm.pause(round) => if !goes_on {
                    return self.pattern;
                },
                _ = self.rules.changed() => {}
            }
        }
    }

    /// Opens one set of each ripe group in turn, and goes on with those that had one until the next round is due. So a group
    /// with very many tasks does not hold up others.
    async fn once(&self, routes: &GroupRoutes, groups: &Groups) -> Result<Duration, Error> {
        let mut round = Round::default();
        let mut unfinished = VecDeque::new();
        let mut count = 0_u32;
        let is_ours = |group: &String| {
            let found = routes.find(group);
            found.is_some_and(|found| found.pattern == self.pattern)
        };
        for queue in self.shared.settings.queues.names() {
            let mut pages = self.shared.broker.groups(queue);
            while let Some(Some(names)) = round.part(pages.next().await)? {
                let names = names.into_iter().map(|name| name.group);
                for group in names.filter(is_ours) {
                    count = count.saturating_add(1);
                    let opened = round.part(self.open(groups, queue, &group).await)?;
                    if opened == Some(true) && unfinished.len() < MAX_UNFINISHED {
                        unfinished.push_back((queue, group));
                    }
                }
            }
        }
        let period = period(self.shared.settings.timing.groups, count);
        let next = Instant::now() + period.min(groups.ripeness.grace);
        while Instant::now() < next
            && let Some((queue, group)) = unfinished.pop_front()
        {
            if round.part(self.open(groups, queue, &group).await)? == Some(true) {
                unfinished.push_back((queue, group));
            }
        }
        round.end(next.saturating_duration_since(Instant::now()))
    }

    /// Waits for a slot, and starts to merge a set of the group if it is ripe. Returns whether it was. Once the rules have been
    /// replaced, nothing is merged by the old ones.
    async fn open(&self, groups: &Groups, queue: &QueueName, group: &str) -> Result<bool, Error> {
        let mut phases = self.shared.phases.clone();
        let slot = tokio::select! {
            biased;
            () = phases.reached(Phase::Stopped) => return Ok(false),
            slot = Arc::clone(&self.slots).acquire_owned() => slot,
        };
        // Nobody closes the semaphore.
        let Ok(slot) = slot else { return Ok(false) };
        if self.rules.has_changed().unwrap_or(false) {
            return Ok(false);
        }
        let (tell, opened) = oneshot::channel();
        let merge = Merge {
            shared: Arc::clone(&self.shared),
            groups: groups.clone(),
            queue: queue.clone(),
            group: group.to_owned(),
        };
        // An attempt from the start, so that the end of the worker waits for it.
        self.shared.attempts.spawn(merge.run(tell, slot));
        opened.await.unwrap_or(Ok(false))
    }
}

/// The pause after a round that has checked so many groups.
fn period(shortest: Duration, groups: u32) -> Duration {
    let longest = LONGEST_PERIOD.max(shortest);
    TIME_PER_GROUP
        .saturating_mul(groups)
        .clamp(shortest, longest)
}

/// One merge of a group.
struct Merge {
    shared: Arc<Shared>,
    groups: Groups,
    queue: QueueName,
    group: String,
}

impl Merge {
    /// Opens a set, says whether the group was ripe, and merges the set.
    async fn run(self, tell: oneshot::Sender<Result<bool, Error>>, _slot: OwnedSemaphorePermit) {
        let lifetime = self.groups.timeout + END_GRACE + STORE_TIME;
        let set = AggregationSet::new(&self.queue, &self.group).lasting(lifetime);
        let begun = Instant::now();
        let broker = &self.shared.broker;
        let opened = broker.open_set(&set, self.groups.ripeness, broker.now());
        let opened = opened.await;
        let is_open = opened == Ok(true);
        // The duty may have ended meanwhile.
        tell.send(opened).ok();
        if !is_open {
            return;
        }
        let merge = self.merge(set, begun + lifetime);
        let mut phases = self.shared.phases.clone();
        let merged = tokio::select! {
            merged = merge => merged,
            () = phases.reached(Phase::Aborting) => Err("the worker is shutting down".to_owned()),
        };
        if let Err(error) = merged {
            let (queue, group) = (self.queue, self.group);
            let reporter = &self.shared.reporter;
            reporter.report(Event::NotMerged {
                queue,
                group,
                error,
            });
        }
    }

    async fn merge(&self, set: AggregationSet, closed_at: Instant) -> Result<(), String> {
        let shared = Arc::clone(&self.shared);
        let mut tasks = SetTasks::open(shared, set.clone(), self.groups.timeout).await?;
        if tasks.is_empty() {
            let deleted = self.shared.broker.delete_set(set).await;
            return deleted.map_err(|error| error.to_string());
        }
        // The aggregator may also panic before it returns a future.
        let ends_at = tasks.deadline + END_GRACE;
        let merge = async { self.groups.aggregator.merge(&mut tasks).await };
        let merge = AssertUnwindSafe(merge).catch_unwind();
        let merged = timeout_at(ends_at, merge).await;
        let merged = merged.map_err(|_| "the aggregator took too long".to_owned())?;
        let task = merged.map_err(|_| "the aggregator panicked".to_owned())??;
        // As in Asynq, whatever the task itself says.
        let task = task.with(|options| options.queue = self.queue.clone());
        let members = tasks.into_members().await?;
        self.store(&set, &members, &task, closed_at).await?;
        self.shared.reporter.report(Event::Merged {
            queue: self.queue.clone(),
            group: self.group.clone(),
            tasks: members.len(),
            id: task.id,
        });
        Ok(())
    }

    /// Replaces the set by the merged task; retries while Redis is unreachable.
    async fn store(
        &self,
        set: &AggregationSet,
        members: &[SetMember],
        task: &NewTask,
        closed_at: Instant,
    ) -> Result<(), String> {
        let broker = &self.shared.broker;
        let merge = broker.set_merge(set, members, task, broker.now());
        let mut merge = merge.map_err(|error| error.to_string())?;
        let mut backoff = Backoff::default();
        loop {
            match merge.send().await {
                Ok(true) => return Ok(()),
                Ok(false) => {
                    return Err("it took too long: the tasks are back in their group".to_owned());
                }
                Err(error) if error.passing() && Instant::now() < closed_at => {
                    sleep(backoff.next()).await;
                }
                Err(error) => return Err(error.to_string()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_groups_are_checked_less_often_but_as_often_as_by_asynq() {
        let second = Duration::from_secs(1);
        let seconds = |groups| period(second, groups).as_secs();
        assert_eq!([0, 1000, 3000].map(seconds), [1, 1, 3]);
        assert_eq!([7_000, u32::MAX].map(seconds), [7, 7]);
    }
}
