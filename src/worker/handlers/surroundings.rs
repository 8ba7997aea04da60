//! What a command gets besides its task.

use std::path::PathBuf;

use crate::worker::handlers::environment::Variables;
use crate::worker::handlers::guardian::{Bounds, Launch};

/// What a command gets besides its task. By default, all is as for the worker.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Variables to set.
    pub env: Variables,
    /// The working directory.
    pub cwd: Option<PathBuf>,
    /// What it may use, and as whom it runs.
    pub bounds: Option<Bounds>,
}

impl Surroundings {
    /// The launch of a program with these variables about its task.
    pub(crate) fn launch(&self, words: Vec<String>, task: Variables) -> Launch {
        Launch {
            words,
            env: self.env.iter().cloned().chain(task).collect(),
            cwd: self.cwd.clone(),
            bounds: self.bounds.clone(),
        }
    }
}
