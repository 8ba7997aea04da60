//! The document of `version`.

use super::document;

document! {
    /// Which program this is.
    pub(crate) struct VersionDocument {
        version: &'static str,
        /// `linux`, `macos`.
        os: &'static str,
        /// `x86_64`, `aarch64`.
        arch: &'static str,
    }
}

impl VersionDocument {
    /// That of this program.
    pub(crate) const fn this() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            os: std::env::consts::OS,
            arch: std::env::consts::ARCH,
        }
    }
}
