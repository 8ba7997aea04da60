//! A named connection.

use super::document;

document! {
    /// A named connection.
    pub(crate) struct ContextDocument {
        name: String,
        /// Without passwords; variables are not expanded.
        url: Option<String>,
        current: bool,
        read_only: bool,
        protected: bool,
    }
}
