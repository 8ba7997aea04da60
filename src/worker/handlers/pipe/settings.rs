//! What a handler runs, and how.

use std::sync::Arc;
use std::time::Duration;

use crate::worker::handlers::guardian::Guardian;
use crate::worker::handlers::surroundings::Surroundings;

/// The default of [`Plan::start_timeout`].
pub(crate) const DEFAULT_START_TIMEOUT: Duration = Duration::from_secs(30);

/// What to run, and how.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    /// The program and its arguments.
    pub(crate) words: Vec<String>,
    /// How many of it.
    pub(crate) processes: usize,
    /// From its start to its message that it is ready.
    pub(crate) start_timeout: Duration,
    /// How long a process may take to answer after it was asked to end an attempt, or to end itself.
    pub(crate) grace: Duration,
    pub(crate) limits: Limits,
}

/// When a process is replaced. It finishes what it has.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Limits {
    pub(crate) tasks: Option<u64>,
    pub(crate) age: Option<Duration>,
    /// In bytes.
    pub(crate) memory: Option<u64>,
}

/// What the processes of a handler share.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The pattern of the handler, for the log.
    pub(crate) handler: String,
    pub(crate) plan: Plan,
    /// What the processes get, and what they may use.
    pub(crate) surroundings: Surroundings,
    pub(crate) guardian: Arc<Guardian>,
}
