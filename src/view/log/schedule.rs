//! The lines of a scheduler.

use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};

use super::{Level, LogLine};
use crate::schedule::event::Event;
use crate::view::text;

/// The line for an event.
pub(crate) fn line(event: &Event, now: DateTime<Utc>) -> LogLine {
    let (level, word, error) = said(event);
    let line = LogLine {
        error,
        ..LogLine::new(now, level, word)
    };
    let of = |name: &String| LogLine {
        schedule: Some(name.clone()),
        ..line.clone()
    };
    match event {
        Event::Fired {
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
        Event::Duplicate { name, queue } => LogLine {
            queue: Some(queue.clone()),
            ..of(name)
        },
        Event::Skipped { name, .. }
        | Event::Refused { name, .. }
        | Event::Unreadable { name, .. } => of(name),
        Event::ClockAhead(_)
        | Event::FileStored { .. }
        | Event::FileBroken { .. }
        | Event::Lost
        | Event::Unannounced(_)
        | Event::Trouble(_)
        | Event::Better => line,
    }
}

/// How much it matters, the word for it, and what else there is to say.
fn said(event: &Event) -> (Level, &'static str, Option<String>) {
    match event {
        Event::Fired { .. } => (Level::Info, "fired", None),
        Event::Duplicate { .. } => {
            let text = "not enqueued: an identical unique task is already in the queue";
            (Level::Info, "duplicate", Some(text.to_owned()))
        }
        Event::Skipped { first, last, .. } => (Level::Warn, "skipped", Some(missed(*first, *last))),
        Event::Refused { error, .. } => (Level::Error, "refused", Some(error.clone())),
        Event::Unreadable { error, .. } => (Level::Error, "unreadable", Some(error.clone())),
        Event::ClockAhead(span) => {
            let span = text::duration(*span);
            let text = format!("this clock is {span} ahead of the Redis server's; schedules wait");
            (Level::Error, "clock", Some(text))
        }
        Event::FileStored {
            path,
            schedules,
            changed,
        } => (Level::Info, "file", Some(stored(path, *schedules, changed))),
        Event::FileBroken { path, error } => {
            let path = path.display();
            let text = format!("{path} is broken, what it said before still holds: {error}");
            (Level::Error, "file", Some(text))
        }
        Event::Lost => {
            let text = "all schedules are gone: the Redis server has lost its data";
            (Level::Error, "lost", Some(text.to_owned()))
        }
        Event::Unannounced(error) => {
            let text = format!("Asynq's tools cannot be shown the schedules, which fire: {error}");
            (Level::Warn, "trouble", Some(text))
        }
        Event::Trouble(error) => (Level::Warn, "trouble", Some(format!("schedules: {error}"))),
        Event::Better => (
            Level::Info,
            "better",
            Some("schedules work again".to_owned()),
        ),
    }
}

/// Changes that are named; of more, people look at the list.
const NAMED: usize = 20;

/// What was stored of a file, in words.
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
