//! A setting to be written to a file.

/// The value of a key.
#[derive(Debug, Clone)]
pub(crate) enum Setting {
    Text(String),
    On,
}
