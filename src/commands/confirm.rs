//! The question before something that cannot be undone.

use super::Context;
use crate::error::{Code, Failure};
use crate::output::Answer;

/// Asks whether to do something with the Redis that is connected; anything but a yes is an error.
pub(crate) fn ask(cx: &Context, what: &str) -> Result<(), Failure> {
    let redis = cx.config.redis_name();
    match cx.printer.confirm(&format!("{what} in {redis}?")) {
        Answer::Yes => Ok(()),
        Answer::No | Answer::NotAsked => {
            let what = format!("{what}: not confirmed, nothing was changed");
            let hint = "repeat it with --yes, or look first with --dry-run";
            Err(Failure::new(Code::NotConfirmed, what).with_hint(hint))
        }
    }
}
