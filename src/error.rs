//! From an error to what is said, what is advised, and the exit code. Nothing else decides these.

use std::collections::BTreeSet;
use std::process::ExitCode;

use clap::error::ContextKind;

use crate::broker::Error as Broker;
use crate::commands::act::{Partly, Refused};
use crate::commands::args::Usage;
use crate::commands::confirm::NotConfirmed;
use crate::commands::cron::{Unreadable, add::Taken, sync::NotSynced};
use crate::commands::enqueue::feed::{FeedFile, LinesFailed};
use crate::commands::enqueue::wait::{TaskFailed, TimedOut, Vanished};
use crate::commands::inspect::NoResult;
use crate::commands::options::PayloadFile;
use crate::commands::selection::Ambiguous;
use crate::commands::{Interrupted, ReadOnly};
use crate::config::ConfigError;
use crate::output::{self, Printer};
use crate::schedule::form::BadSchedule;
use crate::task::{Invalid, NameError, parse::ParseError};

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Something went wrong that has no code of its own.
    Failed,
    /// Wrong arguments, or no confirmation.
    Usage,
    /// No such queue, task or schedule.
    NotFound,
    /// Not allowed: login, ACL, read-only.
    NotAllowed,
    /// Redis is not reachable.
    Unreachable,
    /// Duplicate, id taken, wrong state.
    Conflict,
    /// Some were done, some could not be.
    Partly,
    /// A wait ran out of time.
    TimedOut,
    /// A task waited for failed.
    TaskFailed,
    /// Interrupted.
    Interrupted,
    /// Nobody reads our output any more; nothing is said.
    Quiet,
}

