//! The changes that made the stored schedules match a file.

use serde::Serialize;
use serde_json::Value;

use crate::schedule::sync::{StepKind, SyncStep};

/// The changes that made the stored schedules match a file.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SyncDocument {
    /// The file, as given.
    pub file: String,
    /// Nothing was changed: the numbers are what would be done.
    pub dry_run: bool,
    /// Schedules that were not stored before.
    pub added: u64,
    /// Schedules that differed.
    pub replaced: u64,
    /// Schedules that the file does not have.
    pub removed: u64,
    /// Schedules that were already the same.
    pub unchanged: u64,
    pub changes: Vec<SyncedChange>,
    pub failures: Vec<SyncFailed>,
}

/// A change that Redis refused.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SyncFailed {
    pub name: String,
    pub error: String,
}

/// One changed schedule.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SyncedChange {
    pub name: String,
    pub action: SyncAction,
    /// The spec in words, if the schedule was added.
    pub when: Option<String>,
    /// The keys that differ, if the schedule was replaced.
    pub keys: Vec<SyncedKey>,
}

/// A key that differs.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SyncedKey {
    /// As files spell it.
    pub key: String,
    /// `None` if it was not set.
    pub before: Option<Value>,
    /// `None` if it is not set.
    pub after: Option<Value>,
}

impl SyncDocument {
    /// The document of the changes for `file`.
    pub(crate) fn new<'a>(
        file: &str,
        dry_run: bool,
        changes: impl IntoIterator<Item = &'a SyncStep>,
    ) -> Self {
        let mut synced = Self {
            file: file.to_owned(),
            dry_run,
            added: 0,
            replaced: 0,
            removed: 0,
            unchanged: 0,
            changes: Vec::new(),
            failures: Vec::new(),
        };
        for change in changes {
            synced.add(change);
        }
        synced
    }

    fn add(&mut self, change: &SyncStep) {
        let mut when = None;
        let mut differ = Vec::new();
        let action = match &change.kind {
            StepKind::Keep => {
                self.unchanged += 1;
                return;
            }
            StepKind::Add(wanted) => {
                self.added += 1;
                when = Some(wanted.schedule.spec.words());
                SyncAction::Add
            }
            StepKind::Replace { keys, .. } => {
                self.replaced += 1;
                differ.extend(keys.iter().map(|key| SyncedKey {
                    key: key.key.clone(),
                    before: key.before.clone(),
                    after: key.after.clone(),
                }));
                SyncAction::Replace
            }
            StepKind::Remove => {
                self.removed += 1;
                SyncAction::Remove
            }
        };
        self.changes.push(SyncedChange {
            name: change.name.clone(),
            action,
            when,
            keys: differ,
        });
    }

    /// Adds the changes that Redis refused.
    pub(crate) fn fail(&mut self, failed: &[(String, impl ToString)]) {
        self.failures
            .extend(failed.iter().map(|(name, error)| SyncFailed {
                name: name.clone(),
                error: error.to_string(),
            }));
    }
}

/// What was done to a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SyncAction {
    Add,
    Replace,
    Remove,
}

impl SyncAction {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Replace => "replace",
            Self::Remove => "remove",
        }
    }
}
