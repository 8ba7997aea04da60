//! Reads the tasks of a selection with everything that is stored about them, page by page.
//!
//! Tasks that move while they are read may be missed or read twice, as with any walk through several containers. Those in an
//! open aggregation set are read as the tasks of its group that they become if nobody merges them.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;
use tokio::time::sleep;

use super::listing::Judged;
use super::resends::{RESEND_LIMIT, Resends};
use super::selection::{Place, StateFilter};
use super::{Error, Filter, Inspector, Selection};
use crate::backoff::Outage;
use crate::broker::records::{FoundTask, StoredTask};
use crate::broker::{self, Broker, Container, StoredId, Walk};
use crate::task::{QueueName, State};

/// Ids read at once.
const IDS: u64 = 1000;

/// A walk through the tasks of a selection.
#[derive(Debug)]
pub(crate) struct Export {
    broker: Broker,
    queues: Vec<QueueName>,
    places: VecDeque<Place>,
    walk: Option<(Place, Walk)>,
    /// Ids of the walk whose tasks have not been read yet.
    ids: VecDeque<StoredId>,
    filter: Filter,
    /// Tasks that may still be returned.
    left: u64,
    judged: Judged,
    left_out: LeftOut,
}

/// What an export cannot contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LeftOut {
    /// Ids that are not UTF-8.
    pub no_text: u64,
    /// Ids in a container without a task.
    pub no_task: u64,
}

/// What belongs to the exported queues and has commands of its own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct NotCarried {
    pub paused: Vec<QueueName>,
    /// Queues with counters of finished attempts.
    pub counted: Vec<QueueName>,
    pub schedules: usize,
    /// Tasks that are running.
    pub active: u64,
}

impl Inspector {
    /// Starts to export a selection without ids.
    ///
    /// # Errors
    /// When a queue does not exist, or the selection contradicts itself.
    pub(crate) async fn export(&self, selection: &Selection) -> Result<Export, Error> {
        let states = selection.states_or(&State::ALL)?;
        let mut places = self.places(selection, &states).await?;
        let queues = self.queues(&selection.queues).await?;
        if states.contains(&StateFilter::In(State::Aggregating)) {
            let group = selection.group.as_deref();
            for queue in &queues {
                places.found.extend(self.open_sets(queue, group).await?);
            }
        }
        let mut judged = Judged::default();
        let unreadable = places.unreadable.iter().map(ToString::to_string);
        judged.unreadable.extend(unreadable);
        Ok(Export {
            broker: self.broker().clone(),
            queues,
            places: places.found.into(),
            walk: None,
            ids: VecDeque::new(),
            filter: selection.filter.clone(),
            left: selection.limit.unwrap_or(u64::MAX),
            judged,
            left_out: LeftOut::default(),
        })
    }

    /// The open aggregation sets of a queue, or of one group of it.
    async fn open_sets(&self, queue: &QueueName, group: Option<&str>) -> Result<Vec<Place>, Error> {
        let sets = self.broker().set_entries(queue).await?;
        let of_group = |name: &str| {
            group.is_none_or(|group| {
                let rest = name.strip_prefix(group);
                rest.is_some_and(|rest| rest.starts_with(':') && !rest[1..].contains(':'))
            })
        };
        let names = sets.into_iter().map(|set| set.name);
        Ok(names
            .filter(|name| of_group(name))
            .map(|name| Place {
                queue: queue.clone(),
                container: Container::Group(name),
                orphaned: false,
            })
            .collect())
    }
}

impl Export {
    /// The number of tasks in the containers of the selection.
    pub(crate) async fn size(&self) -> Result<u64, Error> {
        let sizes = self.places.iter().map(async |place| {
            match self.broker.count(&place.queue, &place.container).await {
                Err(error) if error.is_wrong_type() => Ok(0),
                size => size,
            }
        });
        Ok(try_join_all(sizes).await?.iter().sum())
    }

