//! What becomes of names that nothing has.

/// Whether a name or a glob without a queue or a schedule is an error (`--ignore-not-found`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Refused,
    Skipped,
}
