//! Translates errors of the client library.
//!
//! Redis 6.2 wraps errors of commands inside a script into a plain `ERR`, so the text is searched where the code
//! says nothing.

use redis::{Cmd, ErrorKind, RedisError};

use crate::broker::denied::Denied;
use crate::broker::error::{Error, Scope};
use crate::broker::fault::Fault;

/// Wrong or missing logins. `SELECT` before a login loses the code. `DENIED` is protected mode: no password is set.
const LOGIN: &[&str] = &["WRONGPASS", "NOAUTH", "Authentication required", "DENIED"];

const READ_ONLY: &[&str] = &["READONLY", "MISCONF", "NOREPLICAS"];

const NOT_READY: &[&str] = &["LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN"];

/// Who was asked.
pub(super) struct Asked<'a> {
    /// The address without the password.
    pub(super) address: &'a str,
    /// The user of the login, if one is named.
    pub(super) user: Option<&'a str>,
    pub(super) scope: Scope,
}

/// Translates an error of `sent`.
pub(super) fn error<'a>(
    error: &RedisError,
    asked: &Asked<'_>,
    sent: impl IntoIterator<Item = &'a Cmd>,
) -> Error {
    let (address, scope) = (asked.address.to_owned(), asked.scope);
    if let Some(fault) = fault(error) {
        return Error::Unreachable {
            address,
            fault,
            scope,
        };
    }
    match denied(error, asked.user, sent) {
        Some(denied) => Error::NotPermitted { address, denied },
        None => refusal(error, address, scope),
    }
}

/// The right that a user lacks, if that is the error.
pub(super) fn denied<'a>(
    error: &RedisError,
    user: Option<&str>,
    sent: impl IntoIterator<Item = &'a Cmd>,
) -> Option<Denied> {
    Denied::read(&words(error), user, sent)
}

/// Why Redis did not answer; `None` if it did.
pub(super) fn fault(error: &RedisError) -> Option<Fault> {
    if let Some(fault) = Fault::carried_by(error) {
        return Some(fault);
    }
    if error.is_timeout() {
        return Some(Fault::Timeout);
    }
    if error.kind() == ErrorKind::Parse {
        return Some(Fault::NotRedis);
    }
    let network = error.is_io_error() || error.is_connection_dropped();
    network.then(|| Fault::Network(strip_secrets(error)))
}

/// Translates an answer of Redis that is not about rights.
fn refusal(error: &RedisError, address: String, scope: Scope) -> Error {
    let reason = words(error);
    let says = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    if error.kind() == ErrorKind::AuthenticationFailed {
        // The client library drops the words of the server, which tell these apart.
        let reason = "wrong user name or password, or none is set on the server".to_owned();
        return Error::Login { address, reason };
    }
    if says(LOGIN) {
        return Error::Login { address, reason };
    }
    // Redis 6.2 quotes commands with backticks.
    if says(&["unknown command 'SELECT'", "unknown command `SELECT`"]) {
        let fault = Fault::Sentinel;
        return Error::Unreachable {
            address,
            fault,
            scope,
        };
    }
    if says(&["DB index is out of range"]) {
        return Error::NoDatabase { address };
    }
    if says(&["OOM"]) {
        return Error::OutOfMemory {
            address,
            reason,
            scope,
        };
    }
    if says(READ_ONLY) {
        return Error::ReadOnly {
            address,
            reason,
            scope,
        };
    }
    // A cluster whose slots are being moved. If a script hits this half-way, only the message of the error says so.
    let elsewhere = error.redirect_node().is_some() || says(&["non local key"]);
    if elsewhere && !address.contains("-cluster://") {
        return Error::OneOfCluster { address, reason };
    }
    if elsewhere || says(NOT_READY) {
        return Error::NotReady {
            address,
            reason,
            scope,
        };
    }
    Error::Refused { address, reason }
}

/// The error code and the message of the server on one line, or the message of the client library.
fn words(error: &RedisError) -> String {
    let detail = error.detail().unwrap_or_default();
    let said = match error.code() {
        Some(code) if !detail.is_empty() => format!("{code} {detail}"),
        // A pipeline: the first of its errors stands for all.
        code => match error.clone().into_server_errors() {
            Some(errors) if !errors.is_empty() => {
                let (_, first) = &errors[0];
                format!("{} {}", first.code(), first.details().unwrap_or_default())
            }
            _ => code.map_or_else(|| strip_secrets(error), str::to_owned),
        },
    };
    // Redis 7 adds the hash of the script and its line. Valkey does too, and says "ACL failure in script: …" before.
    let said = match said.rsplit_once(" script: ") {
        Some((message, place)) if place.contains("@user_script") => message,
        Some(_) | None => &said,
    };
    // Protected mode explains itself at length.
    said.lines().next().unwrap_or_default().trim().to_owned()
}

/// The text of an error that did not come from the server. None carries a password today; connection
/// strings are cut all the same, should a later version of the client quote one.
fn strip_secrets(error: &RedisError) -> String {
    let text = error.to_string();
    match (text.find("://"), text.rfind('@')) {
        (Some(start), Some(end)) if start < end => {
            format!("{}***{}", &text[..start + 3], &text[end..])
        }
        _ => text,
    }
}
