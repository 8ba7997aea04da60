//! What a process has been given and has not answered yet, and what is still to be written to it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, oneshot, watch};

use super::voice::Name;
use crate::task::transition::{Failure, TaskResult, Verdict};
use crate::worker::handlers::Transcript;

/// How an attempt ended.
pub(super) type Answer = Result<TaskResult, Failure>;

/// A task that a process works on.
pub(super) struct Held {
    pub(super) task: Name,
    pub(super) transcript: Transcript,
    pub(super) answer: oneshot::Sender<Answer>,
}

/// Why a process has to be killed.
#[derive(Debug, Clone)]
pub(super) struct Doom {
    pub(super) why: String,
    /// What follows for the tasks that it holds.
    pub(super) verdict: Verdict,
}

/// Shared by the attempts and the process.
pub(super) struct Desk {
    state: Mutex<State>,
    /// There is something to write, or there never will be.
    to_write: Notify,
    /// Nothing is held any more.
    idle: Notify,
    doom: watch::Sender<Option<Doom>>,
}

#[derive(Default)]
struct State {
    outbox: Vec<u8>,
    held: HashMap<u64, Held>,
    answered: u64,
    input_closed: bool,
    /// The process has ended.
    over: bool,
}

impl Desk {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::default(),
            to_write: Notify::new(),
            idle: Notify::new(),
            doom: watch::Sender::new(None),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the process a task. False: it has ended.
    pub(super) fn give(&self, attempt_id: u64, held: Held, line: &[u8]) -> bool {
        let mut state = self.state();
        if state.over || state.input_closed {
            return false;
        }
        state.held.insert(attempt_id, held);
        state.outbox.extend_from_slice(line);
        drop(state);
        self.to_write.notify_one();
        true
    }

    pub(super) fn write(&self, line: &[u8]) {
        self.state().outbox.extend_from_slice(line);
        self.to_write.notify_one();
    }

    /// Nothing more is written than what is there already; then the process sees the end of its input.
    pub(super) fn close_input(&self) {
        self.state().input_closed = true;
        self.to_write.notify_one();
    }

    /// Waits for something to write, and exchanges it for the empty `batch`. False: there is nothing more to come.
    pub(super) async fn next_batch(&self, batch: &mut Vec<u8>) -> bool {
        loop {
            {
                let mut state = self.state();
                if !state.outbox.is_empty() {
                    std::mem::swap(&mut state.outbox, batch);
                    return true;
                }
                if state.input_closed || state.over {
                    return false;
                }
            }
            self.to_write.notified().await;
        }
    }

    /// Passes an answer on. False: the process does not hold this attempt.
    pub(super) fn answer(&self, attempt_id: u64, answer: Answer) -> bool {
        let Some(held) = self.take(attempt_id) else {
            return false;
        };
        // The attempt may have been dropped a moment ago.
        held.answer.send(answer).ok();
        true
    }

    fn take(&self, attempt_id: u64) -> Option<Held> {
        let mut state = self.state();
        let held = state.held.remove(&attempt_id)?;
        state.answered += 1;
        if state.held.is_empty() {
            self.idle.notify_one();
        }
        Some(held)
    }

    /// The task of an attempt that the process holds.
    pub(super) fn task(&self, attempt_id: u64) -> Option<Name> {
        let state = self.state();
        state.held.get(&attempt_id).map(|held| held.task.clone())
    }

    /// Adds a line to what an attempt has printed.
    pub(super) fn print(&self, attempt_id: u64, line: &str) {
        let state = self.state();
        let transcript = state
            .held
            .get(&attempt_id)
            .map(|held| held.transcript.clone());
        drop(state);
        if let Some(transcript) = transcript {
            transcript.write(line.as_bytes());
            transcript.write(b"\n");
        }
    }

    /// The only attempt that the process holds.
    pub(super) fn only_held(&self) -> Option<u64> {
        let state = self.state();
        let mut held = state.held.keys();
        held.next().copied().filter(|_| held.next().is_none())
    }

    pub(super) fn answered(&self) -> u64 {
        self.state().answered
    }

    /// Waits until nothing is held.
    pub(super) async fn idle(&self) {
        while !self.state().held.is_empty() {
            self.idle.notified().await;
        }
    }

    /// Asks for the end of the process; the first reason counts.
    pub(super) fn doom(&self, doom: Doom) {
        self.doom.send_if_modified(|current| {
            let first = current.is_none();
            current.get_or_insert(doom);
            first
        });
    }

    /// Waits until somebody asks for the end of the process.
    pub(super) async fn doomed(&self) -> Doom {
        let mut doom = self.doom.subscribe();
        match doom
            .wait_for(Option::is_some)
            .await
            .map(|doom| doom.clone())
        {
            Ok(Some(doom)) => doom,
            // The sender is `self`.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }

    /// Ends all attempts with this failure. Returns how many.
    pub(super) fn end(&self, failure: &Failure) -> usize {
        let held = {
            let mut state = self.state();
            state.over = true;
            std::mem::take(&mut state.held)
        };
        self.to_write.notify_one();
        self.idle.notify_one();
        let count = held.len();
        for (_, held) in held {
            held.answer.send(Err(failure.clone())).ok();
        }
        count
    }
}
