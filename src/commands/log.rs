//! What a worker or a scheduler tells, as lines of its log.

mod schedule;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, oneshot};

use crate::clock;
use crate::output::{LogFormat, Printer};
use crate::schedule::event;
use crate::view::log::{Level, LogLine};
use crate::view::text;
use crate::worker::{Ended, Event, Phase, Reporter, TaskRef};

/// Lines that may wait to be written.
const WAITING: usize = 4096;

/// How long the end of the program may wait for the rest of them.
const PATIENCE: Duration = Duration::from_secs(1);

/// Writes log lines on a thread of its own. Whoever reads them may be slow, or may have stopped, and a
/// worker that waited for it would lose its leases: lines that find no room are left out, and counted.
pub(super) struct Log {
    lines: mpsc::Sender<Option<LogLine>>,
    left_out: Arc<AtomicU64>,
    written: oneshot::Receiver<()>,
}

impl Log {
    /// Starts the thread, which ends at [`Log::end`].
    pub(super) fn start(printer: Arc<Printer>, format: LogFormat) -> Self {
        let (lines, mut waiting) = mpsc::channel::<Option<LogLine>>(WAITING);
        let (done, written) = oneshot::channel();
        let left_out = Arc::new(AtomicU64::new(0));
        let gap = Arc::clone(&left_out);
        std::thread::spawn(move || {
            while let Some(Some(line)) = waiting.blocking_recv() {
                printer.log(&line, format);
                let left_out = gap.swap(0, Ordering::Relaxed);
                if left_out > 0 {
                    printer.log(&gap_of(left_out), format);
                }
            }
            // Nobody may wait for this any more.
            done.send(()).ok();
        });
        Self {
            lines,
            left_out,
            written,
        }
    }

    /// Takes the events of a worker.
    pub(super) fn reporter(&self) -> Reporter {
        let write = self.writer();
        Arc::new(move |event: &Event| {
            if let Some(line) = line(event, clock::now()) {
                write(line);
            }
        })
    }

    /// Takes the events of a scheduler.
    pub(super) fn schedule_reporter(&self) -> event::Reporter {
        let write = self.writer();
        Arc::new(move |event| write(schedule::line(event, clock::now())))
    }

    fn writer(&self) -> impl Fn(LogLine) + Send + Sync + use<> {
        let (lines, left_out) = (self.lines.clone(), Arc::clone(&self.left_out));
        move |line| {
            if lines.try_send(Some(line)).is_err() {
                left_out.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Waits until all is written, but not for ever.
    pub(super) async fn end(self) {
        let rest = async {
            self.lines.send(None).await.ok();
            self.written.await.ok();
        };
        tokio::time::timeout(PATIENCE, rest).await.ok();
    }
}

fn gap_of(left_out: u64) -> LogLine {
    let lines = text::plural(left_out, "line");
    LogLine {
        error: Some(format!(
            "{lines} left out, as the log was not read fast enough"
        )),
        ..LogLine::new(clock::now(), Level::Warn, "gap")
    }
}

/// The line for an event; some are not worth one.
fn line(event: &Event, now: DateTime<Utc>) -> Option<LogLine> {
    let plain = |level, event| LogLine::new(now, level, event);
    Some(match event {
        Event::Ready => plain(Level::Info, "ready"),
        Event::Phase(Phase::Running) => return None,
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
                "its outcome could not be written until its lease was over; it will run again"
                    .to_owned(),
            ),
            ..about(plain(Level::Error, "lost"), task)
        },
        Event::Recovered(task) => about(plain(Level::Warn, "recovered"), task),
        Event::Undecodable { queue, id } => LogLine {
            queue: Some(queue.to_string()),
            task_id: Some(id.to_string()),
            error: Some("its message cannot be decoded; it is archived as it is".to_owned()),
            ..plain(Level::Error, "unreadable")
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
    })
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
