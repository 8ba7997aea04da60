//! The question before something that cannot be undone.

use super::Context;
use crate::output::Answer;

/// A question was answered with no, or could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("not confirmed, nothing is changed")]
pub(crate) struct NotConfirmed;

/// Asks; anything but a yes is an error.
pub(crate) fn ask(cx: &Context, question: &str) -> anyhow::Result<()> {
    match cx.printer.confirm(question) {
        Answer::Yes => Ok(()),
        Answer::No | Answer::NotAsked => Err(NotConfirmed.into()),
    }
}
