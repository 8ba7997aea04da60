//! Finds a task by the short form of its id: the beginning of a UUID, as tables show it.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use super::{Error, Inspector};
use crate::broker::Container;
use crate::broker::records::FoundTask;
use crate::task::{QueueName, State, TaskId};

/// The number of ids that are searched, in all containers together. On a local server this takes about a second.
const MAX_IDS: u64 = 1_000_000;

/// The number of ids that are searched in one container before the next has its turn.
const TURN: u64 = 5_000;

impl Inspector {
    /// The task whose id begins with this text, and whether all tasks were searched.
    ///
    /// Containers take turns, so that a long one does not use up the limit.
    ///
    /// # Errors
    /// [`Error::UnknownShortId`], or [`Error::AmbiguousShortId`] if several ids begin with the text.
    pub(crate) async fn task_by_short_id(
        &self,
        named: &[QueueName],
        short: &str,
        now: DateTime<Utc>,
    ) -> Result<(FoundTask, bool), Error> {
        let mut walks = VecDeque::new();
        for (queue, container) in self.filled(named, now).await? {
            let walk = self.broker.walk(&queue, container);
            walks.push_back((queue, walk));
        }
        let mut found: Vec<(QueueName, TaskId)> = Vec::new();
        let mut looked_at = 0;
        while let Some((queue, mut walk)) = walks.pop_front().filter(|_| looked_at < MAX_IDS) {
            let ids = walk.ids(TURN).await?;
            if ids.is_empty() {
                continue;
            }
            looked_at += ids.len() as u64;
            for id in ids.iter().filter(|id| begins(id, short)) {
                let task = (queue.clone(), TaskId::from_stored(id.clone()));
                // A walk may return an id twice.
                if !found.contains(&task) {
                    found.push(task);
                }
            }
            walks.push_back((queue, walk));
        }
        let all = walks.is_empty() && looked_at < MAX_IDS;
        match found.as_slice() {
            [] => Err(Error::UnknownShortId {
                short: short.to_owned(),
                looked_at: (!all).then_some(looked_at),
            }),
            [(queue, id)] => Ok((self.task(std::slice::from_ref(queue), id).await?, all)),
            several => Err(Error::AmbiguousShortId {
                short: short.to_owned(),
                ids: several.iter().map(|(_, id)| id.clone()).collect(),
            }),
        }
    }

    /// The containers of these queues that hold tasks.
    async fn filled(
        &self,
        named: &[QueueName],
        now: DateTime<Utc>,
    ) -> Result<Vec<(QueueName, Container)>, Error> {
        let queues = self.queues(named).await?;
        let mut filled = Vec::new();
        for stats in self.broker.stats(&queues, now).await? {
            let counts = stats.counts.into_iter().filter(|(_, count)| *count > 0);
            for (state, _) in counts {
                if state != State::Aggregating {
                    filled.push((stats.queue.clone(), Container::State(state)));
                    continue;
                }
                let mut pages = self.broker.groups(&stats.queue);
                while let Some(groups) = pages.next().await? {
                    let groups = groups.into_iter().filter(|group| group.size > 0);
                    let groups = groups.map(|group| Container::Group(group.group));
                    filled.extend(groups.map(|group| (stats.queue.clone(), group)));
                }
            }
        }
        Ok(filled)
    }
}

/// Whether an id begins with this text, ignoring case.
fn begins(id: &[u8], short: &str) -> bool {
    id.get(..short.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(short.as_bytes()))
}
