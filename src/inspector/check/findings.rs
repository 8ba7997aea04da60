//! The findings of `[trouble]` that no limit replaces.

use super::checks::Checks;
use super::found::Found;
use super::seen::SeenQueue;
use crate::document::check::{Measure, ReasonDocument, Status};
use crate::document::trouble::{Severity, TroubleCode, TroubleDocument};
use crate::inspector::trouble::{self, Finding};

impl Found<'_> {
    /// What `[trouble]` finds, unless a limit of the queue is about the same; figures that cannot be read, since those make no
    /// finding.
    pub(super) fn findings(&self) -> Vec<ReasonDocument> {
        let Checks { thresholds, .. } = self.checks;
        let mut findings = self
            .seen
            .heartbeats
            .findings(&thresholds.workers, self.seen.at);
        let mut reasons = Vec::new();
        for SeenQueue { row, unreadable } in &self.seen.queues {
            let found = trouble::of_queue(row, thresholds.of(&row.name), self.seen.at);
            let own = |finding: &Finding| {
                let measure = measure_of(finding.code());
                measure.is_some_and(|measure| self.limits().of(&row.name, measure).is_some())
            };
            findings.extend(found.into_iter().filter(|finding| !own(finding)));
            let unknown = |reason: &ReasonDocument| {
                reason.status == Status::Unknown
                    && reason.queue.as_deref() == Some(row.name.as_str())
            };
            if !unreadable.is_empty() && !self.reasons.iter().any(|(_, reason)| unknown(reason)) {
                reasons.push(ReasonDocument {
                    status: Status::Unknown,
                    check: None,
                    queue: Some(row.name.to_string()),
                    sentence: unreadable.join("; "),
                    value: None,
                    limit: None,
                });
            }
        }
        Finding::sort(&mut findings);
        let findings = findings.into_iter().map(TroubleDocument::from);
        reasons.extend(findings.map(|found| ReasonDocument {
            status: match found.severity {
                Severity::Error => Status::Critical,
                Severity::Warning => Status::Warning,
            },
            check: Some(found.code.name()),
            queue: found.queue,
            sentence: found.sentence,
            value: None,
            limit: None,
        }));
        reasons
    }
}

/// The measure of which a limit replaces what `[trouble]` finds.
const fn measure_of(code: TroubleCode) -> Option<Measure> {
    Some(match code {
        TroubleCode::Unserved => Measure::Workers,
        TroubleCode::PendingTooLong => Measure::Latency,
        TroubleCode::NotForwarded => Measure::ForwardDelay,
        TroubleCode::Failing => Measure::FailedRate,
        TroubleCode::Orphaned => Measure::Orphaned,
        TroubleCode::PausedTooLong => Measure::Paused,
        TroubleCode::ArchiveFull => Measure::Archived,
        TroubleCode::RetriesDue
        | TroubleCode::WorkerSilent
        | TroubleCode::GroupTooOld
        | TroubleCode::ClockDiffers => return None,
    })
}