impl Exit {
    /// The number, which scripts rely on.
    pub const fn number(self) -> u8 {
        match self {
            Self::Quiet => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::NotAllowed => 4,
            Self::Unreachable => 5,
            Self::Conflict => 6,
            Self::Partly => 7,
            Self::TimedOut => 8,
            Self::TaskFailed => 9,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

/// Tells what the parser of the command line says: help that was asked for, or a mistake.
///
/// A mistake quotes what was typed, so it takes the way of every error, which escapes it.
pub(crate) fn tell_usage(printer: &Printer, mut error: clap::Error) -> Exit {
    // This list has hidden commands in it; help has a better one.
    error.remove(ContextKind::ValidSubcommand);
    let text = error.render().to_string();
    match (text.strip_prefix("error: "), error.use_stderr()) {
        (Some(mistake), _) => {
            printer.error(mistake, None);
            Exit::Usage
        }
        (None, to_stderr) => {
            // Nobody is left to tell if this fails.
            drop(error.print());
            if to_stderr { Exit::Usage } else { Exit::Quiet }
        }
    }
}

/// Tells the user of an error, and says how to end.
pub(crate) fn tell(printer: &Printer, error: &anyhow::Error) -> Exit {
    let (exit, hint) = error
        .chain()
        .find_map(classify)
        .unwrap_or((Exit::Failed, None));
    match error.chain().find_map(each) {
        Some(errors) => {
            for (text, _) in &errors {
                printer.error(text, None);
            }
            // What helps many of them is said once.
            let hints: BTreeSet<_> = errors
                .iter()
                .filter_map(|(_, error)| of_broker(error).1)
                .collect();
            for hint in hints {
                printer.hint(&hint);
            }
        }
        None if matches!(exit, Exit::Interrupted | Exit::Quiet) => {}
        None if error.is::<LinesFailed>() => {}
        None => {
            printer.error(&sentence(error), None);
            if let Some(hint) = hint {
                printer.hint(&hint);
            }
        }
    }
    exit
}

/// The single errors of a change of many, and what is said of each.
fn each<'a>(cause: &'a (dyn std::error::Error + 'static)) -> Option<Vec<(String, &'a Broker)>> {
    if let Some(not) = cause.downcast_ref::<NotSynced>() {
        let told =
            |(name, error): &'a (String, Broker)| (format!("schedule {name:?}: {error}"), error);
        return Some(not.failed.iter().map(told).collect());
    }
    let refused = cause.downcast_ref::<Refused>().map(|refused| &refused.0);
    let errors = refused.or_else(|| cause.downcast_ref::<Partly>().map(|partly| &partly.0))?;
    Some(
        errors
            .iter()
            .map(|error| (error.to_string(), error))
            .collect(),
    )
}

/// `what (why: why)`.
fn sentence(error: &anyhow::Error) -> String {
    let causes: Vec<String> = error.chain().skip(1).map(ToString::to_string).collect();
    if causes.is_empty() {
        error.to_string()
    } else {
        format!("{error} ({})", causes.join(": "))
    }
}

/// The exit code and the hint for an error that we know.
fn classify(cause: &(dyn std::error::Error + 'static)) -> Option<(Exit, Option<String>)> {
    let hint = |text: &str| Some(text.to_owned());
    if let Some(error) = cause.downcast_ref::<Broker>() {
        return Some(of_broker(error));
    }
    if let Some(refused) = cause.downcast_ref::<Refused>() {
        return Some((of_refused(&refused.0), None));
    }
    if let Some(not) = cause.downcast_ref::<NotSynced>() {
        let errors = not.failed.iter().map(|(_, error)| error);
        let exit = if not.partly {
            Exit::Partly
        } else {
            of_refused(errors)
        };
        return Some((exit, None));
    }
    if let Some(usage) = cause.downcast_ref::<Usage>() {
        return Some((Exit::Usage, hint(&usage.hint)));
    }
    if let Some(bad) = cause.downcast_ref::<BadSchedule>() {
        return Some((Exit::Usage, hint(&bad.hint)));
    }
    if let Some(error) = cause.downcast_ref::<output::Error>() {
        return Some(match error {
            output::Error::Closed => (Exit::Quiet, None),
            output::Error::Io(_) => (Exit::Failed, None),
        });
    }
    if let Some(failed) = cause.downcast_ref::<LinesFailed>() {
        return Some((of_lines(failed), None));
    }
    if let Some(late) = cause.downcast_ref::<TimedOut>() {
        let look = format!("qctl inspect {}", shell_word(late.id.as_str()));
        return Some((Exit::TimedOut, Some(look)));
    }
    of_kind(cause)
}

/// The same for errors of which only the kind matters.
fn of_kind(cause: &(dyn std::error::Error + 'static)) -> Option<(Exit, Option<String>)> {
    let known = [
        (cause.is::<Partly>(), Exit::Partly, None),
        (cause.is::<Interrupted>(), Exit::Interrupted, None),
        (
            cause.is::<NoResult>(),
            Exit::NotFound,
            Some("only tasks enqueued with --retention keep a result"),
        ),
        (
            cause.is::<NotConfirmed>(),
            Exit::Usage,
            Some("repeat it with --yes, or look first with --dry-run"),
        ),
        (
            cause.is::<Ambiguous>(),
            Exit::Conflict,
            Some("name the queue with --queue"),
        ),
        (
            cause.is::<ReadOnly>(),
            Exit::NotAllowed,
            Some("leave out --read-only, and check QCTL_READ_ONLY"),
        ),
        (
            cause.is::<Taken>(),
            Exit::Conflict,
            Some("add --replace to replace it"),
        ),
        (
            cause.is::<Unreadable>(),
            Exit::Failed,
            Some("store it anew with qctl cron add --replace, or remove it"),
        ),
        (cause.is::<ConfigError>(), Exit::Usage, None),
        (cause.is::<PayloadFile>(), Exit::Usage, None),
        (cause.is::<FeedFile>(), Exit::Usage, None),
        (cause.is::<TaskFailed>(), Exit::TaskFailed, None),
        (
            cause.is::<Vanished>(),
            Exit::NotFound,
            Some("it was deleted or merged, or completed without a retention"),
        ),
        (cause.is::<NameError>(), Exit::Usage, None),
        (cause.is::<ParseError>(), Exit::Usage, None),
        (cause.is::<Invalid>(), Exit::Usage, None),
    ];
    known
        .into_iter()
        .find(|(is, ..)| *is)
        .map(|(_, exit, text)| (exit, text.map(str::to_owned)))
}

/// Several changes were refused and none was made: the code is theirs, if they agree.
fn of_refused<'a>(refused: impl IntoIterator<Item = &'a Broker>) -> Exit {
    let mut codes = refused.into_iter().map(|error| of_broker(error).0);
    let first = codes.next().unwrap_or(Exit::Failed);
    if codes.all(|code| code == first) {
        first
    } else {
        Exit::Failed
    }
}

/// Lines of a stream failed: the code is that of the first, if nothing was done besides.
fn of_lines(failed: &LinesFailed) -> Exit {
    match &failed.refusal {
        _ if failed.partly => Exit::Partly,
        Some(refusal) => of_broker(refusal).0,
        None => Exit::Usage,
    }
}

/// The exit code and the hint for an error of the broker.
fn of_broker(error: &Broker) -> (Exit, Option<String>) {
    let hint = |text: &str| Some(text.to_owned());
    match error {
        Broker::QueueNotFound(_) => (Exit::NotFound, hint("qctl ls queues")),
        Broker::ScheduleNotFound(_) => (Exit::NotFound, hint("qctl cron ls")),
        Broker::TaskNotFound { .. } => (Exit::NotFound, hint("qctl ls tasks")),
        Broker::WrongState {
            refusal: crate::task::transition::Refusal::Running,
            id,
            ..
        } => (
            Exit::Conflict,
            Some(format!("qctl cancel {}", shell_word(id.as_str()))),
        ),
        Broker::WrongState { .. } | Broker::Changed { .. } => (Exit::Conflict, None),
        Broker::OutOfPlace { .. } => (
            Exit::Conflict,
            hint("it may be on its way or being merged; try again"),
        ),
        Broker::IdTaken { id, .. } => (
            Exit::Conflict,
            Some(format!("qctl inspect {}", shell_word(id.as_str()))),
        ),
        Broker::Duplicate { .. } => (
            Exit::Conflict,
            hint("its uniqueness lock ends with it, or with its time"),
        ),
        Broker::QueueNotEmpty { .. } => (
            Exit::Conflict,
            hint("add --force to delete its tasks with it"),
        ),
        Broker::QueueActive { .. } => (
            Exit::Conflict,
            hint("pause it and wait, or cancel what runs"),
        ),
        Broker::Invalid(_) | Broker::Tls(_) => (Exit::Usage, None),
        Broker::Unreachable { .. } => (
            Exit::Unreachable,
            hint("check --redis or QCTL_REDIS, and that the server runs"),
        ),
        Broker::NotReady { .. } => (Exit::Unreachable, hint("wait and try again")),
        Broker::Login { .. } => (
            Exit::NotAllowed,
            hint("give user and password in the URL, or the password with --password-file"),
        ),
        Broker::NotPermitted { .. } => (Exit::NotAllowed, hint("ask for the right in Redis's ACL")),
        Broker::ReadOnly { .. } => (Exit::NotAllowed, hint("give the URL of the primary server")),
        Broker::OutOfMemory { .. } => (
            Exit::Failed,
            hint("free memory, for example: qctl delete -s completed -q QUEUE"),
        ),
        Broker::OneOfCluster { .. } => (
            Exit::Failed,
            hint("give the URL as redis-cluster://host:port"),
        ),
        Broker::TooOld { .. } | Broker::Refused { .. } => (Exit::Failed, None),
    }
}

/// A word that can be pasted into a shell, whatever a stranger has put into it.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}
