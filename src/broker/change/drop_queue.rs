//! Drops a queue: tasks in every state, locks, groups, aggregation sets, counters, pause. Asynq leaves half of these keys
//! behind, and a new queue of the same name inherits them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::broker::keys::QueueKeys;
use crate::broker::read::scan::Scan;
use crate::broker::{Broker, Error, STEP, keys, script};
use crate::task::time::END;
use crate::task::{QueueName, State, TaskId};

/// Tasks that are deleted with a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// In each state; those that are being merged are aggregating.
    pub states: BTreeMap<State, u64>,
    /// On their way to another queue.
    pub moving: u64,
}

impl Held {
    /// How many there are.
    pub fn tasks(&self) -> u64 {
        self.states.values().sum::<u64>() + self.moving
    }
}

impl Broker {
    /// Drops a queue. `progress` is called with the number of tasks that each step has deleted.
    ///
    /// The queue is paused first, so that no server claims its tasks meanwhile. Its name is removed last, so that a second
    /// call can finish an interrupted one.
    ///
    /// # Errors
    /// As [`Broker::expect_droppable`].
    pub async fn drop_queue(
        &self,
        queue: &QueueName,
        force: bool,
        now: DateTime<Utc>,
        mut progress: impl FnMut(u64),
    ) -> Result<(), Error> {
        self.expect_droppable(queue, force, now).await?;
        let paused_by_us = self.pause(queue, now).await?;
        // Checked again: a task may have been claimed just before the pause.
        if let Err(error) = self.expect_droppable(queue, force, now).await {
            if paused_by_us {
                self.resume(queue).await?;
            }
            return Err(error);
        }
        let keys = QueueKeys::new(queue);
        for list in [keys.pending(), keys.active()] {
            self.empty(&script::DROP_LIST, &keys, &list, &mut progress)
                .await?;
        }
        for set in [
            keys.scheduled(),
            keys.retry(),
            keys.archived(),
            keys.completed(),
            keys.aside(),
        ] {
            self.empty(&script::DROP_SET, &keys, &set, &mut progress)
                .await?;
        }
        self.empty_groups(queue, &keys, &mut progress).await?;
        self.sweep_keys(queue, &keys).await?;
        let mut forget = redis::cmd("SREM");
        forget.arg(keys::QUEUES).arg(queue.as_str());
        self.conn.command::<()>(&forget).await?;
        self.registered
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .remove(queue);
        Ok(())
    }

    /// The tasks that would be deleted with a queue.
    ///
    /// # Errors
    /// [`Error::QueueNotFound`], [`Error::QueueActive`] while tasks run, [`Error::QueueNotEmpty`] when it
    /// holds tasks, and [`Error::WrongType`] when a key is of another type, unless `force` is set.
    pub async fn expect_droppable(
        &self,
        queue: &QueueName,
        force: bool,
        now: DateTime<Utc>,
    ) -> Result<Held, Error> {
        self.expect_queue(queue).await?;
        let active = self.running(queue, now).await?;
        if active > 0 {
            return Err(Error::QueueActive {
                queue: queue.clone(),
                active,
            });
        }
        let stats = self.stats(std::slice::from_ref(queue), now).await?;
        let unreadable = stats.iter().flat_map(|stats| &stats.unreadable).next();
        if let (Some((_, wrong)), false) = (unreadable, force) {
            return Err(Error::WrongType {
                queue: queue.clone(),
                wrong: wrong.clone(),
            });
        }
        let mut counts: BTreeMap<State, u64> = BTreeMap::new();
        for (state, tasks) in stats.iter().flat_map(|stats| &stats.counts) {
            *counts.entry(*state).or_default() += tasks;
        }
        // Tasks in open aggregation sets are in no state's count.
        let sets = readable(self.open_sets(queue).await)?;
        let merging: u64 = sets.iter().map(|(_, size, _)| size).sum();
        *counts.entry(State::Aggregating).or_default() += merging;
        let moving = self.count_unfinished_moves(queue).await?;
        let held = Held {
            states: counts,
            moving,
        };
        let tasks = held.tasks();
        if tasks > 0 && !force {
            return Err(Error::QueueNotEmpty {
                queue: queue.clone(),
                tasks,
            });
        }
        Ok(held)
    }

