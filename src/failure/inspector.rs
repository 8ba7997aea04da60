//! Codes and hints of the inspector's errors.

use super::code::Code;
use super::{Failure, shell_word};
use crate::inspector::Error;
use crate::task::State;
use crate::task::transition::{Action, Refusal};
use crate::task::{QueueName, TaskId};

const ADD_STATE: &str = "add --state archived, for example, or all but running tasks: --state \
                         pending,scheduled,retry,archived,completed,aggregating";

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let (queue, id) = error.subject();
        let failure = |code| Self::new(code, error.to_string()).about(queue, id);
        let usage = |hint: &str| Self::usage(error.to_string(), hint);
        match error {
            Error::Broker(error) => error.into(),
            Error::UnknownQueue { nearest, .. } => {
                failure(Code::QueueNotFound).with_hint(nearest.as_ref().map_or_else(
                    || "qctl ls queues".to_owned(),
                    |nearest| format!("did you mean {nearest:?}?"),
                ))
            }
            Error::TaskGone { .. } => failure(Code::TaskNotFound)
                .with_hint("it was deleted or merged, or completed without a retention"),
            Error::SetAside { id, .. } => failure(Code::TaskFailed).with_hint(inspect(id)),
            Error::WaitTimedOut { id, .. } => failure(Code::TimedOut).with_hint(inspect(id)),
            Error::Moving { queue, .. } => failure(Code::TaskNotFound).with_hint(finish(queue)),
            Error::Unconfirmed { id, .. } => failure(Code::Unanswered).with_hint(inspect(id)),
            Error::Spec(mistake) => failure(Code::Schedule).with_hint(&mistake.hint),
            Error::ScheduleTaken { .. } => {
                failure(Code::ScheduleTaken).with_hint("add --replace to replace it")
            }
            Error::ScheduleOfGo { .. } => usage("change it in the program that registers it"),
            Error::ScheduleUnreadable { .. } => failure(Code::Failed)
                .with_hint("store it again with qctl cron add --replace, or remove it"),
            Error::ReadOnly(_) => failure(Code::ReadOnly)
                .with_hint("--read-only, QCTL_READ_ONLY or the context says so"),
            Error::NoTarget(action) => usage(no_target_hint(*action)),
            Error::IdsAndFilters => usage("remove the ids, and select queues with --queue"),
            Error::NoState(Action::Archive) => usage("add --state, for example --state retry"),
            Error::NoState(_) => usage(ADD_STATE),
            Error::StateRefused {
                action, refusal, ..
            } => usage(state_hint(*action, *refusal)),
            Error::GroupAndState => usage("remove --state or --group"),
            Error::NoAge(states) => usage(no_age_hint(states)),
            Error::NotForSelections(_) => usage("qctl --help"),
            Error::Ambiguous { .. } => {
                failure(Code::Ambiguous).with_hint("name the queue with --queue")
            }
            Error::UnknownShortId {
                looked_at: None, ..
            } => failure(Code::TaskNotFound).with_hint("qctl ls tasks"),
            Error::UnknownShortId { .. } => failure(Code::TaskNotFound).with_hint(
                "name its queue with --queue, or give the whole id: qctl ls tasks -o id",
            ),
            Error::AmbiguousShortId { .. } => {
                failure(Code::Ambiguous).with_hint("give more of the id")
            }
            Error::Unreadable { .. } => {
                failure(Code::Unreadable).with_hint("only delete is possible")
            }
            Error::WouldTrim { .. } => failure(Code::WouldTrim)
                .with_hint("add --allow-trim to delete them, or select fewer with --limit"),
            Error::Filter { id, .. } => failure(Code::Filter).with_hint(format!(
                "{} -o json shows what the filter sees",
                inspect(id)
            )),
            Error::Payload { id, .. } => failure(Code::Filter)
                .with_hint(format!("{} --raw shows the stored payload", inspect(id))),
        }
    }
}

const fn state_hint(action: Action, refusal: Refusal) -> &'static str {
    match (refusal, action) {
        (Refusal::Running, Action::Edit) => {
            "use qctl cancel, or qctl retry --state orphaned for tasks whose server is gone"
        }
        (Refusal::Running, _) => {
            "use qctl cancel, or --state orphaned for tasks whose server is gone"
        }
        _ => "choose another --state",
    }
}

fn inspect(id: &TaskId) -> String {
    format!("qctl inspect {}", shell_word(id.as_str()))
}

fn finish(queue: &QueueName) -> String {
    let queue = shell_word(queue.as_str());
    let finish = "qctl doctor --fix --only unfinished-move";
    format!("if the move was cut short, finish it: {finish} --queue {queue}")
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

fn no_target_hint(action: Action) -> &'static str {
    if action.default_states().is_empty() {
        "pass ids, or both --queue QUEUE (all queues: --queue '*') and --state STATE"
    } else {
        "pass ids, or --queue QUEUE (all queues: --queue '*')"
    }
}

fn no_age_hint(states: &[State]) -> &'static str {
    if states.contains(&State::Scheduled) {
        "select by start instead, such as --filter '.next_process_at < \"2026-12-01T09:00:00Z\"'"
    } else {
        "qctl ls workers shows since when tasks have been running"
    }
}
