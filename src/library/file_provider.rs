//! Periodic tasks from a YAML file, in the format that Asynq's documentation uses.

use std::path::PathBuf;

use serde::Deserialize;

use super::error::BoxError;
use super::periodic::{PeriodicTask, PeriodicTaskProvider};
use crate::schedule::form::Form;

/// Reads periodic tasks from the list `configs` in a YAML file. Each sync reads the file again.
///
/// ```yaml
/// configs:
///   - cronspec: "0 3 * * *"
///     task_type: report:build
///     queue: low
///     payload: {format: pdf}
/// ```
///
/// An entry has the keys of `[[cron]]` in `docs/schedules.md`. Keys next to `configs` are ignored, so that the list
/// can be part of a program's own file. A file without the list is an error, because it may be half written.
#[derive(Debug, Clone)]
pub struct FileProvider {
    path: PathBuf,
}

impl FileProvider {
    /// A provider for this file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

#[derive(Deserialize)]
struct File {
    configs: Vec<Form>,
}

/// A file that cannot be read or parsed.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the periodic tasks of {path}")]
struct FileError {
    path: String,
    source: BoxError,
}

impl PeriodicTaskProvider for FileProvider {
    async fn periodic_tasks(&self) -> Result<Vec<PeriodicTask>, BoxError> {
        let failed = |source: BoxError| FileError {
            path: self.path.display().to_string(),
            source,
        };
        let text = tokio::fs::read_to_string(&self.path).await;
        let text = text.map_err(|error| failed(error.into()))?;
        let file: File =
            serde_saphyr::from_str(&text).map_err(|error| failed(error.to_string().into()))?;
        Ok(file.configs.into_iter().map(PeriodicTask::of).collect())
    }
}
