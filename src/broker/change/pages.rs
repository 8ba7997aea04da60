//! Changes tasks of one container, a page a step, in the order in which `ls` shows them.
//!
//! The ids of a page are read first and the caller chooses among them. Then one script changes those chosen and checks
//! each once more. When all of a page was chosen, the script is given the digest of its ids instead of the ids
//! themselves, and does it in one piece unless the page has changed in between.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::broker::keys::QueueKeys;
use crate::broker::read::walk::{StoredId, Walk};
use crate::broker::{Broker, Container, Error, nanoseconds, script};
use crate::task::QueueName;
use crate::task::transition::Move;

/// Ids read at once where few of them are chosen.
const SPARSE_PAGE: u64 = 5000;

/// The code of an id whose task says that it is elsewhere.
const ELSEWHERE: i64 = -1;

/// The code of an id that has left the container.
const GONE: i64 = -3;

/// Tasks changed in one script: two to three milliseconds of Redis's time. With fewer, the time in which Redis waits
/// for us counts.
const fn step_size(action: Move) -> usize {
    match action {
        Move::Delete => 1000,
        Move::Retry => 600,
        // As many may be trimmed.
        Move::Archive => 300,
    }
}

/// A change of a container under way.
#[derive(Debug)]
pub struct Pages {
    broker: Broker,
    queue: QueueName,
    container: Container,
    action: Move,
    /// Nothing is written: the scripts only tell what they would do.
    dry_run: bool,
    walk: Walk,
    /// Number of ids in the container at the start.
    size: u64,
    /// Ids that may still be read: arrivals must not keep a walk going for ever.
    left: u64,
    /// Indexes of those chosen that are still to be changed.
    waiting: Vec<usize>,
    /// Ids to read in the next page.
    page_size: u64,
}

/// Why a chosen task was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// It has left the container since it was read.
    Moved,
    /// Its state names another container.
    OutOfPlace,
    /// There is no task at its key.
    Unreadable,
}

/// What one step has done.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PageStep {
    /// Ids that came by, chosen or not.
    pub seen: u64,
    /// Ids that were changed, or would be.
    pub changed: Vec<StoredId>,
    /// Chosen ids that were not.
    pub passed: Vec<(StoredId, Passed)>,
}

/// What a script answers.
struct Reply {
    /// It was given the digest of the page, and numbers its ids in the order in which Redis returns them.
    whole: bool,
    /// Codes of those that were not changed, by their number, which begins with 1.
    codes: HashMap<usize, i64>,
    /// Other ids have moved into the places of those removed.
    filled: bool,
}

impl Broker {
    /// Prepares to change tasks of a container.
    pub async fn pages(
        &self,
        queue: &QueueName,
        container: Container,
        action: Move,
        dry_run: bool,
    ) -> Result<Pages, Error> {
        let size = self.count(queue, &container).await?;
        Ok(Pages {
            broker: self.clone(),
            queue: queue.clone(),
            action,
            dry_run,
            walk: self.walk(queue, container.clone()),
            size,
            left: 2 * size + SPARSE_PAGE,
            container,
            waiting: Vec::new(),
            page_size: step_size(action) as u64,
        })
    }
}

impl Pages {
    /// Changes at most `limit` tasks; `None` when the container has been walked through, or twice as many ids have come
    /// by as there were at the start.
    ///
    /// `choose` is asked once about each id that is met. An id may be met twice.
    pub async fn step(
        &mut self,
        limit: usize,
        now: DateTime<Utc>,
        choose: impl FnMut(&[u8]) -> bool,
    ) -> Result<Option<PageStep>, Error> {
        let mut step = PageStep::default();
        if self.waiting.is_empty() {
            step.seen = self.read(limit, choose).await?;
            if step.seen == 0 {
                return Ok(None);
            }
        }
        let whole = self.waiting.len() == self.walk.page().len() && self.fits_whole(limit);
        let count = self.waiting.len().min(self.step_size(limit));
        let chosen: Vec<usize> = self.waiting.drain(..count).collect();
        if chosen.is_empty() {
            return Ok(Some(step));
        }
        let mut reply = None;
        if whole {
            reply = self.call(&[], now).await?;
        }
        if reply.is_none() {
            // The page has changed since it was read, or not all of it was chosen.
            reply = self.call(&chosen, now).await?;
        }
        if let Some(reply) = reply {
            self.account(&chosen, &reply, &mut step);
        }
        Ok(Some(step))
    }

