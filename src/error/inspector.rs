//! Exit codes and hints of the inspector's errors.

use super::exit::Exit;
use super::failure::{Failure, shell_word};
use crate::inspector::Error;
use crate::task::transition::{Action, Refusal};

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let failure = |exit| Self::new(exit, error.to_string());
        let usage = |hint: &str| Self::usage(error.to_string(), hint);
        match error {
            Error::Broker(error) => error.into(),
            Error::UnknownQueue { nearest, .. } => {
                failure(Exit::NotFound).with_hint(nearest.as_ref().map_or_else(
                    || "qctl ls queues".to_owned(),
                    |nearest| format!("did you mean {nearest:?}?"),
                ))
            }
            Error::TaskGone { .. } => failure(Exit::NotFound)
                .with_hint("it was deleted or merged, or completed without a retention"),
            Error::WaitTimedOut { id, .. } => failure(Exit::TimedOut)
                .with_hint(format!("qctl inspect {}", shell_word(id.as_str()))),
            Error::Spec(mistake) => failure(Exit::Usage).with_hint(&mistake.hint),
            Error::ScheduleTaken { .. } => {
                failure(Exit::Conflict).with_hint("add --replace to replace it")
            }
            Error::ScheduleOfGo { .. } => usage("change it in the program that registers it"),
            Error::ScheduleUnreadable { .. } => failure(Exit::Failed)
                .with_hint("store it again with qctl cron add --replace, or remove it"),
            Error::ReadOnly(_) => failure(Exit::NotAllowed)
                .with_hint("leave out --read-only, and check QCTL_READ_ONLY"),
            Error::NoTarget => usage("add ids, or --queue QUEUE"),
            Error::IdsAndFilters => usage("leave out the ids, and name a queue with --queue"),
            Error::NoState(Action::Archive) => usage("add --state, for example --state retry"),
            Error::NoState(_) => usage("add --state, for example --state archived"),
            Error::StateRefused {
                refusal: Refusal::Running,
                ..
            } => usage("use qctl cancel, or --state orphaned for tasks whose server is gone"),
            Error::StateRefused { .. } => usage("choose another --state"),
            Error::GroupAndState => usage("leave out --state or --group"),
            Error::NotForSelections(_) => usage("qctl --help"),
            Error::Ambiguous { .. } => {
                failure(Exit::Conflict).with_hint("name the queue with --queue")
            }
            Error::UnknownShortId {
                looked_at: None, ..
            } => failure(Exit::NotFound).with_hint("qctl ls tasks"),
            Error::UnknownShortId { .. } => failure(Exit::NotFound).with_hint(
                "name its queue with --queue, or give the whole id: qctl ls tasks -o id",
            ),
            Error::AmbiguousShortId { .. } => {
                failure(Exit::Conflict).with_hint("give more of the id")
            }
            Error::Unreadable { .. } => {
                failure(Exit::Conflict).with_hint("only delete is possible")
            }
            Error::WouldTrim { .. } => {
                usage("add --allow-trim to delete them, or choose fewer with --limit")
            }
            Error::Filter { .. } => usage("qctl inspect ID -o json shows what the filter sees"),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}
