//! Changes tasks of one container, one page per step, in the order in which `ls` shows them.
//!
//! There are two ways. If the caller has the digest of the next ids and wants to change all of them, one script compares
//! the digest and changes the whole block ([`Pages::block`]). Otherwise the ids of a page are read, the caller chooses
//! among them, and a script changes the chosen ones that are still there ([`Pages::step`]).
//!
//! A call without an answer is sent again when the step or the block is repeated; its receipt makes that harmless.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::broker::keys::QueueKeys;
use crate::broker::read::walk::{StoredId, Walk};
use crate::broker::receipt::ReceiptPage;
use crate::broker::{Broker, Container, Error, nanoseconds, script};
use crate::task::QueueName;
use crate::task::transition::Move;

/// Ids in a page if few of them are chosen.
const SPARSE_PAGE: u64 = 5000;

/// The code of an id whose task has another state.
const ELSEWHERE: i64 = -1;

/// The code of an id that has left the container.
const GONE: i64 = -3;

/// Tasks changed in one script call, which takes Redis two to three milliseconds on a machine with nothing else to do. With
/// fewer tasks, round trips dominate. Ids are read 5,000 at a time, so these are parts of that, rounded up.
pub(crate) const fn step_size(action: Move) -> usize {
    match action {
        Move::Delete => 834,
        Move::Retry => 715,
        // The same number may be trimmed.
        Move::Archive => 500,
    }
}

/// A change of a container under way.
#[derive(Debug)]
pub struct Pages {
    broker: Broker,
    queue: QueueName,
    container: Container,
    action: Move,
    /// The scripts write nothing, and return what they would do.
    dry_run: bool,
    walk: Walk,
    /// Number of ids in the container at the start.
    size: u64,
    /// Indexes of the chosen ids that are still to be changed.
    waiting: Vec<usize>,
    /// Ids to read in the next page.
    page_size: u64,
    sent: Option<Sent>,
}

/// A call that was sent, until it is answered.
#[derive(Debug)]
struct Sent {
    /// Indexes of its ids; none for a block.
    chosen: Vec<usize>,
    /// Number of its ids.
    count: usize,
    receipt: ReceiptPage,
    /// An attempt got no answer, so the tasks may have been changed.
    unanswered: bool,
}

/// Why a chosen task was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// It has left the container since it was read.
    Moved,
    /// It has another state.
    OutOfPlace,
    /// There is no task at the key.
    Unreadable,
}

/// What one step has done.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PageStep {
    /// Ids that were visited, chosen or not.
    pub seen: u64,
    /// Ids that were changed, or would be.
    pub changed: Vec<StoredId>,
    /// Chosen ids that were not.
    pub passed: Vec<(StoredId, Passed)>,
}

/// The reply of a script: how many were changed; number and code of each of the others; whether other ids have moved into
/// the places of the removed ones.
type Reply = (i64, Vec<i64>, bool);

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
            container,
            waiting: Vec::new(),
            page_size: step_size(action) as u64,
            sent: None,
        })
    }
}

impl Pages {
    /// Changes at most `limit` tasks; `None` at the end of the container, or after about as many ids as there were at the
    /// start.
    ///
    /// `choose` is called for each id that is visited. An id may be visited twice.
    pub async fn step(
        &mut self,
        limit: usize,
        now: DateTime<Utc>,
        choose: impl FnMut(&[u8]) -> bool,
    ) -> Result<Option<PageStep>, Error> {
        let mut step = PageStep::default();
        if self.sent.is_none() {
            if self.waiting.is_empty() {
                step.seen = self.read(limit, choose).await?;
                if step.seen == 0 {
                    return Ok(None);
                }
            }
            let count = self.waiting.len().min(self.step_size(limit));
            let chosen: Vec<usize> = self.waiting.drain(..count).collect();
            if chosen.is_empty() {
                return Ok(Some(step));
            }
            self.prepare(count, chosen);
        }
        let ((_, codes, filled), chosen) = self.send(self.walk.page().len(), "", now).await?;
        self.account(&chosen, &codes, &mut step);
        if filled {
            self.waiting.clear();
            self.walk.repeat_page();
        }
        Ok(Some(step))
    }

