//! Reads what a process says, and passes its answers on to the attempts.

use std::fmt::Display;
use std::sync::Arc;

use tokio::io::AsyncRead;
use tokio::sync::oneshot;

use super::desk::{Answer, Desk, Doom};
use super::lines::{Line, Lines};
use super::voice::{Stream, Voice};
use crate::document::pipe::{Addressed, FromProcess, LogLevel, Then, VERSION};
use crate::task::transition::{Failure, MAX_RESULT_BYTES, TaskResult, Verdict};
use crate::worker::event::NoteLevel;

/// The longest line that is read: the length of a result is limited to much less.
const MAX_LINE_BYTES: usize = 16 * 1024 * 1024;

/// So much of a line is repeated in the log.
const SHOWN_CHARS: usize = 120;

/// What a process has said of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ready {
    /// Whether it understands `cancel`.
    pub(super) cancel: bool,
    /// Whether it understands `drain`.
    pub(super) drain: bool,
    /// How many tasks it takes at a time.
    pub(super) concurrency: usize,
}

/// Listens to one process.
pub(super) struct Hearing {
    pub(super) desk: Arc<Desk>,
    pub(super) voice: Arc<Voice>,
    /// Taken by the first `ready`. The error says what is wrong with it.
    pub(super) ready: Option<oneshot::Sender<Result<Ready, String>>>,
}

impl Hearing {
    /// Reads to the end.
    pub(super) async fn listen(mut self, output: impl AsyncRead + Unpin) {
        let mut lines = Lines::new(output, MAX_LINE_BYTES);
        while let Some(line) = lines.next().await {
            match line {
                Line::Whole(line) => self.hear(line),
                Line::TooLong(head) => self.too_long(head),
            }
        }
        // Nothing that it is given could be answered. If it has ended, that is known first.
        self.desk.doom(Doom {
            why: "it has closed its standard output".to_owned(),
            verdict: Verdict::Retry,
        });
    }

