//! Looks at the queues that a worker is about to serve, since one that does not exist or is paused makes it wait
//! forever.

use std::collections::HashSet;
use std::slice;

use crate::clock;
use crate::error::Failure;
use crate::inspector::{Error, Inspector};
use crate::task::{QueueName, State};
use crate::view::log::{Level, LogLine};
use crate::view::text;
use crate::worker::Queues;

/// Missing queues for which a similar name is searched: each is compared with the names of all queues.
const SUGGESTIONS: usize = 10;

/// Notes about the queues for the user.
///
/// # Errors
/// A name is a glob.
pub(super) async fn notes(inspector: &Inspector, queues: &Queues) -> Result<Vec<LogLine>, Failure> {
    let mut notes = Vec::new();
    let names: Vec<QueueName> = queues.names().cloned().collect();
    // The worker can do without this, and the user may lack the right to read it.
    let Ok(found) = inspector.existing_queues(&names).await else {
        return Ok(notes);
    };
    let found: HashSet<QueueName> = found.into_iter().collect();
    let (served, missing): (Vec<_>, Vec<_>) =
        names.into_iter().partition(|name| found.contains(name));
    for (place, queue) in missing.iter().enumerate() {
        if queue.as_str().contains(['*', '?']) {
            return Err(glob(queue));
        }
        let nearest = if place < SUGGESTIONS {
            match inspector.queues(slice::from_ref(queue)).await {
                // Somebody has created it since the first look.
                Ok(found) if found.contains(queue) => continue,
                Ok(_) => return Err(glob(queue)),
                Err(Error::UnknownQueue { nearest, .. }) => nearest,
                Err(_) => return Ok(notes),
            }
        } else {
            None
        };
        notes.push(unknown(queue, nearest));
    }
    let stats = inspector.broker().stats(&served, clock::now()).await;
    for stats in stats.unwrap_or_default() {
        let waiting = stats.counts.get(&State::Pending).copied().unwrap_or(0);
        if stats.paused {
            let tasks = text::plural(waiting, "pending task");
            let text = format!("paused with {tasks}: run qctl resume to continue");
            notes.push(note(Level::Warn, &stats.queue, text));
        }
    }
    Ok(notes)
}

fn note(level: Level, queue: &QueueName, text: String) -> LogLine {
    let line = LogLine::new(clock::now(), level, "queue").saying(text);
    LogLine {
        queue: Some(queue.to_string()),
        ..line
    }
}

fn unknown(queue: &QueueName, nearest: Option<String>) -> LogLine {
    match nearest {
        Some(nearest) => {
            let text = format!("does not exist yet; did you mean {nearest:?}?");
            note(Level::Warn, queue, text)
        }
        None => note(Level::Info, queue, "does not exist yet".to_owned()),
    }
}

fn glob(queue: &QueueName) -> Failure {
    let what = format!(
        "queue {:?} does not exist, and a worker takes no globs",
        queue.as_str()
    );
    Failure::usage(what, "name each queue: -q critical=6 -q default=3")
}
