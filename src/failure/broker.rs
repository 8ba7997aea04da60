//! Codes and hints of the broker's errors.

use super::code::Code;
use super::{Failure, shell_word};
use crate::broker::{Denied, Error, Fault, SentinelAnswer};
use crate::task::transition::Refusal;
use crate::task::{QueueName, State, TaskId, is_short_id};

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let (queue, id) = error.subject();
        Self {
            hint: hint(error),
            ..Self::new(code(error), error.to_string()).about(queue, id)
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

const fn code(error: &Error) -> Code {
    match error {
        Error::QueueNotFound(_) => Code::QueueNotFound,
        Error::ScheduleNotFound(_) => Code::ScheduleNotFound,
        Error::TaskNotFound { .. } | Error::NotATask { .. } => Code::TaskNotFound,
        Error::WrongState { .. } | Error::Changed { .. } => Code::WrongState,
        Error::OutOfPlace { .. } => Code::OutOfPlace,
        Error::IdTaken { .. } | Error::EnqueuedBefore { .. } => Code::IdTaken,
        Error::Duplicate { .. } => Code::Duplicate,
        Error::QueueNotEmpty { .. } => Code::QueueNotEmpty,
        Error::QueueActive { .. } => Code::QueueActive,
        Error::Invalid(_) => Code::Usage,
        Error::Tls(_) => Code::Tls,
        Error::Unanswered { .. } => Code::Unanswered,
        Error::Unreachable { .. } => Code::Unreachable,
        Error::NotReady { .. } => Code::NotReady,
        Error::NoDatabase { .. } => Code::NoDatabase,
        Error::Login { .. } => Code::Login,
        Error::NotPermitted { .. } => Code::NoPermission,
        Error::ReadOnly { .. } => Code::Replica,
        Error::OutOfMemory { .. } => Code::OutOfMemory,
        Error::OneOfCluster { .. } => Code::OneOfCluster,
        Error::WrongType { .. } | Error::QueueListType(_) | Error::GlobalType(_) => Code::WrongType,
        Error::TooOld { .. } => Code::TooOld,
        Error::Refused { .. } => Code::RefusedByRedis,
    }
}

fn hint(error: &Error) -> Option<String> {
    let hint = match error {
        Error::QueueNotFound(_) => "qctl ls queues",
        Error::ScheduleNotFound(_) => "qctl cron ls",
        Error::TaskNotFound { .. }
        | Error::NotATask { .. }
        | Error::WrongState { .. }
        | Error::OutOfPlace { .. }
        | Error::IdTaken { .. }
        | Error::EnqueuedBefore { .. }
        | Error::Duplicate { .. } => return task_hint(error),
        Error::QueueNotEmpty { .. } => {
            "add --force to delete its tasks too; without --yes you are asked first"
        }
        Error::QueueActive { .. } => "pause the queue and wait, or cancel its running tasks",
        Error::Unanswered { id, .. } => {
            let id = shell_word(id.as_str());
            return Some(format!(
                "to be sure, repeat it with --id {id} --on-conflict ignore"
            ));
        }
        Error::Unreachable { fault, .. } => return Some(fault_hint(fault)),
        Error::NotReady { .. } => "wait and try again",
        Error::NoDatabase { .. } => {
            "Redis has the databases 0–15, unless it is configured otherwise"
        }
        Error::Login { reason, .. } => login_hint(reason),
        Error::NotPermitted { denied, .. } => return right_hint(denied),
        Error::ReadOnly { address, .. } => read_only_hint(address),
        Error::OutOfMemory { .. } => "free memory, for example: qctl delete -s completed -q QUEUE",
        Error::OneOfCluster { .. } => "pass the URL as redis-cluster://HOST:PORT",
        Error::WrongType { .. } => {
            "rename or delete the key with redis-cli, or delete the queue: qctl drop QUEUE --force"
        }
        Error::QueueListType(_) => {
            "delete the key with redis-cli, then list the queues again: qctl doctor --fix --only unlisted-queue"
        }
        Error::GlobalType(_) => "rename or delete the key with redis-cli",
        Error::Refused { reason, .. } if reason.contains("cluster support disabled") => {
            "pass the URL as redis://HOST:PORT"
        }
        Error::Changed { .. }
        | Error::Invalid(_)
        | Error::Tls(_)
        | Error::TooOld { .. }
        | Error::Refused { .. } => return None,
    };
    Some(hint.to_owned())
}

/// What to do about a task that is not there, not as it should be, or in the way of another one.
fn task_hint(error: &Error) -> Option<String> {
    let hint = match error {
        Error::TaskNotFound { id, .. } if is_short_id(id.as_str()) => {
            return Some(format!(
                "to see the ids that begin like this: qctl inspect {id} -o id"
            ));
        }
        Error::TaskNotFound { queue: None, .. } => {
            "qctl ls tasks; add --queue if its queue is not listed (qctl doctor)"
        }
        Error::TaskNotFound { .. } => "qctl ls tasks",
        Error::NotATask { queue, .. } => {
            return Some(format!("to see what it is: {}", doctor(queue)));
        }
        Error::WrongState {
            refusal,
            id,
            state,
            queue,
            ..
        } => return refusal_hint((*state, *refusal), (queue, id)),
        Error::OutOfPlace { queue, id } => {
            return Some(format!(
                "a server may be moving or merging it: try again; if that does not help, pass its id alone ({}), or repair it: {} --fix",
                shell_word(id.as_str()),
                doctor(queue)
            ));
        }
        Error::IdTaken { id, .. } => return Some(about("inspect", id)),
        Error::EnqueuedBefore { .. } => "it may have ended since; another copy needs another id",
        Error::Duplicate { .. } => {
            "the task that holds it frees it when it ends; if that task is gone: qctl doctor --fix --only stale-lock"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

/// The command that finds what is damaged in a queue.
pub(crate) fn doctor(queue: &QueueName) -> String {
    format!("qctl doctor --queue {}", shell_word(queue.as_str()))
}

/// A command about a task.
fn about(command: &str, id: &TaskId) -> String {
    format!("qctl {command} {}", shell_word(id.as_str()))
}

/// What to do about a task in another state.
fn refusal_hint(
    (state, refusal): (State, Refusal),
    (queue, id): (&QueueName, &TaskId),
) -> Option<String> {
    match refusal {
        Refusal::NotScheduled if state == State::Pending => {
            Some("it runs as soon as a worker is free".to_owned())
        }
        Refusal::NotScheduled => Some(format!("to run it now: {}", about("retry", id))),
        Refusal::Running => Some(about("cancel", id)),
        Refusal::Orphaned => Some(
            "its server is gone: retry, archive or delete it; a worker recovers it within 90 seconds"
                .to_owned(),
        ),
        Refusal::AlreadyPending => {
            Some(format!("if no worker takes it: {}", doctor(queue)))
        }
        Refusal::AlreadyArchived
        | Refusal::NotRunning
        | Refusal::SetAside => None,
    }
}

fn read_only_hint(address: &str) -> &'static str {
    if address.contains("-sentinel://") {
        return "a failover may be under way: wait and try again";
    }
    "pass the URL of the primary server"
}

fn login_hint(reason: &str) -> &'static str {
    if reason.starts_with("DENIED") {
        return "the server is in protected mode: set a password on it, or connect from its own machine";
    }
    "pass the password with --password-file, and a user in the URL"
}

/// What to do about a connection that cannot be made.
fn fault_hint(fault: &Fault) -> String {
    let hint = match fault {
        Fault::NoPrimary(answers) => return no_primary_hint(answers),
        Fault::Primary { fault, .. } => return fault_hint(fault),
        Fault::NotPrimary(_) | Fault::Replaced => "a failover is under way: wait and try again",
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
            "pass the Sentinels and the name of the primary: redis-sentinel://HOST:26379/DB?master=NAME"
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

/// What to do when no Sentinel names a primary. An answer that can be acted on comes before a missing one.
fn no_primary_hint(answers: &[(String, SentinelAnswer)]) -> String {
    let order = |answer: &SentinelAnswer| match answer {
        SentinelAnswer::Login(_) => 0,
        SentinelAnswer::NotPermitted(_) | SentinelAnswer::Refused(_) => 1,
        SentinelAnswer::UnknownMaster { .. } => 2,
        SentinelAnswer::NotSentinel => 3,
        SentinelAnswer::Unreachable(_) => 4,
    };
    let answers = answers.iter().map(|(_, answer)| answer);
    let hint = match answers.min_by_key(|answer| order(answer)) {
        Some(SentinelAnswer::Login(_)) => {
            "set --sentinel-user and --sentinel-password-file, or sentinel_user and sentinel_password_file in [redis]: the login in the URL is for the Redis servers"
        }
        Some(SentinelAnswer::NotPermitted(_)) => {
            "an administrator can allow it on each Sentinel: ACL SETUSER USER +sentinel|get-master-addr-by-name +sentinel|master +sentinel|sentinels"
        }
        Some(SentinelAnswer::UnknownMaster { known }) if !known.is_empty() => {
            let known: Vec<String> = known.iter().map(|name| format!("{name:?}")).collect();
            return format!(
                "correct ?master= in the URL: the Sentinels know {}",
                known.join(", ")
            );
        }
        Some(SentinelAnswer::UnknownMaster { .. }) => "the Sentinels watch nothing yet",
        Some(SentinelAnswer::NotSentinel) => {
            "check the ports (Sentinels usually listen on 26379), or use redis:// for a single server"
        }
        Some(SentinelAnswer::Unreachable(fault)) => return fault_hint(fault),
        Some(SentinelAnswer::Refused(_)) | None => "check the Sentinels: SENTINEL MASTERS",
    };
    hint.to_owned()
}

/// The command that gives a right to a user.
fn right_hint(denied: &Denied) -> Option<String> {
    let rules: Vec<_> = denied.rules().iter().map(|rule| shell_word(rule)).collect();
    let set = format!(
        "an administrator can allow it: ACL SETUSER {} {}",
        shell_word(&denied.user),
        rules.join(" ")
    );
    (!rules.is_empty()).then_some(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_of_a_sentinel_that_can_be_acted_on_makes_the_hint() {
        use SentinelAnswer::*;
        let answers = [
            (Unreachable(Fault::Timeout), "check --redis"),
            (NotSentinel, "check the ports"),
            (UnknownMaster { known: Vec::new() }, "watch nothing"),
            (Refused("ERR".to_owned()), "SENTINEL MASTERS"),
            (Login("NOAUTH".to_owned()), "--sentinel-user"),
        ];
        for last in 1..=answers.len() {
            let said = answers[..last].iter();
            let said: Vec<_> = said
                .map(|(answer, _)| ("s:1".to_owned(), answer.clone()))
                .collect();
            let hint = fault_hint(&Fault::NoPrimary(said));
            assert!(hint.contains(answers[last - 1].1), "{hint}");
        }
    }
}
