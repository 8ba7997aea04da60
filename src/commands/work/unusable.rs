//! The failure of a handler that was usable when the configuration was checked, and is not any more.

use crate::error::{Exit, Failure};

pub(super) fn unusable(pattern: &str, reason: &str) -> Failure {
    Failure::new(Exit::Usage, format!("handler {pattern:?}: {reason}"))
}
