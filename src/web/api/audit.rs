//! `/api/audit`.

use axum::Json;
use axum::extract::State;

use crate::document::audit::{AuditDocument, ChangeId};
use crate::web::failure::Failure;
use crate::web::received::{Parameters, within};
use crate::web::state::Shared;

/// Changes in an answer, unless fewer are asked for.
const MAX_CHANGES: usize = 1000;

/// The parameters.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Asked {
    limit: Option<usize>,
    /// Only changes before the one with this id.
    before: Option<ChangeId>,
}

pub(super) async fn audit(
    State(shared): State<Shared>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Json<Vec<AuditDocument>>, Failure> {
    let limit = asked.limit.unwrap_or(MAX_CHANGES);
    let limit = within("limit", limit, 1..=MAX_CHANGES)?;
    let changes = shared.inspector().audit(limit, asked.before);
    Ok(Json(changes.await?))
}
