//! `/api/servers`, `/api/workers`: what servers have announced.

use axum::Json;
use axum::extract::State;

use super::named::Named;
use crate::document::server::{ServerDocument, WorkerDocument};
use crate::web::failure::Failure;
use crate::web::received::Parameters;
use crate::web::state::Shared;

pub(super) async fn servers(
    State(shared): State<Shared>,
    Parameters(named): Parameters<Named>,
) -> Result<Json<Vec<ServerDocument>>, Failure> {
    let inspector = shared.inspector();
    let servers = inspector.servers(&named.queues()?, inspector.now()).await;
    Ok(Json(servers?))
}

pub(super) async fn workers(
    State(shared): State<Shared>,
    Parameters(named): Parameters<Named>,
) -> Result<Json<Vec<WorkerDocument>>, Failure> {
    let inspector = shared.inspector();
    let workers = inspector.workers(&named.queues()?, inspector.now()).await;
    Ok(Json(workers?))
}
