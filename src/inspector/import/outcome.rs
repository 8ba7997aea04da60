//! The outcomes of lines, and of a whole import.

use std::io;

use super::lines::{ImportOptions, LineError, OnError};
use super::sender::Sent;
use super::store::{Item as _, Placed, Store};
use crate::broker;

/// The outcome of one line.
#[derive(Debug)]
pub(crate) struct LineOutcome {
    /// From 1.
    pub number: u64,
    /// Absent if the line is not a task, or it gives no id and was not enqueued.
    pub id: Option<String>,
    /// Absent if the line is not a task.
    pub queue: Option<String>,
    pub result: Result<Placed, LineFailure>,
}

/// Why a line failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LineFailure {
    /// It is not a task.
    #[error(transparent)]
    Line(#[from] LineError),
    /// Its task is invalid, or Redis refuses it.
    #[error(transparent)]
    Refused(#[from] broker::Error),
}

/// The outcome of an import.
#[derive(Debug)]
pub(crate) struct ImportOutcome {
    /// Lines that are done, from the start of the input: the number to skip to continue.
    pub lines: u64,
    /// Lines whose tasks were stored.
    pub stored: u64,
    /// Lines whose tasks were there already.
    pub existing: u64,
    /// Lines whose tasks an earlier import has stored, and that are gone since.
    pub gone: u64,
    /// Lines that failed.
    pub failed: u64,
    /// The last line that was sent to Redis. If it is above `lines`, those in between may have been enqueued.
    pub sent_through: u64,
    /// The error of the first task that Redis refused.
    pub refusal: Option<broker::Error>,
    pub end: ImportEnd,
}

/// Why an import ended.
#[derive(Debug)]
pub(crate) enum ImportEnd {
    /// All lines were read.
    Input,
    /// A line failed, and [`OnError::Stop`] was asked for.
    Line,
    /// [`Import::stop`](super::Import::stop) was called.
    Stopped,
    /// The input cannot be read any further.
    Unreadable(io::Error),
    /// Redis did not answer for too long.
    GaveUp(broker::Error),
}

/// Counts the outcomes of batches, in the order of their lines.
#[derive(Debug)]
pub(super) struct Tally {
    on_error: OnError,
    pub(super) outcome: ImportOutcome,
    /// Why reading has ended, if it has.
    pub(super) end: Option<ImportEnd>,
    /// A line failed, and the import stops there.
    pub(super) line_failed: bool,
}

impl Tally {
    pub(super) const fn new<D>(options: &ImportOptions<D>) -> Self {
        Self {
            on_error: options.on_error,
            outcome: ImportOutcome {
                lines: 0,
                stored: 0,
                existing: 0,
                gone: 0,
                failed: 0,
                sent_through: 0,
                refusal: None,
                end: ImportEnd::Input,
            },
            end: None,
            line_failed: false,
        }
    }

    /// Adds a batch. Returns the outcomes of its lines, except those without an answer.
    pub(super) fn add<S: Store>(&mut self, sent: Sent<S>) -> Vec<LineOutcome> {
        let mut outcomes = sent.outcomes.into_iter().zip(sent.tasks);
        let mut answered = !matches!(self.end, Some(ImportEnd::GaveUp(_)));
        let mut known = Vec::with_capacity(sent.lines.len());
        for line in sent.lines {
            let (id, queue, result) = match line.names_id {
                Err(error) => (None, None, Err(error.into())),
                Ok(names_id) => {
                    let Some((outcome, task)) = outcomes.next() else {
                        continue;
                    };
                    let Some(result) = self.judge(outcome, &mut answered) else {
                        continue;
                    };
                    let stored = matches!(result, Ok(Placed::Stored(_)));
                    let id = (stored || names_id).then(|| task.id().to_string());
                    (id, Some(task.queue().to_string()), result)
                }
            };
            match result {
                Ok(Placed::Stored(_)) => self.outcome.stored += 1,
                Ok(Placed::Existing) => self.outcome.existing += 1,
                Ok(Placed::Gone) => self.outcome.gone += 1,
                Err(_) => {
                    self.outcome.failed += 1;
                    self.line_failed |= self.on_error == OnError::Stop;
                }
            }
            let number = line.number;
            known.push(LineOutcome {
                number,
                id,
                queue,
                result,
            });
        }
        if answered {
            self.outcome.lines = sent.through;
        }
        known
    }

    /// The outcome of the line of a task; `None` if Redis did not answer.
    fn judge(
        &mut self,
        outcome: Result<Placed, broker::Error>,
        answered: &mut bool,
    ) -> Option<Result<Placed, LineFailure>> {
        match outcome {
            Ok(placed) => Some(Ok(placed)),
            Err(error) if is_of_one_task(&error) => {
                self.outcome.refusal.get_or_insert(error.clone());
                Some(Err(error.into()))
            }
            Err(error) => {
                if std::mem::replace(answered, false) {
                    self.give_up(error);
                }
                None
            }
        }
    }

    /// An error that ended the import before takes precedence.
    pub(super) fn stop(&mut self) {
        if !matches!(
            self.end,
            Some(ImportEnd::Unreadable(_) | ImportEnd::GaveUp(_))
        ) {
            self.end = Some(ImportEnd::Stopped);
        }
    }

    /// A read error takes precedence.
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

/// Whether an error concerns one task only, so that others may be accepted.
const fn is_of_one_task(error: &broker::Error) -> bool {
    !error.passing() && !matches!(error, broker::Error::Login { .. })
}
