//! What has come of the lines of an input.

use std::io;

use super::lines::{LineError, OnError};
use super::sender::Sent;
use crate::broker::{self, Enqueued};

/// What became of one line.
#[derive(Debug)]
pub(crate) struct LineOutcome {
    /// From 1.
    pub number: u64,
    pub result: Result<Enqueued, LineFailure>,
}

/// Why a line did not become a task.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LineFailure {
    /// It is no task.
    #[error(transparent)]
    Line(#[from] LineError),
    /// Redis has such a task already, or the task is not valid.
    #[error(transparent)]
    Refused(#[from] broker::Error),
}

/// The whole.
#[derive(Debug)]
pub(crate) struct ImportOutcome {
    /// Lines that are done with, counted from the start of the input: what to skip to continue.
    pub lines: u64,
    pub enqueued: u64,
    /// Lines that did not become tasks.
    pub failed: u64,
    /// The last line that was sent to Redis. If it is above `lines`, nobody knows of those between
    /// whether they were enqueued.
    pub sent_through: u64,
    /// Why Redis refused the first task that it refused.
    pub refusal: Option<broker::Error>,
    pub end: ImportEnd,
}

/// Why an import ended.
#[derive(Debug)]
pub(crate) enum ImportEnd {
    /// All lines were read.
    Input,
    /// A line failed, and no others were wanted after it.
    Line,
    /// [`Import::stop`](super::Import::stop) was called.
    Stopped,
    /// The input broke off.
    Unreadable(io::Error),
    /// Redis has been away for too long.
    GaveUp(broker::Error),
}

/// Counts the outcomes of batches, in the order of their lines.
#[derive(Debug)]
pub(super) struct Tally {
    on_error: OnError,
    pub(super) outcome: ImportOutcome,
    /// Why no more lines are read, if that is so.
    pub(super) end: Option<ImportEnd>,
    /// A line failed, and no more are wanted.
    pub(super) line_failed: bool,
}

impl Tally {
    pub(super) const fn new(on_error: OnError) -> Self {
        Self {
            on_error,
            outcome: ImportOutcome {
                lines: 0,
                enqueued: 0,
                failed: 0,
                sent_through: 0,
                refusal: None,
                end: ImportEnd::Input,
            },
            end: None,
            line_failed: false,
        }
    }

    /// Adds a batch; returns what became of its lines, but for those that got no answer.
    pub(super) fn add(&mut self, sent: Sent) -> Vec<LineOutcome> {
        let mut outcomes = sent.outcomes.into_iter();
        let mut answered = !matches!(self.end, Some(ImportEnd::GaveUp(_)));
        let mut known = Vec::with_capacity(sent.lines.len());
        for line in sent.lines {
            let result = match line.id_is_ours {
                Err(error) => Err(error.into()),
                Ok(_) => match outcomes.next() {
                    Some(Ok(enqueued)) => Ok(enqueued),
                    Some(Err(error)) if is_of_one_task(&error) => {
                        self.outcome.refusal.get_or_insert(error.clone());
                        Err(error.into())
                    }
                    Some(Err(error)) => {
                        if answered {
                            self.give_up(error);
                        }
                        answered = false;
                        continue;
                    }
                    None => continue,
                },
            };
            if result.is_ok() {
                self.outcome.enqueued += 1;
            } else {
                self.outcome.failed += 1;
                self.line_failed |= self.on_error == OnError::Stop;
            }
            let number = line.number;
            known.push(LineOutcome { number, result });
        }
        if answered {
            self.outcome.lines = sent.through;
        }
        known
    }

    /// Errors are reported rather than the wish to stop.
    pub(super) fn stop(&mut self) {
        if !matches!(
            self.end,
            Some(ImportEnd::Unreadable(_) | ImportEnd::GaveUp(_))
        ) {
            self.end = Some(ImportEnd::Stopped);
        }
    }

    /// An input that broke off is reported rather than a Redis that is away.
    fn give_up(&mut self, error: broker::Error) {
        if !matches!(self.end, Some(ImportEnd::Unreadable(_))) {
            self.end = Some(ImportEnd::GaveUp(error));
        }
    }

    pub(super) fn finish(self) -> ImportOutcome {
        let end = match self.end {
            Some(ImportEnd::Input) | None if self.line_failed => ImportEnd::Line,
            end => end.unwrap_or(ImportEnd::Input),
        };
        Self { end: None, ..self }.outcome.with_end(end)
    }
}

impl ImportOutcome {
    fn with_end(self, end: ImportEnd) -> Self {
        Self { end, ..self }
    }
}

/// Whether an error is about one task, so that others may be accepted.
const fn is_of_one_task(error: &broker::Error) -> bool {
    !error.passing() && !matches!(error, broker::Error::Login { .. })
}
