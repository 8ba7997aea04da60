//! How failures reach the user: wording, hints and exit codes.
//!
//! A command that knows more than the error of a library makes a [`Failure`] on the spot. What comes from
//! below (broker, inspector, configuration, names, printer) gets its exit code and its hint here.

mod broker;
mod exit;
mod failure;
mod inspector;

use std::borrow::Cow;
use std::collections::BTreeSet;

use clap::error::ContextKind;

pub(crate) use exit::Exit;
pub(crate) use failure::{Failure, Failures, shell_word};

use crate::broker::Error as BrokerError;
use crate::config::ConfigError;
use crate::inspector::Error as InspectorError;
use crate::output::{self, Printer};
use crate::schedule::sync::BadSchedules;
use crate::task::{Invalid, NameError, parse::ParseError};

/// Reports what the parser of the command line says: the help that was asked for, or a mistake.
///
/// A mistake quotes what was typed, so the printer escapes it, as it does with every error.
pub(crate) fn report_usage(printer: &Printer, mut error: clap::Error) -> Exit {
    // This list has hidden commands in it; the help text has a better one.
    error.remove(ContextKind::ValidSubcommand);
    let text = error.render().to_string();
    match (text.strip_prefix("error: "), error.use_stderr()) {
        (Some(mistake), _) => {
            printer.error(mistake, None);
            Exit::Usage
        }
        (None, to_stderr) => {
            // A closed stdout cannot be reported to anybody.
            drop(error.print());
            if to_stderr { Exit::Usage } else { Exit::Done }
        }
    }
}

/// Prints an error with its hint to stderr and returns the exit code.
pub(crate) fn report(printer: &Printer, error: &anyhow::Error) -> Exit {
    if let Some(output::Error::Closed) = error.downcast_ref() {
        return Exit::Done;
    }
    if let Some(failures) = several(error) {
        for failure in &failures.each {
            printer.error(&failure.what, None);
        }
        let hints = failures.each.iter().filter_map(|one| one.hint.as_deref());
        for hint in hints.collect::<BTreeSet<_>>() {
            printer.hint(hint);
        }
        return failures.exit;
    }
    let known = error.chain().find_map(known);
    let Failure { exit, hint, .. } = known.unwrap_or_else(|| Failure::new(Exit::Failed, ""));
    printer.error(&sentence(error), None);
    if let Some(hint) = hint {
        printer.hint(&hint);
    }
    exit
}

/// The failures of an error that stands for several.
fn several(error: &anyhow::Error) -> Option<Cow<'_, Failures>> {
    if let Some(failures) = error.downcast_ref() {
        return Some(Cow::Borrowed(failures));
    }
    let each = if let Some(BadSchedules(all)) = error.downcast_ref() {
        let each = all
            .iter()
            .map(|bad| Failure::usage(bad.to_string(), &bad.hint));
        each.collect()
    } else if let Some(ConfigError::Mistakes(all)) = error.downcast_ref() {
        let each = all.iter().map(|what| Failure::new(Exit::Usage, what));
        each.collect()
    } else {
        return None;
    };
    Some(Cow::Owned(Failures::all(each)))
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

/// The exit code and the hint of an error, if its type has any.
fn known(cause: &(dyn std::error::Error + 'static)) -> Option<Failure> {
    if let Some(failure) = cause.downcast_ref::<Failure>() {
        return Some(failure.clone());
    }
    if let Some(error) = cause.downcast_ref::<BrokerError>() {
        return Some(error.into());
    }
    if let Some(error) = cause.downcast_ref::<InspectorError>() {
        return Some(error.into());
    }
    if let Some(error @ ConfigError::NoHandler) = cause.downcast_ref() {
        let hint = "add --handle 'TYPE=COMMAND', or [handlers.\"TYPE\"] in qctl.toml";
        return Some(Failure::usage(error.to_string(), hint));
    }
    if let Some(wrong @ ConfigError::Address { error, .. }) = cause.downcast_ref() {
        return Some(Failure::usage(wrong.to_string(), error.hint()));
    }
    if let Some(wrong @ ConfigError::TlsUnused(_)) = cause.downcast_ref() {
        return Some(Failure::usage(wrong.to_string(), "use rediss:// for TLS"));
    }
    let is_usage = cause.is::<ConfigError>()
        || cause.is::<NameError>()
        || cause.is::<ParseError>()
        || cause.is::<Invalid>();
    is_usage.then(|| Failure::new(Exit::Usage, cause.to_string()))
}
