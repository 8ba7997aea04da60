//! The text of a draft.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};

use super::{Draft, Purpose};
use crate::document::json;
use crate::document::payload::{Payload, PayloadEncoding};
use crate::task::State;
use crate::task::parse::duration_text;
use crate::task::time::from_second;

/// The value of an option that is not set.
pub(super) const NONE: &str = "none";

/// How an error is put in front of a text.
const ERROR: &str = "# error: ";

/// Characters in a line of base64.
const BASE64_WIDTH: usize = 76;

impl Draft {
    /// The text for the editor.
    pub(crate) fn text(&self) -> String {
        let options = self.options().into_iter();
        let options: String = options
            .flat_map(|(key, value)| [key, ": ", &value, "\n"].map(str::to_owned))
            .collect();
        let (encoding, body) = self.body();
        format!(
            "{}\n{options}\n\
             # What follows the line \"payload\" is the payload, without the last line break.\n\
             # It is json (stored without the spaces between values), text or base64.\n\
             payload: {}\n{body}\n",
            self.explanation(),
            encoding_name(encoding),
        )
    }

    /// The first comment.
    fn explanation(&self) -> String {
        let message = &self.message;
        let (id, kind) = (self.id.as_str(), &message.kind);
        match self.purpose {
            Purpose::Edit => {
                let error = match message.last_error.as_str() {
                    "" => String::new(),
                    error => format!("# Last error: {error:?}\n"),
                };
                format!(
                    "# Task {id:?} of type {kind:?}: {}, retried {} of {} times\n{error}\
                     #\n\
                     # Save the file and close the editor to change the task. Nothing is changed if\n\
                     # the text stays as it is, or is empty.\n",
                    self.state, message.retried, message.max_retry,
                )
            }
            Purpose::Copy => format!(
                "# A copy of task {id:?} of type {kind:?}\n\
                 #\n\
                 # Save the file and close the editor to enqueue the copy. Nothing is enqueued if\n\
                 # the text is empty. With \"at: none\" it starts at once; with \"unique: 10m\" no\n\
                 # other task like it is accepted for so long.\n"
            ),
        }
    }

    /// The options of the task, as `qctl edit` or `qctl enqueue` names and reads them.
    pub(crate) fn options(&self) -> Vec<(&'static str, String)> {
        let message = &self.message;
        let mut options = vec![("queue", self.queue.as_str().escape_debug().to_string())];
        options.extend(self.start().map(|start| ("at", start)));
        options.extend([
            ("max-retry", message.max_retry.to_string()),
            ("timeout", span(message.timeout)),
            ("deadline", second(message.deadline)),
            ("retention", span(message.retention)),
        ]);
        if self.purpose == Purpose::Copy {
            let group = match message.group.as_str() {
                "" => NONE.to_owned(),
                group => group.escape_debug().to_string(),
            };
            options.extend([("unique", NONE.to_owned()), ("group", group)]);
        }
        options
    }

    /// When the task is due; `None` if it has no start that could be changed.
    fn start(&self) -> Option<String> {
        match self.purpose {
            Purpose::Edit => matches!(self.state, State::Scheduled | State::Retry)
                .then(|| self.start_at.map_or_else(|| "unknown".to_owned(), time)),
            Purpose::Copy => {
                let start = self.start_at.filter(|_| self.state == State::Scheduled);
                Some(start.map_or_else(|| NONE.to_owned(), time))
            }
        }
    }

    /// The payload as it is shown, and how.
    pub(crate) fn body(&self) -> (PayloadEncoding, String) {
        match Payload::new(self.message.payload.clone()) {
            Payload::Json(raw) => (PayloadEncoding::Json, json::pretty(raw.get())),
            Payload::OddJson(text) => (PayloadEncoding::Json, json::pretty(&text)),
            Payload::Text(text) if text.chars().all(is_kept_by_editors) => {
                (PayloadEncoding::Text, text)
            }
            Payload::Text(text) => (PayloadEncoding::Base64, base64_lines(text.as_bytes())),
            Payload::Bytes(bytes) => (PayloadEncoding::Base64, base64_lines(&bytes)),
        }
    }
}

/// A text with an error in front of it, in place of an earlier one.
pub(crate) fn with_error(text: &str, error: &str) -> String {
    let mut rest = text;
    while let Some((line, after)) = rest.split_once('\n')
        && line.starts_with(ERROR)
    {
        rest = after;
    }
    format!("{ERROR}{error}\n{rest}")
}

pub(crate) const fn encoding_name(encoding: PayloadEncoding) -> &'static str {
    match encoding {
        PayloadEncoding::Json => "json",
        PayloadEncoding::Text => "text",
        PayloadEncoding::Base64 => "base64",
    }
}

/// Editors may change other control characters, and carriage returns, when they save.
fn is_kept_by_editors(c: char) -> bool {
    matches!(c, '\n' | '\t') || !c.is_control()
}

fn base64_lines(bytes: &[u8]) -> String {
    let encoded = STANDARD.encode(bytes);
    let mut lines = String::with_capacity(encoded.len() + encoded.len() / BASE64_WIDTH);
    for (index, c) in encoded.chars().enumerate() {
        if index > 0 && index % BASE64_WIDTH == 0 {
            lines.push('\n');
        }
        lines.push(c);
    }
    lines
}

fn span(seconds: i64) -> String {
    match u64::try_from(seconds) {
        Ok(0) => NONE.to_owned(),
        Ok(seconds) => duration_text(Duration::from_secs(seconds)),
        Err(_) => format!("{seconds}s"),
    }
}

fn second(second: i64) -> String {
    match second {
        0 => NONE.to_owned(),
        _ => from_second(second).map_or_else(|| second.to_string(), time),
    }
}

pub(super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
