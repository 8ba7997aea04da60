//! Makes the stored schedules match a file.

use crate::broker::{self, Broker};
use crate::document::sync::SyncDocument;
use crate::inspector::Inspector;
use crate::inspector::audit::{Counted, Counts, Operation, Target};
use crate::inspector::error::Error;
use crate::schedule::changed_by::{ChangedBy, Stamp};
use crate::schedule::stored;
use crate::schedule::sync::{self, StepKind, SyncStep, Wanted};

/// The changes that make the stored schedules match a file.
#[derive(Debug)]
pub(crate) struct SyncPlan {
    changes: Vec<SyncStep>,
    /// The number of stored schedules that the file does not have and that stay.
    pub kept: u64,
}

/// The result of a sync.
#[derive(Debug)]
pub(crate) struct SyncOutcome {
    pub document: SyncDocument,
    /// The changes that failed. If Redis was unreachable, later ones were not tried.
    pub failed: Vec<(String, broker::Error)>,
    /// The number of schedules that were added, replaced or removed.
    changed: u64,
}

impl SyncPlan {
    /// The stored schedules that would be removed.
    pub(crate) fn removed(&self) -> Vec<&str> {
        let removed = self
            .changes
            .iter()
            .filter(|one| one.kind == StepKind::Remove);
        removed.map(|change| change.name.as_str()).collect()
    }

    /// The schedules that would be added or replaced and whose specs have seconds.
    pub(crate) fn new_with_seconds(&self) -> impl Iterator<Item = &str> {
        let new = self.changes.iter().filter_map(|one| match &one.kind {
            StepKind::Add(wanted) | StepKind::Replace { wanted, .. } => Some(&wanted.schedule),
            StepKind::Remove | StepKind::Keep => None,
        });
        let new = new.filter(|schedule| schedule.spec.has_seconds());
        new.map(|schedule| schedule.name.as_str())
    }

    /// The plan as a dry run of `file` prints it.
    pub(crate) fn preview(&self, file: &str) -> SyncDocument {
        SyncDocument::new(file, true, &self.changes)
    }
}

impl Inspector {
    /// Compares the schedules of a file with the stored ones. With `prune`, stored schedules that the file does not
    /// have are to be removed.
    pub(crate) async fn plan_sync(
        &self,
        wanted: &[Wanted],
        prune: bool,
    ) -> Result<SyncPlan, Error> {
        let stored = stored::all(self.broker()).await?;
        let changes = sync::compare(wanted, &stored, |_| prune);
        let in_file = |name: &str| wanted.iter().any(|one| one.schedule.name.as_str() == name);
        let kept = stored.iter().filter(|one| !prune && !in_file(&one.name));
        Ok(SyncPlan {
            kept: kept.count() as u64,
            changes,
        })
    }

    /// Makes the changes of a plan. If Redis refuses one, the others are still made; if Redis becomes unreachable, the
    /// rest is not tried.
    pub(crate) async fn sync(
        &self,
        plan: &SyncPlan,
        file: &str,
        by: &ChangedBy,
    ) -> Result<SyncOutcome, Error> {
        let target = Target {
            text: file.to_owned(),
            matched: plan.changes.iter().filter(|step| writes(step)).count() as u64,
        };
        let change = |broker| apply(broker, plan, file, by);
        self.change(Operation::SyncSchedules, target, change).await
    }
}

async fn apply(
    broker: Broker,
    plan: &SyncPlan,
    file: &str,
    by: &ChangedBy,
) -> Result<SyncOutcome, Error> {
    let stamp = Stamp {
        by,
        now: broker.server_time().await?,
    };
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for change in &plan.changes {
        match sync::apply(&broker, change, stamp).await {
            Ok(()) => done.push(change),
            Err(error) => {
                let away = error.passing();
                failed.push((change.name.clone(), error));
                if away {
                    break;
                }
            }
        }
    }
    let changed = done.iter().filter(|step| writes(step)).count() as u64;
    let mut document = SyncDocument::new(file, false, done);
    document.fail(&failed);
    Ok(SyncOutcome {
        document,
        failed,
        changed,
    })
}

fn writes(step: &SyncStep) -> bool {
    step.kind != StepKind::Keep
}

impl Counted for SyncOutcome {
    fn counts(&self) -> Counts {
        Counts {
            changed: self.changed,
            failed: self.failed.len() as u64,
        }
    }
}
