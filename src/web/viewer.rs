//! Who sent a request.

/// The sender of a request, as `guard` has recognised it. Pages take it as an extension of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Viewer {
    /// The name in the audit list.
    pub(super) name: String,
    /// Whether changes are offered and accepted.
    pub(super) may_change: bool,
}
