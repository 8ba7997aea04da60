//! Who may use the page: settings, and the memory of logins. `guard` applies them to requests.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `hosts` | the names under which the page may be visited |
//! | `peers` | who may connect, and which proxies are believed |
//! | `auth` | who sent a request |
//! | `streams` | how many event streams may be open |
//! | `header` | headers that may be there once |

mod auth;
mod header;
mod hosts;
mod peers;
mod streams;

pub(crate) use self::auth::{Auth, Claim, Cookie, Logins, Secret, Users, authorization};
pub(crate) use self::header::single;
pub(crate) use self::hosts::Hosts;
#[cfg(feature = "cli")]
pub(crate) use self::peers::Peer;
pub(crate) use self::peers::{Ends, Peers};
pub(crate) use self::streams::Streams;

/// What is checked. There is no default: each is a decision.
#[derive(Debug, Clone)]
pub(crate) struct Safety {
    pub(crate) auth: Auth,
    /// A token for `/metrics` alone.
    pub(crate) metrics_token: Option<Secret>,
    pub(crate) hosts: Hosts,
    /// Who may connect; `None` = everybody.
    pub(crate) peers: Option<Peers>,
    /// Proxies whose headers about their clients are believed.
    pub(crate) proxies: Peers,
    pub(crate) cookie: Cookie,
}
