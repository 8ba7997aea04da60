//! What happens in a worker, as `tracing` events under the target `qctl`. A program that wants to see them
//! subscribes to them, with `tracing-subscriber` for one.
//!
//! Errors: what is given up or lost. Warnings: failures that are tried again. Info: the worker itself. Debug:
//! every attempt.

use tracing::{debug, error, info, warn};

use crate::worker::{Ended, Event, Phase, TaskRef};

const TARGET: &str = "qctl";

/// Writes what happens in a worker.
pub(super) fn worker(event: &Event) {
    match event {
        Event::Ready => info!(target: TARGET, "worker ready"),
        Event::Phase(phase) => info!(target: TARGET, "worker {}", name(*phase)),
        Event::Started(TaskRef {
            queue,
            id,
            kind,
            retried,
        }) => {
            debug!(target: TARGET, %queue, %id, kind, retried, "attempt started");
        }
        Event::Finished { task, ended, took } => finished(task, ended, took.as_secs_f64()),
        Event::OutcomeLost(TaskRef {
            queue, id, kind, ..
        }) => {
            error!(target: TARGET, %queue, %id, kind, "outcome not written in time, the task runs again");
        }
        Event::Undecodable { queue, id } => {
            error!(target: TARGET, %queue, %id, "message not readable, the task is archived as it is");
        }
        Event::Recovered(TaskRef {
            queue, id, kind, ..
        }) => {
            warn!(target: TARGET, %queue, %id, kind, "task of a vanished worker recovered");
        }
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
        Event::Trouble { duty, error } => {
            warn!(target: TARGET, duty, error, "failed, will be tried again");
        }
        Event::Better { duty } => info!(target: TARGET, duty, "works again"),
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

const fn name(phase: Phase) -> &'static str {
    match phase {
        Phase::Running => "runs",
        Phase::Stopped => "claims no more",
        Phase::Draining => "waits for running attempts",
        Phase::Aborting => "ends running attempts",
        Phase::Over => "has stopped",
    }
}
