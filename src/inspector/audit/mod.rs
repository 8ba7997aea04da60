//! Who changes what: every change of an inspector that acts as somebody is in the audit stream, with an entry before the
//! first write and one with the counts at the end.
//!
//! [`Inspector::change`] and the steps of a plan are the only ways to a connection for changes, so that no operation
//! can forget it. Of new tasks, those are recorded that an operator enqueues as copies of others, or of schedules.

mod operation;
mod record;

pub(super) use operation::Operation;
pub(super) use record::{Counts, Ending, Record};

use std::ops::Bound::{Excluded, Included};
use std::sync::Arc;

use super::actor::{Actor, Audit};
use super::query::text_of;
use super::{Error, Inspector, Selection};
use crate::broker::{self, Broker};
use crate::document::audit::{AuditDocument, AuditReader, ChangeId, order};
use crate::task::QueueName;
#[cfg(feature = "page")]
use crate::task::TaskId;

/// Entries read at once, and the most that are looked at: more than the stream keeps.
const PAGE: usize = 200;
const MAX_PAGES: usize = 60;

/// Ids in the text of a target.
const MAX_IDS: usize = 30;

/// What a change is about, and how many queues or schedules that are.
pub(super) struct Target {
    pub(super) text: String,
    pub(super) matched: u64,
}

impl Target {
    pub(super) fn queues(queues: &[QueueName]) -> Self {
        let selection = Selection {
            queues: queues.to_vec(),
            ..Selection::default()
        };
        Self {
            text: text_of(&selection),
            matched: queues.len() as u64,
        }
    }

    /// One task.
    #[cfg(feature = "page")]
    pub(super) fn task(queue: &QueueName, id: &TaskId) -> Self {
        let selection = Selection::of_tasks(&[(queue.clone(), id.clone())]);
        Self {
            text: text_of(&selection),
            matched: 1,
        }
    }

    /// Schedules by name. The names contain no white space.
    pub(super) fn schedules<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let names: Vec<&str> = names.into_iter().collect();
        Self {
            text: names.join(" "),
            matched: names.len() as u64,
        }
    }
}

/// The text of a selection. There may be many ids.
pub(super) fn selected(selection: &Selection) -> String {
    let Some(ids) = selection.ids.as_ref().filter(|ids| ids.len() > MAX_IDS) else {
        return text_of(selection);
    };
    let first = Selection {
        ids: ids.get(..MAX_IDS).map(<[_]>::to_vec),
        ..selection.clone()
    };
    text_of(&first) + ",…"
}

/// The result of an operation, which knows how many of its targets were changed.
pub(super) trait Counted {
    fn counts(&self) -> Counts;

    /// What was done, where the operation and its target do not say it.
    fn details(&self) -> Option<String> {
        None
    }
}

impl<T: Counted> Counted for Vec<T> {
    fn counts(&self) -> Counts {
        let each = self.iter().map(Counted::counts);
        each.fold(Counts::default(), |all, one| Counts {
            changed: all.changed + one.changed,
            failed: all.failed + one.failed,
        })
    }
}

impl Inspector {
    /// The same, recording its changes in the audit stream as made by this actor.
    #[must_use]
    pub(crate) fn acting_as(self, actor: Actor) -> Self {
        let audit = Audit {
            actor: Arc::new(actor),
            gap: Arc::default(),
        };
        Self {
            audit: Some(audit),
            ..self
        }
    }

    /// Why changes are missing from the audit stream, if any are.
    pub(crate) fn audit_gap(&self) -> Option<&broker::Error> {
        self.audit.as_ref()?.gap.get()
    }

    /// Makes a change of `matched` targets. The connection to make it with is given to `make`, and nowhere else.
    ///
    /// # Errors
    /// [`Error::ReadOnly`] unless the inspector has full access; those of `make`.
    pub(super) async fn change<T: Counted, F>(
        &self,
        operation: Operation,
        target: Target,
        make: impl FnOnce(Broker) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        self.access.allow(operation.phrase())?;
        let change = make(self.broker.clone());
        let mut record = self.record(operation, target);
        record.begin().await?;
        let result = change.await;
        let ending = match &result {
            Ok(counted) => {
                record.counts = Some(counted.counts());
                record.details = counted.details();
                Ending::Done
            }
            Err(_) => Ending::Failed,
        };
        record.end(ending).await;
        result
    }

    /// A record that has not begun.
    pub(super) fn record(&self, operation: Operation, target: Target) -> Record {
        Record {
            broker: self.broker.clone(),
            audit: self.audit.clone(),
            operation,
            target: target.text,
            matched: target.matched,
            counts: None,
            details: None,
            begun: None,
            missing: None,
        }
    }

    /// The last changes, newest first; with `before`, those before the change of this id.
    ///
    /// # Errors
    /// Those of Redis.
    pub(crate) async fn audit(
        &self,
        limit: usize,
        before: Option<ChangeId>,
    ) -> Result<Vec<AuditDocument>, Error> {
        let (mut reader, mut from) = (AuditReader::default(), None);
        let wanted = |change: &AuditDocument| before.is_none() || order(&change.id) < before;
        let mut found = Vec::new();
        // The ends come first, so that reading always starts with the newest entry.
        for _ in 0..MAX_PAGES {
            let page = self.broker().audit_page(from.as_deref(), PAGE).await?;
            from = page.last().map(|entry| entry.id.clone());
            let whole = page.len() < PAGE;
            for entry in page {
                found.extend(reader.read(entry).filter(wanted));
            }
            if whole {
                found.extend(reader.without_beginning().into_iter().filter(wanted));
                break;
            }
            if found.len() >= limit {
                break;
            }
        }
        found.truncate(limit);
        Ok(found)
    }

    /// The change of this id; `None` if the stream has it no longer.
    ///
    /// # Errors
    /// Those of Redis.
    pub(crate) async fn audit_entry(&self, id: ChangeId) -> Result<Option<AuditDocument>, Error> {
        let (mut beginning, mut end) = (None, None);
        let first = id.to_string();
        let mut last: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let from = last.as_deref().map_or(Included(&*first), Excluded);
            let page = self.broker().audit_page_from(from, PAGE).await?;
            let whole = page.len() < PAGE;
            last = page.last().map(|entry| entry.id.clone());
            for entry in page {
                if AuditReader::is_end(&entry, id) {
                    end = Some(entry);
                    break;
                }
                if AuditReader::is_beginning(&entry, id) {
                    beginning = Some(entry);
                }
            }
            if whole || end.is_some() {
                break;
            }
        }
        Ok(AuditReader::whole(beginning, end))
    }
}
