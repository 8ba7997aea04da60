//! Who last changed a stored schedule.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who changed it. Stored as JSON, so that no user name can pass for a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangedBy {
    /// Somebody with a command, such as `ada@web1`.
    User(String),
    /// A process that keeps the schedules of a file stored, and may store this one again.
    File {
        /// As it was named there.
        path: String,
        /// The machine on which the process runs.
        host: String,
    },
}

impl ChangedBy {
    /// The text in Redis.
    pub fn to_stored(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads the text in Redis; `None` if nobody is named. Text of other programs names a user.
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
