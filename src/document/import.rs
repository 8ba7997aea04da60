//! What came of a stream of task documents.

use serde::Serialize;

use super::document;
use crate::task::State;

/// The whole.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ImportDocument {
    /// Lines that are done with, counted from the start of the input: what to skip to continue.
    pub lines: u64,
    pub enqueued: u64,
    /// Lines whose tasks were there already.
    pub existing: u64,
    /// Lines that did not become tasks.
    pub failed: u64,
    /// The first of those.
    pub failures: Vec<LineDocument>,
}

/// Failures in the document; each is reported on its way as well.
const MAX_FAILURES: usize = 20;

impl ImportDocument {
    /// Counts a line that did not become a task.
    pub(crate) fn fail(&mut self, line: LineDocument) {
        self.failed += 1;
        if self.failures.len() < MAX_FAILURES {
            self.failures.push(line);
        }
    }
}

document! {
    /// What came of one line.
    #[derive(Default)]
    pub(crate) struct LineDocument {
        /// From 1.
        line: u64,
        /// Absent if the line names none and no task was enqueued.
        id: Option<String>,
        /// Absent if the line is not a task.
        queue: Option<String>,
        /// Absent unless the task was enqueued.
        state: Option<State>,
        /// Why the line failed.
        error: Option<String>,
        /// The task was there already.
        existing: bool,
    }
}
