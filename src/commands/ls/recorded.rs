//! `qctl ls audit`: the changes to list.

use crate::document::audit::AuditDocument;
use crate::inspector::{self, Inspector};
use crate::task::QueueName;

/// The last changes, or those of these queues.
pub(super) async fn changes(
    inspector: &Inspector,
    queues: &[QueueName],
    most: usize,
) -> Result<Vec<AuditDocument>, inspector::Error> {
    if queues.is_empty() {
        inspector.audit(most, None).await
    } else {
        inspector.audit_of(queues, most).await
    }
}
