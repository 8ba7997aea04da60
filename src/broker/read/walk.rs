//! Walks through one container in the order in which `ls` shows its tasks, while other clients add and remove some.
//!
//! Pages are read by position, and positions shift. Therefore each page starts with the last id of the previous page that
//! has not been removed. If it is not there, the walk searches for it and continues behind it. Every id that was in the
//! container at the start and keeps its place is visited; an id may be visited twice.

use super::tasks::{Row, found};
use crate::broker::keys::QueueKeys;
use crate::broker::records::FoundTask;
use crate::broker::{Broker, Container, Error, STEP, script};
use crate::task::{QueueName, State};

/// The first window that is searched when ids have moved; each further window is four times as wide.
const FIRST_WINDOW: u64 = 1000;

/// Ids read in one command, unless they are long.
const MAX_IDS: u64 = 5000;

/// Ids in the first page: other clients may have stored very long ones.
const FIRST_IDS: u64 = 500;

/// Tasks in the first page: they may be large.
const FIRST_TASKS: usize = STEP / 10;

/// Target size of the messages and results in a page of tasks.
const PAGE_BYTES: usize = 1024 * 1024;

/// The id of a task as it is stored in a container. It is not necessarily text.
pub type StoredId = Vec<u8>;

/// A walk under way.
#[derive(Debug)]
pub struct Walk {
    broker: Broker,
    queue: QueueName,
    container: Container,
    /// Ids behind the walk that are still in the container.
    passed: u64,
    /// The ids of the last page that are still in the container.
    behind: Vec<StoredId>,
    /// The ids of the page that was read last, and those of them that have been removed.
    page: Vec<StoredId>,
    removed: Vec<bool>,
    /// Ids that may still be read: somewhat more than there were at the start, so that new tasks cannot keep the walk going
    /// forever. `None` before the first page.
    left: Option<u64>,
    /// Ids, and tasks, to read in the next page.
    ids: u64,
    tasks: usize,
}

impl Broker {
    /// Starts to walk through a container.
    pub fn walk(&self, queue: &QueueName, container: Container) -> Walk {
        Walk {
            broker: self.clone(),
            queue: queue.clone(),
            container,
            passed: 0,
            behind: Vec::new(),
            page: Vec::new(),
            removed: Vec::new(),
            left: None,
            ids: FIRST_IDS,
            tasks: FIRST_TASKS,
        }
    }

    /// Continues a walk behind this many ids; `behind` are the last of them.
    pub fn walk_on(
        &self,
        queue: &QueueName,
        container: Container,
        passed: u64,
        behind: Vec<StoredId>,
    ) -> Walk {
        Walk {
            passed,
            behind,
            ..self.walk(queue, container)
        }
    }
}

impl Walk {
    /// The next ids, at most `limit`; none at the end of the walk.
    pub async fn ids(&mut self, limit: u64) -> Result<&[StoredId], Error> {
        self.pass();
        if self.is_over().await? {
            return Ok(&[]);
        }
        loop {
            let overlap = self.overlap();
            let ids = self.read(self.passed - overlap, limit.min(self.ids) + overlap);
            let mut ids = ids.await?;
            if self.continues_with(ids.first()) {
                ids.drain(..ids.len().min(to_usize(overlap)));
                let bytes: usize = ids.iter().map(Vec::len).sum();
                let fitting = ids.len() * PAGE_BYTES / bytes.max(1);
                self.ids = (fitting as u64).clamp(2, MAX_IDS.min(self.ids * 4));
                self.set_page(ids);
                return Ok(&self.page);
            }
            self.find_place().await?;
        }
    }

    /// The next tasks; none at the end of the walk. A page of large tasks is shorter.
    pub async fn tasks(&mut self) -> Result<Vec<FoundTask>, Error> {
        self.pass();
        if self.is_over().await? {
            return Ok(Vec::new());
        }
        loop {
            let overlap = self.overlap();
            let mut rows = self.read_tasks(self.passed - overlap).await?;
            if self.continues_with(rows.first().map(|row| &row.0)) {
                rows.drain(..rows.len().min(to_usize(overlap)));
                self.set_page(rows.iter().map(|row| row.0.clone()).collect());
                let state = Some(self.container.state());
                let tasks = rows
                    .into_iter()
                    .filter_map(|row| found(&self.queue, row, state));
                let tasks: Vec<FoundTask> = tasks.collect();
                self.fit_page_size(&tasks);
                return Ok(tasks);
            }
            self.find_place().await?;
        }
    }

    /// Whether the limit of ids has been read.
    async fn is_over(&mut self) -> Result<bool, Error> {
        if self.left.is_none() {
            let size = self.broker.count(&self.queue, &self.container).await?;
            // New tasks of a list are behind those that were there; in a sorted set they may be anywhere.
            let arrivals = if self.container.is_list() { 0 } else { size };
            self.left = Some(size + arrivals + FIRST_WINDOW);
        }
        Ok(self.left == Some(0))
    }

    fn set_page(&mut self, ids: Vec<StoredId>) {
        let read = ids.len() as u64;
        self.left = self.left.map(|left| left.saturating_sub(read));
        self.page = ids;
    }

    /// The ids of the last page.
    pub(crate) fn page(&self) -> &[StoredId] {
        &self.page
    }

    /// How many ids are behind the walk if it stops after `reached` ids of the last page, and the last of them.
    pub fn place(&self, reached: usize) -> (u64, &[StoredId]) {
        let behind = match reached {
            0 => &self.behind,
            reached => &self.page[..reached.min(self.page.len())],
        };
        (self.passed + reached as u64, behind)
    }

