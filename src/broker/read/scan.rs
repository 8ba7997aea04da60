//! `SCAN` and `SSCAN`, page by page: neither blocks Redis, however many names there are.

use crate::broker::conn::Conn;
use crate::broker::keys::QueueKeys;
use crate::broker::records::{GroupSize, WrongType, type_name};
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

    /// The next page, without names that are not UTF-8: qctl writes no such names.
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
        let names = match self.scan.next_names().await {
            Ok(Some(names)) => names,
            Ok(None) => return Ok(None),
            Err(error) if error.is_wrong_type() => {
                let key = QueueKeys::new(self.queue).groups();
                return Err(Error::WrongType {
                    queue: self.queue.clone(),
                    wrong: self.broker.wrong_type(key, "set").await?,
                });
            }
            Err(error) => return Err(error),
        };
        let groups = self.broker.measure(self.queue, names).await;
        if groups.is_err() {
            self.scan.cursor = cursor;
        }
        groups.map(Some)
    }
}

impl Broker {
    /// The sizes of groups. One whose key holds another type must not hide the others.
    async fn measure(
        &self,
        queue: &QueueName,
        names: Vec<String>,
    ) -> Result<Vec<GroupSize>, Error> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let keys = QueueKeys::new(queue);
        let mut read = redis::pipe();
        read.ignore_errors();
        for name in &names {
            read.zcard(keys.group(name));
        }
        let sizes: Vec<redis::RedisResult<u64>> = self.conn.pipeline(&read).await?;
        let mut groups = Vec::with_capacity(names.len());
        for (group, size) in names.into_iter().zip(sizes) {
            let (size, unreadable) =
                match size.map_err(|error| self.conn.explain(&error, read.cmd_iter())) {
                    Ok(size) => (size, None),
                    Err(error) if error.is_wrong_type() => {
                        let key = keys.group(&group);
                        (0, Some(self.wrong_type(key, "sorted set").await?))
                    }
                    Err(error) => return Err(error),
                };
            groups.push(GroupSize {
                queue: queue.clone(),
                group,
                size,
                unreadable,
            });
        }
        Ok(groups)
    }

    /// What a key holds in place of what it should.
    pub(crate) async fn wrong_type(
        &self,
        key: String,
        expected: &'static str,
    ) -> Result<WrongType, Error> {
        let found = self.conn.command(redis::cmd("TYPE").arg(&key)).await?;
        Ok(WrongType {
            key,
            found: type_name(found),
            expected,
        })
    }
}
