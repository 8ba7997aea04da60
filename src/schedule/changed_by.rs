//! Who last changed a stored schedule.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Who changed it. Stored as JSON, so that no user name can be mistaken for a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangedBy {
    /// A user who ran a command, such as `ada@web1`.
    User(String),
    /// A worker that keeps the schedules of a file stored, and may store this one again.
    File {
        /// Absolute.
        path: String,
        /// The machine on which the worker runs.
        host: String,
    },
    /// A Rust program that keeps what a provider lists stored, and may store this one again.
    Provider {
        /// The name of the provider.
        name: String,
        /// The program and its machine, such as `app@web1`.
        program: String,
    },
}

/// Who changes a schedule, and when.
#[derive(Debug, Clone, Copy)]
pub struct Stamp<'a> {
    pub by: &'a ChangedBy,
    pub now: DateTime<Utc>,
}

impl ChangedBy {
    /// The text for Redis.
    pub fn to_stored(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads the text in Redis; `None` if it is empty. Any other text that is not JSON is a user.
    pub fn from_stored(text: &str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let known = serde_json::from_str(text).ok();
        Some(known.unwrap_or_else(|| Self::User(text.to_owned())))
    }
}

impl fmt::Display for ChangedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => f.write_str(name),
            Self::File { path, host } => write!(f, "{path} of {host}"),
            Self::Provider { name, program } => write!(f, "provider {name} of {program}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_never_passes_for_a_file() {
        let file = ChangedBy::File {
            path: "/srv/a of b.toml".to_owned(),
            host: "web1".to_owned(),
        };
        let users = ["a of b@web1", r#"{"file":{"path":"p","host":"h"}}"#, ""];
        let users = users.map(|name| ChangedBy::User(name.to_owned()));
        for by in users.into_iter().chain([file]) {
            assert_eq!(ChangedBy::from_stored(&by.to_stored()), Some(by));
        }
        let foreign = ChangedBy::User("x of y".to_owned());
        assert_eq!(ChangedBy::from_stored("x of y"), Some(foreign));
        assert_eq!(ChangedBy::from_stored(""), None);
    }
}
