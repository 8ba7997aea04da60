//! What a wait has come to.

use super::document;

document! {
    /// A condition of a wait that is met, or never will be.
    pub(crate) struct AwaitedDocument {
        /// `ended`, `drained`, `served` or `empty`.
        condition: &'static str,
        queue: Option<String>,
        id: Option<String>,
        /// How the task has ended: `completed`, `archived`, or `unknown`; `None` if the condition is not about a task.
        outcome: Option<&'static str>,
        /// The last error of an archived task, or why the outcome is unknown.
        error: Option<String>,
    }
}
