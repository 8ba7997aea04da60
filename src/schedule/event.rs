//! What a scheduler and a watch of a file report, as data.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

/// Receives the events.
pub type Reporter = Arc<dyn Fn(&ScheduleEvent) + Send + Sync>;

/// An event of a scheduler or of a file watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScheduleEvent {
    /// A tick's task was enqueued.
    Fired {
        name: String,
        task_id: String,
        queue: String,
        /// The type of the task.
        kind: String,
        /// The time since the tick.
        late: Duration,
    },
    /// A tick's task was not enqueued: its unique lock was taken.
    Duplicate { name: String, queue: String },
    /// The ticks from `first` to `last` were missed and are skipped.
    Skipped {
        name: String,
        first: DateTime<Utc>,
        last: DateTime<Utc>,
    },
    /// Redis refused a schedule's tick, outcome or definition. It is tried again.
    Refused { name: String, error: String },
    /// The stored definition cannot be read.
    Unreadable { name: String, error: String },
    /// A schedule that a watched file has added or changed has no future tick.
    NeverFires { name: String, why: &'static str },
    /// The schedules of a file are stored.
    FileStored {
        path: PathBuf,
        /// The number of schedules in the file.
        schedules: usize,
        /// What was changed, such as `nightly replaced`.
        changed: Vec<String>,
    },
    /// A file cannot be read or parsed; the schedules that it had before stay stored.
    FileBroken {
        path: PathBuf,
        error: String,
        /// Whether nothing else is wrong than that it no longer has schedules.
        emptied: bool,
    },
    /// No schedule is stored any more: the server has lost its data.
    Lost,
    /// Asynq's tools cannot be shown the schedules; they fire nonetheless.
    Unannounced(String),
    /// Redis is unreachable.
    Trouble(String),
    /// Redis answers again.
    Better,
}
