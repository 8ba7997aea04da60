//! The record of one change: an entry when it begins, and one when it ends.

use super::operation::Operation;
use crate::broker::{self, Broker};
use crate::inspector::actor::Audit;
use crate::inspector::error::Error;

/// The longest name and the longest target, in characters.
const MAX_NAME: usize = 200;
const MAX_TARGET: usize = 1000;

/// How many of its targets an operation has changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub changed: u64,
    pub failed: u64,
}

/// How a change has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::inspector) enum Ending {
    Done,
    Failed,
    Interrupted,
}

impl Ending {
    const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// The record of one change. If it is dropped before its end, the change was interrupted.
#[derive(Debug)]
pub(in crate::inspector) struct Record {
    pub(super) broker: Broker,
    pub(super) audit: Option<Audit>,
    pub(super) operation: Operation,
    pub(super) target: String,
    pub(super) matched: u64,
    /// Counts so far, for the entry at the end. `None` until they are known.
    pub(in crate::inspector) counts: Option<Counts>,
    /// What was done, where the operation and its target do not say it.
    pub(in crate::inspector) details: Option<String>,
    /// The entry of the beginning, until the end is recorded.
    pub(super) begun: Option<String>,
    /// Why an entry could not be written.
    pub(super) missing: Option<broker::Error>,
}

impl Record {
    /// Records the beginning, once.
    ///
    /// # Errors
    /// If Redis is not reachable: the change would fail too. A stream that cannot be written does not prevent it.
    pub(in crate::inspector) async fn begin(&mut self) -> Result<(), Error> {
        if self.begun.is_some() || self.missing.is_some() {
            return Ok(());
        }
        let Some(audit) = &self.audit else {
            return Ok(());
        };
        match self.broker.append_audit(&self.fields(audit)).await {
            Ok(id) => self.begun = Some(id),
            Err(error) if is_away(&error) => return Err(error.into()),
            Err(error) => self.missing = Some(error),
        }
        Ok(())
    }

    /// Records the end, with the counts so far.
    pub(in crate::inspector) async fn end(&mut self, ending: Ending) {
        let Some(audit) = &self.audit else { return };
        if let Some(of) = self.begun.take() {
            let fields = self.end_fields(of, audit, ending);
            let end = self.broker.append_audit(&fields).await;
            // If Redis has gone away, the change itself fails and says so.
            self.missing = end.err().filter(|error| !is_away(error));
        }
        let changed = self.counts.is_none_or(|counts| counts.changed > 0);
        if let Some(error) = self.missing.take().filter(|_| changed) {
            audit.gap.get_or_init(|| error);
        }
    }

    fn fields(&self, audit: &Audit) -> Vec<(&'static str, String)> {
        vec![
            ("who", cut(&audit.actor.who, MAX_NAME)),
            ("from", audit.actor.from.text()),
            ("verb", self.operation.verb().to_owned()),
            ("target", cut(&self.target, MAX_TARGET)),
            ("matched", self.matched.to_string()),
            ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ]
    }

    /// The fields are repeated, because the entry of the beginning may be removed before.
    fn end_fields(&self, of: String, audit: &Audit, ending: Ending) -> Vec<(&'static str, String)> {
        let mut fields = self.fields(audit);
        fields.extend([("of", of), ("outcome", ending.word().to_owned())]);
        if let Some(details) = &self.details {
            fields.push(("details", cut(details, MAX_TARGET)));
        }
        if let Some(counts) = self.counts {
            fields.extend([
                ("changed", counts.changed.to_string()),
                ("failed", counts.failed.to_string()),
            ]);
        }
        fields
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let (Some(of), Some(audit)) = (self.begun.take(), &self.audit) else {
            return;
        };
        let fields = self.end_fields(of, audit, Ending::Interrupted);
        let broker = self.broker.clone();
        // Nothing can be awaited here. Without a runtime the program is about to end.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { broker.append_audit(&fields).await.map(drop) });
        }
    }
}

/// Whether the change fails for the same reason as the entry.
const fn is_away(error: &broker::Error) -> bool {
    matches!(
        error,
        broker::Error::Unreachable { .. } | broker::Error::NotReady { .. }
    )
}

/// The text, cut to this number of characters.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => text[..end].to_owned() + "…",
        None => text.to_owned(),
    }
}
