//! A line of a worker's log, for people or as a document.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::text;
use super::{Cell, Role};

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// As it should be.
    Info,
    /// Somebody may want to look.
    Warn,
    /// Something is lost or given up.
    Error,
}

/// One line. Absent values are `null`, never missing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct LogLine {
    /// When it happened.
    pub time: DateTime<Utc>,
    /// How much it matters.
    pub level: Level,
    /// What happened, in a word or two that scripts can look for.
    pub event: &'static str,
    /// The schedule that it is about.
    pub schedule: Option<String>,
    /// The queue of the task.
    pub queue: Option<String>,
    /// The task.
    pub task_id: Option<String>,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Retries counted before this attempt.
    pub retried: Option<i32>,
    /// How long the attempt ran.
    pub took_seconds: Option<f64>,
    /// From the planned time of a schedule to now.
    pub late_seconds: Option<f64>,
    /// When the next attempt is due.
    pub retry_at: Option<DateTime<Utc>>,
    /// What went wrong.
    pub error: Option<String>,
}

impl LogLine {
    /// A line that says only that something happened.
    pub(crate) fn new(time: DateTime<Utc>, level: Level, event: &'static str) -> Self {
        Self {
            time,
            level,
            event,
            schedule: None,
            queue: None,
            task_id: None,
            kind: None,
            retried: None,
            took_seconds: None,
            late_seconds: None,
            retry_at: None,
            error: None,
        }
    }

    /// The line as cells: the time of day (UTC), what happened, which task, and the rest.
    pub(crate) fn cells(&self) -> Vec<Cell> {
        let role = match self.level {
            Level::Info => Role::Plain,
            Level::Warn => Role::Warning,
            Level::Error => Role::Error,
        };
        let mut cells = Vec::new();
        let named = [&self.schedule, &self.queue, &self.kind, &self.task_id];
        cells.extend(
            named
                .into_iter()
                .flatten()
                .map(|text| Cell::text(text.as_str())),
        );
        if let Some(took) = self
            .took_seconds
            .and_then(|took| Duration::try_from_secs_f64(took).ok())
        {
            cells.push(Cell::text(text::duration(took)).role(Role::Dim));
        }
        if let Some(late) = self
            .late_seconds
            .and_then(|late| Duration::try_from_secs_f64(late).ok())
        {
            let late = format!("late {}", text::duration(late));
            cells.push(Cell::text(late).role(Role::Dim));
        }
        if let Some(retried) = self.retried.filter(|retried| *retried > 0) {
            cells.push(Cell::text(format!("retried {retried}")).role(Role::Dim));
        }
        if let Some(at) = self.retry_at {
            cells.push(Cell::text(format!("again {}", text::ago(at, self.time))));
        }
        cells.extend(
            self.error
                .iter()
                .map(|error| Cell::text(error.as_str()).role(role)),
        );
        // What follows starts in the same column on every line.
        let event = match cells.len() {
            0 => self.event.to_owned(),
            _ => format!("{:<9}", self.event),
        };
        let time = self.time.format("%H:%M:%S%.3fZ").to_string();
        cells.insert(0, Cell::text(time).role(Role::Dim));
        cells.insert(1, Cell::text(event).role(role));
        cells
    }
}
