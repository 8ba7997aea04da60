//! The way of a change from its count to its end.

use std::num::NonZeroU32;
use std::sync::Arc;

use axum::http::StatusCode;

use crate::document::doctor::RepairDocument;
use crate::view::text::plural;
use crate::web::changes::{Achieved, Change, Ended, Phase, Preview, Refused, Whole};
use crate::web::failure::Failure;
use crate::web::state::Shared;

/// The preview of a change, once it is counted.
pub(super) async fn counted(change: &Change) -> Result<Arc<Preview>, Failure> {
    let counting = |phase: &Phase| matches!(phase, Phase::Counting { .. });
    change.wait_for(|phase| !counting(phase)).await;
    match change.phase() {
        Phase::Ready(preview) => Ok(preview),
        Phase::Refused(error) => Err(error.into()),
        // It was dropped for newer ones.
        Phase::Counting { .. }
        | Phase::Running(_)
        | Phase::Paused(_)
        | Phase::Away(..)
        | Phase::Over(_)
        | Phase::Dropped => Err(Refused::Unknown.into()),
    }
}

/// Starts a change whose preview has shown this count, or forgets it.
pub(super) fn start(
    shared: &Shared,
    change: &Change,
    count: u64,
    rate: Option<NonZeroU32>,
) -> Result<(), Failure> {
    let started = shared.changes().start(change, count, rate);
    if started.is_err() {
        change.stop();
    }
    Ok(started?)
}

/// A change that was started, once all is changed.
pub(super) async fn ended(change: &Change) -> Result<Arc<Ended>, Failure> {
    change.wait_for(Phase::is_final).await;
    let Phase::Over(ended) = change.phase() else {
        return Err(Refused::Unknown.into());
    };
    let stopped = |why: &str| {
        let done = match &ended.achieved {
            Achieved::Tasks(outcome) => outcome.done(),
            Achieved::Repairs(repairs) => RepairDocument::all_repaired(repairs),
        };
        let done = plural(done, change.request.what.noun());
        let what = format!("the change was stopped {why}, after {done}");
        Failure::refused(StatusCode::CONFLICT, what)
    };
    match &ended.whole {
        Whole::Done => Ok(ended),
        Whole::Stopped => Err(stopped("on the page")),
        Whole::Interrupted => Err(stopped("with the server")),
        Whole::Failed(error) => Err(error.clone().into()),
    }
}
