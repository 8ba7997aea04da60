//! The version of a task: what it was like when somebody read it, so that a later edit can tell whether it still is.

use std::fmt;
use std::str::FromStr;

/// A digest of a task's message. Payload, options, retries and errors are part of the message; state and start are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(String);

impl Version {
    /// The version of the task with this message, as it is stored.
    pub(super) fn of(message: &[u8]) -> Self {
        Self(sha1_smol::Sha1::from(message).digest().to_string())
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Any text is read; one that is not a version is that of no task.
impl FromStr for Version {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}
