//! Walks through a container to choose tasks by what is in them, and acts on those chosen.
//!
//! The walk begins at the end where tasks arrive and goes towards the one where they are taken. Others may
//! add and take tasks meanwhile: arrivals push what has been seen back into view, and nothing is passed by.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::broker::change::by_id::{DEEP, Operation};
use crate::broker::change::deep_pending::{SLACK, Window};
use crate::broker::keys::QueueKeys;
use crate::broker::read::tasks::Container;
use crate::broker::records::FoundTask;
use crate::broker::{Broker, Error, STEP, script};
use crate::task::transition::Action;
use crate::task::{QueueName, State, TaskId};

/// Tasks in a page, unless they are large. To take out those chosen costs a list about as much as it is
/// long, however few they are.
const PAGE: usize = 1000;

/// Tasks read at first: they may be large.
const FIRST: usize = STEP / 10;

/// Bytes that a page should not hold more of.
const PAGE_BYTES: usize = 2 * 1024 * 1024;

/// A walk under way.
#[derive(Debug)]
pub struct Walk {
    broker: Broker,
    queue: QueueName,
    container: Container,
    /// Tasks before this place, counted from the arriving end, have been seen and stay.
    at: u64,
    /// Tasks of the last page that have left it since.
    taken: u64,
    page: u64,
    /// Tasks left to look at of those that were there at the start, and as many arrivals.
    left: u64,
    size: usize,
}

impl Broker {
    /// Prepares to walk through a container.
    pub async fn walk(&self, queue: &QueueName, container: Container) -> Result<Walk, Error> {
        let count = self.count(queue, &container).await?;
        Ok(Walk {
            broker: self.clone(),
            queue: queue.clone(),
            container,
            at: 0,
            taken: 0,
            page: 0,
            left: count.saturating_mul(2),
            size: FIRST,
        })
    }
}

impl Walk {
    /// The next tasks; none when all have been seen.
    pub async fn next(&mut self) -> Result<Vec<FoundTask>, Error> {
        self.at += self.page - self.taken;
        (self.page, self.taken) = (0, 0);
        let mut tasks = Vec::new();
        let mut seen = HashSet::new();
        let mut bytes = 0;
        let mut read = 0;
        while self.left > 0 && read < PAGE && bytes < PAGE_BYTES {
            let (place, size) = (self.at + self.page, self.size.min(PAGE - read));
            let some = self
                .broker
                .arrivals(&self.queue, &self.container, place, size)
                .await?;
            if some.is_empty() {
                break;
            }
            read += some.len();
            self.page = read as u64;
            self.left = self.left.saturating_sub(some.len() as u64);
            let more: usize = some.iter().map(weight).sum();
            bytes += more;
            let fitting = some.len() * PAGE_BYTES / more.max(1);
            self.size = fitting.clamp(1, STEP.min(self.size * 2));
            // Arrivals have pushed some back into view.
            tasks.extend(some.into_iter().filter(|task| seen.insert(task.id.clone())));
        }
        Ok(tasks)
    }

    /// Applies an action to tasks of the last page. Returns how many were changed; others had moved.
    pub async fn apply(
        &mut self,
        action: Action,
        ids: &[TaskId],
        now: DateTime<Utc>,
    ) -> Result<u64, Error> {
        if ids.is_empty() {
            return Ok(0);
        }
        let window = match self.container {
            Container::State(State::Pending) => Window::new(&self.broker, &self.queue, action, now),
            Container::State(_) | Container::Group(_) => None,
        };
        let changed = match window {
            None => self.one_by_one(action, ids, now).await?,
            Some(window) => {
                let part = (self.at, self.at + self.page + SLACK);
                let taken = window.take_out(part, ids).await?;
                let missed = ids.iter().filter(|id| !taken.contains(id));
                let missed: Vec<TaskId> = missed.cloned().collect();
                // Taken by a server meanwhile, or moved on further than was looked.
                taken.len() as u64 + self.one_by_one(action, &missed, now).await?
            }
        };
        self.taken += changed;
        Ok(changed)
    }

    async fn one_by_one(
        &self,
        action: Action,
        ids: &[TaskId],
        now: DateTime<Utc>,
    ) -> Result<u64, Error> {
        let operation = Operation::new(&self.broker, &self.queue, action, [self.container.state()]);
        let (mut changed, mut buried) = (0, Vec::new());
        let mut rest = ids;
        while !rest.is_empty() {
            let step = &rest[..rest.len().min(STEP)];
            let names: Vec<&str> = step.iter().map(TaskId::as_str).collect();
            let codes = operation.run(&names, now).await?;
            changed += codes.iter().filter(|code| **code == 1).count() as u64;
            let deep = step.iter().zip(&codes).filter(|(_, code)| **code == DEEP);
            buried.extend(deep.map(|(id, _)| id.clone()));
            // In a list each would cost a scan of it; there the window takes them out.
            if self.container != Container::State(State::Pending) {
                changed += self.drop_ghosts(action, &names, &codes).await?;
            }
            rest = &rest[codes.len().clamp(1, step.len())..];
        }
        let found = operation.search(self.at, &buried, now).await?;
        Ok(changed + found.len() as u64)
    }

    /// Takes those ids out of a sorted set for which there was no task; returns how many. An id without a
    /// task is nothing to run or to keep, but it can be deleted.
    async fn drop_ghosts(&self, action: Action, ids: &[&str], codes: &[i64]) -> Result<u64, Error> {
        let ghosts = ids.iter().zip(codes).filter(|(_, code)| **code == 0);
        let mut ghosts = ghosts.map(|(id, _)| *id).peekable();
        if action != Action::Delete || ghosts.peek().is_none() {
            return Ok(0);
        }
        let keys = QueueKeys::new(&self.queue);
        let (key, _) = self.container.key(&keys);
        let mut call = script::DROP_GHOSTS
            .on(&[key, keys.groups()])
            .arg(keys.task_prefix())
            .arg(self.container.group());
        for id in ghosts {
            call.push(id);
        }
        call.run(&self.broker.conn).await
    }
}

/// About how much memory a task takes.
fn weight(task: &FoundTask) -> usize {
    let message = task
        .message
        .as_ref()
        .map_or_else(Vec::len, |message| message.payload.len());
    message + task.result.as_ref().map_or(0, Vec::len)
}
