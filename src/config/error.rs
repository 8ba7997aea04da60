//! Settings that cannot be used.

use std::path::PathBuf;

use crate::broker;

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// A file that was named, or is needed, cannot be read.
    #[error("cannot read {what} {path:?} ({reason})")]
    Unreadable {
        what: &'static str,
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// Mistakes in a file, each with its place: `qctl.toml:3: …`.
    #[error("{}", .0.join("\n"))]
    Mistakes(Vec<String>),
    /// A variable with a value that its flag would not take.
    #[error("the variable {name} cannot be used ({reason})")]
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
    /// Two settings that need each other.
    #[error("{0}")]
    Incomplete(&'static str),
    /// Two settings of which only one can hold.
    #[error("{0}")]
    Conflict(String),
    /// A worker that could not run any task.
    #[error("no handler is configured")]
    NoHandler,
}
