//! An action on all that is in a container, from the end on that its tasks leave first, a page a step.

use chrono::{DateTime, Utc};
use tokio::task::JoinHandle;

use super::inspect::Container;
use super::{Broker, Error, keys::QueueKeys, nanoseconds, script};
use crate::task::QueueName;
use crate::task::transition::Action;

/// Tasks in a page: one to three milliseconds of Redis's time.
const PAGE: u64 = 500;

/// A sweep under way.
#[derive(Debug)]
pub struct Sweep {
    broker: Broker,
    queue: QueueName,
    container: Container,
    action: Action,
    /// Tasks not asked for yet of those counted at the start; arrivals meanwhile do not keep it going.
    left: u64,
    /// Tasks that could not be changed and stay in front of the rest.
    offset: u64,
    /// Tasks in one step; none given means as many as are good for Redis, and the next before it has told
    /// of the last, so that it never waits for us.
    step: Option<u64>,
    ahead: Option<Page>,
}

/// A page that Redis was asked to change.
#[derive(Debug)]
struct Page {
    offset: u64,
    size: u64,
    reply: JoinHandle<Result<(u64, u64), Error>>,
}

/// One step of a [`Sweep`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Tasks changed.
    pub changed: u64,
    /// Tasks that could not be changed: they say that they are elsewhere.
    pub skipped: u64,
}

impl Broker {
    /// Prepares to apply an action to all tasks that are in a container now, or to the first `limit`. There
    /// is nothing to do where the action leaves that state alone.
    pub async fn sweep(
        &self,
        queue: &QueueName,
        container: Container,
        action: Action,
        limit: Option<u64>,
    ) -> Result<Sweep, Error> {
        let count = match container.state().after(action) {
            Ok(_) => self.count(queue, &container).await?,
            Err(_) => 0,
        };
        Ok(Sweep {
            broker: self.clone(),
            queue: queue.clone(),
            container,
            action,
            left: limit.map_or(count, |limit| limit.min(count)),
            offset: 0,
            step: None,
            ahead: None,
        })
    }
}

impl Sweep {
    /// Takes steps of at most so many tasks, one at a time, if a number is given.
    #[must_use]
    pub fn in_steps_of(mut self, most: Option<u64>) -> Self {
        self.step = most.map(|most| most.min(PAGE));
        self
    }

    /// How many tasks are still to be asked for.
    pub const fn left(&self) -> u64 {
        self.left
    }

    /// Does a page; `None` when all is done.
    pub async fn step(&mut self, now: DateTime<Utc>) -> Result<Option<Swept>, Error> {
        let Some(page) = self.ahead.take().or_else(|| self.ask(now)) else {
            return Ok(None);
        };
        if self.step.is_none() {
            self.ahead = self.ask(now);
        }
        self.told(page).await.map(Some)
    }

    /// Ends it with what Redis has been asked for already.
    pub async fn end(&mut self) -> Result<Swept, Error> {
        self.left = 0;
        match self.ahead.take() {
            Some(page) => self.told(page).await,
            None => Ok(Swept::default()),
        }
    }

    fn ask(&mut self, now: DateTime<Utc>) -> Option<Page> {
        let size = self.left.min(self.step.unwrap_or(PAGE));
        if size == 0 {
            return None;
        }
        self.left -= size;
        let (call, conn) = (self.call(size, now), self.broker.conn.clone());
        Some(Page {
            offset: self.offset,
            size,
            reply: tokio::spawn(async move { call.run(&conn).await }),
        })
    }

    async fn told(&mut self, page: Page) -> Result<Swept, Error> {
        let (changed, skipped) = match page.reply.await {
            Ok(reply) => reply?,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        };
        // When it was asked for, nobody knew what the page before would skip.
        let again = skipped.min(self.offset - page.offset);
        if changed + skipped < page.size {
            self.left = 0;
        } else {
            self.left += again;
        }
        let skipped = skipped - again;
        self.offset += skipped;
        Ok(Swept { changed, skipped })
    }

    fn call(&self, size: u64, now: DateTime<Utc>) -> script::Call {
        let keys = QueueKeys::new(&self.queue);
        let (container, _) = self.container.key(&keys);
        let call = match self.action {
            Action::RunNow => script::RUN_PAGE.on(&[container, keys.groups(), keys.pending()]),
            Action::Archive => {
                script::ARCHIVE_PAGE.on(&[container, keys.groups(), keys.archived()])
            }
            Action::Delete => script::DELETE_PAGE.on(&[container, keys.groups()]),
        };
        let call = call
            .arg(keys.task_prefix())
            .arg(self.container.state().name())
            .arg(self.container.group())
            .arg(self.offset)
            .arg(size);
        match self.action {
            Action::RunNow => call.arg(nanoseconds(now)),
            Action::Archive => call.arg(now.timestamp()),
            Action::Delete => call,
        }
    }
}
