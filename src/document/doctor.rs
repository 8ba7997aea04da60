//! The findings of `doctor`.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::document;

/// Everything that `doctor` has found.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct HealthDocument {
    /// The worst first.
    pub findings: Vec<FindingDocument>,
    /// There is more of the same, which was not looked at.
    pub incomplete: bool,
}

document! {
    /// Something that is wrong.
    pub(crate) struct FindingDocument {
        code: &'static str,
        severity: &'static str,
        /// Absent if it is about no queue.
        queue: Option<String>,
        /// How many tasks, keys or entries.
        count: Option<u64>,
        /// What is wrong, and what follows from it.
        sentence: String,
        /// Up to three ids or keys.
        sample: Vec<String>,
        /// What `--fix` does; absent if it does nothing.
        repair: Option<&'static str>,
        /// There was one look only, so a running server may be about to resolve it.
        seen_once: bool,
    }
}

document! {
    /// What the page has found at its last look.
    pub(crate) struct LookDocument {
        /// Absent before the first look.
        looked_at: Option<DateTime<Utc>>,
        age_seconds: Option<u64>,
        /// Whether a look is under way.
        looking: bool,
        /// The worst first; absent before the first look.
        findings: Option<Vec<FindingDocument>>,
        /// There is more of the same, which was not looked at.
        incomplete: Option<bool>,
    }
}

document! {
    /// What is known of a code.
    pub(crate) struct ExplanationDocument {
        code: &'static str,
        severity: &'static str,
        cause: &'static str,
        effect: &'static str,
        /// What `--fix` does in a few words; absent if it does nothing.
        repair: Option<&'static str>,
        fix: &'static str,
        /// Why the repair is safe while servers run.
        safe: &'static str,
    }
}

document! {
    /// What was repaired of one kind in one queue.
    pub(crate) struct RepairDocument {
        code: &'static str,
        /// Absent if it is about no queue.
        queue: Option<String>,
        /// What was done.
        repair: &'static str,
        dry_run: bool,
        found: u64,
        /// Fewer than were found if something has changed meanwhile.
        repaired: u64,
        /// How, if the repair has several ways.
        ways: Vec<RepairWay>,
    }
}

/// A way in which something was repaired, and how many were.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RepairWay {
    pub way: &'static str,
    pub count: u64,
}

impl RepairDocument {
    /// What was done: `put back 3, set aside 1`, or in general if there is one way only.
    pub(crate) fn what(&self) -> String {
        if self.ways.is_empty() {
            return self.repair.to_owned();
        }
        let ways = self.ways.iter();
        let ways: Vec<String> = ways
            .map(|way| format!("{} {}", way.way, way.count))
            .collect();
        ways.join(", ")
    }

    /// The same with the code and the queue, for the audit stream.
    pub(crate) fn details(&self) -> String {
        let queue = self.queue.as_ref();
        let queue = queue.map_or_else(String::new, |queue| format!(" in {queue}"));
        format!("{}{queue}: {}", self.code, self.what())
    }

    /// How much was found, in all of these.
    pub(crate) fn all_found(repairs: &[Self]) -> u64 {
        repairs.iter().map(|repair| repair.found).sum()
    }

    /// How much was repaired in all of these, or in a dry run would be.
    pub(crate) fn all_repaired(repairs: &[Self]) -> u64 {
        repairs.iter().map(|repair| repair.repaired).sum()
    }
}
