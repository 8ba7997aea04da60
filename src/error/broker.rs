//! Codes and hints of the broker's errors.

use super::code::Code;
use super::failure::{Failure, shell_word};
use crate::broker::{Error, Fault};
use crate::task::is_short_id;
use crate::task::transition::Refusal;

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let (code, hint) = code_and_hint(error);
        let (queue, id) = error.subject();
        Self {
            hint,
            ..Self::new(code, error.to_string()).about(queue, id)
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

fn code_and_hint(error: &Error) -> (Code, Option<String>) {
    let hint = |text: &str| Some(text.to_owned());
    let about = |command: &str, id: &crate::task::TaskId| {
        Some(format!("qctl {command} {}", shell_word(id.as_str())))
    };
    match error {
        Error::QueueNotFound(_) => (Code::QueueNotFound, hint("qctl ls queues")),
        Error::ScheduleNotFound(_) => (Code::ScheduleNotFound, hint("qctl cron ls")),
        Error::TaskNotFound { id, .. } if is_short_id(id.as_str()) => (
            Code::TaskNotFound,
            Some(format!("give the whole id: qctl inspect {id} -o id")),
        ),
        Error::TaskNotFound { .. } => (Code::TaskNotFound, hint("qctl ls tasks")),
        Error::WrongState {
            refusal: Refusal::Running,
            id,
            ..
        } => (Code::WrongState, about("cancel", id)),
        Error::WrongState { .. } | Error::Changed { .. } => (Code::WrongState, None),
        Error::OutOfPlace { .. } => (
            Code::OutOfPlace,
            hint("a server may be moving or merging it; try again"),
        ),
        Error::IdTaken { id, .. } => (Code::IdTaken, about("inspect", id)),
        Error::Duplicate { .. } => (
            Code::Duplicate,
            hint("its uniqueness lock ends with it, or with its time"),
        ),
        Error::QueueNotEmpty { .. } => (
            Code::QueueNotEmpty,
            hint("add --force to delete its tasks with it"),
        ),
        Error::QueueActive { .. } => (
            Code::QueueActive,
            hint("pause the queue and wait, or cancel its running tasks"),
        ),
        Error::Invalid(_) => (Code::Usage, None),
        Error::Tls(_) => (Code::Tls, None),
        Error::Unanswered { id, .. } => (
            Code::Unanswered,
            Some(format!(
                "to be sure, repeat it with --id {} --on-conflict ignore",
                shell_word(id.as_str())
            )),
        ),
        Error::Unreachable { fault, .. } => (Code::Unreachable, hint(&fault_hint(fault))),
        Error::NotReady { .. } => (Code::NotReady, hint("wait and try again")),
        Error::NoDatabase { .. } => (
            Code::NoDatabase,
            hint("Redis has the databases 0–15, unless it is configured otherwise"),
        ),
        Error::Login { .. } => (
            Code::Login,
            hint("pass user and password in the URL, or the password with --password-file"),
        ),
        Error::NotPermitted { reason, .. } => (Code::NoPermission, Some(right_hint(reason))),
        Error::ReadOnly { .. } => (Code::Replica, hint("pass the URL of the primary server")),
        Error::OutOfMemory { .. } => (
            Code::OutOfMemory,
            hint("free memory, for example: qctl delete -s completed -q QUEUE"),
        ),
        Error::OneOfCluster { .. } => (
            Code::OneOfCluster,
            hint("pass the URL as redis-cluster://HOST:PORT"),
        ),
        Error::WrongType { .. } => (
            Code::WrongType,
            hint(
                "rename or delete the key with redis-cli, or delete the queue: qctl drop QUEUE --force",
            ),
        ),
        Error::TooOld { .. } => (Code::TooOld, None),
        Error::Refused { reason, .. } if reason.contains("cluster support disabled") => (
            Code::RefusedByRedis,
            hint("pass the URL as redis://HOST:PORT"),
        ),
        Error::Refused { .. } => (Code::RefusedByRedis, None),
    }
}

/// What to do about a connection that cannot be made.
fn fault_hint(fault: &Fault) -> String {
    let hint = match fault {
        Fault::Network(_) | Fault::Timeout | Fault::UnknownHost(_) => {
            "check --redis or QCTL_REDIS, and that the server is running"
        }
        Fault::Closed => "check the port; if it expects TLS, use rediss://",
        Fault::TlsClosed => {
            "check the port; if the server requires a client certificate, add --tls-cert and --tls-key"
        }
        Fault::NoTls => "use redis:// instead of rediss://, or the server's TLS port",
        Fault::NeedsTls => "use rediss:// instead of redis://",
        Fault::Http | Fault::NotRedis => "check the host and the port in --redis or QCTL_REDIS",
        Fault::Sentinel => {
            "pass the URL of the primary, which redis-cli prints for: SENTINEL GET-MASTER-ADDR-BY-NAME name"
        }
        Fault::UnknownAuthority => {
            "trust the authority, or the certificate itself, with --tls-ca FILE"
        }
        Fault::WrongName { presented, .. } if presented.is_empty() => {
            "the certificate needs a subject alternative name; --insecure accepts any certificate"
        }
        Fault::WrongName { .. } => "pass the name in the certificate with --tls-server-name",
        Fault::Expired => "renew the certificate of the server",
        Fault::NotYetValid => "check the clock of this machine",
        Fault::CertificateRequired => "add --tls-cert FILE and --tls-key FILE",
        Fault::CertificateRefused => {
            "check that the server trusts the authority that signed --tls-cert"
        }
        Fault::Tls(_) => "check the TLS settings of both sides",
    };
    hint.to_owned()
}

/// Which right to give to the user, read from Redis's own words.
fn right_hint(reason: &str) -> String {
    let between = |start: &str, end: &str| {
        let (_, rest) = reason.split_once(start)?;
        Some(rest.split_once(end)?.0.to_owned())
    };
    if reason.starts_with("DENIED") {
        return "the server is in protected mode: set a password on it, or connect from its own machine"
            .to_owned();
    }
    let user = between("User ", " has no").unwrap_or_else(|| "USER".to_owned());
    let right = if let Some(command) = between("run the '", "' command") {
        format!("+{command}")
    } else if reason.contains("channel") {
        "'&asynq:*'".to_owned()
    } else if reason.contains("key") {
        "'~asynq:*' '~qctl:*'".to_owned()
    } else {
        return "ask for the right in Redis's ACL".to_owned();
    };
    format!("an administrator can allow it: ACL SETUSER {user} {right}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_right_is_named() {
        for (reason, right) in [
            (
                "NOPERM User app has no permissions to run the 'evalsha' command",
                "app +evalsha",
            ),
            (
                "ERR ACL failure in script: User app has no permissions to run the 'hset' command",
                "app +hset",
            ),
            (
                "NOPERM this user has no permissions to run the 'config|get' command",
                "USER +config|get",
            ),
            (
                "NOPERM No permissions to access a key",
                "USER '~asynq:*' '~qctl:*'",
            ),
            (
                "NOPERM No permissions to access a channel",
                "USER '&asynq:*'",
            ),
        ] {
            let hint = right_hint(reason);
            assert!(hint.ends_with(&format!("ACL SETUSER {right}")), "{hint}");
        }
        assert!(right_hint("DENIED Redis is running in protected mode").contains("protected"));
    }
}
