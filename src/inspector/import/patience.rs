//! How often and how long a batch is sent again while Redis does not answer.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::broker::Error;
use crate::inspector::resends::{RESEND_LIMIT, Resends};

/// How long a batch is sent again.
pub(crate) struct Patience<'a> {
    resends: Resends,
    outages: &'a mpsc::Sender<Error>,
    reported: &'a AtomicBool,
}

impl<'a> Patience<'a> {
    /// `outages` receives the first error of an import, of which `reported` takes note.
    pub(super) fn new(outages: &'a mpsc::Sender<Error>, reported: &'a AtomicBool) -> Self {
        Self {
            resends: Resends::within(RESEND_LIMIT),
            outages,
            reported,
        }
    }

    /// Waits before the batch is sent again. False when it has been sent for long enough.
    pub(super) async fn wait(&mut self, error: &Error) -> bool {
        let Some(pause) = self.resends.next() else {
            return false;
        };
        if !self.reported.swap(true, Ordering::Relaxed) {
            // The receiver is dropped with the import.
            self.outages.try_send(error.clone()).ok();
        }
        sleep(pause).await;
        true
    }
}
