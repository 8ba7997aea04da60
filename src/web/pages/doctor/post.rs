//! The forms that begin and stop a look. Each answers with the page of the doctor.

use std::time::Duration;

use axum::extract::State;
use axum::response::Redirect;
use tokio::time::timeout;

use crate::inspector::doctor::Looks;
use crate::web::received::Body;
use crate::web::state::Shared;

/// How long an answer waits for a look that may be quick.
const QUICK: Duration = Duration::from_secs(1);

/// The form of a look.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    quick: bool,
}

pub(super) async fn look(State(shared): State<Shared>, Body(asked): Body<Asked>) -> Redirect {
    let examiner = shared.examiner();
    examiner.start(Looks::quick(asked.quick));
    timeout(QUICK, examiner.ended()).await.ok();
    to_doctor(&shared)
}

pub(super) async fn stop(State(shared): State<Shared>) -> Redirect {
    shared.examiner().stop();
    timeout(QUICK, shared.examiner().ended()).await.ok();
    to_doctor(&shared)
}

fn to_doctor(shared: &Shared) -> Redirect {
    Redirect::to(&shared.link("/doctor", &[]))
}