    /// Takes an id that has left the container out of the last page.
    pub(crate) fn remove(&mut self, index: usize) -> StoredId {
        self.removed.resize(self.page.len(), false);
        self.removed[index] = true;
        std::mem::take(&mut self.page[index])
    }

    /// Skips ids without reading them.
    pub(crate) fn skip(&mut self, count: u64) {
        self.passed += count;
        self.behind.clear();
    }

    /// Reads the last page again: other ids have moved into the places of removed ones.
    pub(crate) fn repeat_page(&mut self) {
        self.page.clear();
        self.removed.clear();
    }

    /// The number of ids behind the walk that are still in the container.
    pub(crate) const fn passed(&self) -> u64 {
        self.passed
    }

    /// Moves on past the last page.
    fn pass(&mut self) {
        let page = std::mem::take(&mut self.page).into_iter().enumerate();
        let removed = |index: usize| self.removed.get(index) == Some(&true);
        let stay = page.filter(|(index, _)| !removed(*index));
        let stay: Vec<StoredId> = stay.map(|(_, id)| id).collect();
        self.passed += stay.len() as u64;
        if !stay.is_empty() {
            self.behind = stay;
        }
        self.removed.clear();
    }

    /// The number of ids behind the walk with which the next page starts.
    fn overlap(&self) -> u64 {
        u64::from(self.passed > 0)
    }

    fn continues_with(&self, first: Option<&StoredId>) -> bool {
        self.passed == 0 || self.behind.last() == first
    }

    /// Searches for the last id behind the walk that is still in the container, in ever wider windows around its former
    /// place. If none is left, everything before them has left the container too.
    async fn find_place(&mut self) -> Result<(), Error> {
        let mut width = FIRST_WINDOW;
        loop {
            let from = self.passed.saturating_sub(width);
            if let Some(place) = self.last_behind(from, self.passed + width).await? {
                self.passed = place + 1;
                return Ok(());
            }
            if from == 0 {
                self.passed = 0;
                self.behind.clear();
                return Ok(());
            }
            width *= 4;
        }
    }

    /// The place of the id furthest along the walk among those behind it, if it is between these places.
    async fn last_behind(&mut self, mut from: u64, to: u64) -> Result<Option<u64>, Error> {
        let order: std::collections::HashMap<&StoredId, usize> =
            self.behind.iter().zip(0..).collect();
        let mut best: Option<(usize, u64)> = None;
        while from < to {
            let ids = self.read(from, self.ids.min(to - from)).await?;
            if ids.is_empty() {
                break;
            }
            for (place, id) in (from..).zip(&ids) {
                if let Some(&index) = order.get(id)
                    && best.is_none_or(|(known, _)| known < index)
                {
                    best = Some((index, place));
                }
            }
            from += ids.len() as u64;
        }
        if let Some((index, _)) = best {
            self.behind.truncate(index + 1);
        }
        Ok(best.map(|(_, place)| place))
    }

    /// Ids of a range, in the order of the walk.
    async fn read(&self, offset: u64, count: u64) -> Result<Vec<StoredId>, Error> {
        let (key, (start, stop)) = (self.key(), self.range(offset, count));
        let (count, joined): (usize, Vec<u8>) = script::READ_IDS
            .on(&[&key])
            .arg(self.kind())
            .arg(start)
            .arg(stop)
            .run(&self.broker.conn)
            .await?;
        let mut ids: Vec<StoredId> = joined.split(|byte| *byte == b'\n').map(Vec::from).collect();
        if count == 0 {
            ids.clear();
        }
        if ids.len() != count {
            // An id contains a line feed.
            let mut plain = redis::cmd(if self.container.is_list() {
                "LRANGE"
            } else {
                "ZRANGE"
            });
            plain.arg(key).arg(start).arg(stop);
            ids = self.broker.conn.command(&plain).await?;
        }
        if self.container.is_list() {
            ids.reverse();
        }
        Ok(ids)
    }

    fn key(&self) -> String {
        self.container.key(&QueueKeys::new(&self.queue))
    }

    /// The kind of container, as the scripts name it.
    const fn kind(&self) -> &'static str {
        match self.container {
            _ if self.container.is_list() => "list",
            Container::State(State::Aside) => "aside",
            Container::State(_) | Container::Group(_) => "zset",
        }
    }

    /// The first and the last index of a range. Lists are walked from their right end, where tasks are taken.
    fn range(&self, offset: u64, count: u64) -> (i64, i64) {
        let (offset, count) = (to_index(offset), to_index(count));
        if self.container.is_list() {
            (-(offset + count), -(offset + 1))
        } else {
            (offset, offset + count - 1)
        }
    }

    async fn read_tasks(&self, offset: u64) -> Result<Vec<Row>, Error> {
        let keys = QueueKeys::new(&self.queue);
        let (start, stop) = self.range(offset, self.tasks as u64);
        script::READ_PAGE
            .on(&[self.key(), keys.lease()])
            .arg(keys.task_prefix())
            .arg(self.kind())
            .arg(start)
            .arg(stop)
            .run(&self.broker.conn)
            .await
    }

    /// Adapts the size of the next page to the size of the tasks in this one.
    fn fit_page_size(&mut self, tasks: &[FoundTask]) {
        let bytes: usize = tasks.iter().map(FoundTask::bytes).sum();
        let fitting = tasks.len() * PAGE_BYTES / bytes.max(1);
        self.tasks = fitting.clamp(2, STEP.min(self.tasks * 2));
    }
}

fn to_index(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX / 4)
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
