//! Failures, made where the fact is known: what went wrong, what to do about it, and the exit code.

use super::exit::Exit;

/// One failure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub(crate) struct Failure {
    /// The code that the program exits with.
    pub exit: Exit,
    /// A lowercase fragment that names the queue, task or argument.
    pub what: String,
    /// A command to run, or an option to add.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure without a hint.
    pub(crate) fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self {
            exit,
            what: what.into(),
            hint: None,
        }
    }

    /// Arguments that cannot be used, and what to pass instead.
    pub(crate) fn usage(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what).with_hint(hint)
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
        let mut codes = each.iter().map(|failure| failure.exit);
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
