//! The lines of a worker.

use std::time::Duration;

use super::{Level, LogLine};
use crate::view::text;
use crate::worker::event::{Ended, Event, Phase, Report, TaskRef};

/// The line for an event.
pub(crate) fn line(report: &Report) -> LogLine {
    let plain = |level, event| LogLine::new(report.at, level, event);
    match &report.event {
        Event::Ready => plain(Level::Info, "ready"),
        Event::Phase(Phase::Running) => plain(Level::Debug, "running"),
        Event::Phase(Phase::Stopped) => plain(Level::Info, "stopped"),
        Event::Phase(Phase::Draining) => plain(Level::Info, "draining"),
        Event::Phase(Phase::Aborting) => plain(Level::Warn, "aborting"),
        Event::Phase(Phase::Over) => plain(Level::Info, "over"),
        Event::Started(task) => about(plain(Level::Info, "started"), task),
        Event::Finished { task, ended, took } => {
            finished(about(plain(Level::Info, "done"), task), ended, *took)
        }
        Event::OutcomeLost(task) => LogLine {
            error: Some(
                "its outcome could not be stored before its lease expired; it will run again"
                    .to_owned(),
            ),
            ..about(plain(Level::Error, "lost"), task)
        },
        Event::Recovered(task) => about(plain(Level::Warn, "recovered"), task),
        Event::SetAside { queue, ids } => LogLine {
            queue: Some(queue.to_string()),
            task_id: ids.first().map(ToString::to_string),
            error: Some(set_aside(ids.len())),
            ..plain(Level::Error, "set_aside")
        },
        Event::ClockDiffers { ahead } => LogLine {
            error: Some(format!(
                "the clock of this machine is {}; Redis's clock is used",
                text::clock_differs(*ahead)
            )),
            ..plain(Level::Warn, "clock")
        },
        Event::Merged {
            queue,
            group,
            tasks,
            id,
        } => LogLine {
            queue: Some(queue.to_string()),
            task_id: Some(id.to_string()),
            error: Some(format!("{tasks} tasks of group {group:?}")),
            ..plain(Level::Info, "merged")
        },
        Event::NotMerged {
            queue,
            group,
            error,
        } => LogLine {
            queue: Some(queue.to_string()),
            error: Some(format!("group {group:?}: {error}")),
            ..plain(Level::Error, "not_merged")
        },
        Event::Trouble { duty, error } => LogLine {
            error: Some(format!("{duty}: {error}")),
            ..plain(Level::Warn, "trouble")
        },
        Event::Better { duty } => LogLine {
            error: Some(format!("{duty} works again")),
            ..plain(Level::Info, "better")
        },
    }
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

fn finished(line: LogLine, ended: &Ended, took: Duration) -> LogLine {
    let line = LogLine {
        took_seconds: Some(took.as_secs_f64()),
        ..line
    };
    match ended {
        Ended::Done => line,
        Ended::Retry { error, at } => LogLine {
            level: Level::Warn,
            event: "retry",
            retry_at: Some(*at),
            error: Some(error.clone()),
            ..line
        },
        Ended::Archived { error } => LogLine {
            level: Level::Error,
            event: "archived",
            error: Some(error.clone()),
            ..line
        },
        Ended::Requeued => LogLine {
            event: "requeued",
            ..line
        },
        Ended::LeaseLost => LogLine {
            level: Level::Warn,
            event: "lease lost",
            ..line
        },
    }
}
