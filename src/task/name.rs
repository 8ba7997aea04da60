//! Names with checked constructors, so that every value is one that Asynq accepts.
//!
//! Asynq has one rule for all three: at least one character that is not white space. Names are stored as given,
//! without trimming or lower-casing.

use std::fmt;
use std::str::FromStr;

/// A name that Asynq would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must contain at least one character that is not white space")]
pub struct NameError {
    what: &'static str,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Checks the text and keeps it exactly as it is.
            pub fn new(text: impl Into<String>) -> Result<Self, NameError> {
                let text = text.into();
                if text.trim().is_empty() {
                    return Err(NameError { what: $what });
                }
                Ok(Self(text))
            }

            /// The text as given.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// The name of a queue.
    QueueName,
    "a queue name"
);
name!(
    /// The id of a task, unique within its queue.
    TaskId,
    "a task id"
);
name!(
    /// The type of a task, which chooses its handler.
    TaskType,
    "a task type"
);

impl TaskId {
    /// A new random id (UUID version 4), as in Asynq.
    pub fn random() -> Self {
        Self(uuid::Uuid::new_v4().to_string())
    }

    /// An id as stored in Redis. Other clients may have stored a blank one, or bytes that are not UTF-8. Such bytes are
    /// replaced by U+FFFD; only selections reach such a task, not its id.
    pub fn from_stored(bytes: Vec<u8>) -> Self {
        let text = String::from_utf8(bytes);
        Self(text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }
}

impl Default for QueueName {
    /// The queue that Asynq uses by default.
    fn default() -> Self {
        Self("default".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_names_are_refused_and_others_kept_as_given() {
        for blank in ["", " ", "\t\n", "\u{3000}"] {
            assert!(QueueName::new(blank).is_err(), "{blank:?}");
        }
        assert_eq!(TaskId::new(" A b ").unwrap().as_str(), " A b ");
        assert_eq!(
            TaskType::new("").unwrap_err().to_string(),
            "a task type must contain at least one character that is not white space"
        );
    }
}
