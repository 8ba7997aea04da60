//! A line of a worker's log, for people or as a document, and which line each event makes.

pub(crate) mod schedule;
pub(crate) mod worker;

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

use super::{Cell, Role, TimeStyle, named_values, text};

named_values! {
    /// How much a line matters, and which lines are written: those of this level and all above it here.
    Level, "log level", {
        /// A task or an outcome is lost or given up.
        Error = "error",
        /// Somebody may want to look.
        Warn = "warn",
        /// Tasks start and end; a worker comes and goes.
        #[default]
        Info = "info",
        /// What only helps to find a fault.
        Debug = "debug",
    }
}

impl Level {
    /// Whether lines of another level are written at this one.
    pub(crate) fn admits(self, level: Self) -> bool {
        let place = |level| Self::ALL.iter().position(|known| *known == level);
        place(level) <= place(self)
    }
}

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
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
            Level::Info | Level::Debug => Role::Plain,
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

    /// The line for a file that people read: without colours, so the level is spelt out, and with the date.
    pub(crate) fn text(&self) -> String {
        let time = self.time.to_rfc3339_opts(SecondsFormat::Millis, true);
        let rest = self.cells().into_iter().skip(1);
        let rest: Vec<String> = rest
            .map(|cell| cell.draw(self.time, TimeStyle::Iso))
            .collect();
        format!("{time}  {:<5}  {}", self.level.name(), rest.join("  "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_admits_itself_and_what_is_worse() {
        let admitted = |level: Level| Level::ALL.iter().filter(|l| level.admits(**l)).count();
        assert_eq!(
            [Level::Error, Level::Warn, Level::Info, Level::Debug].map(admitted),
            [1, 2, 3, 4]
        );
        assert!(Level::Warn.admits(Level::Error) && !Level::Warn.admits(Level::Info));
    }

    #[test]
    fn a_line_of_a_file_has_date_and_level_and_no_control_characters() {
        let line = LogLine {
            task_id: Some("a\u{1b}[2J\nb".to_owned()),
            ..LogLine::new(DateTime::default(), Level::Warn, "retry")
        };
        assert_eq!(
            line.text(),
            "1970-01-01T00:00:00.000Z  warn   retry      a\\u{1b}[2J\\nb"
        );
    }
}
