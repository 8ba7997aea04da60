//! Who sent a request.

use crate::inspector::{Error, Inspector};

/// The sender of a request, as `guard` has recognised it. Pages take it as an extension of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Viewer {
    /// The name in the audit list.
    pub(super) name: String,
    /// Whether changes are offered and accepted.
    pub(super) may_change: bool,
}

impl Viewer {
    /// The inspector, for a change.
    ///
    /// # Errors
    /// If the sender may not change anything.
    pub(super) fn permitted<'a>(&self, inspector: &'a Inspector) -> Result<&'a Inspector, Error> {
        if self.may_change {
            Ok(inspector)
        } else {
            Err(Error::ReadOnly("change anything"))
        }
    }
}
