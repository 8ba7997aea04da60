//! How a selection is changed.

use std::num::NonZeroU32;
use std::time::Duration;

use super::RESEND_LIMIT;

/// How to change a selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Only report what would be changed. Runs the same scripts, which then write nothing.
    pub dry_run: bool,
    /// The maximum number of tasks to change per second.
    pub rate: Option<NonZeroU32>,
    /// Allow an archive that overflows to delete its oldest tasks.
    pub allow_trim: bool,
    /// Report the id of every changed task. Changing whole containers is faster without it.
    pub ids: bool,
    /// How long a step is repeated while Redis does not answer; 30 seconds by default. Repeating is safe: a step that was
    /// performed is not performed again.
    pub resend_limit: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            dry_run: false,
            rate: None,
            allow_trim: false,
            ids: false,
            resend_limit: RESEND_LIMIT,
        }
    }
}
