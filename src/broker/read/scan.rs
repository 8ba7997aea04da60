//! `SCAN` and `SSCAN`, a page at a time: neither holds up Redis, however many names there are.

use crate::broker::conn::Conn;
use crate::broker::keys::QueueKeys;
use crate::broker::records::GroupSize;
use crate::broker::{Broker, Error, STEP};
use crate::task::QueueName;

/// A scan under way. It may return a name twice.
pub(crate) struct Scan<'a> {
    conn: &'a Conn,
    of: ScanOf,
    /// `None` after the last page.
    cursor: Option<u64>,
}

enum ScanOf {
    /// The members of the set at a key.
    Set(String),
    /// The keys that match a pattern.
    Keys(String),
}

/// A scan of the groups of a queue. It may return a group twice.
pub struct GroupPages<'a> {
    broker: &'a Broker,
    queue: &'a QueueName,
    scan: Scan<'a>,
}

impl Broker {
    /// Starts to scan the members of a set.
    pub(crate) const fn scan_set(&self, key: String) -> Scan<'_> {
        self.scan(ScanOf::Set(key))
    }

    /// Starts to scan the keys that match a pattern.
    pub(crate) const fn scan_keys(&self, pattern: String) -> Scan<'_> {
        self.scan(ScanOf::Keys(pattern))
    }

    const fn scan(&self, of: ScanOf) -> Scan<'_> {
        Scan {
            conn: &self.conn,
            of,
            cursor: Some(0),
        }
    }

    /// Starts to scan the groups of a queue, with the number of tasks in each.
    pub fn groups<'a>(&'a self, queue: &'a QueueName) -> GroupPages<'a> {
        GroupPages {
            broker: self,
            queue,
            scan: self.scan_set(QueueKeys::new(queue).groups()),
        }
    }
}

impl Scan<'_> {
    /// The next page, which may be empty; `None` after the last. After an error, the same page again.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Vec<u8>>>, Error> {
        let Some(cursor) = self.cursor else {
            return Ok(None);
        };
        let mut scan = redis::Cmd::new();
        match &self.of {
            ScanOf::Set(key) => scan.arg("SSCAN").arg(key).arg(cursor),
            ScanOf::Keys(pattern) => scan.arg("SCAN").arg(cursor).arg("MATCH").arg(pattern),
        };
        scan.arg("COUNT").arg(10 * STEP);
        let (next, page): (u64, Vec<Vec<u8>>) = self.conn.command(&scan).await?;
        self.cursor = (next != 0).then_some(next);
        Ok(Some(page))
    }

    /// The next page, without names that are not UTF-8: those are not ours.
    pub(crate) async fn next_names(&mut self) -> Result<Option<Vec<String>>, Error> {
        let page = self.next().await?;
        let text = |name| String::from_utf8(name).ok();
        Ok(page.map(|names| names.into_iter().filter_map(text).collect()))
    }
}

impl GroupPages<'_> {
    /// The next page, which may be empty; `None` after the last. After an error, the same page again.
    pub async fn next(&mut self) -> Result<Option<Vec<GroupSize>>, Error> {
        let cursor = self.scan.cursor;
        let Some(names) = self.scan.next_names().await? else {
            return Ok(None);
        };
        let sizes = self.broker.group_sizes(self.queue, &names).await;
        if sizes.is_err() {
            self.scan.cursor = cursor;
        }
        let groups = names.into_iter().zip(sizes?);
        let groups = groups.map(|(group, size)| GroupSize {
            queue: self.queue.clone(),
            group,
            size,
        });
        Ok(Some(groups.collect()))
    }
}

impl Broker {
    async fn group_sizes(&self, queue: &QueueName, names: &[String]) -> Result<Vec<u64>, Error> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let keys = QueueKeys::new(queue);
        let mut sizes = redis::pipe();
        for name in names {
            sizes.zcard(keys.group(name));
        }
        self.conn.pipeline(&sizes).await
    }
}
