//! Who makes changes, and through what.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use crate::broker;

/// Who makes changes, and through what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Actor {
    pub who: String,
    pub from: Origin,
}

/// What a change is made through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Cli,
    Dash,
    /// The page, in a browser at this address; `None` for a Unix socket.
    Page(Option<IpAddr>),
}

impl Origin {
    pub(super) fn text(self) -> String {
        match self {
            Self::Cli => "cli".to_owned(),
            Self::Dash => "dash".to_owned(),
            Self::Page(None) => "page".to_owned(),
            Self::Page(Some(peer)) => format!("page {peer}"),
        }
    }
}

/// Records what an actor does.
#[derive(Debug, Clone)]
pub(super) struct Audit {
    pub(super) actor: Arc<Actor>,
    /// Why a change that was made is missing from the stream, or its end is: the first reason.
    pub(super) gap: Arc<OnceLock<broker::Error>>,
}
