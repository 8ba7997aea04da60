//! The question before something that cannot be undone.

use super::Context;
use crate::error::Failure;
use crate::output::Answer;

/// Asks; anything but a yes is a failure.
pub(crate) fn ask(cx: &Context, question: &str) -> Result<(), Failure> {
    match cx.printer.confirm(question) {
        Answer::Yes => Ok(()),
        Answer::No | Answer::NotAsked => Err(Failure::usage(
            "not confirmed, nothing is changed",
            "repeat it with --yes, or look first with --dry-run",
        )),
    }
}
