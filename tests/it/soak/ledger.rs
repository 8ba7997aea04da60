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
    /// Sent by the Go library.
    pub(super) is_of_go: bool,
    pub(super) sent_at: f64,
    /// When its producer knew what became of it, whatever that was.
    pub(super) answered_at: Option<f64>,
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
            is_of_go: id.starts_with("g-"),
            sent_at: uptime(),
            answered_at: None,
            confirmed_at: None,
            deletion: Deletion::None,
        };
        self.0.lock().unwrap().insert(id.to_owned(), task);
    }

    pub(super) fn confirmed(&self, id: &str) {
        self.answered(id, true);
    }

    pub(super) fn answered(&self, id: &str, is_confirmed: bool) {
        let mut tasks = self.0.lock().unwrap();
        let task = tasks.get_mut(id).unwrap();
        let now = uptime();
        task.answered_at = Some(now);
        task.confirmed_at = is_confirmed.then_some(now);
    }

    pub(super) fn deletion(&self, id: &str, deletion: Deletion) {
        let mut tasks = self.0.lock().unwrap();
        tasks.get_mut(id).unwrap().deletion = deletion;
    }

    pub(super) fn tasks(&self) -> HashMap<String, Task> {
        self.0.lock().unwrap().clone()
    }
}
