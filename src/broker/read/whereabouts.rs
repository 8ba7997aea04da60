//! Finds the containers of ids, regardless of the states of their tasks.

use std::collections::HashMap;

use crate::broker::keys::QueueKeys;
use crate::broker::read::tasks;
use crate::broker::records::FoundTask;
use crate::broker::{Broker, Container, Error};
use crate::task::{QueueName, State, TaskId};

/// Where an id is. Ids in no container have no entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whereabouts {
    /// In the container of this state, or in a group.
    In(Container),
    /// In an open aggregation set: a server is merging it.
    BeingMerged,
}

impl Broker {
    /// Searches for ids. Lists are read page by page, once for all ids: `LPOS` in a long list would block Redis.
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
            places.extend(found.map(|id| (id, Whereabouts::In(Container::State(state)))));
        }
        let mut pages = self.groups(queue);
        while let Some(groups) = pages.next().await? {
            let groups = groups.into_iter().filter(|group| group.size > 0);
            let groups: Vec<String> = groups.map(|group| group.group).collect();
            for (group, id, _) in self.in_groups(queue, groups, ids).await? {
                places.insert(id, Whereabouts::In(Container::Group(group)));
            }
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
                        let container = Container::State(state);
                        places.insert(id.clone(), Whereabouts::In(container));
                    }
                }
            }
        }
        Ok(places)
    }

    /// Those of the ids that are in a sorted set.
    /// An id without a task that is in a group: only the group knows of it.
    pub(crate) async fn find_in_groups(
        &self,
        queue: &QueueName,
        id: &TaskId,
    ) -> Result<Option<FoundTask>, Error> {
        let mut pages = self.groups(queue);
        while let Some(groups) = pages.next().await? {
            let groups = groups.into_iter().filter(|group| group.size > 0);
            let groups: Vec<String> = groups.map(|group| group.group).collect();
            let found = self.in_groups(queue, groups, std::slice::from_ref(id));
            if let Some((_, id, score)) = found.await?.pop() {
                let row = (
                    id.to_string().into(),
                    Some(score),
                    None,
                    None,
                    None,
                    None,
                    None,
                    None,
                );
                return Ok(tasks::found(queue, row, Some(State::Aggregating)));
            }
        }
        Ok(None)
    }

    /// Which of these ids are in which of these groups, with their scores.
    async fn in_groups(
        &self,
        queue: &QueueName,
        groups: Vec<String>,
        ids: &[TaskId],
    ) -> Result<Vec<(String, TaskId, f64)>, Error> {
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        let keys = QueueKeys::new(queue);
        let mut read = redis::pipe();
        for group in &groups {
            read.cmd("ZMSCORE").arg(keys.group(group));
            for id in ids {
                read.arg(id.as_str());
            }
        }
        let scores: Vec<Vec<Option<f64>>> = self.conn.pipeline(&read).await?;
        let mut found = Vec::new();
        for (group, scores) in groups.into_iter().zip(scores) {
            let scores = ids.iter().zip(scores);
            found
                .extend(scores.filter_map(|(id, score)| Some((group.clone(), id.clone(), score?))));
        }
        Ok(found)
    }

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
