//! Tasks that are edited or moved together.

use uuid::Uuid;

use crate::broker::Broker;
use crate::broker::receipt::ReceiptPage;

/// Names the calls that edit or move some tasks: when they are sent again because there was no answer, the scripts recognize
/// them, and report what the first call has done.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Where edits leave their receipts.
    pub(super) page: ReceiptPage,
    name: String,
}

impl Broker {
    /// A batch that no other call uses.
    pub fn batch(&self) -> Batch {
        Batch {
            page: self.receipts.open(),
            name: Uuid::new_v4().simple().to_string(),
        }
    }

    /// Call this when every call of a batch has been answered.
    pub(super) fn close(&self, batch: &Batch) {
        self.receipts.close(&batch.page);
    }
}

impl Batch {
    /// The mark of a task that is taken out of its queue, from which [`ticket`] finds its receipt.
    pub(super) fn mark(&self, index: usize) -> String {
        format!("{}:{index}", self.name)
    }

    /// The receipt of its moves.
    pub(super) fn receipt(&self) -> String {
        move_receipt(&self.name)
    }
}

/// The receipt of a move, and the place of a task in it, by the mark of the task.
pub(super) fn ticket(mark: &str) -> (String, u64) {
    let (batch, place) = mark.split_once(':').unwrap_or((mark, ""));
    (move_receipt(batch), place.parse().unwrap_or_default())
}

fn move_receipt(batch: &str) -> String {
    format!("move:{batch}")
}
