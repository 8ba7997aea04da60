//! What a command has changed: tasks moved.

use serde::Serialize;

use super::{Page, View, text};

/// What can be done to tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Made pending.
    Retry,
    /// Put away.
    Archive,
    /// Removed.
    Delete,
    /// Told to stop.
    Cancel,
}

impl Change {
    /// The verb, which is also the command.
    pub(crate) const fn verb(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Archive => "archive",
            Self::Delete => "delete",
            Self::Cancel => "cancel",
        }
    }

    /// The verb of something done.
    pub(crate) const fn past(self) -> &'static str {
        match self {
            Self::Retry => "retried",
            Self::Archive => "archived",
            Self::Delete => "deleted",
            Self::Cancel => "cancelled",
        }
    }
}

impl Serialize for Change {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.verb())
    }
}

/// What a change did to the tasks it was asked for, or would do.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Moved {
    /// The change.
    pub action: Change,
    /// Nothing was changed; `changed` counts what would be.
    pub dry_run: bool,
    /// Tasks found at the start.
    pub matched: u64,
    /// Tasks changed.
    pub changed: u64,
    /// Tasks that were gone or elsewhere when their turn came.
    pub skipped: u64,
    /// Tasks that could not be changed, and why.
    pub failures: Vec<TaskFailed>,
}

/// A task that could not be changed.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct TaskFailed {
    /// Its id.
    pub id: String,
    /// Its queue, if it was found in any.
    pub queue: Option<String>,
    /// Why.
    pub error: String,
}

impl Moved {
    /// A change of which nothing is known yet.
    pub(crate) const fn new(action: Change, dry_run: bool) -> Self {
        Self {
            action,
            dry_run,
            matched: 0,
            changed: 0,
            skipped: 0,
            failures: Vec::new(),
        }
    }
}

impl View for Moved {
    fn page(&self) -> Page {
        let verb = if self.dry_run {
            format!("would {}", self.action.verb())
        } else {
            self.action.past().to_owned()
        };
        let tasks = if self.changed == self.matched {
            text::plural(self.changed, "task")
        } else {
            let changed = text::thousands(self.changed);
            format!("{changed} of {}", text::plural(self.matched, "task"))
        };
        let mut sentence = format!("{verb} {tasks}");
        sentence += &counted(self.skipped, "skipped");
        sentence += &counted(self.failures.len() as u64, "failed");
        // Each failure is told as an error besides; a table of them would say it twice.
        Page::new().sentence(sentence)
    }

    /// None: a bulk change may be of any size, so it keeps no ids.
    fn ids(&self) -> Vec<&str> {
        Vec::new()
    }
}

/// `, skipped 3`, or nothing of nothing.
fn counted(count: u64, verb: &str) -> String {
    match count {
        0 => String::new(),
        count => format!(", {verb} {}", text::thousands(count)),
    }
}
