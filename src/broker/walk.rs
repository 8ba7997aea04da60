//! Walks through a container to choose tasks by what is in them, and acts on those chosen.
//!
//! The walk begins at the end where tasks arrive and goes towards the one where they are taken. Others may
//! add and take tasks meanwhile: arrivals push what has been seen back into view, and nothing is passed by.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use super::found::FoundTask;
use super::inspect::Container;
use super::operate::Operation;
use super::{Broker, Error, STEP, keys::QueueKeys, script};
use crate::task::transition::Action;
use crate::task::{QueueName, State, TaskId};

/// Tasks read in one go, unless they are large.
const PAGE: usize = 5 * STEP;

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
        if self.left == 0 {
            return Ok(Vec::new());
        }
        let tasks = self
            .broker
            .arrivals(&self.queue, &self.container, self.at, self.size)
            .await?;
        self.page = tasks.len() as u64;
        self.left = self.left.saturating_sub(self.page);
        let bytes: usize = tasks.iter().map(weight).sum();
        let fitting = tasks.len() * PAGE_BYTES / bytes.max(1);
        self.size = fitting.clamp(1, PAGE.min(self.size * 2));
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
        let changed = match self.window(action) {
            None => self.one_by_one(action, ids, now).await?,
            Some(window) => match self.take_out(window, ids, now).await {
                // Overwriting a place needs memory, taking out an id does not.
                Err(Error::OutOfMemory { .. }) => self.one_by_one(action, ids, now).await?,
                changed => changed?,
            },
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
        let mut changed = 0;
        let mut rest = ids;
        while !rest.is_empty() {
            let step: Vec<&str> = rest.iter().take(STEP).map(TaskId::as_str).collect();
            let codes = operation.run(&step, now).await?;
            changed += codes.iter().filter(|code| **code == 1).count() as u64;
            // In a list each would cost a scan of it; there the window takes them out.
            if self.container != Container::State(State::Pending) {
                changed += operation
                    .drop_ghosts(&self.container, &step, &codes)
                    .await?;
            }
            rest = &rest[codes.len().clamp(1, step.len())..];
        }
        Ok(changed)
    }

    /// How to take many ids out of a long list at once, where that is needed.
    const fn window(&self, action: Action) -> Option<Window> {
        match (&self.container, action) {
            (Container::State(State::Pending), Action::Archive) => Some(Window::Archive),
            (Container::State(State::Pending), Action::Delete) => Some(Window::Delete),
            _ => None,
        }
    }

    /// Takes ids out of the part of the list that was read. Arrivals have moved it on a little.
    async fn take_out(
        &self,
        window: Window,
        ids: &[TaskId],
        now: DateTime<Utc>,
    ) -> Result<u64, Error> {
        let keys = QueueKeys::new(&self.queue);
        let (from, to) = (self.at, self.at + self.page + PAGE as u64);
        let mut call = match window {
            Window::Archive => script::ARCHIVE_WINDOW
                .on(&[keys.pending(), keys.archived()])
                .arg(keys.task_prefix())
                .arg(from)
                .arg(to)
                .arg(now.timestamp()),
            Window::Delete => script::DELETE_WINDOW
                .on(&[keys.pending()])
                .arg(keys.task_prefix())
                .arg(from)
                .arg(to),
        };
        for id in ids {
            call = call.arg(id.as_str());
        }
        let found: Vec<Vec<u8>> = call.run(&self.broker.conn).await?;
        let found: HashSet<Vec<u8>> = found.into_iter().collect();
        let missed: Vec<TaskId> = ids
            .iter()
            .filter(|id| !found.contains(id.as_str().as_bytes()))
            .cloned()
            .collect();
        // Taken by a server meanwhile, or moved on further than was looked.
        let action = match window {
            Window::Archive => Action::Archive,
            Window::Delete => Action::Delete,
        };
        Ok(found.len() as u64 + self.one_by_one(action, &missed, now).await?)
    }
}

/// What can be done to many tasks in one pass over a list.
#[derive(Debug, Clone, Copy)]
enum Window {
    Archive,
    Delete,
}

/// About how much memory a task takes.
fn weight(task: &FoundTask) -> usize {
    let message = task
        .message
        .as_ref()
        .map_or_else(Vec::len, |message| message.payload.len());
    message + task.result.as_ref().map_or(0, Vec::len)
}