    /// The next tasks, of which none may match; `None` at the end. While Redis does not answer, tries again for
    /// [`RESEND_LIMIT`]; `on_outage` gets the first error.
    pub(crate) async fn next(
        &mut self,
        on_outage: impl Fn(&Error),
    ) -> Result<Option<Vec<StoredTask>>, Error> {
        let mut resends = Resends::within(RESEND_LIMIT);
        let mut outage = Outage::default();
        loop {
            let error = match self.read().await {
                Err(error) if error.passing() => error,
                page => return page,
            };
            let Some(pause) = resends.next() else {
                return Err(error);
            };
            if outage.begins() {
                on_outage(&error);
            }
            sleep(pause).await;
        }
    }

    async fn read(&mut self) -> Result<Option<Vec<StoredTask>>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        while self.ids.is_empty() {
            if !self.walk_on().await? {
                return Ok(None);
            }
        }
        let Some((place, _)) = &self.walk else {
            return Ok(None);
        };
        let ids = self.ids.make_contiguous();
        let rows = self
            .broker
            .stored(&place.queue, &place.container, ids)
            .await?;
        let orphaned = place.orphaned;
        let read = self.ids.drain(..rows.len());
        let mut tasks = Vec::with_capacity(rows.len());
        for (row, id) in rows.into_iter().zip(read) {
            match row {
                Some(_) if !StoredTask::has_text_id(&id) => self.left_out.no_text += 1,
                Some(task) if task.is_empty() => self.left_out.no_task += 1,
                Some(task) => tasks.push(task),
                // It has left the container meanwhile.
                None => {}
            }
        }
        self.choose(tasks, orphaned).await.map(Some)
    }

    /// Reads further ids. False at the end of the last container.
    async fn walk_on(&mut self) -> Result<bool, Error> {
        let Some((_, walk)) = &mut self.walk else {
            let Some(place) = self.places.pop_front() else {
                return Ok(false);
            };
            let walk = self.broker.walk(&place.queue, place.container.clone());
            self.walk = Some((place, walk));
            return Ok(true);
        };
        let ids = match walk.ids(IDS).await {
            // The tasks of other containers are exported nevertheless.
            Err(error @ broker::Error::WrongType { .. }) => {
                self.judged.unreadable.push(error.to_string());
                &[]
            }
            ids => ids?,
        };
        if ids.is_empty() {
            self.walk = None;
            return Ok(true);
        }
        self.ids.extend(ids.iter().cloned());
        Ok(true)
    }

    /// Leaves out tasks that do not match, and those beyond the limit.
    async fn choose(
        &mut self,
        mut tasks: Vec<StoredTask>,
        orphaned: bool,
    ) -> Result<Vec<StoredTask>, Error> {
        let now = self.now();
        if orphaned {
            tasks.retain(|task| task.found.orphaned(now));
        }
        if !self.filter.is_empty() {
            let found: Vec<FoundTask> = tasks.iter().map(|task| task.found.clone()).collect();
            let judged = self.filter.judge(found, now).await?;
            let mut verdicts = judged.into_iter().map(|(_, verdict)| verdict);
            tasks.retain(|task| {
                let (id, verdict) = (&task.found.id, verdicts.next());
                verdict.is_some_and(|verdict| self.judged.add(id, &verdict))
            });
        }
        tasks.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.left -= tasks.len() as u64;
        Ok(tasks)
    }

    /// The time by the clock of the Redis server.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.broker.now()
    }

    /// What the filter has come across so far.
    pub(crate) const fn judged(&self) -> &Judged {
        &self.judged
    }

    /// What could not be exported so far.
    pub(crate) const fn left_out(&self) -> LeftOut {
        self.left_out
    }

    /// What the export does not contain of the queues.
    pub(crate) async fn not_carried(&self) -> Result<NotCarried, Error> {
        let mut found = NotCarried::default();
        let all = self.broker.all_ungrouped_stats(&self.queues, self.now());
        for stats in all.await? {
            if stats.paused {
                found.paused.push(stats.queue.clone());
            }
            if stats.processed_total > 0 {
                found.counted.push(stats.queue.clone());
            }
            found.active += stats.counts.get(&State::Active).unwrap_or(&0);
        }
        found.schedules = self.broker.schedule_count().await?;
        Ok(found)
    }
}
