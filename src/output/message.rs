//! What goes to stderr: notes, warnings, errors, hints, questions.
//!
//! Errors while writing are ignored: there is nowhere else to report them.

use std::collections::BTreeSet;
use std::io::Write as _;

use rustix::termios::QueueSelector;
use serde::Serialize;

use super::style::paint;
use super::{LogFormat, Printer, lock};
use crate::document::failure::FailureDocument;
use crate::view::log::LogLine;
use crate::view::settings::ErrorFormat;
use crate::view::{Role, text};

/// The answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Yes,
    /// Anything but `y` or `yes`.
    No,
    /// There is no terminal, or `--no-input` is set.
    NotAsked,
}

impl Printer {
    /// Whether notes and progress are suppressed (`--quiet`).
    pub(crate) const fn is_quiet(&self) -> bool {
        self.settings.quiet
    }

    /// Prints a note, unless `--quiet` is set.
    pub(crate) fn note(&self, text: &str) {
        if !self.settings.quiet {
            self.say(None, text);
        }
    }

    /// Prints a warning.
    pub(crate) fn warn(&self, text: &str) {
        self.say(Some(("warning", Role::Warning)), text);
    }

    /// Prints an error: `error: <what> (<why>)`.
    pub(crate) fn error(&self, what: &str, why: Option<&str>) {
        let text = match why {
            Some(why) => format!("{what} ({why})"),
            None => what.to_owned(),
        };
        self.say(Some(("error", Role::Error)), &text);
    }

    /// Whether errors are printed for people.
    pub(crate) fn errors_are_text(&self) -> bool {
        self.settings.errors == ErrorFormat::Text
    }

    /// Prints a failure with its hint.
    pub(crate) fn failure(&self, failure: &FailureDocument) {
        self.failures(std::slice::from_ref(failure));
    }

    /// Prints failures. For people, a hint that several have in common is printed once, at the end.
    pub(crate) fn failures(&self, failures: &[FailureDocument]) {
        if self.settings.errors == ErrorFormat::Json {
            for failure in failures {
                self.say_raw(&(self.json_line(failure) + "\n"));
            }
            return;
        }
        for failure in failures {
            self.error(&failure.message, None);
        }
        let hints = failures
            .iter()
            .filter_map(|failure| failure.hint.as_deref());
        for hint in hints.collect::<BTreeSet<_>>() {
            self.hint(hint);
        }
    }

    /// A document of plain values, which can always be written.
    fn json_line(&self, document: &impl Serialize) -> String {
        let json = super::document::line(document).unwrap_or_default();
        if self.err_terminal {
            text::json_for_terminal(&json).into_owned()
        } else {
            json
        }
    }

    /// Prints what to do next, unless `--quiet` is set.
    pub(crate) fn hint(&self, text: &str) {
        if !self.settings.quiet {
            self.say(Some(("hint", Role::Good)), text);
        }
    }

    /// Writes one line of a worker's log.
    pub(crate) fn log(&self, line: &LogLine, format: LogFormat) {
        let text = match format {
            LogFormat::Text => {
                let colored = self.settings.colored(self.err_terminal);
                let cells = line.cells();
                let painted = cells.iter().map(|cell| {
                    paint(
                        &cell.draw(line.time, self.settings.time),
                        cell.meaning(),
                        colored,
                    )
                });
                painted.collect::<Vec<_>>().join("  ")
            }
            LogFormat::Json => self.json_line(line),
        };
        self.say_raw(&format!("{text}\n"));
    }

    /// Asks a question, if stdin and stderr are terminals and `--no-input` is not set.
    ///
    /// Blocks the thread until there is an answer.
    pub(crate) fn confirm(&self, question: &str) -> Answer {
        let answer = self.ask(&format!("{question} [y/N]"));
        match answer.map(|answer| answer.to_ascii_lowercase()).as_deref() {
            None => Answer::NotAsked,
            Some("y" | "yes") => Answer::Yes,
            Some(_) => Answer::No,
        }
    }

    /// Whether the user may be asked for anything: `--no-input` is not set.
    pub(crate) const fn may_ask(&self) -> bool {
        !self.settings.no_input
    }

    /// Whether questions reach somebody who can answer them.
    pub(crate) const fn can_ask(&self) -> bool {
        self.may_ask() && self.input_terminal && self.err_terminal
    }

    /// Asks for a line of text in the same way, and blocks as well. `None`: it was not asked.
    pub(crate) fn ask(&self, question: &str) -> Option<String> {
        if !self.can_ask() {
            return None;
        }
        // Input that was typed before the question is discarded.
        rustix::termios::tcflush(std::io::stdin(), QueueSelector::IFlush).ok();
        self.say_raw(&format!("{} ", text::escape(question)));
        let mut answer = String::new();
        let read = lock(&self.input).read_line(&mut answer);
        if !answer.ends_with('\n') {
            // After Ctrl-D the cursor is still on the line of the question.
            self.say_raw("\n");
        }
        read.ok()
            .map(|_| answer.trim().to_owned())
            .or(Some(String::new()))
    }

    fn say(&self, label: Option<(&str, Role)>, text: &str) {
        let colored = self.settings.colored(self.err_terminal);
        let mut said = String::new();
        if let Some((label, role)) = label {
            said += &paint(&format!("{label}:"), role, colored);
            said.push(' ');
        }
        // Line breaks stay: an error in a file shows the place on lines of its own.
        for line in text.trim_end().split('\n') {
            said += &text::escape(line);
            said.push('\n');
        }
        self.say_raw(&said);
    }

    fn say_raw(&self, said: &str) {
        self.aside(|| {
            let mut err = lock(&self.err);
            err.to.write_all(said.as_bytes()).ok();
            err.to.flush().ok();
        });
    }
}
