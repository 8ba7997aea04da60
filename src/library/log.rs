//! Events of workers and schedulers as `tracing` events with the target `qctl`. A program subscribes to see them,
//! for example with `tracing-subscriber`.
//!
//! Errors: archived or lost tasks. Warnings: failures that are retried. Info: the worker itself. Debug: every
//! attempt.

use tracing::{debug, error, info, warn};

use crate::schedule::event::ScheduleEvent;
use crate::worker::{Ended, Event, Note, NoteLevel, Phase, Report, TaskRef};

pub(super) const TARGET: &str = "qctl";

/// Logs the events of a worker.
pub(super) fn worker(report: &Report) {
    match &report.event {
        Event::Ready => info!(target: TARGET, "worker ready"),
        Event::Phase(phase) => info!(target: TARGET, "worker {}", name(*phase)),
        Event::Waited { queue, waited } => {
            let seconds = waited.as_secs_f64();
            debug!(target: TARGET, %queue, seconds, "tasks claimed, the first of which was pending for so long");
        }
        Event::Started(task) => started(task),
        Event::HandlerPaused {
            pattern,
            pause,
            reason,
        } => {
            warn!(target: TARGET, pattern, ?pause, reason, "handler takes no tasks for a while");
        }
        Event::HandlerResumed { pattern } => {
            info!(target: TARGET, pattern, "handler takes tasks again");
        }
        Event::Discarded { queue, tasks } => {
            debug!(target: TARGET, %queue, tasks, "tasks discarded");
        }
        Event::Finished { task, ended, took } => finished(task, ended, took.as_secs_f64()),
        Event::OutcomeLost(task) => outcome_lost(task),
        Event::SetAside { queue, ids } => {
            let count = ids.len();
            error!(target: TARGET, %queue, count, first = %ids[0], "unreadable tasks set aside");
        }
        Event::ClockDiffers { ahead } => {
            let ahead = ahead.as_seconds_f64();
            warn!(target: TARGET, ahead, "the clock of this machine differs from Redis's, which is used");
        }
        Event::Recovered { task, ended } => recovered(task, ended),
        Event::Merged {
            queue,
            group,
            tasks,
            id,
        } => {
            info!(target: TARGET, %queue, group, tasks, %id, "group merged");
        }
        Event::NotMerged {
            queue,
            group,
            error,
        } => {
            error!(target: TARGET, %queue, group, error, "group not merged, its tasks go back");
        }
        Event::DutyFailed { duty, error } => {
            warn!(target: TARGET, duty, error, "failed, will be tried again");
        }
        Event::Reloaded(changes) => info!(target: TARGET, ?changes, "configuration read again"),
        Event::ReloadRefused { path, error } => {
            error!(target: TARGET, ?path, error, "configuration read again, but not usable");
        }
        Event::Handler(note) => noted(note),
        Event::HooksLost(lost) => warn!(target: TARGET, ?lost, "hooks not run, or killed"),
        Event::DutyRecovered { duty } => info!(target: TARGET, duty, "works again"),
    }
}

fn started(task: &TaskRef) {
    let TaskRef {
        queue,
        id,
        kind,
        retried,
    } = task;
    debug!(target: TARGET, %queue, %id, kind, retried, "attempt started");
}

fn outcome_lost(task: &TaskRef) {
    let (queue, id, kind) = (&task.queue, &task.id, &task.kind);
    error!(target: TARGET, %queue, %id, kind, "outcome not written in time, the task runs again");
}

fn noted(note: &Note) {
    let Note {
        handler,
        level,
        task,
        text,
    } = note;
    let (queue, id) = task.clone().unzip();
    match level {
        NoteLevel::Debug => debug!(target: TARGET, handler, queue, id, text, "of a handler"),
        NoteLevel::Info => info!(target: TARGET, handler, queue, id, text, "of a handler"),
        NoteLevel::Warn => warn!(target: TARGET, handler, queue, id, text, "of a handler"),
        NoteLevel::Error => error!(target: TARGET, handler, queue, id, text, "of a handler"),
    }
}

