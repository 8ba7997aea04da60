//! The outcome of an import.

use serde::Serialize;

use super::document;
use crate::task::State;

/// The outcome of an import.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ImportDocument {
    /// Lines that are done, from the start of the input: the number to skip to continue.
    pub lines: u64,
    /// Nothing was enqueued; `would_enqueue` counts what a real run would enqueue.
    pub dry_run: bool,
    pub enqueued: u64,
    pub would_enqueue: u64,
    /// Lines whose tasks were there already.
    pub existing: u64,
    /// Lines that failed.
    pub failed: u64,
    /// The first of them.
    pub failures: Vec<LineDocument>,
}

/// The outcome of `qctl import`.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct RestoreDocument {
    /// Lines that are done, from the start of the input.
    pub lines: u64,
    /// Nothing was stored; `would_import` counts what a real run would store.
    pub dry_run: bool,
    pub imported: u64,
    pub would_import: u64,
    /// Lines whose tasks were there already.
    pub existing: u64,
    /// Lines whose tasks an earlier import has stored, and that are gone since.
    pub gone: u64,
    /// Lines that failed.
    pub failed: u64,
    /// The first of them.
    pub failures: Vec<LineDocument>,
}

impl RestoreDocument {
    pub(crate) fn new(sum: ImportDocument, gone: u64, dry_run: bool) -> Self {
        let (imported, would_import) = if dry_run {
            (0, sum.enqueued)
        } else {
            (sum.enqueued, 0)
        };
        Self {
            lines: sum.lines,
            dry_run,
            imported,
            would_import,
            existing: sum.existing,
            gone,
            failed: sum.failed,
            failures: sum.failures,
        }
    }
}

/// The number of failures in the document. Each failure is also reported when it occurs.
const MAX_FAILURES: usize = 20;

impl ImportDocument {
    /// Says that nothing was enqueued.
    pub(crate) fn rehearsed(&mut self) {
        self.dry_run = true;
        self.would_enqueue = std::mem::take(&mut self.enqueued);
    }

    /// Adds a line that failed.
    pub(crate) fn fail(&mut self, line: LineDocument) {
        self.failed += 1;
        if self.failures.len() < MAX_FAILURES {
            self.failures.push(line);
        }
    }
}

document! {
    /// The outcome of one line.
    #[derive(Default)]
    pub(crate) struct LineDocument {
        /// From 1.
        line: u64,
        /// Absent if the line has none and no task was enqueued.
        id: Option<String>,
        /// Absent if the line is not a task.
        queue: Option<String>,
        /// Absent unless the task was enqueued.
        state: Option<State>,
        /// Why the line failed.
        error: Option<String>,
        /// The task was there already.
        existing: bool,
        /// An earlier import has stored the task, and it is gone since.
        gone: bool,
    }
}
