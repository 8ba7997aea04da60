//! Workers through failovers: nothing is lost, nothing runs twice beyond what leases promise, and the wait is short.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use qctl::broker::Broker;
use qctl::clock;
use qctl::task::NewTask;
use qctl::worker::{Ended, Event};

use super::patient;
use crate::harness::sentinel::Trio;
use crate::harness::{SOON, eventually, say};
use crate::worker::crew::{AtWork, Crew, Gate, succeed};
use crate::worker::shop::task;

/// What `work` may wait beyond the failover itself.
const BEYOND: Duration = Duration::from_secs(2);

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(work)
}

/// Enqueues a task at a server itself, past the Sentinels, and waits until the worker has run it.
fn runs_on(server: &str, worker: &AtWork, id: &str) {
    run(async {
        let broker = Broker::connect(patient(server)).await.unwrap();
        broker.enqueue(&task(id), clock::now()).await.unwrap();
    });
    assert_eq!(worker.finished(id), Ended::Done);
}

/// Has another server become the primary in some way, and measures how much longer the worker waits than the servers.
fn measure(how: &str, break_it: impl FnOnce(&mut Trio)) {
    let mut trio = Trio::start();
    let worker = Crew::at(&trio.url()).slots(4).route(succeed("t")).start();
    runs_on(&trio.server_url(0), &worker, "before");
    let begun = Instant::now();
    break_it(&mut trio);
    eventually(SOON, || (trio.role(1) == "master").then_some(()));
    let promoted = begun.elapsed();
    // Before a Sentinel says so, nobody can know.
    eventually(SOON, || {
        (0..3)
            .any(|sentinel| trio.named_by(sentinel) == Some(1))
            .then_some(())
    });
    let failover = begun.elapsed();
    runs_on(&trio.server_url(1), &worker, "after");
    let seen = begun.elapsed();
    say(&format!(
        "failover by {how}: promoted after {promoted:.2?}, named after {failover:.2?}; a task ran after {seen:.2?}, {:.2?} later",
        seen.saturating_sub(failover)
    ));
    assert!(
        seen.saturating_sub(failover) < BEYOND,
        "{seen:?}, {failover:?}"
    );
    worker.stop();
}

#[test]
fn a_failover_after_kill_9_costs_a_worker_at_most_two_seconds_more() {
    measure("kill -9", |trio| trio.server_mut(0).kill9());
}

#[test]
fn a_failover_of_a_frozen_primary_costs_a_worker_at_most_two_seconds_more() {
    measure("SIGSTOP", |trio| trio.server(0).freeze());
}

#[test]
fn a_failover_of_a_primary_that_is_cut_off_costs_a_worker_at_most_two_seconds_more() {
    measure("partition", |trio| trio.partition(0));
}

#[test]
fn a_failover_on_request_costs_a_worker_at_most_two_seconds_more() {
    measure("SENTINEL FAILOVER", |trio| trio.fail_over());
}

fn started(events: &[Event]) -> BTreeMap<String, usize> {
    let mut times = BTreeMap::new();
    for event in events {
        if let Event::Started(task) = event {
            *times.entry(task.id.to_string()).or_default() += 1;
        }
    }
    times
}

/// Tasks that the replica has are neither lost nor run twice: those that run keep their leases, and their outcomes
/// are written to the new primary.
#[test]
fn tasks_that_run_during_a_failover_end_once() {
    let mut trio = Trio::start();
    let gate = Gate::closed();
    let worker = Crew::at(&trio.url())
        .slots(5)
        .route(gate.route("t"))
        .start();
    let ids: Vec<String> = (0..20).map(|n| format!("n{n}")).collect();
    run(async {
        let broker = Broker::connect(patient(&trio.url())).await.unwrap();
        let tasks: Vec<NewTask> = ids
            .iter()
            .map(|id| task(id).with(|options| options.retention = Duration::from_secs(600)))
            .collect();
        let outcomes = broker.enqueue_many(&tasks, clock::now()).await;
        assert!(outcomes.iter().all(Result::is_ok));
    });
    eventually(SOON, || {
        (started(&worker.events()).len() == 5).then_some(())
    });
    // What the replica has not got is lost with the primary, here as with any client.
    trio.server(0).cmd(&["CLIENT", "PAUSE", "60000", "WRITE"]);
    trio.has_followed(1);
    trio.server_mut(0).kill9();
    trio.has_primary(1);
    gate.open();
    for id in &ids {
        assert_eq!(worker.finished(id), Ended::Done, "{id}");
    }
    let times = started(&worker.stop());
    assert_eq!(times.len(), ids.len());
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    let completed: u64 = trio
        .server(1)
        .query(&["ZCARD", "asynq:{default}:completed"]);
    assert_eq!(completed, 20);
}
