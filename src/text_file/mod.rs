//! TOML and YAML files as trees of values with their lines. A mistake names the line, the key, and what is expected.
//!
//! Numbers keep their text: one that would change when converted to a float is a mistake.

pub(crate) mod mistake;
pub(crate) mod reader;
#[cfg(feature = "cli")]
mod toml;
pub(crate) mod tree;
mod yaml;
