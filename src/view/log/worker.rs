//! The lines of a worker.

use std::path::Path;
use std::time::Duration;

use chrono::TimeDelta;

use super::{Level, LogLine};
use crate::task::QueueName;
use crate::view::text;
use crate::worker::event::{
    CANNOT_START, Changes, Ended, Event, HooksLost, Note, NoteLevel, Phase, Report, TaskRef,
};

/// More handlers and groups than this are counted, not named.
const NAMED: usize = 20;

/// What becomes of an outcome that Redis has not got in time.
const OUTCOME_LOST: &str = "its outcome could not be stored in time; the task will run again";

/// The line for an event. The settings in `ready` and the totals in `stopped` are added elsewhere.
pub(crate) fn line(report: &Report) -> LogLine {
    let plain = |level, event| LogLine::new(report.at, level, event);
    match &report.event {
        Event::Ready => plain(Level::Info, "ready"),
        Event::Phase(phase) => phase_line(*phase, plain),
        Event::Waited { queue, waited } => {
            of_queue(plain(Level::Debug, "claimed"), queue).saying(waiting(*waited))
        }
        Event::Started(task) => about(plain(Level::Info, "started"), task),
        Event::HandlerPaused {
            pattern,
            pause,
            reason,
        } => paused(plain(Level::Warn, "paused"), pattern, *pause).failing(reason),
        Event::HandlerResumed { pattern } => of_handler(plain(Level::Info, "resumed"), pattern),
        Event::Discarded { queue, tasks } => {
            of_queue(plain(Level::Debug, "discarded"), queue).saying(format!("{tasks} tasks"))
        }
        Event::Finished { task, ended, took } => {
            finished(about(plain(Level::Info, "done"), task), ended, *took)
        }
        Event::OutcomeLost(task) => {
            about(plain(Level::Error, "failed"), task).failing(OUTCOME_LOST)
        }
        Event::Recovered { task, ended } => {
            recovered(about(plain(Level::Warn, "recovered"), task), ended)
        }
        Event::SetAside { queue, ids } => LogLine {
            task_id: ids.first().map(ToString::to_string),
            ..of_queue(plain(Level::Error, "set_aside"), queue).failing(set_aside(ids.len()))
        },
        Event::ClockDiffers { ahead } => plain(Level::Warn, "clock").saying(clock_differs(*ahead)),
        Event::Merged {
            queue,
            group,
            tasks,
            id,
        } => LogLine {
            task_id: Some(id.to_string()),
            ..of_queue(plain(Level::Info, "merged"), queue)
                .saying(format!("{tasks} tasks of group {group:?}"))
        },
        Event::NotMerged {
            queue,
            group,
            error,
        } => of_queue(plain(Level::Error, "failed"), queue)
            .failing(format!("cannot merge group {group:?}: {error}")),
        Event::Handler(note) => noted(note, plain),
        Event::HooksLost(lost) => hooks_lost(lost, plain(Level::Warn, "handler")),
        Event::Reloaded(changes) => reloaded(changes, plain),
        Event::ReloadRefused { path, error } => {
            plain(Level::Error, "reload_refused").failing(refused(path.as_deref(), error))
        }
        Event::DutyFailed { duty, error } => {
            plain(Level::Error, "error").failing(format!("{duty}: {error}"))
        }
        Event::DutyRecovered { duty } => {
            plain(Level::Info, "recovered").saying(format!("{duty} works again"))
        }
    }
}

fn of_queue(line: LogLine, queue: &QueueName) -> LogLine {
    LogLine {
        queue: Some(queue.to_string()),
        ..line
    }
}

