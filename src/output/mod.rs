//! The only code that writes to stdout or stderr.
//!
//! Data goes to stdout in the requested format; notes, warnings, errors, questions and progress go to stderr. The input is a
//! [`View`] or a stream of [`Row`]s, whose content is not decided here.
//!
//! Invariant: no control character from Redis reaches a terminal. Cells escape themselves, JSON is escaped with `\u`, and
//! CSV is escaped when stdout is a terminal.

mod canvas;
mod document;
mod lines;
mod log;
mod log_file;
mod message;
mod page;
mod progress;
mod rows;
mod stream;
pub(crate) mod style;
mod table;
#[cfg(test)]
mod tests;
mod watch;

use std::borrow::Cow;
use std::io::{self, BufRead, BufWriter, IsTerminal as _, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use indicatif::ProgressBar;
use serde_json::value::RawValue;

pub(crate) use crate::view::settings::{Format, LogFormat, Settings};
use crate::view::{View, text};
use canvas::Canvas;
pub(crate) use log::Log;
pub(crate) use message::Answer;
pub(crate) use progress::Progress;
pub(crate) use rows::Rows;
pub(crate) use stream::Stream;

/// Why data could not be printed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The reader has closed the pipe; the program ends silently.
    #[error("stdout is closed")]
    Closed,
    /// Any other error, such as a full disk.
    #[error("cannot write to stdout")]
    Io(#[source] io::Error),
    /// A file cannot be written.
    #[error("cannot write {name:?}")]
    File {
        name: std::path::PathBuf,
        #[source]
        error: io::Error,
    },
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Io(error),
        }
    }
}

pub(crate) type Result<T = ()> = std::result::Result<T, Error>;

/// An output stream.
pub(crate) struct Sink {
    pub to: Box<dyn Write + Send>,
    pub terminal: bool,
}

/// The streams of a printer.
pub(crate) struct Streams {
    pub out: Sink,
    pub err: Sink,
    pub input: Box<dyn BufRead + Send>,
    pub input_terminal: bool,
    /// Columns and rows of the terminal that `out` writes to.
    pub size: fn() -> Option<(u16, u16)>,
}

impl Streams {
    /// The streams of the process.
    pub(crate) fn standard() -> Self {
        let (out, err) = (io::stdout(), io::stderr());
        Self {
            out: Sink {
                terminal: out.is_terminal(),
                to: Box::new(BufWriter::with_capacity(1 << 16, out)),
            },
            err: Sink {
                terminal: err.is_terminal(),
                to: Box::new(err),
            },
            input: Box::new(io::BufReader::new(io::stdin())),
            input_terminal: io::stdin().is_terminal(),
            size: || {
                let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
                // 0 means that the terminal does not know its size.
                (size.ws_col > 0).then_some((size.ws_col, size.ws_row))
            },
        }
    }
}

/// Prints results to stdout and messages to stderr, as the settings say.
pub(crate) struct Printer {
    settings: Settings,
    out: Mutex<Sink>,
    err: Mutex<Sink>,
    input: Mutex<Box<dyn BufRead + Send>>,
    bar: Mutex<Option<ProgressBar>>,
    out_terminal: bool,
    err_terminal: bool,
    input_terminal: bool,
    size: fn() -> Option<(u16, u16)>,
}

impl Printer {
    /// A printer for the streams of the process.
    pub(crate) fn new(settings: Settings) -> Self {
        Self::with_streams(settings, Streams::standard())
    }

    pub(crate) fn with_streams(settings: Settings, streams: Streams) -> Self {
        Self {
            settings,
            out_terminal: streams.out.terminal,
            err_terminal: streams.err.terminal,
            input_terminal: streams.input_terminal,
            size: streams.size,
            out: Mutex::new(streams.out),
            err: Mutex::new(streams.err),
            input: Mutex::new(streams.input),
            bar: Mutex::new(None),
        }
    }

    /// Prints one document. The notes of its page go to stderr.
    pub(crate) fn show<V: View>(&self, view: &V, now: DateTime<Utc>) -> Result {
        match self.settings.format {
            Format::Table | Format::Wide => {
                let page = view.page();
                self.put_lines(&page::lines(&page, &self.canvas(now)))?;
                for note in &page.notes {
                    self.note(&note.draw(now, self.settings.time));
                }
                Ok(())
            }
            Format::Json => self.put_json(&(document::pretty(view, false)? + "\n")),
            Format::Ndjson => self.put_json(&(document::line(view)? + "\n")),
            Format::Csv => self.put_csv(view, !self.settings.no_headers),
            Format::Id => view.ids().into_iter().try_for_each(|id| self.put_id(id)),
        }?;
        self.flush()
    }

    /// Prints the documents that were named: a single one as an object, several as an array.
    pub(crate) fn show_all<V: View>(&self, views: &[V], now: DateTime<Utc>) -> Result {
        if let [only] = views {
            return self.show(only, now);
        }
        match self.settings.format {
            Format::Json => self.put_json(&(document::pretty(&views, false)? + "\n"))?,
            Format::Csv => {
                for (index, view) in views.iter().enumerate() {
                    self.put_csv(view, index == 0 && !self.settings.no_headers)?;
                }
            }
            Format::Table | Format::Wide | Format::Ndjson | Format::Id => {
                for (index, view) in views.iter().enumerate() {
                    let pages = matches!(self.settings.format, Format::Table | Format::Wide);
                    if index > 0 && pages {
                        self.put("\n")?;
                    }
                    self.show(view, now)?;
                }
            }
        }
        self.flush()
    }

