//! Exit codes and hints of the inspector's errors.

use super::exit::Exit;
use super::failure::{Failure, shell_word};
use crate::inspector::Error;

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let failure = |exit| Self::new(exit, error.to_string());
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
            Error::ReadOnly(_) => failure(Exit::NotAllowed)
                .with_hint("leave out --read-only, and check QCTL_READ_ONLY"),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}
