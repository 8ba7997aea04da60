//! `/api/schedules`.

use axum::Json;
use axum::extract::State;

use super::named::Named;
use crate::document::schedule::ScheduleDocument;
use crate::web::failure::Failure;
use crate::web::received::Parameters;
use crate::web::state::Shared;

pub(super) async fn schedules(
    State(shared): State<Shared>,
    Parameters(named): Parameters<Named>,
) -> Result<Json<Vec<ScheduleDocument>>, Failure> {
    let inspector = shared.inspector();
    let queues = named.queues()?;
    let found = inspector.schedules(&[], &queues, inspector.now()).await?;
    Ok(Json(found.schedules))
}
