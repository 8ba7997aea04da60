//! A finding, and how findings are sorted.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};

use crate::document::overview::QueueRow;
use crate::document::trouble::{Suggestion, TroubleCode, TroubleDocument};
use crate::inspector::query;
use crate::inspector::{Selection, StateFilter};
use crate::task::QueueName;

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::inspector) struct Finding {
    pub(super) code: TroubleCode,
    pub(super) queue: Option<QueueName>,
    pub(super) sentence: String,
    pub(super) count: Option<u64>,
    pub(super) since: Option<DateTime<Utc>>,
    pub(super) selection: Option<Selection>,
    pub(super) action: Option<Suggestion>,
}

impl Finding {
    /// A finding about so many tasks of a queue.
    pub(super) fn of(row: &QueueRow, code: TroubleCode, count: u64, sentence: String) -> Self {
        Self {
            code,
            queue: Some(row.name.clone()),
            sentence,
            count: Some(count),
            since: None,
            selection: None,
            action: None,
        }
    }

    pub(super) fn since(mut self, at: Option<DateTime<Utc>>) -> Self {
        self.since = at;
        self
    }

    /// The tasks concerned: those of the queue in these states.
    pub(super) fn tasks(mut self, states: &[StateFilter]) -> Self {
        self.selection = Some(Selection {
            queues: self.queue.iter().cloned().collect(),
            states: states.to_vec(),
            ..Selection::default()
        });
        self
    }

    pub(super) fn suggest(mut self, action: Suggestion) -> Self {
        self.action = Some(action);
        self
    }

    pub(in crate::inspector) const fn code(&self) -> TroubleCode {
        self.code
    }

    /// Sorts findings, the worst first.
    pub(in crate::inspector) fn sort(findings: &mut [Self]) {
        findings.sort_by(|a, b| {
            let rank = |finding: &Self| {
                let code = finding.code;
                (code.severity(), code, Reverse(finding.count))
            };
            let names = |finding: &Self| (finding.queue.clone(), finding.sentence.clone());
            rank(a).cmp(&rank(b)).then_with(|| names(a).cmp(&names(b)))
        });
    }
}

impl From<Finding> for TroubleDocument {
    fn from(finding: Finding) -> Self {
        Self {
            code: finding.code,
            severity: finding.code.severity(),
            queue: finding.queue.map(|queue| queue.to_string()),
            sentence: finding.sentence,
            count: finding.count,
            since: finding.since,
            selection: finding.selection.as_ref().map(query::text_of),
            action: finding.action,
        }
    }
}
