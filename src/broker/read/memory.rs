//! The approximate memory of a queue, estimated from samples as in Asynq.

use crate::broker::keys::QueueKeys;
use crate::broker::read::stats::STATS_ORDER;
use crate::broker::{Broker, Container, Error, Fact};
use crate::task::QueueName;

/// How many tasks are measured in each container, and how many groups are sampled, as in Asynq.
const SAMPLE: usize = 20;
const GROUP_SAMPLE: usize = 5;

impl Broker {
    /// The approximate memory of a queue, estimated from samples as in Asynq; `None` without the right to measure it.
    pub async fn memory(&self, queue: &QueueName) -> Result<Option<u64>, Error> {
        self.unless_denied(Fact::Memory, self.measured(queue).await)
    }

    async fn measured(&self, queue: &QueueName) -> Result<u64, Error> {
        let keys = QueueKeys::new(queue);
        // Like Asynq, rounds only the sum.
        let mut total = 0.0;
        for state in STATS_ORDER {
            let container = Container::State(state);
            let key = container.key(&keys);
            let range = if container.is_list() {
                "LRANGE"
            } else {
                "ZRANGE"
            };
            let mut sample = redis::cmd(range);
            sample.arg(&key).arg(0).arg(SAMPLE - 1);
            let ids: Vec<Vec<u8>> = match self.conn.command(&sample).await {
                Ok(ids) => ids,
                Err(error) if error.is_wrong_type() => continue,
                Err(error) => return Err(error),
            };
            if ids.is_empty() {
                continue;
            }
            let sizes = self.sizes(&keys, &ids, Some(&key)).await?;
            let (tasks, own) = sizes.split_at(ids.len());
            let count = self.count(queue, &container).await?;
            total += scaled(tasks, ids.len(), count) + sum(own);
        }
        total += self.group_memory(queue).await?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an approximate size, cut as Asynq cuts it"
        )]
        Ok(total as u64)
    }

    async fn group_memory(&self, queue: &QueueName) -> Result<f64, Error> {
        let keys = QueueKeys::new(queue);
        let mut groups = Vec::new();
        let mut total = 0;
        let mut pages = self.groups(queue);
        loop {
            match pages.next().await {
                Ok(Some(page)) => {
                    total += page.iter().map(|group| group.size).sum::<u64>();
                    let readable = page.into_iter().filter(|group| group.unreadable.is_none());
                    groups.extend(readable.take(GROUP_SAMPLE - groups.len()));
                }
                Ok(None) => break,
                Err(error) if error.is_wrong_type() => break,
                Err(error) => return Err(error),
            }
        }
        let mut found = Vec::new();
        for group in &groups {
            let mut range = redis::cmd("ZRANGE");
            range.arg(keys.group(&group.group)).arg(0).arg(SAMPLE - 1);
            let ids: Vec<Vec<u8>> = self.conn.command(&range).await?;
            if !ids.is_empty() {
                let sizes = self.sizes(&keys, &ids, None).await?;
                found.extend(sizes.into_iter().flatten().map(Some));
            }
        }
        Ok(scaled(&found, found.len(), total))
    }

    /// The memory of some tasks, then of their container.
    async fn sizes(
        &self,
        keys: &QueueKeys,
        ids: &[Vec<u8>],
        container: Option<&String>,
    ) -> Result<Vec<Option<u64>>, Error> {
        let prefix = keys.task_prefix();
        let tasks = ids.iter().map(|id| [prefix.as_bytes(), id].concat());
        let container = container.map(|key| key.clone().into_bytes());
        let mut usage = redis::pipe();
        for key in tasks.chain(container) {
            usage.cmd("MEMORY").arg("USAGE").arg(key);
        }
        self.conn.pipeline(&usage).await
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "sizes beyond 2^53 bytes do not fit any memory"
)]
fn sum(sizes: &[Option<u64>]) -> f64 {
    sizes.iter().flatten().sum::<u64>() as f64
}

/// The sum of a sample, scaled to the whole.
#[expect(
    clippy::cast_precision_loss,
    reason = "numbers of tasks beyond 2^53 do not fit any memory"
)]
fn scaled(sampled: &[Option<u64>], sample: usize, count: u64) -> f64 {
    sum(sampled) / sample.max(1) as f64 * count as f64
}
