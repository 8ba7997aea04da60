//! The lines of a worker's or scheduler's log: for people or as documents.

pub(crate) mod schedule;
pub(crate) mod totals;
pub(crate) mod worker;

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

use super::{Cell, Role, TimeStyle, named_values, text};

named_values! {
    /// How much a line matters. As a setting: lines of this level and of those before it are written.
    Level, "log level", {
        /// A task failed for good, or the worker cannot do its work.
        Error = "error",
        /// A failure that is tried again, and anything else worth a look.
        Warn = "warn",
        /// Tasks and workers start and end.
        #[default]
        Info = "info",
        /// What helps to find a fault.
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
    /// What happened, in a word that scripts can look for.
    pub event: &'static str,
    /// The name of a schedule.
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
    /// Further information.
    pub message: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
}

/// Longest name (of a task, type, queue or schedule) in a line, and longest text. Both may be a megabyte long.
const MAX_NAME_CHARS: usize = 200;
const MAX_TEXT_CHARS: usize = 1000;

/// Longest text in a line for people.
const MAX_SHOWN_CHARS: usize = 300;

fn shortened(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
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
            message: None,
            error: None,
        }
    }

    /// The same line with a message.
    pub(crate) fn saying(self, message: impl Into<String>) -> Self {
        Self {
            message: Some(message.into()),
            ..self
        }
    }

    /// The same line with what went wrong.
    pub(crate) fn failing(self, error: impl Into<String>) -> Self {
        Self {
            error: Some(error.into()),
            ..self
        }
    }

    /// The same line with names and texts of bounded length.
    pub(crate) fn bounded(mut self) -> Self {
        let names = [
            &mut self.schedule,
            &mut self.queue,
            &mut self.task_id,
            &mut self.kind,
        ];
        let texts = [&mut self.message, &mut self.error];
        let names = names.into_iter().map(|name| (name, MAX_NAME_CHARS));
        for (text, longest) in names.chain(texts.map(|text| (text, MAX_TEXT_CHARS))) {
            if let Some(text) = text {
                *text = shortened(text, longest);
            }
        }
        self
    }

    const fn role(&self) -> Role {
        match self.level {
            Level::Info | Level::Debug => Role::Plain,
            Level::Warn => Role::Warning,
            Level::Error => Role::Error,
        }
    }

    /// The line as cells: the time of day (UTC), the level, what happened, which task, and the rest.
    pub(crate) fn cells(&self) -> Vec<Cell> {
        let time = self.time.format("%H:%M:%S%.3fZ").to_string();
        let mut cells = vec![
            Cell::text(time).role(Role::Dim),
            Cell::text(format!("{:<5}", self.level.name().to_uppercase())).role(self.role()),
        ];
        cells.extend(self.facts());
        cells
    }

    /// What happened, which task, and the rest. Of an error its first line, which names the reason.
    fn facts(&self) -> Vec<Cell> {
        let role = self.role();
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
            cells.push(Cell::text(format!(
                "next attempt {}",
                text::ago(at, self.time)
            )));
        }
        let shown = |text: &String| shortened(text.lines().next().unwrap_or(""), MAX_SHOWN_CHARS);
        cells.extend(self.message.iter().map(|text| Cell::text(shown(text))));
        let errors = self.error.iter();
        cells.extend(errors.map(|error| Cell::text(shown(error)).role(role)));
        // What follows starts in the same column on every line.
        let event = match cells.len() {
            0 => self.event.to_owned(),
            _ => format!("{:<9}", self.event),
        };
        cells.insert(0, Cell::text(event).role(role));
        cells
    }

    /// The line for a file that people read: with the date, without colors.
    pub(crate) fn text(&self) -> String {
        let time = self.time.to_rfc3339_opts(SecondsFormat::Millis, true);
        let rest = self.facts().into_iter();
        let rest: Vec<String> = rest
            .map(|cell| cell.draw(self.time, TimeStyle::Iso))
            .collect();
        let level = self.level.name().to_uppercase();
        format!("{time}  {level:<5}  {}", rest.join("  "))
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
            "1970-01-01T00:00:00.000Z  WARN   retry      a\\u{1b}[2J\\nb"
        );
    }

    #[test]
    fn a_line_is_short_whatever_is_in_it() {
        let long = || Some("é\n".repeat(500_000));
        let line = LogLine {
            task_id: long(),
            kind: long(),
            queue: long(),
            error: Some(format!("boom {}\nmore", "x".repeat(100_000))),
            ..LogLine::new(DateTime::default(), Level::Warn, "retry")
        };
        let line = line.bounded();
        assert!(serde_json::to_string(&line).unwrap().len() < 4_000);
        let text = line.text();
        assert!(text.len() < 2_000 && text.lines().count() == 1, "{text}");
        assert!(
            text.contains("boom xxx") && !text.contains("more"),
            "{text}"
        );
    }
}
