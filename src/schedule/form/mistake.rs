//! What is wrong with a key of a schedule.

use std::error::Error;

/// What is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The key with the mistake, as TOML files spell it; `None` for the schedule as a whole.
    pub key: Option<&'static str>,
    /// A sentence without a full stop, such as `max_retry is below 0`.
    pub what: String,
    /// An imperative, such as `quote it`.
    pub hint: String,
}

impl Mistake {
    pub(crate) fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            key: None,
            what: what.into(),
            hint: hint.into(),
        }
    }

    /// The value of a key cannot be parsed.
    pub(super) fn in_key(key: &'static str, error: &dyn Error) -> Self {
        let hint = format!("change {key}, or leave it out");
        Self::new(format!("{key}: {error}"), hint).about(key)
    }

    pub(crate) fn about(mut self, key: &'static str) -> Self {
        self.key = Some(key);
        self
    }
}
