//! Compares figures with limits, once: the verdict of `check`.
//!
//! What is wrong without a limit is decided by `trouble`; the figures that both compare are defined there.
//!
//! | file | holds |
//! | --- | --- |
//! | `checks` | what is checked |
//! | `limit` | limits as they are written, and which one holds for a queue |
//! | `seen` | what is read |
//! | `figure` | the value of each measure, and the sentence for one beyond its limit |
//! | `found` | one comparison, and what was found so far |
//! | `queue`, `schedules`, `memory` | compare what they are called after |
//! | `findings` | what `trouble` finds |
//! | `verdict` | the reasons, the worst first |

mod checks;
mod figure;
mod findings;
mod found;
mod limit;
mod memory;
mod queue;
mod schedules;
mod seen;
mod verdict;

pub(crate) use checks::Checks;
pub(crate) use limit::{Limit, Limits};

use super::{Error, Inspector};
use crate::document::check::CheckDocument;
use seen::Seen;

impl Inspector {
    /// Compares figures with limits.
    ///
    /// # Errors
    /// Those of Redis; [`Error::UnknownQueue`] for a name or a glob without a queue.
    pub(crate) async fn check(&self, checks: &Checks) -> Result<CheckDocument, Error> {
        let seen = Seen::read(self, checks).await?;
        Ok(verdict::of(checks, &seen))
    }
}
