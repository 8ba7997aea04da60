//! Queues: finding, measuring, pausing, resuming and dropping them.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use super::Inspector;
use super::audit::{Counted, Counts, Operation, Target};
use super::distinct::distinct;
use super::error::Error;
pub(crate) use super::glob::{is_glob, matches};
use super::missing::Missing;
use crate::broker::{self, Broker, GroupPages};
use crate::document::change::{QueueChange, StateTasks, Verb};
use crate::document::queue::{DayDocument, GroupDocument, QueueDetails, QueueDocument};
use crate::document::server::ServerDocument;
use crate::document::stats::Stats;
use crate::nearest::nearest;
use crate::task::QueueName;

/// What [`Inspector::stats`] reads.
#[derive(Debug, Clone, Default)]
pub(crate) struct StatsOptions {
    /// Names or globs; empty = all queues.
    pub queues: Vec<QueueName>,
    /// Include the memory of each queue, estimated from samples.
    pub memory: bool,
    /// Include this many past days.
    pub days: Option<u32>,
}

/// Groups in the details of a queue; `ls groups` lists all.
const DETAILED_GROUPS: usize = 20;

/// Days in the details of a queue on a terminal; `stats --history` reads more.
pub(crate) const DETAILED_DAYS: u32 = 7;

impl Inspector {
    /// The queues that these names stand for, each once; all queues without a name. A name with `*` or `?` matches several
    /// queues, and `a,b` is two queues, unless a queue has that very name.
    ///
    /// # Errors
    /// [`Error::UnknownQueue`] for a name or a glob without a queue.
    pub async fn queues(&self, named: &[QueueName]) -> Result<Vec<QueueName>, Error> {
        self.find_queues(named, Missing::Refused).await
    }

    /// As [`Inspector::queues`], without the names and globs that no queue has.
    ///
    /// # Errors
    /// Those of Redis.
    pub(crate) async fn existing_queues(
        &self,
        named: &[QueueName],
    ) -> Result<Vec<QueueName>, Error> {
        self.find_queues(named, Missing::Skipped).await
    }

