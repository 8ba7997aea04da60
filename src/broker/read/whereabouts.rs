//! Searches for the place of an id, whatever its task says.

use crate::broker::keys::QueueKeys;
use crate::broker::{Broker, Container, Error};
use crate::task::{QueueName, State, TaskId};

/// Where an id is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whereabouts {
    /// In this container, which is not a group: the task of an id in a group names the group.
    In(Container),
    /// In an open aggregation set: a server is merging it.
    BeingMerged,
    /// In none of the containers.
    Nowhere,
}

impl Broker {
    /// Searches for an id. Lists are read page by page: `LPOS` would hold Redis up.
    pub(crate) async fn whereabouts(
        &self,
        queue: &QueueName,
        id: &TaskId,
    ) -> Result<Whereabouts, Error> {
        let keys = QueueKeys::new(queue);
        for state in [
            State::Scheduled,
            State::Retry,
            State::Archived,
            State::Completed,
        ] {
            let container = Container::State(state);
            if self.is_scored(&container.key(&keys), id).await? {
                return Ok(Whereabouts::In(container));
            }
        }
        for (set, ..) in self.open_sets(queue).await? {
            if self.is_scored(set.key(), id).await? {
                return Ok(Whereabouts::BeingMerged);
            }
        }
        for state in [State::Active, State::Pending] {
            let container = Container::State(state);
            if self.is_listed(queue, &container, id).await? {
                return Ok(Whereabouts::In(container));
            }
        }
        Ok(Whereabouts::Nowhere)
    }

    async fn is_scored(&self, key: &str, id: &TaskId) -> Result<bool, Error> {
        let mut score = redis::cmd("ZSCORE");
        score.arg(key).arg(id.as_str());
        let score: Option<f64> = self.conn.command(&score).await?;
        Ok(score.is_some())
    }

    async fn is_listed(
        &self,
        queue: &QueueName,
        container: &Container,
        id: &TaskId,
    ) -> Result<bool, Error> {
        let mut walk = self.walk(queue, container.clone());
        loop {
            let page = walk.ids(u64::MAX).await?;
            if page.is_empty() {
                return Ok(false);
            }
            if page.iter().any(|found| found == id.as_str().as_bytes()) {
                return Ok(true);
            }
        }
    }
}
