//! The scenarios for commands that merge groups. A merge is no task, so some of them make no sense.

use std::path::Path;

use qctl::task::{NewTask, QueueName, State};

use super::stand::{Stand, folder};
use crate::harness::{SOON, eventually, fifo};
use crate::worker::shop::{keys, typed};

/// How a command is configured that runs the script, which plays it.
type Kind = fn(player: &str) -> String;

fn run(player: &str) -> String {
    format!("run = 'python3 {player} merge; exit $?'")
}

fn exec(player: &str) -> String {
    format!("exec = ['python3', '{player}', 'merge']")
}

/// A worker that merges each task by itself, and leaves the merged tasks where they are.
fn stand(kind: Kind, keys_of_rule: &str, flags: &[&str]) -> Stand {
    let player = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/play.py");
    let config = format!(
        "[groups.'*']\ntype = 'merged'\nmax_size = 1\n{}\n{keys_of_rule}\n[handlers.t]\nrun = 'true'\n",
        kind(&player.display().to_string())
    );
    let folder = folder();
    fifo(&folder.path().join("go"));
    let stand = Stand::of(folder, &config, flags);
    stand.shop.redis.cmd(&["SET", &keys().paused(), "1"]);
    stand
}

/// Puts a task with this payload into a group that is called like what is to happen.
fn join(stand: &Stand, group: &str, id: &str, payload: &[u8]) {
    let task = NewTask {
        payload: Some(payload.to_vec()),
        ..typed("note", id)
    };
    stand
        .shop
        .enqueue(&task.with(|options| options.group = Some(group.to_owned())));
}

/// The payloads of the merged tasks, once there are so many.
#[track_caller]
fn merged(stand: &Stand, count: usize) -> Vec<Vec<u8>> {
    let ids = eventually(SOON, || {
        let ids = stand.shop.list(&keys().pending());
        (ids.len() >= count).then_some(ids)
    });
    assert_eq!(ids.len(), count);
    let payload = |id: &String| stand.shop.find(id).unwrap().message.unwrap().payload;
    ids.iter().map(payload).collect()
}

/// The merge of the group fails, and its task is not lost.
#[track_caller]
fn fails(stand: &Stand, group: &str, error: &str) {
    let said = format!("cannot merge group {group:?}: {error}");
    stand.says(&said);
    assert_eq!(stand.shop.state(group), Some(State::Aggregating));
    assert_eq!(stand.shop.counters(), (0, 0));
}

#[track_caller]
fn goes_on(stand: &Stand) {
    join(stand, "echo", "echo", b"still here");
    assert_eq!(merged(stand, 1), [b"still here"]);
}

