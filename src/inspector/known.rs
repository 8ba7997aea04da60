//! Names that exist: queues, ids, types, groups and schedules, for completion on a command line.
//!
//! What is read is bounded: the first tasks of the first queues. Whoever waits for an answer sets a limit and takes what has
//! been found until then.

use std::collections::BTreeSet;

use super::{Error, Inspector};
use crate::broker::Container;
use crate::task::{QueueName, State};

/// Queues in which tasks are looked for.
const MAX_QUEUES: usize = 50;

/// The largest number of names.
const MAX_NAMES: usize = 200;

/// Ids that are read of one container.
const IDS_EACH: u64 = 500;

/// What names are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameKind {
    Queue,
    TaskId,
    TaskType,
    Group,
    Schedule,
}

/// Where names are looked for.
#[derive(Debug, Clone)]
pub(crate) struct Whereabouts {
    /// All queues if it is empty.
    pub queues: Vec<QueueName>,
    pub states: Vec<State>,
    /// What the names begin with.
    pub prefix: String,
}

/// A name that exists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Known {
    pub name: String,
    /// What it is, in a few words; empty if the name says it.
    pub about: String,
}

impl Inspector {
    /// Adds names that exist to those found.
    ///
    /// # Errors
    /// Those of Redis.
    pub(crate) async fn find_names(
        &self,
        kind: NameKind,
        wanted: &Whereabouts,
        found: &mut BTreeSet<Known>,
    ) -> Result<(), Error> {
        match kind {
            NameKind::Schedule => {
                for schedule in self.broker().schedules().await? {
                    let about = if schedule.paused { "paused" } else { "" };
                    wanted.add(found, &schedule.name, about);
                }
                Ok(())
            }
            NameKind::Queue => {
                for queue in self.queues(&[]).await? {
                    wanted.add(found, queue.as_str(), "");
                }
                Ok(())
            }
            NameKind::TaskId | NameKind::TaskType | NameKind::Group => {
                self.find_in_queues(kind, wanted, found).await
            }
        }
    }

    async fn find_in_queues(
        &self,
        kind: NameKind,
        wanted: &Whereabouts,
        found: &mut BTreeSet<Known>,
    ) -> Result<(), Error> {
        let mut queues = self.existing_queues(&wanted.queues).await?;
        queues.truncate(MAX_QUEUES);
        let figures = self
            .broker()
            .all_ungrouped_stats(&queues, self.now())
            .await?;
        for queue in figures {
            if kind == NameKind::Group && queue.groups > 0 {
                let mut pages = self.broker().groups(&queue.queue);
                for group in pages.next().await?.unwrap_or_default() {
                    let tasks = if group.size == 1 { "task" } else { "tasks" };
                    let about = format!("{} {tasks} in {}", group.size, queue.queue);
                    wanted.add(found, &group.group, &about);
                }
            }
            let filled = queue.counts.iter().filter(|(_, count)| **count > 0);
            // Tasks in groups are left out: each group has a container of its own.
            let filled = filled
                .map(|(state, _)| *state)
                .filter(|state| *state != State::Aggregating && wanted.states.contains(state));
            for state in filled.filter(|_| kind != NameKind::Group) {
                if found.len() >= MAX_NAMES {
                    return Ok(());
                }
                let container = Container::State(state);
                let mut walk = self.broker().walk(&queue.queue, container);
                if kind == NameKind::TaskId {
                    let about = format!("{state} in {}", queue.queue);
                    for id in walk.ids(IDS_EACH).await? {
                        if let Ok(id) = str::from_utf8(id) {
                            wanted.add(found, id, &about);
                        }
                    }
                    continue;
                }
                for task in walk.tasks().await? {
                    if let Ok(message) = &task.message {
                        wanted.add(found, &message.kind, "");
                    }
                }
            }
        }
        Ok(())
    }
}

impl Whereabouts {
    /// Adds a name that begins as it should, unless it cannot be typed.
    fn add(&self, found: &mut BTreeSet<Known>, name: &str, about: &str) {
        let fits = name.starts_with(&self.prefix) && !name.is_empty();
        if fits && found.len() < MAX_NAMES && !name.contains(|c: char| c.is_control()) {
            found.insert(Known {
                name: name.to_owned(),
                about: about.to_owned(),
            });
        }
    }
}
