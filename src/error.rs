//! How failures reach the user: wording, hints and codes.
//!
//! A command that knows more than the error of a library makes a [`Failure`] on the spot. Errors of the
//! layers above `failure` (configuration, names, printer) get their codes and hints here.

mod usage;

use std::borrow::Cow;

pub(crate) use crate::failure::{Code, Exit, Failure, Failures, shell_word};
pub(crate) use usage::{Usage, usage};

use crate::broker::Error as BrokerError;
use crate::config::ConfigError;
use crate::inspector::Error as InspectorError;
use crate::output::{self, Printer};
use crate::schedule::sync::BadSchedules;
use crate::task::{Invalid, NameError, parse::ParseError};

impl Failure {
    /// Prints the failure with its hint and returns the exit code.
    pub(crate) fn print(&self, printer: &Printer) -> Exit {
        printer.failure(&self.document());
        self.code.exit()
    }
}

/// Prints an error with its hint to stderr and returns the exit code.
pub(crate) fn report(printer: &Printer, error: &anyhow::Error) -> Exit {
    if let Some(output::Error::Closed) = error.downcast_ref() {
        return Exit::Done;
    }
    if let Some(failures) = several(error) {
        let documents: Vec<_> = failures.each.iter().map(Failure::document).collect();
        printer.failures(&documents);
        return failures.exit;
    }
    one(error).print(printer)
}

/// Prints an error with its hint to stderr, for a command with exit codes of its own.
pub(crate) fn report_with(printer: &Printer, error: &anyhow::Error, exit: Exit) {
    let each = several(error).map_or_else(|| vec![one(error)], |all| all.into_owned().each);
    let documents: Vec<_> = each
        .iter()
        .map(|failure| failure.document_with(exit))
        .collect();
    printer.failures(&documents);
}

/// An error that stands for itself, as a failure.
fn one(error: &anyhow::Error) -> Failure {
    let known = error.chain().find_map(known);
    Failure {
        what: sentence(error),
        ..known.unwrap_or_else(|| Failure::new(Exit::Failed, ""))
    }
}

/// Whether Redis may answer later.
pub(crate) fn is_passing(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<InspectorError>()
        .is_some_and(InspectorError::passing)
}

/// An error in one line, for a log.
pub(crate) fn line(error: &anyhow::Error) -> String {
    let what = match several(error) {
        Some(failures) => {
            let each = failures.each.iter().map(|failure| failure.what.as_str());
            each.collect::<Vec<_>>().join("; ")
        }
        None => sentence(error),
    };
    what.replace('\n', "; ")
}

/// The same, without the usage that follows a mistake on the command line after an empty line.
pub(crate) fn first_line(error: &anyhow::Error) -> String {
    let line = line(error);
    let first = line.split("; ; ").next();
    first.map_or_else(String::new, str::to_owned)
}

/// The failures of an error that stands for several.
fn several(error: &anyhow::Error) -> Option<Cow<'_, Failures>> {
    if let Some(failures) = error.downcast_ref() {
        return Some(Cow::Borrowed(failures));
    }
    let each = if let Some(BadSchedules(all)) = error.downcast_ref() {
        let each = all
            .iter()
            .map(|bad| Failure::new(Code::Schedule, bad.to_string()).with_hint(&bad.hint));
        each.collect()
    } else if let Some(ConfigError::Mistakes(all)) = error.downcast_ref() {
        let each = all.iter().map(|what| Failure::new(Code::Config, what));
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

/// The code and the hint of an error, if its type has any.
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
    if let Some(error @ ConfigError::NoContext { known, .. }) = cause.downcast_ref() {
        let hint = match known.as_slice() {
            [] => "qctl context add --help".to_owned(),
            known => format!("contexts are {}", known.join(", ")),
        };
        return Some(Failure::new(Code::NotFound, error.to_string()).with_hint(hint));
    }
    if let Some(error @ ConfigError::NoHandler) = cause.downcast_ref() {
        let hint = "add --handle 'TYPE=COMMAND', or [handlers.\"TYPE\"] in qctl.toml";
        return Some(Failure::usage(error.to_string(), hint));
    }
    if let Some(wrong @ ConfigError::Address { error, .. }) = cause.downcast_ref() {
        return Some(Failure::new(Code::Url, wrong.to_string()).with_hint(error.hint()));
    }
    if let Some(wrong @ ConfigError::TlsUnused(_)) = cause.downcast_ref() {
        return Some(Failure::new(Code::Tls, wrong.to_string()).with_hint("use rediss:// for TLS"));
    }
    if let Some(wrong @ ConfigError::NoSentinels(_)) = cause.downcast_ref() {
        let hint =
            "use redis-sentinel://HOST:26379/DB?master=NAME, or sentinels and master in [redis]";
        return Some(Failure::new(Code::Config, wrong.to_string()).with_hint(hint));
    }
    if let Some(wrong @ ConfigError::Open(_)) = cause.downcast_ref() {
        let hint = "listen on 127.0.0.1, or choose another --auth";
        return Some(Failure::new(Code::Config, wrong.to_string()).with_hint(hint));
    }
    if cause.is::<ConfigError>() {
        return Some(Failure::new(Code::Config, cause.to_string()));
    }
    let is_usage = cause.is::<NameError>() || cause.is::<ParseError>() || cause.is::<Invalid>();
    is_usage.then(|| Failure::new(Code::Usage, cause.to_string()))
}
