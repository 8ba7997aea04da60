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
use super::glob::matches;
use super::query::{queues_of, text_of};
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

/// Queues in the text of a target that was not given as queues.
const MAX_QUEUES: usize = 10;

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

    /// What is repaired: the codes, after the queues.
    pub(super) fn repairs(queues: &[QueueName], codes: &[&str], matched: u64) -> Self {
        let text = codes.join(" ");
        Self {
            text: in_queues(queues, &text),
            matched,
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

/// The text of a selection of tasks.
#[derive(Debug)]
pub(super) struct Selected {
    text: String,
    names_queues: bool,
}

impl Selected {
    /// There may be many ids.
    pub(super) fn new(selection: &Selection) -> Self {
        let some = selection.ids.as_ref().filter(|ids| ids.len() > MAX_IDS);
        let text = some.map_or_else(
            || text_of(selection),
            |ids| {
                let first = Selection {
                    ids: ids.get(..MAX_IDS).map(<[_]>::to_vec),
                    ..selection.clone()
                };
                text_of(&first) + ",…"
            },
        );
        Self {
            text,
            names_queues: !selection.queues.is_empty(),
        }
    }

    /// The text with the queues that hold the tasks, if it names none: an id says nothing without its queue.
    pub(super) fn found_in(self, queues: &[(QueueName, u64)]) -> String {
        if self.names_queues {
            return self.text;
        }
        let queues: Vec<QueueName> = queues.iter().map(|(queue, _)| queue.clone()).collect();
        in_queues(&queues, &self.text)
    }
}

/// A text after the queues that it is about.
fn in_queues(queues: &[QueueName], text: &str) -> String {
    if queues.is_empty() {
        return text.to_owned();
    }
    let some = Selection {
        queues: queues[..queues.len().min(MAX_QUEUES)].to_vec(),
        ..Selection::default()
    };
    let more = if queues.len() > MAX_QUEUES {
        ",…"
    } else {
        ""
    };
    format!("{}{more} {text}", text_of(&some))
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
        let is_before = |change: &AuditDocument| before.is_none() || order(&change.id) < before;
        self.audited(limit, is_before).await
    }

    /// The last changes of these queues, newest first: those whose target names one of them. Queues are names or globs on either
    /// side. A list of queues that was cut may have named any.
    ///
    /// # Errors
    /// Those of Redis.
    pub(crate) async fn audit_of(
        &self,
        queues: &[QueueName],
        limit: usize,
    ) -> Result<Vec<AuditDocument>, Error> {
        self.audited(limit, |change| touches(change, queues)).await
    }

    async fn audited(
        &self,
        limit: usize,
        wanted: impl Fn(&AuditDocument) -> bool,
    ) -> Result<Vec<AuditDocument>, Error> {
        let (mut reader, mut from) = (AuditReader::default(), None);
        let mut found = Vec::new();
        // The ends come first, so that reading always starts with the newest entry.
        for _ in 0..MAX_PAGES {
            let page = self.broker().audit_page(from.as_deref(), PAGE).await?;
            from = page.last().map(|entry| entry.id.clone());
            let whole = page.len() < PAGE;
            for entry in page {
                found.extend(reader.read(entry).filter(&wanted));
            }
            if whole {
                found.extend(reader.without_beginning().into_iter().filter(&wanted));
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

/// Whether a change has one of these queues, or one that its glob stands for, as its target.
fn touches(change: &AuditDocument, queues: &[QueueName]) -> bool {
    // The targets of these are names of schedules.
    let of_schedules = change
        .verb
        .as_ref()
        .is_some_and(|verb| verb.starts_with("cron"));
    let target = change.target.as_deref().filter(|_| !of_schedules);
    let recorded = target.map(queues_of).unwrap_or_default();
    recorded.iter().any(|recorded| {
        let name = recorded.as_str();
        let is_cut = name.ends_with('…');
        is_cut
            || queues
                .iter()
                .any(|queue| matches(queue, name) || matches(recorded, queue.as_str()))
    })
}
