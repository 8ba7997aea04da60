//! Reads queues and tasks. Nothing here writes.

use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;

use super::found::FoundTask;
use super::{Broker, Error, STEP, instant, keys, keys::QueueKeys, script};
use crate::task::{Message, QueueName, State, TaskId};

/// Queues asked at the same time.
pub(super) const TOGETHER: usize = 100;

/// One of the places where tasks of a queue lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Container {
    /// All tasks of a state other than `aggregating`.
    State(State),
    /// The tasks that wait in one group.
    Group(String),
}

impl Container {
    /// The state of the tasks in it.
    pub const fn state(&self) -> State {
        match self {
            Self::State(state) => *state,
            Self::Group(_) => State::Aggregating,
        }
    }

    /// Its key, and whether it is a sorted set rather than a list.
    pub(super) fn key(&self, keys: &QueueKeys) -> (String, bool) {
        match self {
            Self::State(State::Pending) => (keys.pending(), false),
            Self::State(State::Active) => (keys.active(), false),
            Self::State(State::Scheduled) => (keys.scheduled(), true),
            Self::State(State::Retry) => (keys.retry(), true),
            Self::State(State::Archived) => (keys.archived(), true),
            Self::State(State::Completed) => (keys.completed(), true),
            // The set of names is no container of tasks: it has none of the ids that are asked for.
            Self::State(State::Aggregating) => (keys.group(""), true),
            Self::Group(name) => (keys.group(name), true),
        }
    }
}

/// A task as a script returns it: id, score, message, state, result, pending since, lease.
type Row = (
    String,
    Option<f64>,
    Option<Vec<u8>>,
    Option<String>,
    Option<Vec<u8>>,
    Option<String>,
    Option<f64>,
);

impl Broker {
    /// The names of all queues, sorted.
    pub async fn queues(&self) -> Result<Vec<QueueName>, Error> {
        let names: Vec<String> = self
            .conn
            .command(redis::cmd("SMEMBERS").arg(keys::QUEUES))
            .await?;
        let mut queues: Vec<QueueName> = names
            .into_iter()
            .filter_map(|name| QueueName::new(name).ok())
            .collect();
        queues.sort();
        Ok(queues)
    }

    /// How many tasks are in a container.
    pub async fn count(&self, queue: &QueueName, container: &Container) -> Result<u64, Error> {
        let (key, scored) = container.key(&QueueKeys::new(queue));
        let length = if scored { "ZCARD" } else { "LLEN" };
        self.conn.command(redis::cmd(length).arg(key)).await
    }

    /// Whether any of these queues has a task ready to be claimed.
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

    /// A page of tasks: pending ones as they will be served, active ones oldest first, others by score.
    ///
    /// At most a hundred are read, whatever `limit` says.
    pub async fn tasks(
        &self,
        queue: &QueueName,
        container: &Container,
        offset: u64,
        limit: usize,
    ) -> Result<Vec<FoundTask>, Error> {
        let keys = QueueKeys::new(queue);
        let (key, scored) = container.key(&keys);
        let offset = i64::try_from(offset).unwrap_or(i64::MAX - 1_000);
        let limit = i64::try_from(limit.clamp(1, STEP)).unwrap_or(1);
        let (start, stop) = if scored {
            (offset, offset + limit - 1)
        } else {
            (-(offset + limit), -(offset + 1))
        };
        let rows: Vec<Row> = script::READ_PAGE
            .on(&[key, keys.lease()])
            .arg(keys.task_prefix())
            .arg(if scored { "zset" } else { "list" })
            .arg(start)
            .arg(stop)
            .run(&self.conn)
            .await?;
        let found = rows
            .into_iter()
            .filter_map(|row| found(queue, row, Some(container.state())));
        let mut found: Vec<FoundTask> = found.collect();
        if !scored {
            found.reverse();
        }
        Ok(found)
    }

    /// One task of a queue.
    pub async fn find(&self, queue: &QueueName, id: &TaskId) -> Result<Option<FoundTask>, Error> {
        let keys = QueueKeys::new(queue);
        let row: Vec<Row> = script::READ_TASK
            .on(&[
                keys.task(id),
                keys.lease(),
                keys.scheduled(),
                keys.retry(),
                keys.archived(),
                keys.completed(),
            ])
            .arg(id.as_str())
            .arg(keys.group_prefix())
            .run(&self.conn)
            .await?;
        Ok(row
            .into_iter()
            .next()
            .and_then(|row| found(queue, row, None)))
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

/// A `pending_since`, which is in nanoseconds, as an instant.
pub(super) fn since(text: &str) -> Option<DateTime<Utc>> {
    text.parse().ok().map(DateTime::from_timestamp_nanos)
}

/// Makes a task of what a script returned. Nothing when the id is blank or the hash holds no task.
fn found(queue: &QueueName, row: Row, container: Option<State>) -> Option<FoundTask> {
    let (id, score, message, state, result, pending_since, lease) = row;
    let state = state.and_then(|state| state.parse().ok()).or(container)?;
    let message = message.unwrap_or_default();
    Some(FoundTask {
        queue: queue.clone(),
        id: TaskId::new(id).ok()?,
        state,
        message: match Message::from_bytes(&message) {
            // Nothing at all decodes as an empty message; it means that the hash has none.
            Ok(decoded) if !message.is_empty() => Ok(decoded),
            Ok(_) | Err(_) => Err(message),
        },
        result,
        pending_since: pending_since.as_deref().and_then(since),
        score: score.and_then(instant),
        lease_expires_at: lease.and_then(instant),
    })
}
