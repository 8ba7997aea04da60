//! Exit codes and hints of the broker's errors.

use super::exit::Exit;
use super::failure::{Failure, shell_word};
use crate::broker::Error;
use crate::task::transition::Refusal;

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let (exit, hint) = exit_and_hint(error);
        Self {
            exit,
            what: error.to_string(),
            hint,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

fn exit_and_hint(error: &Error) -> (Exit, Option<String>) {
    let hint = |text: &str| Some(text.to_owned());
    let about = |command: &str, id: &crate::task::TaskId| {
        Some(format!("qctl {command} {}", shell_word(id.as_str())))
    };
    match error {
        Error::QueueNotFound(_) => (Exit::NotFound, hint("qctl ls queues")),
        Error::ScheduleNotFound(_) => (Exit::NotFound, hint("qctl cron ls")),
        Error::TaskNotFound { .. } => (Exit::NotFound, hint("qctl ls tasks")),
        Error::WrongState {
            refusal: Refusal::Running,
            id,
            ..
        } => (Exit::Conflict, about("cancel", id)),
        Error::WrongState { .. } | Error::Changed { .. } => (Exit::Conflict, None),
        Error::OutOfPlace { .. } => (
            Exit::Conflict,
            hint("it may be on its way or being merged; try again"),
        ),
        Error::IdTaken { id, .. } => (Exit::Conflict, about("inspect", id)),
        Error::Duplicate { .. } => (
            Exit::Conflict,
            hint("its uniqueness lock ends with it, or with its time"),
        ),
        Error::QueueNotEmpty { .. } => (
            Exit::Conflict,
            hint("add --force to delete its tasks with it"),
        ),
        Error::QueueActive { .. } => (
            Exit::Conflict,
            hint("pause it and wait, or cancel what runs"),
        ),
        Error::Invalid(_) | Error::Tls(_) => (Exit::Usage, None),
        Error::Unreachable { .. } => (
            Exit::Unreachable,
            hint("check --redis or QCTL_REDIS, and that the server runs"),
        ),
        Error::Unanswered { id, .. } => (
            Exit::Unreachable,
            Some(format!(
                "repeating it with --id {} does not enqueue it twice while it is in the queue",
                shell_word(id.as_str())
            )),
        ),
        Error::NotReady { .. } => (Exit::Unreachable, hint("wait and try again")),
        Error::Login { .. } => (
            Exit::NotAllowed,
            hint("give user and password in the URL, or the password with --password-file"),
        ),
        Error::NotPermitted { .. } => (Exit::NotAllowed, hint("ask for the right in Redis's ACL")),
        Error::ReadOnly { .. } => (Exit::NotAllowed, hint("give the URL of the primary server")),
        Error::OutOfMemory { .. } => (
            Exit::Failed,
            hint("free memory, for example: qctl delete -s completed -q QUEUE"),
        ),
        Error::OneOfCluster { .. } => (
            Exit::Failed,
            hint("give the URL as redis-cluster://host:port"),
        ),
        Error::TooOld { .. } | Error::Refused { .. } => (Exit::Failed, None),
    }
}
