//! The question before something that cannot be undone.

use super::Context;
use crate::error::Failure;
use crate::output::Answer;

/// Asks whether to do something with the Redis that is connected; anything but a yes is an error.
pub(crate) fn ask(cx: &Context, what: &str) -> Result<(), Failure> {
    let redis = &cx.config.redis.address;
    match cx.printer.confirm(&format!("{what} in {redis}?")) {
        Answer::Yes => Ok(()),
        Answer::No | Answer::NotAsked => Err(Failure::usage(
            format!("{what}: not confirmed, nothing is changed"),
            "repeat it with --yes, or look first with --dry-run",
        )),
    }
}
