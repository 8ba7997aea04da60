//! What is logged about a process, and what it prints itself: bounded, however much that is.

use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use crate::worker::event::{Event, Note, NoteLevel, Reporter};

/// Lines of a process that are logged at once, and then each second.
const BURST: f64 = 50.0;
const PER_SECOND: f64 = 10.0;

/// Where the lines of a process come from. Each has its own quota, so that a flood of one does not hide another.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stream {
    Output,
    Errors,
}

/// A task in a line.
pub(super) type Name = (String, String);

/// The log of a process.
pub(super) struct Voice {
    handler: String,
    number: usize,
    reporter: Reporter,
    output: Mutex<Quota>,
    errors: Mutex<Quota>,
}

impl Voice {
    pub(super) fn new(handler: String, number: usize, reporter: Reporter) -> Self {
        Self {
            handler,
            number,
            reporter,
            output: Mutex::default(),
            errors: Mutex::default(),
        }
    }

    /// Logs what the worker knows about the process.
    pub(super) fn note(&self, level: NoteLevel, text: &str) {
        self.say(level, None, text);
    }

    /// Logs what comes from the process, unless it says too much.
    pub(super) fn repeat(
        &self,
        stream: Stream,
        level: NoteLevel,
        line: impl FnOnce() -> (Option<Name>, String),
    ) {
        if let Some(dropped) = self.quota(stream, Quota::admit) {
            self.say_dropped(dropped);
            let (task, text) = line();
            self.say(level, task, &text);
        }
    }

    /// Logs how much of what came from the process was not logged.
    pub(super) fn close(&self) {
        for stream in [Stream::Output, Stream::Errors] {
            let dropped = self.quota(stream, |quota| std::mem::take(&mut quota.dropped));
            self.say_dropped(dropped);
        }
    }

    fn quota<T>(&self, stream: Stream, act: impl FnOnce(&mut Quota) -> T) -> T {
        let quota = match stream {
            Stream::Output => &self.output,
            Stream::Errors => &self.errors,
        };
        act(&mut quota.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn say_dropped(&self, dropped: u64) {
        if dropped > 0 {
            let text = format!("{dropped} lines were not logged: more than {PER_SECOND} a second");
            self.note(NoteLevel::Warn, &text);
        }
    }

    fn say(&self, level: NoteLevel, task: Option<Name>, text: &str) {
        self.reporter.report(Event::Handler(Note {
            handler: self.handler.clone(),
            level,
            task,
            text: format!("process {}: {text}", self.number),
        }));
    }
}

/// A bucket of lines that fills again with time.
struct Quota {
    left: f64,
    at: Instant,
    dropped: u64,
}

impl Default for Quota {
    fn default() -> Self {
        Self {
            left: BURST,
            at: Instant::now(),
            dropped: 0,
        }
    }
}

impl Quota {
    /// Whether a line may be logged, and how many were dropped before it.
    fn admit(&mut self) -> Option<u64> {
        let now = Instant::now();
        let gained = (now - self.at).as_secs_f64() * PER_SECOND;
        self.left = (self.left + gained).min(BURST);
        self.at = now;
        if self.left < 1.0 {
            self.dropped += 1;
            return None;
        }
        self.left -= 1.0;
        Some(std::mem::take(&mut self.dropped))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_flood_is_cut_and_counted() {
        let mut quota = Quota::default();
        let admitted = (0..1000).filter(|_| quota.admit().is_some()).count();
        assert_eq!(admitted, 50);
        tokio::time::advance(Duration::from_millis(150)).await;
        assert_eq!((quota.admit(), quota.admit()), (Some(950), None));
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!((quota.admit(), quota.admit()), (Some(1), Some(0)));
    }
}