    /// Reads the next page and lets the caller choose; returns the number of ids.
    async fn read(
        &mut self,
        limit: usize,
        mut choose: impl FnMut(&[u8]) -> bool,
    ) -> Result<u64, Error> {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX).max(1);
        let page = self.walk.ids(self.page_size.min(limit)).await?;
        let size = page.len() as u64;
        self.waiting = (0..page.len())
            .filter(|&index| choose(&page[index]))
            .collect();
        let sparse = self.waiting.len() * 4 < page.len();
        self.page_size = if sparse {
            SPARSE_PAGE
        } else {
            step_size(self.action) as u64
        };
        Ok(size)
    }

    /// Number of tasks in the next script call: fewer deep in a list, where access is slower.
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

    /// Changes the next `count` ids with one script call. Returns false, and changes nothing, if they do not have this digest
    /// (see [`digest`]) or not all of them can be changed.
    pub async fn block(
        &mut self,
        count: usize,
        digest: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        if self.container.is_list() && self.walk.passed() > 0 && !self.dry_run {
            // The script cuts off the end of the list, which would include the ids behind the walk.
            return Ok(false);
        }
        if self.sent.is_none() {
            self.prepare(count, Vec::new());
        }
        let ((changed, ..), _) = self.send(count, digest, now).await?;
        if changed >= 0 && self.dry_run {
            self.walk.skip(count as u64);
        }
        Ok(changed >= 0)
    }

    /// Prepares a call for `count` ids, the chosen ones.
    fn prepare(&mut self, count: usize, chosen: Vec<usize>) {
        self.sent = Some(Sent {
            chosen,
            count,
            receipt: self.broker.receipts.open(),
            unanswered: false,
        });
    }

    /// Sends the prepared call. Returns its reply and the indexes of its ids. After an error, it may be sent again.
    async fn send(
        &mut self,
        count: usize,
        digest: &str,
        now: DateTime<Utc>,
    ) -> Result<(Reply, Vec<usize>), Error> {
        let reply = self.call(count, digest, now).run(&self.broker.conn).await;
        if matches!(reply, Err(Error::Unreachable { .. }))
            && let Some(sent) = &mut self.sent
        {
            sent.unanswered = true;
        }
        let reply = reply?;
        let chosen = self.sent.take().map(|sent| {
            self.broker.receipts.close(&sent.receipt);
            sent.chosen
        });
        Ok((reply, chosen.unwrap_or_default()))
    }

    /// The tasks of a call without an answer: they may have been changed.
    pub(crate) fn unanswered(&self) -> u64 {
        let sent = self.sent.as_ref();
        let sent = sent.filter(|sent| sent.unanswered && !self.dry_run);
        sent.map_or(0, |sent| sent.count as u64)
    }

    /// The prepared call of the script for a page at the place of the walk.
    fn call(&self, count: usize, digest: &str, now: DateTime<Utc>) -> script::Call {
        let keys = QueueKeys::new(&self.queue);
        let container = self.container.key(&keys);
        let call = match self.action {
            Move::Retry => script::RUN_PAGE.on(&[container, keys.groups(), keys.pending()]),
            Move::Archive => {
                script::ARCHIVE_PAGE.on(&[container, keys.groups(), keys.archived(), keys.aside()])
            }
            Move::Delete => script::DELETE_PAGE.on(&[container, keys.groups()]),
        };
        let sent = self.sent.as_ref().filter(|_| !self.dry_run);
        let receipt = sent.map(|sent| sent.receipt.receipt(0));
        let call = call
            .arg(keys.task_prefix())
            .arg(self.container.state().name())
            .arg(self.container.group())
            .arg(self.walk.passed())
            .arg(count)
            .arg(digest)
            .arg(u8::from(self.dry_run))
            .receipt(&keys, receipt.as_ref());
        let call = match self.action {
            Move::Retry => call.arg(nanoseconds(now)),
            Move::Archive => call.arg(now.timestamp()),
            Move::Delete => call,
        };
        let chosen = self.sent.iter().flat_map(|sent| &sent.chosen);
        chosen.fold(call, |call, &index| call.arg(&self.walk.page()[index]))
    }

    /// Records the results for the chosen ids. `codes` has number and code of each id that was not changed.
    fn account(&mut self, chosen: &[usize], codes: &[i64], step: &mut PageStep) {
        let others = codes.as_chunks::<2>().0.iter();
        let others: HashMap<i64, i64> = others.map(|[number, code]| (*number, *code)).collect();
        for (number, &index) in (1..).zip(chosen) {
            let code = others.get(&number).copied().unwrap_or(1);
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
    }
}

/// The digest of ids in the order of a walk. The scripts compute it from the ids in the order in which Redis returns them.
pub(crate) fn digest(container: &Container, ids: &[StoredId]) -> String {
    let mut sha1 = sha1_smol::Sha1::new();
    let mut add = |index: usize, id: &StoredId| {
        if index > 0 {
            sha1.update(b"\n");
        }
        sha1.update(id);
    };
    if container.is_list() {
        let ids = ids.iter().rev().enumerate();
        ids.for_each(|(index, id)| add(index, id));
    } else {
        let ids = ids.iter().enumerate();
        ids.for_each(|(index, id)| add(index, id));
    }
    sha1.digest().to_string()
}
