//! An action on all that is in a container, from the end on that its tasks leave first, a page a step.

use chrono::{DateTime, Utc};

use crate::broker::keys::QueueKeys;
use crate::broker::read::tasks::Container;
use crate::broker::{Broker, Error, nanoseconds, script};
use crate::task::QueueName;
use crate::task::transition::Action;

/// Tasks in a page: two to three milliseconds of Redis's time. With fewer, the time it waits for us counts. To ask
/// for the next page in advance is no help: Redis finds both at once, and answers neither before both are done.
const fn page(action: Action) -> u64 {
    match action {
        Action::Delete => 1000,
        Action::RunNow => 600,
        // As many may be trimmed.
        Action::Archive => 300,
    }
}

/// A sweep under way.
#[derive(Debug)]
pub struct Sweep {
    broker: Broker,
    queue: QueueName,
    container: Container,
    action: Action,
    /// Tasks left of those counted at the start; arrivals meanwhile do not keep it going.
    left: u64,
    /// Tasks that could not be changed and stay in front of the rest.
    offset: u64,
    /// Tasks in one step.
    page: u64,
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
            page: page(action),
        })
    }
}

impl Sweep {
    /// Takes steps of at most so many tasks.
    #[must_use]
    pub fn in_steps_of(mut self, most: u64) -> Self {
        self.page = most.clamp(1, self.page);
        self
    }

    /// Does a page; `None` when all is done.
    pub async fn step(&mut self, now: DateTime<Utc>) -> Result<Option<Swept>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        let (changed, skipped): (u64, u64) = self.call(now).run(&self.broker.conn).await?;
        if changed + skipped == 0 {
            self.left = 0;
            return Ok(None);
        }
        self.offset += skipped;
        self.left = self.left.saturating_sub(changed + skipped);
        Ok(Some(Swept { changed, skipped }))
    }

    fn call(&self, now: DateTime<Utc>) -> script::Call {
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
            .arg(self.left.min(self.page));
        match self.action {
            Action::RunNow => call.arg(nanoseconds(now)),
            Action::Archive => call.arg(now.timestamp()),
            Action::Delete => call,
        }
    }
}
