//! Redis stands still while several workers hold the places of a limit that they share.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use qctl::task::Backoff;
use qctl::task::transition::RetryPolicy;
use qctl::worker::{Event, Route};
use tokio::sync::Semaphore;

use super::crew::{AtWork, route};
use super::shared_limits::{limited, places};
use super::shop::{Shop, task};
use crate::harness::leaks::assert_no_leaks;
use crate::harness::{SOON, eventually};

/// How many tasks of the scope may run at the same time.
pub(crate) const LIMIT: usize = 3;

/// Where tasks run until they are let out, or asked to stop.
#[derive(Clone)]
pub(crate) struct Hall {
    counts: Arc<Mutex<Counts>>,
    doors: Arc<Semaphore>,
}

#[derive(Default)]
struct Counts {
    begun: usize,
    inside: usize,
    /// Most that were inside at the same time.
    most: usize,
}

impl Hall {
    pub(crate) fn new() -> Self {
        Self {
            counts: Arc::default(),
            doors: Arc::new(Semaphore::new(0)),
        }
    }

    /// A limited handler whose tasks run there. A task that loses its lease is retried at once.
    pub(crate) fn route(&self) -> Route {
        let hall = self.clone();
        let mut route = route("t", move |_, mut stop| {
            let hall = hall.clone();
            async move {
                hall.enter();
                tokio::select! {
                    door = hall.doors.acquire() => door.unwrap().forget(),
                    _ = stop.requested() => {}
                }
                hall.counts.lock().unwrap().inside -= 1;
                Ok(Vec::new())
            }
        });
        route.retry = RetryPolicy {
            backoff: Backoff::Constant(Duration::ZERO),
            ..RetryPolicy::default()
        };
        limited(route, LIMIT)
    }

    fn enter(&self) {
        let mut counts = self.counts.lock().unwrap();
        counts.begun += 1;
        counts.inside += 1;
        counts.most = counts.most.max(counts.inside);
    }

    pub(crate) fn let_out(&self, tasks: usize) {
        self.doors.add_permits(tasks);
    }

    /// Waits until so many tasks are inside, and returns how many have begun so far.
    #[track_caller]
    pub(crate) fn holds(&self, inside: usize) -> usize {
        eventually(SOON, || {
            let counts = self.counts.lock().unwrap();
            (counts.inside == inside).then_some(counts.begun)
        })
    }

    /// Most that were inside at the same time so far.
    pub(crate) fn most(&self) -> usize {
        self.counts.lock().unwrap().most
    }

    pub(crate) fn begun(&self) -> usize {
        self.counts.lock().unwrap().begun
    }
}

/// Three workers with more tasks than places, once all places are taken.
fn at_work(shop: &Shop, hall: &Hall, tasks: usize, lease: Option<u64>) -> [AtWork; 3] {
    for n in 0..tasks {
        shop.enqueue(&task(&format!("{n}")));
    }
    let workers = [(); 3].map(|()| {
        let crew = shop.crew().slots(LIMIT).with(|settings| {
            settings.timing.recovery = Duration::from_millis(200);
        });
        let crew = match lease {
            Some(seconds) => crew.leases(seconds),
            None => crew,
        };
        crew.route(hall.route()).start()
    });
    assert_eq!(hall.holds(LIMIT), LIMIT);
    workers
}

/// Ends the workers, of which each has run all that it can. All tasks are done, and every place is free.
#[track_caller]
fn end(shop: &Shop, hall: &Hall, tasks: usize, workers: [AtWork; 3]) {
    hall.let_out(tasks);
    for n in 0..tasks {
        let name = n.to_string();
        eventually(SOON, || shop.state(&name).is_none().then_some(()));
    }
    for worker in workers {
        worker.stop();
    }
    assert_eq!(hall.most(), LIMIT);
    assert_eq!(places(shop), []);
    assert_no_leaks(&shop.redis);
}

#[track_caller]
fn fails(worker: &AtWork) {
    worker.wait_for(|event| matches!(event, Event::DutyFailed { .. }).then_some(()));
}

/// Its leases hold all the time. A place that becomes free meanwhile can only be handed back, and taken, afterwards.
#[test]
fn a_stall_that_is_shorter_than_a_lease_costs_no_place_and_no_attempt() {
    const TASKS: usize = 12;
    let (shop, hall) = (Shop::open(), Hall::new());
    let workers = at_work(&shop, &hall, TASKS, None);
    shop.redis.freeze();
    workers.iter().for_each(fails);
    hall.let_out(1);
    assert_eq!(hall.holds(LIMIT - 1), LIMIT);
    shop.redis.thaw();
    assert_eq!(hall.holds(LIMIT), LIMIT + 1);
    end(&shop, &hall, TASKS, workers);
    assert_eq!((hall.begun(), shop.counters()), (TASKS, (12, 0)));
}

/// Workers end what they run when its lease is over, though Redis does not answer. So nothing runs beside the tasks that get
/// the places afterwards, and these are all places again.
#[test]
fn a_stall_that_is_longer_than_a_lease_ends_what_runs_and_all_places_are_taken_again() {
    const TASKS: usize = 12;
    let (shop, hall) = (Shop::open(), Hall::new());
    let workers = at_work(&shop, &hall, TASKS, Some(2));
    shop.redis.freeze();
    assert_eq!(hall.holds(0), LIMIT);
    workers.iter().for_each(fails);
    assert_eq!(hall.begun(), LIMIT);
    shop.redis.thaw();
    assert!(hall.holds(LIMIT) >= 2 * LIMIT);
    end(&shop, &hall, TASKS, workers);
    assert!(hall.begun() >= TASKS + LIMIT);
    // The attempts that were ended count as failed, as does a claim that was answered after its lease.
    let (processed, failed) = shop.counters();
    assert_eq!(processed - failed, 12, "{failed} failed");
    assert!(failed >= u64::try_from(LIMIT).unwrap(), "{failed}");
}
