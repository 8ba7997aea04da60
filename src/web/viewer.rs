//! Who sent a request.

use std::net::IpAddr;

use crate::inspector::{Actor, Error, Inspector, Origin};

/// The sender of a request, as `guard` has recognized it. Pages take it as an extension of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Viewer {
    /// The name in the audit log.
    pub(super) name: String,
    /// The address of the sender; `None` for a Unix socket.
    pub(super) address: Option<IpAddr>,
    /// Whether changes are offered and accepted.
    pub(super) may_change: bool,
    /// How the sender was recognized.
    pub(super) credential: Credential,
}

impl Viewer {
    /// The inspector, for changes that are recorded as those of the sender.
    ///
    /// # Errors
    /// If the sender may not change anything.
    pub(super) fn permitted(&self, inspector: &Inspector) -> Result<Inspector, Error> {
        if self.may_change {
            Ok(inspector.clone().acting_as(Actor {
                who: self.name.clone(),
                from: Origin::Page(self.address),
            }))
        } else {
            Err(Error::ReadOnly("change anything"))
        }
    }
}

/// What a request carries to say who sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Credential {
    /// The cookie of a login, which browsers add to every request.
    Session,
    /// A name and a password, which browsers add to every request, too.
    Basic,
    /// A token, which browsers never add by themselves.
    Bearer,
    /// The name that a proxy has written into a header.
    Proxy,
    /// Nothing: everybody who reaches the page may use it.
    Nothing,
}

/// The address of the client of a request, as an extension of every request; `None` for a Unix socket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client(pub(super) Option<IpAddr>);
