//! Repairs groups, aggregation sets, locks, the list of queues, and announcements.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::broker::doctor::repair::{Repair, Repaired};
use crate::broker::keys::{self, Purpose};
use crate::broker::{Broker, Error, STEP, script};
use crate::task::TaskId;

/// Keys of a queue that are deleted in one call.
const KEYS: usize = STEP;

impl Repair<'_> {
    /// Deletes a lock that no task holds.
    pub(crate) async fn lock(&self, lock: &str, owner: &[u8]) -> Result<u64, Error> {
        let call = script::REPAIR_LOCK
            .on(&[lock])
            .arg(self.keys.task_prefix())
            .arg(owner)
            .arg(u8::from(self.dry_run));
        call.run(&self.broker.conn).await
    }

    /// Lists a group that holds tasks, or removes the name of one that does not.
    pub(crate) async fn group(&self, name: &str) -> Result<u64, Error> {
        let call = script::REPAIR_GROUP
            .on(&[self.keys.groups(), self.keys.group(name)])
            .arg(name)
            .arg(u8::from(self.dry_run));
        call.run(&self.broker.conn).await
    }

    /// Puts the tasks of an aggregation set that was over before a time, or has no entry, back into their group.
    pub(crate) async fn set(&self, name: &str, before: DateTime<Utc>) -> Result<u64, Error> {
        let group = name.rsplit_once(':').map_or(name, |(group, _)| group);
        let keys = &self.keys;
        loop {
            let call = script::REPAIR_SET
                .on(&[
                    keys.group(name),
                    keys.aggregation_sets(),
                    keys.group(group),
                    keys.groups(),
                ])
                .arg(group)
                .arg(before.timestamp())
                .arg(u8::from(self.dry_run))
                .arg(STEP);
            let (repaired, more): (u64, bool) = call.run(&self.broker.conn).await?;
            if !more {
                return Ok(repaired);
            }
        }
    }

    /// Adds the queue to the list of queues if it has tasks and is not listed.
    pub(crate) async fn listing(&self) -> Result<u64, Error> {
        let (listed, tasks) = self.broker.queue_standing(self.queue).await?;
        if listed || !tasks {
            return Ok(0);
        }
        if !self.dry_run {
            let mut add = redis::cmd("SADD");
            add.arg(keys::QUEUES).arg(self.queue.as_str());
            self.broker.conn.command::<()>(&add).await?;
        }
        Ok(1)
    }

    /// Stores tasks that were taken out of the queue in the queues that they were moved to: all of them, so that they keep their
    /// order. Counts these, which were found.
    pub(crate) async fn moves(&self, found: &BTreeSet<&TaskId>) -> Result<Repaired, Error> {
        let (broker, queue) = (self.broker, self.queue);
        if self.dry_run {
            let there = broker.unfinished_moves(queue).await?;
            let count = there.iter().filter(|id| found.contains(id)).count();
            return Ok((count as u64).into());
        }
        let finished = broker.finish_moves(queue).await?;
        let stay: BTreeSet<TaskId> = broker.unfinished_moves(queue).await?.into_iter().collect();
        let mut repaired = Repaired::default();
        for (id, outcome) in finished {
            if !found.contains(&id) || stay.contains(&id) {
                continue;
            }
            // A task that the destination refuses goes back to where it was.
            let way = if outcome.is_ok() {
                "finish"
            } else {
                "put back"
            };
            repaired.count += 1;
            *repaired.ways.entry(way).or_default() += 1;
        }
        Ok(repaired)
    }

    /// Deletes counters, the pause and notes of a queue that is not listed and has no tasks.
    pub(crate) async fn leftovers(&self) -> Result<u64, Error> {
        let (listed, tasks) = self.broker.queue_standing(self.queue).await?;
        if listed || tasks {
            return Ok(0);
        }
        let mut repaired = 0;
        let mut scan = self.broker.scan_queue(&self.keys);
        while let Some(mut found) = scan.next().await? {
            found.retain(|key| {
                let purpose = keys::purpose(key);
                purpose.is_some_and(|(queue, purpose)| {
                    queue == *self.queue && purpose == Purpose::Bookkeeping
                })
            });
            for some in found.chunks(KEYS) {
                let mut call = script::DROP_LEFTOVERS
                    .on(&self.keys.with_tasks())
                    .arg(u8::from(self.dry_run));
                for key in some {
                    call.push(key.as_slice());
                }
                repaired = call.run(&self.broker.conn).await?;
            }
        }
        Ok(repaired)
    }

    /// Deletes archived tasks, if there are any from before a time, which is 90 days ago. A dry run deletes nothing.
    pub(crate) async fn archive(&self, before: DateTime<Utc>) -> Result<u64, Error> {
        if self.broker.archived_before(self.queue, before).await? == 0 {
            return Ok(0);
        }
        let mut more = !self.dry_run;
        while more {
            more = self
                .broker
                .trim_archive(self.queue, self.broker.now())
                .await?
                .more;
        }
        Ok(1)
    }
}

impl Broker {
    /// Removes an announcement that ended before a time.
    pub(crate) async fn drop_entry(
        &self,
        set: &str,
        member: &[u8],
        before: DateTime<Utc>,
        dry_run: bool,
    ) -> Result<u64, Error> {
        let call = script::DROP_ENTRIES
            .on(&[set])
            .arg(before.timestamp())
            .arg(u8::from(dry_run))
            .arg(member);
        let codes: Vec<u64> = call.run(&self.conn).await?;
        Ok(codes.iter().sum())
    }

    /// Deletes the history of a scheduler entry, unless it expires anyway.
    pub(crate) async fn drop_history(&self, key: &str, dry_run: bool) -> Result<u64, Error> {
        let call = script::DROP_HISTORY.on(&[key]).arg(u8::from(dry_run));
        call.run(&self.conn).await
    }
}