/// As in `email:* added, score:* changed; worker.concurrency needs a restart`.
fn reloaded(changes: &Changes, plain: impl Fn(Level, &'static str) -> LogLine) -> LogLine {
    let Changes {
        added,
        changed,
        removed,
        needs_restart,
    } = changes;
    let named = |names: &[String], what: &str| match names {
        [] => None,
        names if names.len() <= NAMED => Some(format!("{} {what}", names.join(" "))),
        names => Some(format!(
            "{} {what}",
            text::plural(names.len() as u64, "section")
        )),
    };
    let said = [
        named(added, "added"),
        named(changed, "changed"),
        named(removed, "removed"),
    ];
    let said: Vec<String> = said.into_iter().flatten().collect();
    let said = match said.as_slice() {
        [] => "no handler or group has changed".to_owned(),
        said => said.join(", "),
    };
    if needs_restart.is_empty() {
        return plain(Level::Info, "reloaded").saying(said);
    }
    let waiting = needs_restart.join(", ");
    plain(Level::Warn, "reloaded").saying(format!("{said}; needs a restart: {waiting}"))
}

fn refused(path: Option<&Path>, error: &str) -> String {
    match path {
        Some(path) => format!(
            "{} cannot be used, nothing has changed: {error}",
            path.display()
        ),
        None => error.to_owned(),
    }
}

fn waiting(waited: Duration) -> String {
    format!("the first task was pending for {}", text::duration(waited))
}

fn paused(line: LogLine, pattern: &str, pause: Duration) -> LogLine {
    of_handler(line, pattern).saying(format!("no tasks for {}", text::duration(pause)))
}

/// The type in a line is that of the handler, and may be the beginning of types.
fn of_handler(line: LogLine, pattern: &str) -> LogLine {
    LogLine {
        kind: Some(pattern.to_owned()),
        ..line
    }
}

fn noted(note: &Note, plain: impl Fn(Level, &'static str) -> LogLine) -> LogLine {
    let (queue, task_id) = note.task.clone().unzip();
    let line = |level| LogLine {
        queue: queue.clone(),
        task_id: task_id.clone(),
        ..of_handler(plain(level, "handler"), &note.handler)
    };
    match note.level {
        NoteLevel::Debug => line(Level::Debug).saying(&note.text),
        NoteLevel::Info => line(Level::Info).saying(&note.text),
        NoteLevel::Warn => line(Level::Warn).failing(&note.text),
        NoteLevel::Error => line(Level::Error).failing(&note.text),
    }
}

fn hooks_lost(lost: &HooksLost, line: LogLine) -> LogLine {
    let line = of_handler(line, lost.handler());
    match lost {
        HooksLost::Dropped {
            hook, task, so_far, ..
        } => {
            let times = text::plural(*so_far, "time");
            let line = LogLine {
                queue: Some(task.queue.to_string()),
                task_id: Some(task.id.to_string()),
                ..line
            };
            line.failing(format!(
                "{hook} was not run: too many hooks are waiting; this has happened {times}"
            ))
        }
        HooksLost::Killed { hooks, .. } => {
            let hooks = text::plural(*hooks as u64, "hook");
            line.failing(format!(
                "shutdown_timeout is over: {hooks} did not end, and were killed or not run"
            ))
        }
    }
}

fn phase_line(phase: Phase, plain: impl Fn(Level, &'static str) -> LogLine) -> LogLine {
    match phase {
        Phase::Running => plain(Level::Debug, "running"),
        Phase::Stopped => {
            plain(Level::Info, "suspended").saying("claiming no more tasks (SIGTSTP)")
        }
        Phase::Draining => plain(Level::Info, "draining").saying("waiting for running tasks"),
        Phase::Aborting => plain(Level::Warn, "aborting").saying("ending running tasks"),
        Phase::Over => plain(Level::Info, "stopped"),
    }
}

fn clock_differs(ahead: TimeDelta) -> String {
    let clock = text::clock_differs(ahead);
    format!("the clock of this machine is {clock}; Redis's clock is used")
}

fn set_aside(count: usize) -> String {
    match count {
        1 => "not a readable task; it was set aside: qctl ls tasks -s aside".to_owned(),
        _ => format!("{count} ids of unreadable tasks were set aside: qctl ls tasks -s aside"),
    }
}

fn about(line: LogLine, task: &TaskRef) -> LogLine {
    LogLine {
        queue: Some(task.queue.to_string()),
        task_id: Some(task.id.to_string()),
        kind: Some(task.kind.clone()),
        retried: Some(task.retried),
        ..line
    }
}

/// A task may ask for a later attempt, but a handler that cannot start concerns the operator of the worker.
fn released(error: &str) -> Level {
    if error.starts_with(CANNOT_START) {
        Level::Error
    } else {
        Level::Info
    }
}

fn recovered(line: LogLine, ended: &Ended) -> LogLine {
    let line = line.saying("its worker has vanished");
    match ended {
        Ended::Retry { at, .. } | Ended::Released { at, .. } => LogLine {
            retry_at: Some(*at),
            ..line
        },
        Ended::Archived { error } => LogLine {
            level: Level::Error,
            ..line.failing(error)
        },
        Ended::Done | Ended::ResultTooLarge { .. } | Ended::Requeued | Ended::LeaseLost => line,
    }
}

fn finished(line: LogLine, ended: &Ended, took: Duration) -> LogLine {
    let line = LogLine {
        took_seconds: Some(took.as_secs_f64()),
        ..line
    };
    let other = |level, event| LogLine {
        level,
        event,
        ..line.clone()
    };
    match ended {
        Ended::Done => line,
        Ended::ResultTooLarge { error } => other(Level::Warn, "done").failing(error),
        Ended::Retry { error, at } => LogLine {
            retry_at: Some(*at),
            ..other(Level::Warn, "retry").failing(error)
        },
        Ended::Released { error, at } => LogLine {
            retry_at: Some(*at),
            ..other(released(error), "released").failing(error)
        },
        Ended::Archived { error } => other(Level::Error, "archived").failing(error),
        Ended::Requeued => other(Level::Info, "requeued"),
        Ended::LeaseLost => {
            let error = "its lease has expired: another worker has the task";
            other(Level::Error, "failed").failing(error)
        }
    }
}
