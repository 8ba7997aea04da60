//! The task of an address.

use crate::inspector::FoundTask;
use crate::task::TaskId;
use crate::web::failure::Failure;
use crate::web::names;
use crate::web::state::Shared;

/// # Errors
/// If there is no such queue or task.
pub(super) async fn find(shared: &Shared, queue: &str, id: &str) -> Result<FoundTask, Failure> {
    let inspector = shared.inspector();
    let queue = names::existing(inspector, queue).await?;
    // Other clients store blank ids too.
    let id = TaskId::from_stored(id.as_bytes().to_vec());
    Ok(inspector.task(&[queue], &id).await?)
}
