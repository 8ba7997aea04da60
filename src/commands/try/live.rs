//! What a handler prints, shown while it runs.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::commands::Context;
use crate::inspector::logs::AttemptLog;
use crate::view::attempt_log;
use crate::worker::Transcript;

/// How much of it is kept.
const KEPT_BYTES: usize = 1 << 20;

/// How often new output is looked for.
const PRINT_INTERVAL: Duration = Duration::from_millis(50);

pub(super) struct Live {
    transcript: Transcript,
    log: AttemptLog,
    /// The bytes that have been printed.
    seen: u64,
}

impl Live {
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        Self {
            transcript: Transcript::new(KEPT_BYTES),
            log: AttemptLog {
                number: 1,
                run: 1,
                started_at: now,
                ended_at: None,
                outcome: String::new(),
                worker: String::new(),
                left_out: 0,
                beginning: Vec::new(),
                end: Vec::new(),
            },
            seen: 0,
        }
    }

    pub(super) fn transcript(&self) -> Transcript {
        self.transcript.clone()
    }

    /// Waits until something has been printed that is not in the log.
    pub(super) async fn more(&self) {
        let known = self.log.beginning.len() as u64 + self.log.left_out + self.log.end.len() as u64;
        loop {
            tokio::time::sleep(PRINT_INTERVAL).await;
            if self.transcript.length() > known {
                return;
            }
        }
    }

    /// Prints what is new, for people.
    pub(super) fn print(&mut self, cx: &Context) -> anyhow::Result<()> {
        let kept = self.transcript.snapshot();
        self.log.left_out = kept.left_out();
        self.log.beginning = kept.beginning;
        self.log.end = kept.end.into();
        if cx.printer.for_people() {
            let (text, seen) = attempt_log::printed(&self.log, self.seen);
            cx.printer.raw(text.as_bytes())?;
            self.seen = seen;
        }
        Ok(())
    }

    /// Prints the rest, with an end of its last line.
    pub(super) fn end(&mut self, cx: &Context, outcome: &str) -> anyhow::Result<()> {
        self.log.ended_at = Some(cx.now());
        outcome.clone_into(&mut self.log.outcome);
        self.print(cx)?;
        if self.seen > 0 {
            cx.printer.raw(b"\n")?;
        }
        Ok(())
    }

    pub(super) fn log(&self) -> &AttemptLog {
        &self.log
    }

    pub(super) fn ended_at(&self) -> DateTime<Utc> {
        self.log.ended_at.unwrap_or(self.log.started_at)
    }
}
