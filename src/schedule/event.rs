//! What happens in a scheduler, as data. Whoever starts it decides how it is told.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

/// Is told what happens.
pub type Reporter = Arc<dyn Fn(&Event) + Send + Sync>;

/// What happens in a scheduler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A tick's task is in its queue.
    Fired {
        /// The schedule.
        name: String,
        /// The task.
        task_id: String,
        /// Its queue.
        queue: String,
        /// Its type.
        kind: String,
        /// From the tick to now.
        late: Duration,
    },
    /// A tick's task met the uniqueness lock of another.
    Duplicate {
        /// The schedule.
        name: String,
        /// The queue.
        queue: String,
    },
    /// Ticks were missed and are passed over.
    Skipped {
        /// The schedule.
        name: String,
        /// The oldest.
        first: DateTime<Utc>,
        /// The newest.
        last: DateTime<Utc>,
    },
    /// A tick could not be fired; it will be tried again.
    Refused {
        /// The schedule.
        name: String,
        /// Why.
        error: String,
    },
    /// What is stored under the name cannot be read.
    Unreadable {
        /// The schedule.
        name: String,
        /// Why.
        error: String,
    },
    /// The clock of this machine is ahead of the Redis server's, by so much at least.
    ClockAhead(Duration),
    /// What a file says is stored.
    FileStored {
        /// The file.
        path: PathBuf,
        /// How many it has.
        schedules: usize,
        /// What was changed, such as `nightly replaced`.
        changed: Vec<String>,
    },
    /// A file cannot be understood; what it said before still holds.
    FileBroken {
        /// The file.
        path: PathBuf,
        /// Why.
        error: String,
    },
    /// All schedules are gone: the server has lost its data.
    Lost,
    /// Asynq's tools cannot be shown the schedules, which fire nonetheless.
    Unannounced(String),
    /// Redis cannot be asked.
    Trouble(String),
    /// It can be asked again.
    Better,
}
