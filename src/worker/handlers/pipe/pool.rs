//! The processes of a handler that take tasks, and who waits for one.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

use super::desk::Desk;
use super::hearing::Ready;
use crate::worker::gate::Gate;

/// All processes of a handler, by number.
pub(super) struct Pool {
    places: Mutex<Vec<Place>>,
    /// A place has become free, or a process has come or gone.
    changed: Notify,
    /// Closed while there is no process and none is starting.
    gate: Gate,
}

/// Where a process works.
#[derive(Clone)]
pub(super) enum Place {
    Starting,
    Ready(Arc<Seat>),
    Resting(Rest),
}

/// Until the next try to start a process.
#[derive(Debug, Clone)]
pub(super) struct Rest {
    pub(super) until: Instant,
    /// Why the last one ended.
    pub(super) reason: String,
}

/// A process that takes tasks.
pub(super) struct Seat {
    pub(super) desk: Arc<Desk>,
    pub(super) ready: Ready,
    /// How many tasks it may get until it is replaced.
    max_tasks: u64,
    in_flight: AtomicUsize,
    given: AtomicU64,
    /// It has got all the tasks that it may get.
    used_up: Notify,
}

impl Seat {
    pub(super) fn new(desk: Arc<Desk>, ready: Ready, max_tasks: Option<u64>) -> Self {
        Self {
            desk,
            ready,
            max_tasks: max_tasks.unwrap_or(u64::MAX),
            in_flight: AtomicUsize::new(0),
            given: AtomicU64::new(0),
            used_up: Notify::new(),
        }
    }

    /// Waits until it has got all the tasks that it may get.
    pub(super) async fn used_up(&self) {
        self.used_up.notified().await;
    }

    fn free(&self) -> usize {
        if self.given.load(Ordering::Relaxed) >= self.max_tasks {
            return 0;
        }
        let in_flight = self.in_flight.load(Ordering::Relaxed);
        self.ready.concurrency.saturating_sub(in_flight)
    }

    /// Only under the lock of the pool, so that nobody else takes the same place.
    fn take(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        if self.given.fetch_add(1, Ordering::Relaxed) + 1 == self.max_tasks {
            self.used_up.notify_one();
        }
    }
}

/// The right to give one task to a process. Dropping it makes room for another one.
pub(super) struct Ticket {
    pool: Arc<Pool>,
    pub(super) seat: Arc<Seat>,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.seat.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.pool.changed.notify_one();
    }
}

enum Found {
    Seat(Arc<Seat>),
    /// All are busy, or starting.
    Later,
    Nobody(Rest),
}

impl Pool {
    pub(super) fn new(processes: usize, gate: Gate) -> Self {
        Self {
            places: Mutex::new(vec![Place::Starting; processes]),
            changed: Notify::new(),
            gate,
        }
    }

    fn places(&self) -> MutexGuard<'_, Vec<Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What has become of the process with this index.
    pub(super) fn set(&self, index: usize, place: Place) {
        let mut places = self.places();
        let ready = matches!(place, Place::Ready(_));
        places[index] = place;
        if ready {
            self.gate.open();
        } else if let Some(rest) = nobody(&places) {
            self.gate.close(rest.until);
        }
        drop(places);
        self.changed.notify_waiters();
    }

    /// How many tasks the processes take together.
    pub(super) fn room(&self) -> usize {
        let places = self.places();
        let ready = places.iter().map(|place| match place {
            Place::Ready(seat) => seat.ready.concurrency,
            Place::Starting | Place::Resting(_) => 0,
        });
        // If all have ended since, whoever comes first finds that out.
        ready.fold(0, usize::saturating_add).max(1)
    }

    /// Waits for a process that has room for a task. The error: there is none at the moment.
    pub(super) async fn ticket(self: &Arc<Self>) -> Result<Ticket, Rest> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // From now on, so that no change is missed.
            changed.as_mut().enable();
            match self.find() {
                Found::Seat(seat) => {
                    let pool = Arc::clone(self);
                    return Ok(Ticket { pool, seat });
                }
                Found::Nobody(rest) => return Err(rest),
                Found::Later => changed.await,
            }
        }
    }

    /// Takes a place of the process that has the most free ones.
    fn find(&self) -> Found {
        let places = self.places();
        let seats = places.iter().filter_map(|place| match place {
            Place::Ready(seat) => Some((seat.free(), seat)),
            Place::Starting | Place::Resting(_) => None,
        });
        if let Some((1.., seat)) = seats.max_by_key(|(free, _)| *free) {
            seat.take();
            return Found::Seat(Arc::clone(seat));
        }
        nobody(&places).map_or(Found::Later, Found::Nobody)
    }
}

/// Until when there is no process, if all have failed.
fn nobody(places: &[Place]) -> Option<Rest> {
    let rests = places.iter().map(|place| match place {
        Place::Resting(rest) => Some(rest),
        Place::Starting | Place::Ready(_) => None,
    });
    let rests: Option<Vec<&Rest>> = rests.collect();
    rests?.into_iter().min_by_key(|rest| rest.until).cloned()
}
