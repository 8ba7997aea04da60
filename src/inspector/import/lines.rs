//! Reads task documents line by line on a thread of its own, and passes them on in batches.
//!
//! Memory is bounded by the size of a batch and of one line, whatever the length of the input. A batch ends
//! where reading the next line would block, so that lines of a slow producer are sent at once.

use std::io::{self, BufRead as _, BufReader, Read};

use tokio::sync::mpsc;

use super::store::{DefaultsOf, Item as _, Store};
use crate::document::read::DocumentError;
use crate::document::task::TaskDocument;

/// Tasks in a batch: enough to make the round trip negligible, few enough to stop soon after Ctrl-C.
const MAX_BATCH_TASKS: usize = 1_000;

/// The size of lines at which a batch is full.
pub(super) const MAX_BATCH_BYTES: usize = 1024 * 1024;

/// The longest line: a file without line breaks must not fill the memory. The largest payload that Redis stores is
/// 512 MiB, or 683 MiB in base64.
const MAX_LINE_BYTES: usize = 1024 * 1024 * 1024;

/// The buffer of the input.
const READ_BYTES: usize = 128 * 1024;

/// Why a line is not a task.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LineError {
    #[error("the line is longer than 1 GiB")]
    TooLong,
    #[error("not UTF-8")]
    NotUtf8,
    #[error("{error}")]
    Document {
        error: DocumentError,
        /// In characters, from 1.
        column: Option<usize>,
    },
}

/// The outcome of one line.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) number: u64,
    /// Whether the line gives its task an id; or why it is not a task.
    pub(super) names_id: Result<bool, LineError>,
}

/// Consecutive lines.
pub(super) struct Batch<S: Store> {
    /// Without blank lines.
    pub(super) lines: Vec<Line>,
    /// The tasks of the lines that are tasks.
    pub(super) tasks: Vec<S::Task>,
    /// How many lines of the input are done once this batch is.
    pub(super) through: u64,
    /// The size of the lines in bytes.
    pub(super) weight: usize,
}

/// How an input is imported.
#[derive(Debug, Clone)]
pub(crate) struct ImportOptions<D> {
    /// For keys that a line does not have.
    pub defaults: D,
    /// The number of lines to skip at the start of the input.
    pub skip: u64,
    pub on_error: OnError,
    pub on_conflict: OnConflict,
}

/// What to do after a line that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnError {
    /// Send none of the lines after it.
    Stop,
    /// Continue with the next line.
    Skip,
}

/// What to do with a task whose id or uniqueness lock is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnConflict {
    /// The line fails.
    Error,
    /// The line is done: the task is there already.
    Ignore,
}

/// Starts reading. The channel ends at the end of the input, at a read error, or at a line that stops the import.
pub(super) fn read<S: Store>(
    input: impl Read + Send + 'static,
    reading: ImportOptions<DefaultsOf<S>>,
) -> mpsc::Receiver<io::Result<Batch<S>>> {
    // One batch waits in the channel while the next is read.
    let (sender, receiver) = mpsc::channel(1);
    std::thread::spawn(move || {
        let mut lines = Lines::<_, S>::new(input, reading);
        while let Some(batch) = lines.batch().transpose() {
            let last = batch.is_err();
            if sender.blocking_send(batch).is_err() || last {
                return;
            }
        }
    });
    receiver
}

struct Lines<R, S: Store> {
    input: BufReader<R>,
    reading: ImportOptions<DefaultsOf<S>>,
    number: u64,
    text: Vec<u8>,
    ended: bool,
    /// A read error, reported after the lines before it.
    broken: Option<io::Error>,
    max_line_bytes: usize,
}

impl<R: Read, S: Store> Lines<R, S> {
    fn new(input: R, reading: ImportOptions<DefaultsOf<S>>) -> Self {
        Self {
            input: BufReader::with_capacity(READ_BYTES, input),
            reading,
            number: 0,
            text: Vec::new(),
            ended: false,
            broken: None,
            max_line_bytes: MAX_LINE_BYTES,
        }
    }

    /// The next batch; `None` after the last.
    fn batch(&mut self) -> io::Result<Option<Batch<S>>> {
        let mut batch = Batch {
            lines: Vec::new(),
            tasks: Vec::new(),
            through: 0,
            weight: 0,
        };
        while !self.ended && batch.lines.len() < MAX_BATCH_TASKS && batch.weight < MAX_BATCH_BYTES {
            let would_wait = !self.input.buffer().contains(&b'\n');
            if would_wait && !batch.lines.is_empty() {
                break;
            }
            let whole = match self.next_line() {
                Ok(Some(whole)) => whole,
                end => {
                    self.ended = true;
                    self.broken = end.err();
                    break;
                }
            };
            if self.number > self.reading.skip {
                self.add(&mut batch, whole);
            }
            if !self.ended {
                batch.through = self.number;
            }
        }
        if batch.through > 0 || !batch.lines.is_empty() {
            return Ok(Some(batch));
        }
        self.broken.take().map_or(Ok(None), Err)
    }

    fn add(&mut self, batch: &mut Batch<S>, whole: bool) {
        batch.weight += self.text.len();
        let read = if whole {
            self.task()
        } else {
            Err(LineError::TooLong)
        };
        let names_id = match read {
            Ok(None) => return,
            Ok(Some((task, names_id))) => {
                batch.tasks.push(task);
                Ok(names_id)
            }
            Err(error) => {
                self.ended = self.reading.on_error == OnError::Stop;
                Err(error)
            }
        };
        if self.ended {
            batch.through = self.number - 1;
        }
        batch.lines.push(Line {
            number: self.number,
            names_id,
        });
    }

    /// The task of the current line and whether the line gives its id; `None` if the line is blank.
    fn task(&self) -> Result<Option<(S::Task, bool)>, LineError> {
        let text = str::from_utf8(&self.text).map_err(|_| LineError::NotUtf8)?;
        // Some programs write a byte order mark at the start of a file.
        let text = match self.number {
            1 => text.strip_prefix('\u{feff}').unwrap_or(text),
            _ => text,
        };
        let text = text.trim_ascii_end();
        if text.is_empty() {
            return Ok(None);
        }
        let read = TaskDocument::read(text).and_then(|document| {
            let names_id = !document.id.is_empty();
            Ok((S::Task::read(document, &self.reading.defaults)?, names_id))
        });
        read.map(Some).map_err(|error| LineError::Document {
            column: error.column(text),
            error,
        })
    }

    /// Reads a line into `text`. False if it is too long, and skipped; `None` at the end of the input.
    fn next_line(&mut self) -> io::Result<Option<bool>> {
        // Frees the memory of a very long line.
        if self.text.capacity() > MAX_BATCH_BYTES {
            self.text = Vec::new();
        }
        self.text.clear();
        let limit = self.max_line_bytes as u64 + 1;
        let read = self
            .input
            .by_ref()
            .take(limit)
            .read_until(b'\n', &mut self.text)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        let whole = self.text.len() <= self.max_line_bytes || self.text.ends_with(b"\n");
        if !whole {
            self.text.clear();
            self.input.skip_until(b'\n')?;
        }
        Ok(Some(whole))
    }
}

#[cfg(test)]
mod tests;
