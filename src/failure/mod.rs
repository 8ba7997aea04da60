//! Failures, made where the fact is known: what went wrong, what to do about it, and the code. The program prints
//! them, the page shows them, and both write the same document.
//!
//! `broker` and `inspector` give the errors of these layers their codes and hints.

mod broker;
mod code;
mod exit;
mod inspector;

pub(crate) use code::Code;
pub(crate) use exit::Exit;

use crate::document::failure::FailureDocument;
use crate::task::{QueueName, TaskId};

/// One failure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub(crate) struct Failure {
    pub code: Code,
    /// The message: a lowercase fragment that names the queue, task or argument.
    pub what: String,
    /// What to do: a command to run, or an option to add.
    pub hint: Option<String>,
    /// The queue concerned.
    pub queue: Option<String>,
    /// The id of the task concerned.
    pub id: Option<String>,
}

impl Failure {
    /// A failure without a hint. An exit code stands for its general code.
    pub(crate) fn new(code: impl Into<Code>, what: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            what: what.into(),
            hint: None,
            queue: None,
            id: None,
        }
    }

    /// Arguments that cannot be used, and what to pass instead.
    pub(crate) fn usage(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what).with_hint(hint)
    }

    pub(crate) fn document(&self) -> FailureDocument {
        self.document_with(self.code.exit())
    }

    /// The document, for a command with exit codes of its own.
    pub(crate) fn document_with(&self, exit: Exit) -> FailureDocument {
        FailureDocument {
            code: self.code.word(),
            message: self.what.clone(),
            hint: self.hint.clone(),
            exit_code: exit.number(),
            queue: self.queue.clone(),
            id: self.id.clone(),
        }
    }

    /// The same failure, about a task or a queue.
    #[must_use]
    pub(crate) fn about(mut self, queue: Option<&QueueName>, id: Option<&TaskId>) -> Self {
        self.queue = queue.map(ToString::to_string);
        self.id = id.map(ToString::to_string);
        self
    }

    /// The same failure with a hint.
    #[must_use]
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Several failures: each is reported on a line of its own, a hint common to several of them once.
#[derive(Debug, Clone, thiserror::Error)]
#[error("several changes failed")]
pub(crate) struct Failures {
    pub exit: Exit,
    pub each: Vec<Failure>,
}

impl Failures {
    /// Nothing was changed. The exit code is that of the failures, if they agree.
    pub(crate) fn all(each: Vec<Failure>) -> Self {
        let mut codes = each.iter().map(|failure| failure.code.exit());
        let first = codes.next().unwrap_or(Exit::Failed);
        let exit = if codes.all(|code| code == first) {
            first
        } else {
            Exit::Failed
        };
        Self { exit, each }
    }

    /// Other changes were made.
    pub(crate) const fn some(each: Vec<Failure>) -> Self {
        Self {
            exit: Exit::Partly,
            each,
        }
    }
}

/// Quotes a word for a shell: ids and names in hints may hold anything.
pub(crate) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}
