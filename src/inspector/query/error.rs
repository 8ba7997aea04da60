//! Why a text is not a query.

/// A mistake in a query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} (at column {at})")]
pub struct QueryError {
    /// The character at which it is, counted from 1.
    pub at: usize,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub hint: String,
}

impl QueryError {
    /// A mistake at a character, counted from 0.
    pub(super) fn new(index: usize, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            at: index + 1,
            what: what.into(),
            hint: hint.into(),
        }
    }
}
