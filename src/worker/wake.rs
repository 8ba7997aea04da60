//! What is known of the queues: which of them may have pending tasks. Connects their watches with the loop that
//! claims tasks.

use std::collections::HashMap;

use tokio::sync::{Notify, watch};

use crate::task::QueueName;

/// Which queues may have pending tasks. All may, at first.
#[derive(Debug)]
pub(crate) struct Wake {
    bell: Notify,
    queues: HashMap<QueueName, watch::Sender<Pending>>,
}

/// What the last claim, or the watch of the queue, has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pending {
    /// There may be tasks. `found`: some were claimed since the watch has seen one.
    Maybe { found: bool },
    /// There were none to claim. The watch of the queue notices the next one.
    None { found: bool },
}

impl Wake {
    pub(crate) fn new<'a>(queues: impl Iterator<Item = &'a QueueName>) -> Self {
        let unknown = || watch::Sender::new(Pending::Maybe { found: false });
        Self {
            bell: Notify::new(),
            queues: queues.map(|queue| (queue.clone(), unknown())).collect(),
        }
    }

    /// Waits until there is something to claim.
    pub(crate) async fn called(&self) {
        self.bell.notified().await;
    }

    /// Requests another round of claims.
    pub(crate) fn ring(&self) {
        self.bell.notify_one();
    }

    /// Whether a claim from the queue may find tasks.
    pub(crate) fn may_have(&self, queue: &QueueName) -> bool {
        let pending = self.queues.get(queue).map(|pending| *pending.borrow());
        matches!(pending, Some(Pending::Maybe { .. }))
    }

    /// Records what a claim has shown.
    pub(crate) fn claimed(&self, queue: &QueueName, any: bool) {
        self.note(queue, |pending| match (pending, any) {
            (_, true) => Pending::Maybe { found: true },
            (Pending::Maybe { found } | Pending::None { found }, false) => Pending::None { found },
        });
    }

    /// Lets the next round of claims ask all queues.
    pub(crate) fn doubt_all(&self) {
        for queue in self.queues.keys() {
            self.note(queue, |pending| match pending {
                Pending::Maybe { found } | Pending::None { found } => Pending::Maybe { found },
            });
        }
    }

    /// Requests claims from the queue, and waits until they find no more. Returns whether they have found any.
    pub(crate) async fn call(&self, queue: &QueueName) -> bool {
        self.note(queue, |_| Pending::Maybe { found: false });
        self.ring();
        let Some(pending) = self.queues.get(queue) else {
            return false;
        };
        let mut pending = pending.subscribe();
        // The sender lives as long as the worker.
        let none = pending.wait_for(|pending| matches!(pending, Pending::None { .. }));
        none.await
            .is_ok_and(|pending| *pending == Pending::None { found: true })
    }

    fn note(&self, queue: &QueueName, next: impl FnOnce(Pending) -> Pending) {
        if let Some(pending) = self.queues.get(queue) {
            pending.send_if_modified(|pending| {
                let before = std::mem::replace(pending, next(*pending));
                before != *pending
            });
        }
    }
}