    fn hear(&mut self, line: &[u8]) {
        let line = line.trim_ascii();
        if line.is_empty() {
            return;
        }
        if line[0] != b'{' {
            return self.stray(line, &"no message");
        }
        match serde_json::from_slice::<FromProcess<'_>>(line) {
            Ok(said) => self.said(said),
            Err(error) => self.unreadable(line, &error),
        }
    }

    fn said(&mut self, said: FromProcess<'_>) {
        match (&*said.message, said.attempt_id) {
            ("done", Some(attempt_id)) => {
                let answer = match said.into_result() {
                    Ok(bytes) if bytes.len() > MAX_RESULT_BYTES => {
                        Ok(TaskResult::TooLarge(bytes.len() as u64))
                    }
                    Ok(bytes) => Ok(bytes.into()),
                    Err(error) => Err(unreadable(&format!("the result {error}"))),
                };
                self.answered(attempt_id, answer);
            }
            ("fail", Some(attempt_id)) => self.answered(attempt_id, Err(failure(said))),
            ("done" | "fail", None) => {
                self.wrong(|| format!("its answer {:?} has no attempt_id", said.message));
            }
            ("ready", _) => self.got_ready(&said),
            ("log", _) => {
                let level = match said.level.unwrap_or_default() {
                    LogLevel::Debug => NoteLevel::Debug,
                    LogLevel::Info => NoteLevel::Info,
                    LogLevel::Warn => NoteLevel::Warn,
                    LogLevel::Error => NoteLevel::Error,
                };
                let text = said.text.unwrap_or_default();
                if let Some(attempt_id) = said.attempt_id {
                    self.desk.print(attempt_id, &text);
                }
                self.repeat(level, said.attempt_id, text);
            }
            ("progress", attempt_id) => {
                let percent = said.percent.map(|percent| format!("{percent}%"));
                let words: Vec<String> = percent.into_iter().chain(said.text).collect();
                self.repeat(NoteLevel::Debug, attempt_id, words.join(" "));
            }
            // Of a later version, which offers it to earlier ones as well.
            _ => {}
        }
    }

    fn answered(&self, attempt_id: u64, answer: Answer) {
        if !self.desk.answer(attempt_id, answer) {
            self.wrong(|| {
                format!("it answered attempt {attempt_id}, which it does not have: it was answered before, or never given")
            });
        }
    }

    fn got_ready(&mut self, said: &FromProcess<'_>) {
        let Some(ready) = self.ready.take() else {
            return self.wrong(|| "it said ready more than once".to_owned());
        };
        let can = |name: &str| {
            let mut all = said.capabilities.iter().flatten();
            all.any(|capability| capability == name)
        };
        let read = match (said.version, said.concurrency.unwrap_or(1)) {
            (Some(VERSION), 0) => Err("its ready message has a concurrency of 0".to_owned()),
            (Some(VERSION), concurrency) => Ok(Ready {
                cancel: can("cancel"),
                drain: can("drain"),
                concurrency,
            }),
            (Some(version), _) => Err(format!(
                "it speaks version {version} of the protocol, and not {VERSION}"
            )),
            (None, _) => Err(format!("its ready message lacks \"version\": {VERSION}")),
        };
        // Whoever waited may have given up.
        ready.send(read).ok();
    }

    fn repeat(&self, level: NoteLevel, attempt_id: Option<u64>, text: String) {
        self.voice.repeat(Stream::Output, level, || {
            let task = attempt_id.and_then(|attempt_id| self.desk.task(attempt_id));
            (task, text)
        });
    }

    /// Something that its author should know.
    fn wrong(&self, text: impl FnOnce() -> String) {
        self.voice
            .repeat(Stream::Output, NoteLevel::Warn, || (None, text()));
    }

    fn stray(&self, line: &[u8], problem: &dyn Display) {
        self.wrong(|| {
            let text = String::from_utf8_lossy(&line[..line.len().min(4 * SHOWN_CHARS)]);
            let text: String = text.chars().take(SHOWN_CHARS).collect();
            format!(
                "a line on standard output is {problem}: {text:?}. Print to standard error instead"
            )
        });
    }

    /// An answer that cannot be read fails its attempt, which would wait for another one until its timeout.
    fn unreadable(&self, line: &[u8], error: &serde_json::Error) {
        let addressed = serde_json::from_slice::<Addressed>(line);
        let answered = addressed.is_ok_and(|addressed| {
            let answer = Err(unreadable(&error.to_string()));
            self.desk.answer(addressed.attempt_id, answer)
        });
        if !answered {
            self.stray(line, &format_args!("no message ({error})"));
        }
    }

    fn too_long(&self, head: &[u8]) {
        let why = "it printed a line of more than 16 MiB";
        let attempt_id = attempt_id_in(head).or_else(|| self.desk.only_held());
        let failed = || {
            Err(Failure::new(
                format!("unreadable answer: {why}"),
                Verdict::Retry,
            ))
        };
        match attempt_id {
            Some(attempt_id) if self.desk.answer(attempt_id, failed()) => {
                self.wrong(|| why.to_owned());
            }
            // One of its tasks would never be answered.
            _ => self.desk.doom(Doom {
                why: why.to_owned(),
                verdict: Verdict::Retry,
            }),
        }
    }
}

/// The attempt that the beginning of a message names.
fn attempt_id_in(head: &[u8]) -> Option<u64> {
    let head = String::from_utf8_lossy(head);
    let (_, rest) = head.split_once("\"attempt_id\"")?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start();
    let digits = rest.find(|c: char| !c.is_ascii_digit())?;
    rest[..digits].parse().ok()
}

fn unreadable(problem: &str) -> Failure {
    Failure::new(format!("unreadable answer: {problem}"), Verdict::Retry)
}

fn failure(said: FromProcess<'_>) -> Failure {
    let verdict = match said.then.unwrap_or_default() {
        Then::Retry => Verdict::Retry,
        Then::Skip => Verdict::GiveUp,
        Then::Release => Verdict::Release,
    };
    let error = said.error.filter(|error| !error.is_empty());
    let error = error.unwrap_or_else(|| "failed without an error text".to_owned());
    Failure {
        delay: said.after.map(|after| after.0),
        ..Failure::new(error, verdict)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_a_message_may_name_its_attempt() {
        let id = |head: &str| attempt_id_in(head.as_bytes());
        assert_eq!(
            id(r#"{"message":"done","attempt_id" : 17,"result":"xx"#),
            Some(17)
        );
        assert_eq!(id(r#"{"message":"done","result":"xx"#), None);
        assert_eq!(id(r#"{"attempt_id":17"#), None);
        assert_eq!(id(r#"{"attempt_id":"17","#), None);
    }
}
