//! The explanation of one code.

/// The explanation of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Explanation {
    pub(crate) cause: &'static str,
    pub(crate) effect: &'static str,
    pub(crate) repair: &'static str,
    /// Why the repair is safe. Empty if there is none.
    pub(crate) safe: &'static str,
}
