//! Environment variables. No other module reads them.

use std::fmt::Display;

use super::error::ConfigError;

/// The value of a variable, unless it is unset or empty.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one home of the environment"
)]
pub(super) fn text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The value of a flag, or else of its variable.
pub(super) fn or<T, E: Display>(
    typed: Option<T>,
    name: &'static str,
    read: fn(&str) -> Result<T, E>,
) -> Result<Option<T>, ConfigError> {
    match (typed, text(name)) {
        (Some(typed), _) => Ok(Some(typed)),
        (None, None) => Ok(None),
        (None, Some(text)) => match read(&text) {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(ConfigError::Variable {
                name,
                reason: error.to_string(),
            }),
        },
    }
}

/// Whether a variable is set to anything but `0`, `no`, `false` or `off`.
pub(super) fn switch(name: &str) -> bool {
    text(name).is_some_and(|value| {
        let no = ["0", "n", "no", "f", "false", "off"];
        !no.contains(&value.to_ascii_lowercase().as_str())
    })
}
