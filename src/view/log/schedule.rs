//! The log lines of a scheduler, and of the watch of a file.

use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};

use super::{Level, LogLine};
use crate::schedule::event::ScheduleEvent;
use crate::view::text;

/// The line for an event.
pub(crate) fn line(event: &ScheduleEvent, now: DateTime<Utc>) -> LogLine {
    let (level, word, text) = said(event);
    let line = LogLine::new(now, level, word);
    let line = match (text, level) {
        (None, _) => line,
        (Some(text), Level::Info | Level::Debug) => line.saying(text),
        (Some(text), Level::Warn | Level::Error) => line.failing(text),
    };
    let of = |name: &String| LogLine {
        schedule: Some(name.clone()),
        ..line.clone()
    };
    match event {
        ScheduleEvent::Fired {
            name,
            task_id,
            queue,
            kind,
            late,
        } => LogLine {
            queue: Some(queue.clone()),
            kind: Some(kind.clone()),
            task_id: Some(task_id.clone()),
            late_seconds: Some(late.as_secs_f64()),
            ..of(name)
        },
        ScheduleEvent::Duplicate { name, queue } => LogLine {
            queue: Some(queue.clone()),
            ..of(name)
        },
        ScheduleEvent::Skipped { name, .. }
        | ScheduleEvent::Refused { name, .. }
        | ScheduleEvent::Unreadable { name, .. }
        | ScheduleEvent::NeverFires { name, .. } => of(name),
        ScheduleEvent::FileStored { .. }
        | ScheduleEvent::FileBroken { .. }
        | ScheduleEvent::Lost
        | ScheduleEvent::Unannounced(_)
        | ScheduleEvent::Trouble(_)
        | ScheduleEvent::Better => line,
    }
}

/// The level, the name of the event, and the text.
fn said(event: &ScheduleEvent) -> (Level, &'static str, Option<String>) {
    match event {
        ScheduleEvent::Fired { .. } => (Level::Info, "fired", None),
        ScheduleEvent::Duplicate { .. } => {
            let text = "not enqueued: the unique lock of its tasks is taken";
            (Level::Info, "duplicate", Some(text.to_owned()))
        }
        ScheduleEvent::Skipped { first, last, .. } => {
            (Level::Warn, "skipped", Some(missed(*first, *last)))
        }
        ScheduleEvent::Refused { error, .. } => (Level::Error, "refused", Some(error.clone())),
        ScheduleEvent::Unreadable { error, .. } => {
            (Level::Error, "unreadable", Some(error.clone()))
        }
        ScheduleEvent::NeverFires { why, .. } => {
            let text = format!("it never fires: {why}");
            (Level::Warn, "never", Some(text))
        }
        ScheduleEvent::FileStored {
            path,
            schedules,
            changed,
        } => (Level::Info, "file", Some(stored(path, *schedules, changed))),
        ScheduleEvent::FileBroken { path, error, .. } => {
            let path = path.display();
            let text = format!("{path} has errors, the stored schedules are unchanged: {error}");
            (Level::Error, "file", Some(text))
        }
        ScheduleEvent::Lost => {
            let text = "all schedules are gone: the Redis server has lost its data";
            (Level::Error, "lost", Some(text.to_owned()))
        }
        ScheduleEvent::Unannounced(error) => {
            let text = format!("schedules fire, but cannot be announced to Asynq's tools: {error}");
            (Level::Warn, "error", Some(text))
        }
        ScheduleEvent::Trouble(error) => {
            (Level::Error, "error", Some(format!("schedules: {error}")))
        }
        ScheduleEvent::Better => (
            Level::Info,
            "recovered",
            Some("schedules work again".to_owned()),
        ),
    }
}

/// More changes than this are counted, not named.
const NAMED: usize = 20;

/// `qctl.toml: 2 schedules, nightly added`.
fn stored(path: &Path, schedules: usize, changed: &[String]) -> String {
    let schedules = text::plural(schedules as u64, "schedule");
    let changed = match changed {
        [] => "none changed".to_owned(),
        names if names.len() <= NAMED => names.join(", "),
        names => format!("{} changed", names.len()),
    };
    format!("{}: {schedules}, {changed}", path.display())
}

fn missed(first: DateTime<Utc>, last: DateTime<Utc>) -> String {
    let written = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    if first == last {
        return format!("missed {}", written(first));
    }
    format!("missed {} to {}", written(first), written(last))
}
