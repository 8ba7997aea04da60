//! Settings that cannot be used.

use std::path::PathBuf;

use crate::broker;

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// A file that cannot be read.
    #[error("cannot read {what} {path:?} ({reason})")]
    Unreadable {
        what: &'static str,
        path: PathBuf,
        /// The error message of the system.
        reason: String,
    },
    /// Mistakes in a file, each with its place: `qctl.toml:3: …`.
    #[error("{}", .0.join("\n"))]
    Mistakes(Vec<String>),
    /// A variable whose value its flag would refuse.
    #[error("{name}: {reason}")]
    Variable { name: &'static str, reason: String },
    /// A URL that cannot be used, and where it was given: a flag, a variable, or a key of the file.
    #[error("{origin}: {error}")]
    Address {
        origin: String,
        error: broker::AddressError,
    },
    /// TLS settings for a URL without TLS.
    #[error("{0} has no effect without TLS")]
    TlsUnused(&'static str),
    /// A setting for Sentinels, and an address without them.
    #[error("{0} has no effect without Sentinels")]
    NoSentinels(&'static str),
    /// Two settings that need each other.
    #[error("{0}")]
    Incomplete(&'static str),
    /// Two settings that exclude each other.
    #[error("{0}")]
    Conflict(String),
    /// A page without a login that other machines could reach.
    #[error("{0}")]
    Open(String),
    /// A name that no context has.
    #[error("there is no context {name:?}")]
    NoContext { name: String, known: Vec<String> },
    /// A worker without handlers.
    #[error("no handler is configured")]
    NoHandler,
}