    async fn find_queues(
        &self,
        named: &[QueueName],
        missing: Missing,
    ) -> Result<Vec<QueueName>, Error> {
        if named.is_empty() {
            return Ok(self.broker().queues().await?);
        }
        let mut all: Option<Vec<QueueName>> = None;
        let mut found = Vec::new();
        let mut left: VecDeque<QueueName> = named.iter().cloned().collect();
        while let Some(name) = left.pop_front() {
            match self.broker().expect_queue(&name).await {
                Ok(()) => found.push(name),
                Err(broker::Error::QueueNotFound(_)) if name.as_str().contains(',') => {
                    let several = name.as_str().split(',').map(QueueName::new);
                    let several: Vec<QueueName> = several.filter_map(Result::ok).collect();
                    for name in several.into_iter().rev() {
                        left.push_front(name);
                    }
                }
                Err(broker::Error::QueueNotFound(_)) => {
                    let all = match &mut all {
                        Some(all) => all,
                        none => none.insert(self.broker().queues().await?),
                    };
                    let before = found.len();
                    let meant = all.iter().filter(|queue| matches(&name, queue.as_str()));
                    found.extend(meant.cloned());
                    if found.len() == before && missing == Missing::Refused {
                        let known = all.iter().map(QueueName::as_str);
                        return Err(Error::UnknownQueue {
                            nearest: nearest(name.as_str(), known).map(str::to_owned),
                            queue: name,
                        });
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(distinct(&found))
    }

    /// The figures of queues, their sum, and the facts of the Redis server.
    pub(crate) async fn stats(
        &self,
        options: &StatsOptions,
        now: DateTime<Utc>,
    ) -> Result<Stats, Error> {
        let broker = self.broker();
        let queues = self.queues(&options.queues).await?;
        let mut found = broker.stats(&queues, now).await?;
        if options.memory {
            for queue in &mut found {
                queue.memory_bytes = broker.memory(&queue.queue).await?;
            }
        }
        let mut stats = Stats::new(&found);
        if let Some(servers) = self.known_servers(now).await? {
            stats = stats.with_servers(&servers);
        }
        if let Some(facts) = broker.server_facts().await? {
            stats = stats.with_redis(&facts);
        }
        if let Some(count) = options.days {
            let mut days = Vec::new();
            for queue in &queues {
                days.extend(broker.history(queue, count, now).await?);
            }
            stats = stats.with_history(&days);
        }
        Ok(stats)
    }

    /// The figures of queues, by name or glob, or of all queues, and their sum.
    pub(crate) async fn figures(
        &self,
        named: &[QueueName],
        now: DateTime<Utc>,
    ) -> Result<Stats, Error> {
        let queues = self.queues(named).await?;
        Ok(Stats::new(&self.broker().stats(&queues, now).await?))
    }

    /// The groups of a queue and their sizes, page by page.
    pub(crate) fn groups<'a>(&'a self, queue: &'a QueueName) -> GroupPages<'a> {
        self.broker().groups(queue)
    }

    /// The details of one queue: figures, groups, servers and so many past days.
    pub(crate) async fn queue_details(
        &self,
        queue: &QueueName,
        days: u32,
        now: DateTime<Utc>,
    ) -> Result<QueueDetails, Error> {
        let broker = self.broker();
        let mut stats = broker.stats(std::slice::from_ref(queue), now).await?;
        let mut stats = stats
            .pop()
            .ok_or_else(|| broker::Error::QueueNotFound(queue.clone()))?;
        stats.memory_bytes = broker.memory(queue).await?;
        let groups = match broker.groups(queue).next().await {
            // The figures report it.
            Err(broker::Error::WrongType { .. }) => Vec::new(),
            groups => groups?.unwrap_or_default(),
        };
        let all = self.known_servers(now).await?;
        let servers = all.iter().flatten();
        let serve = servers.filter(|server| server.queues.contains_key(queue.as_str()));
        let servers: Vec<_> = serve.map(ServerDocument::from).collect();
        let days = broker.history(queue, days, now).await?;
        let document = QueueDocument::from(&stats);
        Ok(QueueDetails {
            unserved: document.waits() && all.is_some() && servers.is_empty(),
            queue: document,
            group_sizes: groups
                .iter()
                .take(DETAILED_GROUPS)
                .map(GroupDocument::from)
                .collect(),
            servers,
            history: days.iter().map(DayDocument::from).collect(),
            unreadable: Stats::new(&[stats]).unreadable,
        })
    }

    /// Pauses queues: servers take no more tasks from them. Queues that are already paused do not change.
    pub(crate) async fn pause(
        &self,
        queues: &[QueueName],
        now: DateTime<Utc>,
    ) -> Result<Vec<QueueChange>, Error> {
        let pause = |broker: Broker| async move {
            let mut done = Vec::new();
            for queue in queues {
                let changed = broker.pause(queue, now).await?;
                done.push(QueueChange::new(queue, Verb::Pause, changed));
            }
            Ok(done)
        };
        let target = Target::queues(queues);
        self.change(Operation::PauseQueues, target, pause).await
    }

    /// Resumes queues. Queues that are not paused do not change.
    pub(crate) async fn resume(&self, queues: &[QueueName]) -> Result<Vec<QueueChange>, Error> {
        let resume = |broker: Broker| async move {
            let mut done = Vec::new();
            for queue in queues {
                let changed = broker.resume(queue).await?;
                done.push(QueueChange::new(queue, Verb::Resume, changed));
            }
            Ok(done)
        };
        let target = Target::queues(queues);
        self.change(Operation::ResumeQueues, target, resume).await
    }

    /// What dropping these queues would do.
    ///
    /// # Errors
    /// As [`Inspector::drop_queue`].
    pub(crate) async fn drop_preview(
        &self,
        queues: &[QueueName],
        force: bool,
        now: DateTime<Utc>,
    ) -> Result<Vec<QueueChange>, Error> {
        let mut done = Vec::new();
        for queue in queues {
            let held = self.broker().expect_droppable(queue, force, now).await?;
            let states = held
                .states
                .iter()
                .map(|(state, tasks)| (state.name(), *tasks));
            let states = states.chain([("moving", held.moving)]);
            let states = states.filter(|(_, tasks)| *tasks > 0);
            done.push(QueueChange {
                dry_run: true,
                tasks: Some(held.tasks()),
                states: Some(
                    states
                        .map(|(state, tasks)| StateTasks { state, tasks })
                        .collect(),
                ),
                ..QueueChange::new(queue, Verb::Drop, true)
            });
        }
        Ok(done)
    }

    /// Deletes a queue and all its tasks. `progress` gets the number of tasks deleted by each step.
    ///
    /// # Errors
    /// [`broker::Error::QueueActive`] while tasks run, [`broker::Error::QueueNotEmpty`] when it holds tasks
    /// and `force` is not set.
    pub(crate) async fn drop_queue(
        &self,
        queue: &QueueName,
        force: bool,
        now: DateTime<Utc>,
        mut progress: impl FnMut(u64) + Send,
    ) -> Result<QueueChange, Error> {
        let drop = |broker: Broker| async move {
            let mut tasks = 0;
            let counted = |deleted| {
                tasks += deleted;
                progress(deleted);
            };
            broker.drop_queue(queue, force, now, counted).await?;
            Ok(QueueChange {
                tasks: Some(tasks),
                ..QueueChange::new(queue, Verb::Drop, true)
            })
        };
        let target = Target::queues(std::slice::from_ref(queue));
        self.change(Operation::DropQueue, target, drop).await
    }
}

impl Counted for QueueChange {
    fn counts(&self) -> Counts {
        Counts {
            changed: u64::from(self.changed),
            failed: 0,
        }
    }

    fn details(&self) -> Option<String> {
        self.tasks.map(|tasks| format!("tasks deleted: {tasks}"))
    }
}