fn a_result_is_kept(kind: Kind) {
    let stand = stand(kind, "", &[]);
    join(&stand, "echo", "one", br#"{"n": 1}"#);
    assert_eq!(merged(&stand, 1), [br#"{"n": 1}"#]);
    assert!(stand.shop.find("one").is_none());
    stand.close();
}

fn a_failure_is_counted_and_has_its_text(kind: Kind) {
    let stand = stand(kind, "", &[]);
    join(&stand, "fail", "fail", b"p");
    fails(&stand, "fail", "exit status 1: boom");
    goes_on(&stand);
    stand.stop();
}

fn a_timeout_ends_the_attempt_and_not_the_handler(kind: Kind) {
    let stand = stand(kind, "timeout = '1s'", &[]);
    join(&stand, "hang", "hang", b"p");
    fails(&stand, "hang", "timed out after 1s: stopped, ");
    stand.stop();
}

/// SIGKILL follows after the grace of five seconds.
fn a_deaf_handler_does_not_outlive_its_timeout(kind: Kind) {
    let stand = stand(kind, "timeout = '1s'", &[]);
    join(&stand, "deaf", "deaf", b"p");
    fails(&stand, "deaf", "timed out after 1s: stopped, ");
    stand.stop();
}

/// Its set was taken back meanwhile, as if its lifetime were over.
fn a_lost_lease_ends_the_attempt_and_nothing_is_written(kind: Kind) {
    let stand = stand(kind, "", &[]);
    join(&stand, "wait", "wait", b"p");
    stand.started(1);
    let later = qctl::clock::now() + chrono::TimeDelta::hours(1);
    let queue = QueueName::default();
    stand
        .shop
        .ask(async |broker| broker.reclaim_sets(&queue, later).await)
        .unwrap();
    let _go = stand.let_go();
    stand.says("cannot merge group \"wait\": it took too long: the tasks are back");
    // It is merged once more, in time.
    assert_eq!(merged(&stand, 1), [b""]);
    stand.close();
}

fn a_shutdown_gives_back_what_runs(kind: Kind) {
    let stand = stand(kind, "", &["--shutdown-timeout", "300ms"]);
    join(&stand, "hang", "hang", b"p");
    stand.started(1);
    let output = stand.stop();
    let said = output.stderr_str();
    assert!(
        said.contains("cannot merge group \"hang\": the worker is shutting down"),
        "{said}"
    );
}

fn a_crash_fails_its_task_and_no_later_one(kind: Kind) {
    let stand = stand(kind, "", &[]);
    join(&stand, "crash", "crash", b"p");
    // A shell says so of the program that it waits for.
    let error = if kind("").starts_with("run") {
        "exit status 137: Killed"
    } else {
        "killed by signal 9 (SIGKILL)"
    };
    fails(&stand, "crash", error);
    goes_on(&stand);
    stand.stop();
}

fn a_flood_of_output_costs_no_memory(kind: Kind) {
    let stand = stand(kind, "", &[]);
    join(&stand, "flood", "flood", b"p");
    fails(&stand, "flood", "the command has printed 1");
    let peak = stand.worker.peak_memory();
    assert!(peak < 100_000, "{peak} kB");
    goes_on(&stand);
    stand.stop();
}

fn a_payload_is_not_always_text(kind: Kind) {
    let stand = stand(kind, "", &[]);
    let bytes: Vec<u8> = (0..=255).collect();
    join(&stand, "echo", "one", &bytes);
    assert_eq!(merged(&stand, 1), [bytes]);
    stand.close();
}

fn a_payload_may_be_large(kind: Kind) {
    let stand = stand(kind, "", &[]);
    let bytes: Vec<u8> = (0..=255).cycle().take(10_000_000).collect();
    let mut sum = flate2::Crc::new();
    sum.update(&bytes);
    join(&stand, "sum", "one", &bytes);
    let expected = format!("10000000 {}", sum.sum()).into_bytes();
    assert_eq!(merged(&stand, 1), [expected]);
    stand.close();
}

/// Four sets of a pattern at a time.
fn many_tasks_are_in_flight(kind: Kind) {
    const MANY: usize = 10;
    let stand = stand(kind, "", &[]);
    for n in 0..MANY {
        join(&stand, "wait", &n.to_string(), b"p");
    }
    let queue = QueueName::default();
    eventually(SOON, || {
        let sets = stand
            .shop
            .ask(async |broker| broker.open_sets(&queue).await);
        let open = sets.unwrap().len();
        assert!(open <= 4, "{open}");
        (open == 4).then_some(())
    });
    let _go = stand.let_go();
    merged(&stand, MANY);
    stand.close();
}

/// A module of tests for each way to write a command, with a test for each scenario that is not only one of tasks.
macro_rules! merge {
    ($of_all:tt $of_tasks:tt) => { merge!(@ $of_all: run exec); };
    (@ $scenarios:tt: $($kind:ident)*) => { $(merge!(@ $kind $scenarios);)* };
    (@ $kind:ident { $($scenario:ident)* }) => {
        mod $kind {
            $(#[test] fn $scenario() { super::$scenario(super::$kind); })*
        }
    };
}

scenarios!(merge);
