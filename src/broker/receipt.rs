//! Receipts: keys by which a script recognizes a call that it has performed before.
//!
//! When an answer is lost, the client cannot know what the call has done: new tasks may have been processed and deleted
//! before it repeats the call, and ids may have left a container for another reason. The scripts that store, move and delete
//! tasks therefore also write a receipt, among the keys of the queue.
//! A process uses the same keys for one call after another, so it leaves few of them, however many tasks it enqueues; they
//! expire after minutes. Calls are numbered, so that a call recognizes its own receipt.

use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use crate::task::NewTask;

/// The receipts of one process.
#[derive(Debug)]
pub(crate) struct ReceiptBook {
    process: String,
    pages: Mutex<Pages>,
}

#[derive(Debug, Default)]
struct Pages {
    free: Vec<u64>,
    last_page: u64,
    last_call: u64,
}

/// A page of the book that no other call in flight uses.
#[derive(Debug, Clone)]
pub(crate) struct ReceiptPage {
    process: String,
    page: u64,
    /// Greater than that of every earlier call on this page.
    call: u64,
}

/// Where the calls of one submission leave their receipts.
#[derive(Debug, Clone)]
pub(crate) enum Receipts {
    /// On a page of the book. Later submissions use it again.
    Page(ReceiptPage),
    /// Under the ids of their tasks, where any process finds them.
    ById,
}

/// The name of a receipt, and the number of the call that leaves it, in 16 digits: as texts, they have the same order.
pub(crate) struct Receipt {
    pub(crate) name: String,
    pub(crate) call: String,
}

impl Default for ReceiptBook {
    fn default() -> Self {
        Self {
            process: Uuid::new_v4().simple().to_string(),
            pages: Mutex::default(),
        }
    }
}

impl ReceiptBook {
    /// Opens a page that no call in flight uses.
    pub(crate) fn open(&self) -> ReceiptPage {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        let page = pages.free.pop().unwrap_or_else(|| {
            pages.last_page += 1;
            pages.last_page
        });
        pages.last_call += 1;
        ReceiptPage {
            process: self.process.clone(),
            page,
            call: pages.last_call,
        }
    }

    /// Frees a page whose calls have all been answered. The page of a call without an answer is never used again: the call
    /// may still reach Redis.
    pub(crate) fn close(&self, page: &ReceiptPage) {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        pages.free.push(page.page);
    }
}

impl ReceiptPage {
    /// The receipt of the `index`-th call to a queue.
    pub(crate) fn receipt(&self, index: usize) -> Receipt {
        let Self {
            process,
            page,
            call,
        } = self;
        Receipt {
            name: format!("{process}:{page}:{index}"),
            call: format!("{call:016}"),
        }
    }
}

impl Receipts {
    /// The receipt of a call: the `index`-th to its queue, whose first task is `first`.
    pub(crate) fn of_call(&self, index: usize, first: &NewTask) -> Receipt {
        match self {
            Self::Page(page) => page.receipt(index),
            Self::ById => Receipt {
                name: first.id.to_string(),
                call: format!("{:016}", 1),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_used_again_with_greater_numbers() {
        let book = ReceiptBook::default();
        let (one, other) = (book.open(), book.open());
        let numbers = |page: &ReceiptPage| (page.page, page.call);
        assert_eq!([&one, &other].map(numbers), [(1, 1), (2, 2)]);
        book.close(&one);
        assert_eq!(numbers(&book.open()), (1, 3));
        assert_eq!(numbers(&book.open()), (3, 4));
    }
}
