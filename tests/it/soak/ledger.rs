//! What each task was promised: enqueued when, confirmed or not, deleted by an operator or not.

use std::collections::HashMap;
use std::sync::Mutex;

use super::timeline::uptime;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deletion {
    None,
    /// Somebody tried, and does not know.
    Tried,
    /// Its deletion was reported.
    Done,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Task {
    /// When its producer was told that the task is enqueued.
    pub(super) confirmed_at: Option<f64>,
    pub(super) deletion: Deletion,
}

#[derive(Default)]
pub(super) struct Ledger(Mutex<HashMap<String, Task>>);

impl Ledger {
    /// Before a producer sends it.
    pub(super) fn sends(&self, id: &str) {
        let task = Task {
            confirmed_at: None,
            deletion: Deletion::None,
        };
        self.0.lock().unwrap().insert(id.to_owned(), task);
    }

    pub(super) fn confirmed(&self, id: &str) {
        let mut tasks = self.0.lock().unwrap();
        tasks.get_mut(id).unwrap().confirmed_at = Some(uptime());
    }

    pub(super) fn deletion(&self, id: &str, deletion: Deletion) {
        let mut tasks = self.0.lock().unwrap();
        tasks.get_mut(id).unwrap().deletion = deletion;
    }

    pub(super) fn tasks(&self) -> HashMap<String, Task> {
        self.0.lock().unwrap().clone()
    }
}