    /// Prints one document; as `table` or `wide`, only these bytes.
    pub(crate) fn show_or_raw<V: View>(
        &self,
        view: &V,
        bytes: &[u8],
        now: DateTime<Utc>,
    ) -> Result {
        match self.settings.format {
            Format::Table | Format::Wide => self.raw(bytes),
            Format::Json | Format::Ndjson | Format::Csv | Format::Id => self.show(view, now),
        }
    }

    /// Writes exactly these bytes to stdout.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Result {
        self.put_bytes(bytes)?;
        self.flush()
    }

    /// Flushes stdout.
    pub(crate) fn flush(&self) -> Result {
        Ok(lock(&self.out).to.flush()?)
    }

    fn canvas(&self, now: DateTime<Utc>) -> Canvas {
        Canvas {
            now,
            time: self.settings.time,
            width: self.width(),
            cut: false,
            terminal: self.out_terminal,
            colored: self.settings.colored(self.out_terminal),
            headed: !self.settings.no_headers,
            bare: self.settings.no_headers || self.settings.quiet,
            format: self.settings.format,
        }
    }

    fn width(&self) -> Option<usize> {
        let asked = self.settings.width;
        asked
            .or_else(|| self.terminal_size().map(|(columns, _)| columns))
            .map(usize::from)
    }

    fn terminal_size(&self) -> Option<(u16, u16)> {
        self.out_terminal.then(|| (self.size)()).flatten()
    }

    /// Whether text on stdout is colored.
    pub(crate) fn is_colored(&self) -> bool {
        self.settings.colored(self.out_terminal)
    }

    /// Whether a screen can be redrawn in place.
    pub(crate) fn redraws(&self) -> bool {
        self.out_terminal && !self.settings.dumb_terminal
    }

    fn put(&self, text: &str) -> Result {
        self.put_bytes(text.as_bytes())
    }

    fn put_bytes(&self, bytes: &[u8]) -> Result {
        if !self.out_terminal {
            // A pipe does not share the screen with the progress bar, so the bar stays.
            return Ok(lock(&self.out).to.write_all(bytes)?);
        }
        Ok(self.aside(|| {
            let mut out = lock(&self.out);
            out.to.write_all(bytes)?;
            out.to.flush()
        })?)
    }

    fn put_lines(&self, lines: &[String]) -> Result {
        if lines.is_empty() {
            return Ok(());
        }
        self.put(&(lines.join("\n") + "\n"))
    }

    fn put_json(&self, json: &str) -> Result {
        if self.out_terminal {
            return self.put(&text::json_for_terminal(json));
        }
        self.put(json)
    }

    /// Whether the format is `id`.
    pub(crate) fn wants_ids(&self) -> bool {
        self.settings.format == Format::Id
    }

    /// Whether lines of JSON are what was asked for, or nothing was.
    pub(crate) fn takes_lines(&self) -> bool {
        match self.settings.format {
            Format::Table | Format::Wide | Format::Ndjson => true,
            Format::Json | Format::Csv | Format::Id => false,
        }
    }

    /// Prints an id if the format is `id`.
    pub(crate) fn id(&self, id: &str) -> Result {
        if self.wants_ids() {
            self.put_id(id)?;
        }
        Ok(())
    }

    /// Whether the format is `table` or `wide`.
    pub(crate) fn for_people(&self) -> bool {
        matches!(self.settings.format, Format::Table | Format::Wide)
    }

    /// Whether notes and warnings are read by a person, and not kept in a log.
    pub(crate) const fn messages_on_terminal(&self) -> bool {
        self.err_terminal
    }

    /// Prints an id on a line of its own, as a JSON string if it would not survive there. Commands read both forms from
    /// stdin.
    fn put_id(&self, id: &str) -> Result {
        if id.contains(char::REPLACEMENT_CHARACTER) {
            // As text it would be another id.
            self.warn(&format!(
                "left out the id {id:?}, which is not UTF-8: select its task by queue and state"
            ));
            return Ok(());
        }
        let plain =
            !id.starts_with('"') && !id.trim().is_empty() && id.chars().all(text::printable);
        if plain {
            return self.put(&format!("{id}\n"));
        }
        let quoted = document::line(&id)?;
        self.put(&format!("{}\n", text::json_for_terminal(&quoted)))
    }

    fn put_csv<V: View>(&self, view: &V, headed: bool) -> Result {
        let raw = document::raw_value(view)?;
        let records = document::records(&raw, view.list().map(|(key, _)| key))?;
        let keys: Vec<String> = match (view.list(), records.first()) {
            (Some((_, keys)), _) => keys.iter().map(|&key| key.to_owned()).collect(),
            (None, Some(first)) => document::keys(first)?,
            (None, None) => return Ok(()),
        };
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        if headed {
            self.put(&document::csv_line(keys.iter().map(|&key| key.into())))?;
        }
        records
            .iter()
            .try_for_each(|record| self.put_record(record, &keys))
    }

    fn put_record(&self, record: &RawValue, keys: &[&str]) -> Result {
        let values = document::values(record, keys)?;
        let shown = values.iter().map(|value| {
            if self.out_terminal {
                text::escape(value)
            } else {
                Cow::Borrowed(value.as_str())
            }
        });
        self.put(&document::csv_line(shown))
    }

    /// Hides the progress bar while `write` runs.
    fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        let bar = lock(&self.bar).clone();
        match bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}

/// From now on, logs each command to Redis on stderr.
pub(crate) fn trace() {
    let told = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_target(false);
    // Fails only if a subscriber is set already.
    drop(told.try_init());
}

/// Locks, also after a panic in another thread: half a line is better than none.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