fn finished(task: &TaskRef, ended: &Ended, seconds: f64) {
    let TaskRef {
        queue,
        id,
        kind,
        retried,
    } = task;
    match ended {
        Ended::Done => debug!(target: TARGET, %queue, %id, kind, retried, seconds, "attempt done"),
        Ended::ResultTooLarge { error } => {
            warn!(target: TARGET, %queue, %id, kind, retried, seconds, error, "attempt done");
        }
        Ended::Released { error, at } => {
            info!(target: TARGET, %queue, %id, kind, retried, seconds, error, retry_at = %at, "task released");
        }
        Ended::Retry { error, at } => {
            warn!(target: TARGET, %queue, %id, kind, retried, seconds, error, retry_at = %at, "attempt failed");
        }
        Ended::Archived { error } => {
            error!(target: TARGET, %queue, %id, kind, retried, seconds, error, "task archived");
        }
        Ended::Requeued => info!(target: TARGET, %queue, %id, kind, seconds, "task given back"),
        Ended::LeaseLost => {
            warn!(target: TARGET, %queue, %id, kind, seconds, "lease lost, nothing is written");
        }
    }
}

fn recovered(task: &TaskRef, ended: &Ended) {
    let TaskRef {
        queue, id, kind, ..
    } = task;
    if let Ended::Archived { error } = ended {
        error!(target: TARGET, %queue, %id, kind, error, "task of a vanished worker archived");
    } else {
        warn!(target: TARGET, %queue, %id, kind, "task of a vanished worker recovered");
    }
}

const fn name(phase: Phase) -> &'static str {
    match phase {
        Phase::Running => "runs",
        Phase::Stopped => "claims no more",
        Phase::Draining => "waits for running attempts",
        Phase::Aborting => "ends running attempts",
        Phase::Over => "has stopped",
    }
}

/// Logs the events of a scheduler.
pub(super) fn scheduler(event: &ScheduleEvent) {
    match event {
        ScheduleEvent::Fired {
            name,
            task_id,
            queue,
            kind,
            late,
        } => {
            let late = late.as_secs_f64();
            debug!(target: TARGET, schedule = name, id = task_id, queue, kind, late, "task enqueued");
        }
        ScheduleEvent::Duplicate { name, queue } => {
            debug!(target: TARGET, schedule = name, queue, "not enqueued: the unique lock of its tasks is taken");
        }
        ScheduleEvent::Skipped { name, first, last } => {
            warn!(target: TARGET, schedule = name, %first, %last, "missed ticks skipped");
        }
        ScheduleEvent::Refused { name, error } => {
            error!(target: TARGET, schedule = name, error, "tick refused, will be tried again");
        }
        ScheduleEvent::Unreadable { name, error } => {
            error!(target: TARGET, schedule = name, error, "schedule not readable");
        }
        ScheduleEvent::NeverFires { name, why } => {
            warn!(target: TARGET, schedule = name, why, "schedule never fires");
        }
        ScheduleEvent::FileStored {
            path, schedules, ..
        } => {
            info!(target: TARGET, path = %path.display(), schedules, "schedules of the file stored");
        }
        ScheduleEvent::FileBroken { path, error, .. } => {
            error!(target: TARGET, path = %path.display(), error, "schedules of the file not readable");
        }
        ScheduleEvent::Lost => error!(target: TARGET, "Redis has lost all schedules"),
        ScheduleEvent::Unannounced(error) => {
            warn!(target: TARGET, error, "schedules not shown to Asynq's tools");
        }
        ScheduleEvent::Trouble(error) => {
            warn!(target: TARGET, error, "scheduler failed, will be tried again");
        }
        ScheduleEvent::Better => info!(target: TARGET, "scheduler works again"),
    }
}
