//! The audit stream: the changes that operators have made. What its fields mean is decided above.

use std::ops::Bound;

use crate::broker::records::AuditEntry;
use crate::broker::{Broker, Error, keys};

/// Entries that are kept; Redis removes older ones in blocks, so there may be some more.
const MAX_ENTRIES: usize = 10_000;

impl Broker {
    /// Adds an entry. Returns its id.
    pub async fn append_audit(&self, fields: &[(&str, String)]) -> Result<String, Error> {
        let mut add = redis::cmd("XADD");
        add.arg(keys::AUDIT).arg("MAXLEN").arg("~");
        add.arg(MAX_ENTRIES).arg("*");
        for (name, value) in fields {
            add.arg(name).arg(value);
        }
        self.conn.command(&add).await
    }

    /// Up to `count` entries, newest first; with `before`, those older than the entry of this id.
    pub async fn audit_page(
        &self,
        before: Option<&str>,
        count: usize,
    ) -> Result<Vec<AuditEntry>, Error> {
        let newest = before.map_or_else(|| "+".to_owned(), |id| format!("({id}"));
        let mut read = redis::cmd("XREVRANGE");
        read.arg(keys::AUDIT).arg(newest).arg("-");
        read.arg("COUNT").arg(count);
        self.audit_entries(&read).await
    }

    /// Up to `count` entries, oldest first, from that of this id on, or after it.
    pub async fn audit_page_from(
        &self,
        from: Bound<&str>,
        count: usize,
    ) -> Result<Vec<AuditEntry>, Error> {
        let oldest = match from {
            Bound::Included(id) => id.to_owned(),
            Bound::Excluded(id) => format!("({id}"),
            Bound::Unbounded => "-".to_owned(),
        };
        let mut read = redis::cmd("XRANGE");
        read.arg(keys::AUDIT).arg(oldest).arg("+");
        read.arg("COUNT").arg(count);
        self.audit_entries(&read).await
    }

    async fn audit_entries(&self, read: &redis::Cmd) -> Result<Vec<AuditEntry>, Error> {
        let page: Vec<(String, Vec<Vec<u8>>)> = self.conn.command(read).await?;
        Ok(page.into_iter().map(entry).collect())
    }
}

fn entry((id, fields): (String, Vec<Vec<u8>>)) -> AuditEntry {
    let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
    let pairs = fields.chunks_exact(2);
    AuditEntry {
        id,
        fields: pairs.map(|pair| (text(&pair[0]), text(&pair[1]))).collect(),
    }
}