    /// The number of running tasks: those with a valid lease. Ids without a task and leases without a plausible end do not
    /// count: nobody could ever stop them.
    async fn running(&self, queue: &QueueName, now: DateTime<Utc>) -> Result<u64, Error> {
        let mut leased = redis::cmd("ZRANGEBYSCORE");
        leased
            .arg(QueueKeys::new(queue).lease())
            .arg(format!("({}", now.timestamp()))
            .arg(format!("({}", END.timestamp()))
            .arg("LIMIT")
            .arg(0)
            .arg(10 * STEP);
        let ids: Vec<Vec<u8>> = readable(self.conn.command(&leased).await)?;
        let ids: Vec<TaskId> = ids.into_iter().map(TaskId::from_stored).collect();
        let held = self.held(queue, &ids).await?;
        Ok(held.into_iter().filter(|held| *held).count() as u64)
    }

    async fn empty(
        &self,
        script: &'static script::Script,
        keys: &QueueKeys,
        container: &str,
        progress: &mut impl FnMut(u64),
    ) -> Result<(), Error> {
        loop {
            let call = script.on(&[container]).arg(keys.task_prefix()).arg(STEP);
            let deleted: u64 = readable(call.run(&self.conn).await)?;
            if deleted == 0 {
                return Ok(());
            }
            progress(deleted);
        }
    }

    async fn empty_groups(
        &self,
        queue: &QueueName,
        keys: &QueueKeys,
        progress: &mut impl FnMut(u64),
    ) -> Result<(), Error> {
        let mut pages = self.groups(queue);
        while let Some(groups) = readable(pages.next().await)? {
            for group in groups {
                self.empty(&script::DROP_SET, keys, &keys.group(&group.group), progress)
                    .await?;
            }
        }
        loop {
            let sets = readable(self.open_sets(queue).await)?;
            if sets.is_empty() {
                return Ok(());
            }
            for (set, size, _) in sets {
                self.delete_set(set).await?;
                progress(size);
            }
        }
    }

    /// Starts to scan all keys with the queue's prefix. With braces in a name, some may be those of another queue.
    pub(crate) fn scan_queue(&self, keys: &QueueKeys) -> Scan<'_> {
        self.scan_keys(format!("{}*", literal(keys.prefix())))
    }

    /// Deletes all remaining keys with the queue's prefix: counters, the pause, locks, waiting lines, receipts, and hashes
    /// of tasks in no container. `SCAN` never blocks Redis.
    async fn sweep_keys(&self, queue: &QueueName, keys: &QueueKeys) -> Result<(), Error> {
        let mut others = self.queues().await?;
        others.retain(|other| other != queue);
        let others: Vec<QueueKeys> = others.iter().map(QueueKeys::new).collect();
        let is_ours = |key: &Vec<u8>| {
            !others.iter().any(|other| {
                other.prefix().len() > keys.prefix().len()
                    && key.starts_with(other.prefix().as_bytes())
            })
        };
        let mut scan = self.scan_queue(keys);
        while let Some(mut found) = scan.next().await? {
            found.retain(is_ours);
            for some in found.chunks(STEP) {
                self.conn
                    .command::<()>(redis::cmd("UNLINK").arg(some))
                    .await?;
            }
        }
        Ok(())
    }
}

/// The value of a key, or nothing if it is of another type: it is deleted with the queue all the same.
fn readable<T: Default>(read: Result<T, Error>) -> Result<T, Error> {
    match read {
        Err(error) if error.is_wrong_type() => Ok(T::default()),
        read => read,
    }
}

/// Escapes the special characters of Redis patterns.
fn literal(text: &str) -> String {
    let mut pattern = String::new();
    for character in text.chars() {
        if matches!(character, '*' | '?' | '[' | ']' | '\\' | '^' | '-') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_name_is_no_pattern() {
        assert_eq!(
            literal("asynq:{a*b[1]?\\}:"),
            "asynq:{a\\*b\\[1\\]\\?\\\\}:"
        );
    }
}
