//! A change that an operator has made.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};

use super::document;
use crate::broker::records::AuditEntry;

document! {
    /// A change that an operator has made, or tried to make.
    pub(crate) struct AuditDocument {
        /// The id of its entry in the stream.
        id: String,
        /// When it began.
        at: Option<DateTime<Utc>>,
        /// User and host, or the name with which somebody has logged in.
        who: Option<String>,
        /// `cli`, `dash`, or `page` and the address of the browser.
        from: Option<String>,
        /// The command that does the same.
        verb: Option<String>,
        /// A selection of tasks, queues, schedules, or a file; long ones are cut.
        target: Option<String>,
        /// Tasks, queues or schedules that were selected.
        matched: Option<u64>,
        /// How many of them were changed; `None` if that is unknown.
        changed: Option<u64>,
        /// How many of them could not be changed; `None` if that is unknown.
        failed: Option<u64>,
        /// `done`, `failed` or `interrupted`. `None` while it is under way, and after a process was killed.
        outcome: Option<String>,
        /// What was done, where verb and target do not say it: how `doctor` has repaired something, how many tasks `drop` has deleted.
        details: Option<String>,
        /// When it ended.
        ended_at: Option<DateTime<Utc>>,
        /// The version of qctl.
        version: Option<String>,
    }
}

/// The id of a change, of which a later one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct ChangeId {
    milliseconds: u64,
    number: u64,
}

/// A text that is not the id of a change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the id of a change")]
pub(crate) struct BadChangeId(String);

impl FromStr for ChangeId {
    type Err = BadChangeId;

    fn from_str(text: &str) -> Result<Self, BadChangeId> {
        order(text).ok_or_else(|| BadChangeId(text.to_owned()))
    }
}

impl fmt::Display for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.milliseconds, self.number)
    }
}

impl TryFrom<String> for ChangeId {
    type Error = BadChangeId;

    fn try_from(text: String) -> Result<Self, BadChangeId> {
        text.parse()
    }
}

/// Makes documents of entries, which are read newest first. The end of a change has an entry of its own.
#[derive(Debug, Default)]
pub(crate) struct AuditReader {
    /// The ends of changes whose beginnings have not been read yet.
    ends: HashMap<String, AuditEntry>,
}

impl AuditReader {
    /// The document of an entry; `None` if it is the end of a change.
    pub(crate) fn read(&mut self, entry: AuditEntry) -> Option<AuditDocument> {
        if let Some(beginning) = field(&entry, "of") {
            self.ends.entry(beginning).or_insert(entry);
            return None;
        }
        let end = self.ends.remove(&entry.id);
        Some(describe(entry.id.clone(), &entry, end.as_ref()))
    }

    /// The document of a change, of whose beginning and end one may be missing.
    pub(crate) fn whole(
        beginning: Option<AuditEntry>,
        end: Option<AuditEntry>,
    ) -> Option<AuditDocument> {
        let mut reader = Self::default();
        if let Some(end) = end {
            reader.read(end);
        }
        match beginning {
            Some(beginning) => reader.read(beginning),
            None => reader.without_beginning().pop(),
        }
    }

    /// Whether an entry is the change of this id, and not the end of another one.
    pub(crate) fn is_beginning(entry: &AuditEntry, id: ChangeId) -> bool {
        order(&entry.id) == Some(id) && field(entry, "of").is_none()
    }

    /// Whether an entry is the end of the change of this id.
    pub(crate) fn is_end(entry: &AuditEntry, id: ChangeId) -> bool {
        field(entry, "of").is_some_and(|of| order(&of) == Some(id))
    }

    /// The changes whose beginnings have been removed from the stream, newest first.
    pub(crate) fn without_beginning(self) -> Vec<AuditDocument> {
        let ends = self.ends.into_iter();
        let mut left: Vec<_> = ends
            .map(|(id, end)| describe(id, &end, Some(&end)))
            .collect();
        left.sort_by_key(|change| Reverse(order(&change.id)));
        left
    }
}

fn describe(id: String, entry: &AuditEntry, end: Option<&AuditEntry>) -> AuditDocument {
    let ended = |name| end.and_then(|end| field(end, name));
    let number = |text: Option<String>| text.and_then(|text| text.parse().ok());
    AuditDocument {
        at: time(&id),
        id,
        who: field(entry, "who"),
        from: field(entry, "from"),
        verb: field(entry, "verb"),
        target: field(entry, "target"),
        matched: number(field(entry, "matched")),
        changed: number(ended("changed")),
        failed: number(ended("failed")),
        outcome: ended("outcome"),
        details: ended("details"),
        ended_at: end.and_then(|end| time(&end.id)),
        version: field(entry, "version"),
    }
}

fn field(entry: &AuditEntry, name: &str) -> Option<String> {
    let mut fields = entry.fields.iter();
    fields
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.clone())
}

fn time(id: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(i64::try_from(order(id)?.milliseconds).ok()?)
}

/// The place of an entry in the stream. Strangers may name a beginning by something that is no id.
pub(crate) fn order(id: &str) -> Option<ChangeId> {
    let (milliseconds, number) = id.split_once('-')?;
    Some(ChangeId {
        milliseconds: milliseconds.parse().ok()?,
        number: number.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, fields: &[(&str, &str)]) -> AuditEntry {
        let owned = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
        AuditEntry {
            id: id.to_owned(),
            fields: fields.iter().map(owned).collect(),
        }
    }

    #[test]
    fn a_change_and_its_end_become_one_document() {
        let mut reader = AuditReader::default();
        let end = [
            ("of", "1000-0"),
            ("verb", "retry"),
            ("changed", "3"),
            ("outcome", "done"),
        ];
        let trimmed = [("of", "500-2"), ("verb", "drop"), ("outcome", "done")];
        assert!(reader.read(entry("3000-0", &end)).is_none());
        assert!(reader.read(entry("2400-0", &trimmed)).is_none());
        let foreign = reader
            .read(entry("2000-0", &[("matched", "many"), ("x", "y")]))
            .unwrap();
        assert_eq!(
            (foreign.verb, foreign.matched, foreign.outcome),
            (None, None, None)
        );
        let whole = reader
            .read(entry("1000-0", &[("verb", "retry"), ("matched", "4")]))
            .unwrap();
        assert_eq!((whole.matched, whole.changed), (Some(4), Some(3)));
        assert_eq!(whole.outcome.as_deref(), Some("done"));
        assert_eq!(whole.at, DateTime::from_timestamp_millis(1000));
        assert_eq!(whole.ended_at, DateTime::from_timestamp_millis(3000));
        let left = reader.without_beginning();
        assert_eq!(left.len(), 1);
        assert_eq!(
            (left[0].id.as_str(), left[0].verb.as_deref()),
            ("500-2", Some("drop"))
        );
    }

    #[test]
    fn ids_of_changes_are_checked_and_ordered_by_time() {
        let id = |text: &str| text.parse::<ChangeId>();
        assert!(id("9-10").unwrap() < id("10-0").unwrap());
        assert!(id("9-9").unwrap() < id("9-10").unwrap());
        for text in [
            "",
            "9",
            "9-",
            "a-1",
            "9-1-1",
            "-1-1",
            "18446744073709551616-0",
        ] {
            assert_eq!(id(text), Err(BadChangeId(text.to_owned())));
        }
    }
}
