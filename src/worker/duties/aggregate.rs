//! Merges the tasks of a ripe group into one task.
//!
//! A set of tasks is opened, merged by the program's function, and deleted once the merged task is enqueued. A set has a
//! lifetime: if it is not deleted in time, recovery moves its tasks back to the group. So tasks are merged twice only if a
//! worker dies between enqueueing and deleting.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use crate::backoff::Backoff;
use crate::broker::{AggregationSet, Error, Ripeness, SET_LIFETIME};
use crate::task::{Message, NewTask, QueueName};
use crate::worker::Shared;
use crate::worker::duty::{Rhythm, Round};
use crate::worker::event::Event;
use crate::worker::phase::Phase;

/// Number of sets merged at the same time.
const SETS: usize = 4;

/// Each check of a group takes four commands, so a queue with many groups is checked less often: one after another in this
/// time, but at the latest after [`LONGEST_PERIOD`].
const TIME_PER_GROUP: Duration = Duration::from_millis(1);

/// The interval of Asynq, however many groups there are.
const LONGEST_PERIOD: Duration = Duration::from_secs(7);

/// Time limit for enqueueing the merged task. The rest of a set's lifetime is left for deleting it.
const MERGE_TIME: Duration = SET_LIFETIME.saturating_sub(Duration::from_secs(20));

/// Merges tasks of one group: their queue, their group, and the tasks, oldest first. The error is a text for
/// people.
pub type Aggregator = Arc<
    dyn Fn(QueueName, String, Vec<Message>) -> BoxFuture<'static, Result<NewTask, String>>
        + Send
        + Sync,
>;

/// How a worker merges groups.
#[derive(Clone)]
pub struct Groups {
    /// When a group is merged.
    pub ripeness: Ripeness,
    /// The function that merges it.
    pub aggregator: Aggregator,
}

/// Looks for ripe groups in the worker's queues.
pub(crate) async fn aggregate(shared: Arc<Shared>, groups: Groups) {
    let slots = Arc::new(Semaphore::new(SETS));
    let period = shared.settings.timing.groups;
    let mut rhythm = Rhythm::new("aggregate", &shared, Phase::Stopped, period);
    while rhythm.pause(once(&shared, &groups, &slots).await).await {}
}

async fn once(
    shared: &Arc<Shared>,
    groups: &Groups,
    slots: &Arc<Semaphore>,
) -> Result<Duration, Error> {
    let mut round = Round::default();
    let mut count = 0_u32;
    for queue in shared.settings.queues.names() {
        let mut pages = shared.broker.groups(queue);
        while let Some(Some(names)) = round.part(pages.next().await)? {
            count = count.saturating_add(u32::try_from(names.len()).unwrap_or(u32::MAX));
            for name in names {
                round.part(open_all(shared, groups, slots, (queue, &name.group)).await)?;
            }
        }
    }
    let period = period(shared.settings.timing.groups, count);
    round.end(period.min(groups.ripeness.grace))
}

/// The pause after a round that has checked so many groups.
fn period(shortest: Duration, groups: u32) -> Duration {
    let longest = LONGEST_PERIOD.max(shortest);
    TIME_PER_GROUP
        .saturating_mul(groups)
        .clamp(shortest, longest)
}

/// Opens sets of a group while it is ripe, and starts to merge each.
async fn open_all(
    shared: &Arc<Shared>,
    groups: &Groups,
    slots: &Arc<Semaphore>,
    (queue, group): (&QueueName, &str),
) -> Result<(), Error> {
    // Without a free slot, the next round continues.
    while let Ok(slot) = Arc::clone(slots).try_acquire_owned() {
        let set = AggregationSet::new(queue, group);
        let now = Instant::now();
        let opened = Opened {
            shared: Arc::clone(shared),
            queue: queue.clone(),
            until: now + MERGE_TIME,
            delete_until: now + SET_LIFETIME,
            set,
        };
        let open = shared
            .broker
            .open_set(&opened.set, groups.ripeness, shared.broker.now());
        if !open.await? {
            return Ok(());
        }
        let merge = opened.merge(Arc::clone(&groups.aggregator), slot);
        let mut phases = shared.phases.clone();
        shared.attempts.spawn(async move {
            tokio::select! {
                () = merge => {}
                // Recovery moves the tasks back to their group when the set's lifetime has ended.
                () = phases.reached(Phase::Aborting) => {}
            }
        });
    }
    Ok(())
}

/// A set that is being merged.
struct Opened {
    shared: Arc<Shared>,
    queue: QueueName,
    set: AggregationSet,
    /// When the merged task must be enqueued.
    until: Instant,
    /// When the lifetime of the set ends.
    delete_until: Instant,
}

impl Opened {
    async fn merge(self, aggregator: Aggregator, _slot: OwnedSemaphorePermit) {
        if let Err(error) = self.try_merge(aggregator).await {
            let group = self.set.group().to_owned();
            self.shared.reporter.report(Event::NotMerged {
                queue: self.queue,
                group,
                error,
            });
        }
    }

    async fn try_merge(&self, aggregator: Aggregator) -> Result<(), String> {
        let (broker, group) = (&self.shared.broker, self.set.group().to_owned());
        let read = broker.read_set(&self.set).await;
        let (tasks, aside) = read.map_err(|error| error.to_string())?;
        self.shared.report_aside(&self.queue, aside);
        let count = tasks.len();
        if count > 0 {
            let queue = self.queue.clone();
            // The function may also panic before it returns a future.
            let merge = async { aggregator(queue, group.clone(), tasks).await };
            let merged = timeout_at(self.until, AssertUnwindSafe(merge).catch_unwind()).await;
            let merged = merged.map_err(|_| "the aggregator took too long".to_owned())?;
            let task = merged.map_err(|_| "the aggregator panicked".to_owned())??;
            // As in Asynq, whatever the task itself says.
            let task = task.with(|options| options.queue = self.queue.clone());
            self.enqueue(&task).await?;
            self.shared.reporter.report(Event::Merged {
                queue: self.queue.clone(),
                group,
                tasks: count,
                id: task.id,
            });
        }
        self.delete().await.map_err(|error| error.to_string())
    }

    /// Enqueues the merged task; retries while Redis is unreachable.
    async fn enqueue(&self, task: &NewTask) -> Result<(), String> {
        let broker = &self.shared.broker;
        let mut submission = broker.submission(std::slice::from_ref(task), broker.now());
        let mut backoff = Backoff::default();
        loop {
            broker.submit(&mut submission).await;
            if submission.unanswered().is_none() || Instant::now() >= self.until {
                break;
            }
            tokio::time::sleep(backoff.next()).await;
        }
        let refused = submission.into_outcomes().into_iter().find_map(Result::err);
        refused.map_or(Ok(()), |error| Err(error.to_string()))
    }

    async fn delete(&self) -> Result<(), Error> {
        let mut backoff = Backoff::default();
        loop {
            match self.shared.broker.delete_set(self.set.clone()).await {
                Err(error) if error.passing() && Instant::now() < self.delete_until => {
                    tokio::time::sleep(backoff.next()).await;
                }
                result => return result,
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
