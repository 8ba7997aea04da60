//! How many connections may be open. When there is no room for a new one, the connection that has waited longest for a
//! request is closed, so that clients which connect and say nothing do not keep others out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// Half of the file descriptors that a process usually may have.
const MAX_CONNECTIONS: usize = 512;

/// The open connections.
#[derive(Debug, Default)]
pub(super) struct Connections {
    open: Mutex<Open>,
    left: Notify,
}

#[derive(Debug, Default)]
struct Open {
    next_id: u64,
    by_id: HashMap<u64, Connection>,
}

#[derive(Debug)]
struct Connection {
    task: Option<AbortHandle>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Since when it has had no request.
    Waiting(Instant),
    Busy,
}

/// Room for a connection, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    id: u64,
    connections: Arc<Connections>,
}

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct Busy(Arc<Place>);

impl Connections {
    /// Waits until there is room for one more connection.
    pub(super) async fn place(self: &Arc<Self>) -> Place {
        loop {
            let left = self.left.notified();
            if let Some(id) = self.lock().enter() {
                let connections = Arc::clone(self);
                return Place { id, connections };
            }
            left.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn enter(&mut self) -> Option<u64> {
        if self.by_id.len() >= MAX_CONNECTIONS {
            let waiting = self
                .by_id
                .values()
                .filter_map(|connection| match connection.state {
                    State::Waiting(since) => Some((since, connection.task.as_ref()?)),
                    State::Busy => None,
                });
            if let Some((_, longest)) = waiting.min_by_key(|(since, _)| *since) {
                longest.abort();
            }
            return None;
        }
        let id = self.next_id;
        self.next_id += 1;
        let state = State::Waiting(Instant::now());
        self.by_id.insert(id, Connection { task: None, state });
        Some(id)
    }
}

impl Place {
    /// Lets the connection be closed while it waits for a request.
    pub(super) fn may_abort(&self, task: AbortHandle) {
        if let Some(connection) = self.connections.lock().by_id.get_mut(&self.id) {
            connection.task = Some(task);
        }
    }

    /// A request has come, which is answered when the returned value is dropped.
    pub(super) fn busy(self: &Arc<Self>) -> Busy {
        self.set(State::Busy);
        Busy(Arc::clone(self))
    }

    fn set(&self, state: State) {
        if let Some(connection) = self.connections.lock().by_id.get_mut(&self.id) {
            connection.state = state;
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.set(State::Waiting(Instant::now()));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.lock().by_id.remove(&self.id);
        self.connections.left.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;

    #[tokio::test(start_paused = true)]
    async fn a_new_connection_takes_the_place_of_the_one_that_has_waited_longest() {
        let connections = Arc::new(Connections::default());
        let mut tasks = Vec::new();
        let mut busy = Vec::new();
        for n in 0..MAX_CONNECTIONS {
            let place = Arc::new(connections.place().await);
            // The first two are busy, so the third has waited longest.
            busy.extend((n < 2).then(|| place.busy()));
            let held = Arc::clone(&place);
            let task = tokio::spawn(async move {
                let _place = held;
                pending::<()>().await;
            });
            place.may_abort(task.abort_handle());
            tasks.push(task);
            tokio::time::advance(std::time::Duration::from_millis(1)).await;
        }
        let _place = connections.place().await;
        let ended: Vec<usize> = (0..tasks.len())
            .filter(|n| tasks[*n].is_finished())
            .collect();
        assert_eq!(ended, [2]);
    }
}
