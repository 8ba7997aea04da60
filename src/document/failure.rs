//! An error on standard error, with `--error-format json`.

use super::document;

document! {
    /// Why a command failed, or a part of it.
    pub(crate) struct FailureDocument {
        /// A stable word.
        code: &'static str,
        message: String,
        /// What to do.
        hint: Option<String>,
        exit_code: u8,
        /// The queue concerned.
        queue: Option<String>,
        /// The task concerned.
        id: Option<String>,
    }
}
