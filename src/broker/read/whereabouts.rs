//! Searches for the places of ids, whatever their tasks say.

use std::collections::HashMap;

use crate::broker::keys::QueueKeys;
use crate::broker::{Broker, Container, Error};
use crate::task::{QueueName, State, TaskId};

/// Where an id is. What is in none of the containers has no entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whereabouts {
    /// In the container of this state, which is not a group: the task of an id in a group names the group.
    In(State),
    /// In an open aggregation set: a server is merging it.
    BeingMerged,
}

impl Broker {
    /// Searches for some ids. The lists are read page by page, once for all ids: `LPOS` would hold Redis up.
    pub(crate) async fn whereabouts(
        &self,
        queue: &QueueName,
        ids: &[TaskId],
    ) -> Result<HashMap<TaskId, Whereabouts>, Error> {
        let mut places = HashMap::new();
        if ids.is_empty() {
            return Ok(places);
        }
        let keys = QueueKeys::new(queue);
        for state in [
            State::Scheduled,
            State::Retry,
            State::Archived,
            State::Completed,
            State::Aside,
        ] {
            let key = Container::State(state).key(&keys);
            let found = self.scored(&key, ids).await?;
            places.extend(found.map(|id| (id, Whereabouts::In(state))));
        }
        for (set, ..) in self.open_sets(queue).await? {
            let found = self.scored(set.key(), ids).await?;
            places.extend(found.map(|id| (id, Whereabouts::BeingMerged)));
        }
        let mut wanted: HashMap<&[u8], &TaskId> = ids
            .iter()
            .filter(|id| !places.contains_key(*id))
            .map(|id| (id.as_str().as_bytes(), id))
            .collect();
        for state in [State::Active, State::Pending] {
            let mut walk = self.walk(queue, Container::State(state));
            while !wanted.is_empty() {
                let page = walk.ids(u64::MAX).await?;
                if page.is_empty() {
                    break;
                }
                for id in page {
                    if let Some(id) = wanted.remove(id.as_slice()) {
                        places.insert(id.clone(), Whereabouts::In(state));
                    }
                }
            }
        }
        Ok(places)
    }

    /// Those of the ids that are in a sorted set.
    async fn scored<'a>(
        &self,
        key: &str,
        ids: &'a [TaskId],
    ) -> Result<impl Iterator<Item = TaskId> + 'a, Error> {
        let mut read = redis::cmd("ZMSCORE");
        read.arg(key);
        for id in ids {
            read.arg(id.as_str());
        }
        let scores: Vec<Option<f64>> = self.conn.command(&read).await?;
        let pairs = ids.iter().zip(scores);
        Ok(pairs.filter_map(|(id, score)| score.map(|_| id.clone())))
    }
}
