//! Reads queues, groups and tasks. Nothing here writes.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;

use crate::broker::keys::QueueKeys;
use crate::broker::records::{FoundTask, GroupSize};
use crate::broker::{Broker, Error, STEP, instant, keys, script};
use crate::task::{Message, QueueName, State, TaskId};

/// Queues asked at the same time.
pub(crate) const TOGETHER: usize = 100;

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

    /// The name of the group; empty where there is none.
    pub(crate) fn group(&self) -> &str {
        match self {
            Self::State(_) => "",
            Self::Group(name) => name,
        }
    }

    /// Its key, and whether it is a sorted set rather than a list.
    pub(crate) fn key(&self, keys: &QueueKeys) -> (String, bool) {
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
/// None of it need be text: other programs write there too.
type Row = (
    Vec<u8>,
    Option<f64>,
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
        let mut cursor = Some(0);
        while let Some(at) = cursor {
            let (names, next) = self.names(keys::QUEUES, at).await?;
            queues.extend(
                names
                    .into_iter()
                    .filter_map(|name| QueueName::new(name).ok()),
            );
            cursor = next;
        }
        Ok(queues.into_iter().collect())
    }

    /// A page of a set of names and the cursor of the next page. A name may come twice; what is no text
    /// is left out.
    async fn names(&self, set: &str, cursor: u64) -> Result<(Vec<String>, Option<u64>), Error> {
        let mut scan = redis::cmd("SSCAN");
        scan.arg(set).arg(cursor).arg("COUNT").arg(10 * STEP);
        let (next, names): (u64, Vec<Vec<u8>>) = self.conn.command(&scan).await?;
        let names = names.into_iter();
        let names = names.filter_map(|name| String::from_utf8(name).ok());
        Ok((names.collect(), (next != 0).then_some(next)))
    }

    /// A page of the groups of a queue and the cursor of the next page. Start with cursor 0.
    pub async fn groups(
        &self,
        queue: &QueueName,
        cursor: u64,
    ) -> Result<(Vec<GroupSize>, Option<u64>), Error> {
        let keys = QueueKeys::new(queue);
        let (names, next) = self.names(&keys.groups(), cursor).await?;
        let mut sizes = redis::pipe();
        for name in &names {
            sizes.zcard(keys.group(name));
        }
        let sizes: Vec<u64> = if names.is_empty() {
            Vec::new()
        } else {
            self.conn.pipeline(&sizes).await?
        };
        let groups = names.into_iter().zip(sizes).map(|(group, size)| GroupSize {
            queue: queue.clone(),
            group,
            size,
        });
        Ok((groups.collect(), next))
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
    /// At most a hundred are read, whatever `limit` says, and fewer when they are large.
    pub async fn tasks(
        &self,
        queue: &QueueName,
        container: &Container,
        offset: u64,
        limit: usize,
    ) -> Result<Vec<FoundTask>, Error> {
        let (_, scored) = container.key(&QueueKeys::new(queue));
        self.read_page(queue, container, scored, (offset, limit.min(STEP)))
            .await
    }

    /// A page of tasks from the end where they arrive, the newest first.
    pub(crate) async fn arrivals(
        &self,
        queue: &QueueName,
        container: &Container,
        offset: u64,
        limit: usize,
    ) -> Result<Vec<FoundTask>, Error> {
        let (_, scored) = container.key(&QueueKeys::new(queue));
        // New ids come to the left of a list and, mostly, to the end of a sorted set.
        self.read_page(queue, container, !scored, (offset, limit))
            .await
    }

    /// A page in the order in which its tasks lie, seen from one end. Large tasks make it shorter.
    async fn read_page(
        &self,
        queue: &QueueName,
        container: &Container,
        from_left: bool,
        (offset, limit): (u64, usize),
    ) -> Result<Vec<FoundTask>, Error> {
        let (start, stop) = page(from_left, offset, limit);
        let keys = QueueKeys::new(queue);
        let (key, scored) = container.key(&keys);
        let rows: Vec<Row> = script::READ_PAGE
            .on(&[key, keys.lease()])
            .arg(keys.task_prefix())
            .arg(if scored { "zset" } else { "list" })
            .arg(start)
            .arg(stop)
            .arg(u8::from(!from_left))
            .run(&self.conn)
            .await?;
        let found = rows
            .into_iter()
            .filter_map(|row| found(queue, row, Some(container.state())));
        Ok(found.collect())
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

/// First and last index of a page, counted from the left end or from the right one.
fn page(from_left: bool, offset: u64, limit: usize) -> (i64, i64) {
    let offset = i64::try_from(offset).unwrap_or(i64::MAX - 1_000);
    let limit = i64::try_from(limit.max(1)).unwrap_or(1);
    if from_left {
        (offset, offset + limit - 1)
    } else {
        (-(offset + limit), -(offset + 1))
    }
}

/// Text, unless the bytes are none.
pub(crate) fn utf8(bytes: &[u8]) -> Option<&str> {
    str::from_utf8(bytes).ok()
}

/// A `pending_since`, which is in nanoseconds, as an instant.
pub(crate) fn since(text: &str) -> Option<DateTime<Utc>> {
    text.parse().ok().map(DateTime::from_timestamp_nanos)
}

/// Makes a task of what a script returned. Nothing when the id is blank or the hash holds no task.
fn found(queue: &QueueName, row: Row, container: Option<State>) -> Option<FoundTask> {
    let (id, score, message, state, result, pending_since, lease) = row;
    let state = state.as_deref().and_then(utf8);
    let state = state.and_then(|state| state.parse().ok()).or(container)?;
    let message = message.unwrap_or_default();
    Some(FoundTask {
        queue: queue.clone(),
        // An id that is no text is shown as well as can be; only bulk actions reach its task.
        id: TaskId::new(String::from_utf8_lossy(&id)).ok()?,
        state,
        message: match Message::from_bytes(&message) {
            // Nothing at all decodes as an empty message; it means that the hash has none.
            Ok(decoded) if !message.is_empty() => Ok(decoded),
            Ok(_) | Err(_) => Err(message),
        },
        result,
        pending_since: pending_since.as_deref().and_then(utf8).and_then(since),
        score: score.and_then(instant),
        lease_expires_at: lease.and_then(instant),
    })
}
