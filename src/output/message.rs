//! What is said on stderr: notes, warnings, errors, questions, log lines.
//!
//! A failure to write there is ignored: nobody is left to be told.

use std::io::Write as _;

use rustix::termios::QueueSelector;

use super::style::paint;
use super::{LogFormat, Printer, lock};
use crate::view::log::LogLine;
use crate::view::{Role, text};

/// What came of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Go on.
    Yes,
    /// Do not. Anything but a clear yes.
    No,
    /// There was nobody to ask.
    NotAsked,
}

impl Printer {
    /// Says something besides the data, unless the user wants quiet.
    pub(crate) fn note(&self, text: &str) {
        if !self.settings.quiet {
            self.say(None, text);
        }
    }

    /// Says that something may be wrong.
    pub(crate) fn warn(&self, text: &str) {
        self.say(Some(("warning", Role::Warning)), text);
    }

    /// Says what failed and why: `error: <what> (<why>)`.
    pub(crate) fn error(&self, what: &str, why: Option<&str>) {
        let text = match why {
            Some(why) => format!("{what} ({why})"),
            None => what.to_owned(),
        };
        self.say(Some(("error", Role::Error)), &text);
    }

    /// Says what to do next, unless the user wants quiet.
    pub(crate) fn hint(&self, text: &str) {
        if !self.settings.quiet {
            self.say(Some(("hint", Role::Good)), text);
        }
    }

    /// Writes one line of a running worker's log.
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
            // Only times, numbers and strings: this cannot fail.
            LogFormat::Json => {
                let json = super::document::line(line).unwrap_or_default();
                if self.err_terminal {
                    text::json_for_terminal(&json).into_owned()
                } else {
                    json
                }
            }
        };
        self.say_raw(&format!("{text}\n"));
    }

    /// Asks, if there is a person at both ends and questions are welcome.
    ///
    /// Waits for the answer, so nothing else should be under way.
    pub(crate) fn confirm(&self, question: &str) -> Answer {
        if self.settings.no_input || !self.input_terminal || !self.err_terminal {
            return Answer::NotAsked;
        }
        // What was typed before the question was there is not an answer to it.
        rustix::termios::tcflush(std::io::stdin(), QueueSelector::IFlush).ok();
        self.say_raw(&format!("{} [y/N] ", text::escape(question)));
        let mut answer = String::new();
        let read = lock(&self.input).read_line(&mut answer);
        if !answer.ends_with('\n') {
            // Ctrl-D leaves the cursor on the question's line.
            self.say_raw("\n");
        }
        match (read, answer.trim().to_ascii_lowercase().as_str()) {
            (Ok(_), "y" | "yes") => Answer::Yes,
            _ => Answer::No,
        }
    }

    fn say(&self, label: Option<(&str, Role)>, text: &str) {
        let colored = self.settings.colored(self.err_terminal);
        let mut said = String::new();
        if let Some((label, role)) = label {
            said += &paint(&format!("{label}:"), role, colored);
            said.push(' ');
        }
        // Line breaks stay: a complaint about a file shows the place in it.
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
