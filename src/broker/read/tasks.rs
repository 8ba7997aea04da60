//! Reads queues, groups and tasks. Nothing here writes.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;

use crate::broker::keys::QueueKeys;
use crate::broker::records::FoundTask;
use crate::broker::{Broker, Container, Error, instant, keys, script};
use crate::task::{Message, QueueName, State, TaskId};

/// Queues read at the same time.
pub(crate) const TOGETHER: usize = 100;

/// A task as a script returns it: id, score, message, state, result, pending since, waits until, lease.
/// None of it is necessarily text: other programs write these keys too.
pub(crate) type Row = (
    Vec<u8>,
    Option<f64>,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
    Option<f64>,
);

impl Broker {
    /// The names of all queues, sorted.
    pub async fn queues(&self) -> Result<Vec<QueueName>, Error> {
        let mut queues = BTreeSet::new();
        let mut scan = self.scan_set(keys::QUEUES.to_owned());
        while let Some(names) = scan.next_names().await? {
            let names = names.into_iter();
            queues.extend(names.filter_map(|name| QueueName::new(name).ok()));
        }
        Ok(queues.into_iter().collect())
    }

    /// The number of tasks in a container.
    pub async fn count(&self, queue: &QueueName, container: &Container) -> Result<u64, Error> {
        let (length, expected) = if container.is_list() {
            ("LLEN", "list")
        } else {
            ("ZCARD", "sorted set")
        };
        let key = container.key(&QueueKeys::new(queue));
        match self.conn.command(redis::cmd(length).arg(&key)).await {
            Err(error) if error.is_wrong_type() => Err(Error::WrongType {
                queue: queue.clone(),
                wrong: self.wrong_type(key, expected).await?,
            }),
            count => count,
        }
    }

    /// Whether any of these queues has a task that can be claimed.
    pub async fn any_pending(
        &self,
        queues: impl Iterator<Item = &QueueName>,
    ) -> Result<bool, Error> {
        for queue in queues {
            let keys = QueueKeys::new(queue);
            let mut look = redis::pipe();
            look.llen(keys.pending()).exists(keys.paused());
            let (length, paused): (u64, bool) = self.conn.pipeline(&look).await?;
            if length > 0 && !paused {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// One task of a queue.
    pub async fn find(&self, queue: &QueueName, id: &TaskId) -> Result<Option<FoundTask>, Error> {
        let keys = QueueKeys::new(queue);
        let row: Vec<Row> = script::READ_TASK
            .on(&[
                keys.task(id),
                keys.lease(),
                keys.pending(),
                keys.active(),
                keys.scheduled(),
                keys.retry(),
                keys.archived(),
                keys.completed(),
                keys.aside(),
            ])
            .arg(id.as_str())
            .arg(keys.group_prefix())
            .run(&self.conn)
            .await?;
        match row.into_iter().next() {
            Some(row) => Ok(found(queue, row, None)),
            None => self.find_in_groups(queue, id).await,
        }
    }

    /// Whether the queue has a hash for each of these ids.
    pub(crate) async fn held(&self, queue: &QueueName, ids: &[TaskId]) -> Result<Vec<bool>, Error> {
        let keys = QueueKeys::new(queue);
        let mut exist = redis::pipe();
        for id in ids {
            exist.exists(keys.task(id));
        }
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.conn.pipeline(&exist).await
    }

    /// Every task with this id in the given queues; ids are unique within a queue only.
    pub async fn find_in(
        &self,
        queues: &[QueueName],
        id: &TaskId,
    ) -> Result<Vec<FoundTask>, Error> {
        let mut all = Vec::new();
        for some in queues.chunks(TOGETHER) {
            let looked = try_join_all(some.iter().map(|queue| self.find(queue, id))).await?;
            all.extend(looked.into_iter().flatten());
        }
        Ok(all)
    }
}

/// The bytes as text, if they are UTF-8.
pub(crate) fn utf8(bytes: &[u8]) -> Option<&str> {
    str::from_utf8(bytes).ok()
}

/// A `pending_since`, which is in nanoseconds, as an instant.
pub(crate) fn since(text: &str) -> Option<DateTime<Utc>> {
    text.parse().ok().map(DateTime::from_timestamp_nanos)
}

/// A task from the row of a script. `None` if neither the hash nor the container determines the state.
pub(crate) fn found(queue: &QueueName, row: Row, container: Option<State>) -> Option<FoundTask> {
    let (id, score, message, state, result, pending_since, waits_until, lease) = row;
    let state = state.as_deref().and_then(utf8);
    let state = state.and_then(|state| state.parse().ok()).or(container)?;
    let message = message.unwrap_or_default();
    let waits_until = waits_until.as_deref().and_then(utf8);
    let waits_until = waits_until.and_then(|until| until.parse::<f64>().ok());
    Some(FoundTask {
        queue: queue.clone(),
        id: TaskId::from_stored(id),
        state,
        message: match Message::from_bytes(&message) {
            // Zero bytes decode as an empty message, but they mean that the hash has none.
            Ok(decoded) if !message.is_empty() => Ok(decoded),
            Ok(_) | Err(_) => Err(message),
        },
        result,
        pending_since: pending_since.as_deref().and_then(utf8).and_then(since),
        waits_for_handler: state == State::Retry && score.is_some() && waits_until == score,
        score: score.and_then(instant),
        lease_expires_at: lease.and_then(instant),
    })
}
