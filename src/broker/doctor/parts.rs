//! What a queue consists of besides its tasks: groups, aggregation sets, locks, and whether it is listed.

use chrono::{DateTime, Utc};

use crate::broker::keys::QueueKeys;
use crate::broker::{Broker, Error, STEP, instant, keys};
use crate::task::QueueName;

/// An entry in the list of open aggregation sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenSet {
    /// The group and the id of the set: what follows the prefix of groups.
    pub(crate) name: String,
    /// When servers may put its tasks back into their group.
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

/// What the key of a lock holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owned {
    /// The lock has expired or was released.
    Free,
    By(Vec<u8>),
    /// It is a key of another type.
    OtherType,
}

impl Broker {
    /// The names in the set of groups.
    pub(crate) async fn group_names(&self, queue: &QueueName) -> Result<Vec<String>, Error> {
        let mut names = Vec::new();
        let mut scan = self.scan_set(QueueKeys::new(queue).groups());
        loop {
            match scan.next_names().await {
                Ok(Some(page)) => names.extend(page),
                Ok(None) => break,
                Err(error) if error.is_wrong_type() => break,
                Err(error) => return Err(error),
            }
        }
        Ok(names)
    }

    /// All entries in the list of open aggregation sets.
    pub(crate) async fn set_entries(&self, queue: &QueueName) -> Result<Vec<OpenSet>, Error> {
        let keys = QueueKeys::new(queue);
        let mut sets = Vec::new();
        for start in (0..).step_by(STEP) {
            let mut range = redis::cmd("ZRANGE");
            range.arg(keys.aggregation_sets());
            range.arg(start).arg(start + STEP - 1).arg("WITHSCORES");
            let page: Vec<(Vec<u8>, f64)> = match self.conn.command(&range).await {
                Err(error) if error.is_wrong_type() => break,
                page => page?,
            };
            let last = page.len() < STEP;
            sets.extend(page.into_iter().filter_map(|(key, score)| {
                let name = str::from_utf8(&key)
                    .ok()?
                    .strip_prefix(&keys.group_prefix())?;
                Some(OpenSet {
                    name: name.to_owned(),
                    expires_at: instant(score),
                })
            }));
            if last {
                break;
            }
        }
        Ok(sets)
    }

    /// The entry of an aggregation set: when servers may put its tasks back.
    pub(crate) async fn set_expires_at(
        &self,
        queue: &QueueName,
        name: &str,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        let keys = QueueKeys::new(queue);
        let mut score = redis::cmd("ZSCORE");
        score.arg(keys.aggregation_sets()).arg(keys.group(name));
        let score: Option<f64> = self.conn.command(&score).await?;
        Ok(score.and_then(instant))
    }

    /// Whether a group, or an aggregation set, holds tasks, and whether its name is in the set of groups.
    pub(crate) async fn group_standing(
        &self,
        queue: &QueueName,
        name: &str,
    ) -> Result<(bool, bool), Error> {
        let keys = QueueKeys::new(queue);
        let mut ask = redis::pipe();
        ask.exists(keys.group(name));
        ask.sismember(keys.groups(), name);
        self.conn.pipeline(&ask).await
    }

    /// Whether the queue is in the set of all queues, and whether it has a container of tasks.
    pub(crate) async fn queue_standing(&self, queue: &QueueName) -> Result<(bool, bool), Error> {
        let keys = QueueKeys::new(queue);
        let mut listed = redis::cmd("SISMEMBER");
        listed.arg(keys::QUEUES).arg(queue.as_str());
        let mut containers = redis::cmd("EXISTS");
        containers.arg(&keys.with_tasks());
        let containers: u64 = self.conn.command(&containers).await?;
        let listed = match self.conn.command(&listed).await {
            // Nothing can be said about a queue where this key has another type.
            Err(error) if error.is_wrong_type() => true,
            listed => listed?,
        };
        Ok((listed, containers > 0))
    }

    /// Whether tasks of the queue have ended, or it is paused.
    pub(crate) async fn has_counters(&self, queue: &QueueName) -> Result<bool, Error> {
        let keys = QueueKeys::new(queue);
        let mut exist = redis::cmd("EXISTS");
        exist
            .arg(keys.processed())
            .arg(keys.failed())
            .arg(keys.paused());
        let found: u64 = self.conn.command(&exist).await?;
        Ok(found > 0)
    }

    /// How many tasks were archived before a time.
    pub(crate) async fn archived_before(
        &self,
        queue: &QueueName,
        before: DateTime<Utc>,
    ) -> Result<u64, Error> {
        let mut count = redis::cmd("ZCOUNT");
        count.arg(QueueKeys::new(queue).archived());
        count.arg("-inf").arg(before.timestamp());
        match self.conn.command(&count).await {
            Err(error) if error.is_wrong_type() => Ok(0),
            count => count,
        }
    }

    /// What these locks hold.
    pub(crate) async fn lock_owners(&self, locks: &[String]) -> Result<Vec<Owned>, Error> {
        if locks.is_empty() {
            return Ok(Vec::new());
        }
        let mut read = redis::pipe();
        read.ignore_errors();
        for lock in locks {
            read.get(lock);
        }
        let owners: Vec<redis::RedisResult<Option<Vec<u8>>>> = self.conn.pipeline(&read).await?;
        let owned = |owner: redis::RedisResult<Option<Vec<u8>>>| match owner {
            Ok(Some(owner)) => Ok(Owned::By(owner)),
            Ok(None) => Ok(Owned::Free),
            Err(error) => match self.conn.explain(&error, read.cmd_iter()) {
                error if error.is_wrong_type() => Ok(Owned::OtherType),
                error => Err(error),
            },
        };
        owners.into_iter().map(owned).collect()
    }

    /// The types of keys that do not hold what Asynq stores there, if they exist.
    pub(crate) async fn wrong_types(&self, of: &[String]) -> Result<Vec<(String, String)>, Error> {
        if of.is_empty() {
            return Ok(Vec::new());
        }
        let mut read = redis::pipe();
        for key in of {
            read.cmd("TYPE").arg(key);
        }
        let types: Vec<String> = self.conn.pipeline(&read).await?;
        let names = types.into_iter().map(crate::broker::records::type_name);
        let wrong = of.iter().zip(names).filter(|(key, found)| {
            found != "none" && keys::type_of(key).is_some_and(|expected| expected != found)
        });
        Ok(wrong.map(|(key, found)| (key.clone(), found)).collect())
    }
}