    /// Reads the next page and lets the caller choose; returns how many ids it has.
    async fn read(
        &mut self,
        limit: usize,
        mut choose: impl FnMut(&[u8]) -> bool,
    ) -> Result<u64, Error> {
        if self.left == 0 {
            return Ok(0);
        }
        let limit = u64::try_from(limit).unwrap_or(u64::MAX).max(1);
        let page = self.walk.ids(self.page_size.min(limit)).await?;
        let size = page.len() as u64;
        self.waiting = (0..page.len())
            .filter(|&index| choose(&page[index]))
            .collect();
        let sparse = self.waiting.len() * 4 < page.len();
        self.left = self.left.saturating_sub(size);
        self.page_size = if sparse {
            SPARSE_PAGE
        } else {
            step_size(self.action) as u64
        };
        Ok(size)
    }

    /// Whether the page can be changed in one piece. In a list each place behind others costs a scan.
    fn fits_whole(&self, limit: usize) -> bool {
        let near = !self.container.is_list() || self.walk.passed() == 0;
        near && self.walk.page().len() <= limit.min(step_size(self.action))
    }

    /// Tasks in the next script. Places deep in a list take longer, so fewer are taken there.
    fn step_size(&self, limit: usize) -> usize {
        let most = if self.container.is_list() && self.walk.passed() > 0 {
            let depth = self
                .walk
                .passed()
                .min(self.size.saturating_sub(self.walk.passed()));
            usize::try_from(200_u64.saturating_sub(depth / 3500))
                .unwrap_or(0)
                .max(50)
        } else {
            step_size(self.action)
        };
        most.min(limit).max(1)
    }

    /// Calls the script for the ids at these indexes, or for the whole page where there are none. `None` when the page
    /// is not what it was.
    async fn call(&self, chosen: &[usize], now: DateTime<Utc>) -> Result<Option<Reply>, Error> {
        let keys = QueueKeys::new(&self.queue);
        let container = self.container.key(&keys);
        let call = match self.action {
            Move::Retry => script::RUN_PAGE.on(&[container, keys.groups(), keys.pending()]),
            Move::Archive => script::ARCHIVE_PAGE.on(&[container, keys.groups(), keys.archived()]),
            Move::Delete => script::DELETE_PAGE.on(&[container, keys.groups()]),
        };
        let digest = match chosen {
            [] => self.digest(),
            _ => String::new(),
        };
        let mut call = call
            .arg(keys.task_prefix())
            .arg(self.container.state().name())
            .arg(self.container.group())
            .arg(self.walk.passed())
            .arg(self.walk.page().len())
            .arg(digest)
            .arg(u8::from(self.dry_run));
        match self.action {
            Move::Retry => call.push(nanoseconds(now)),
            Move::Archive => call.push(now.timestamp()),
            Move::Delete => {}
        }
        for &index in chosen {
            call.push(&self.walk.page()[index]);
        }
        let (changed, codes, filled): (i64, Vec<i64>, bool) = call.run(&self.broker.conn).await?;
        let codes = codes.as_chunks::<2>().0.iter();
        let codes =
            codes.filter_map(|[number, code]| Some((usize::try_from(*number).ok()?, *code)));
        Ok((changed >= 0).then(|| Reply {
            whole: chosen.is_empty(),
            codes: codes.collect(),
            filled,
        }))
    }

    /// The digest of the page's ids in the order in which Redis returns them.
    fn digest(&self) -> String {
        let mut sha1 = sha1_smol::Sha1::new();
        let mut add = |index: usize, id: &StoredId| {
            if index > 0 {
                sha1.update(b"\n");
            }
            sha1.update(id);
        };
        if self.container.is_list() {
            let ids = self.walk.page().iter().rev().enumerate();
            ids.for_each(|(index, id)| add(index, id));
        } else {
            let ids = self.walk.page().iter().enumerate();
            ids.for_each(|(index, id)| add(index, id));
        }
        sha1.digest().to_string()
    }

    /// Notes what became of the chosen ids.
    fn account(&mut self, chosen: &[usize], reply: &Reply, step: &mut PageStep) {
        for (place, &index) in chosen.iter().enumerate() {
            let reversed = reply.whole && self.container.is_list();
            let number = if reversed {
                chosen.len() - place
            } else {
                place + 1
            };
            let code = reply.codes.get(&number).copied().unwrap_or(1);
            let stays = match code {
                1 => self.dry_run,
                code => code != GONE,
            };
            let id = if stays {
                self.walk.page()[index].clone()
            } else {
                self.walk.remove(index)
            };
            match code {
                1 => step.changed.push(id),
                0 => step.passed.push((id, Passed::Unreadable)),
                ELSEWHERE => step.passed.push((id, Passed::OutOfPlace)),
                _ => step.passed.push((id, Passed::Moved)),
            }
        }
        if reply.filled {
            self.waiting.clear();
            self.walk.repeat_page();
        }
    }
}
