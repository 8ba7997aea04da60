//! What must hold for each kind of handler.

use qctl::task::State;

use super::kinds::Kind;
use super::stand::Stand;
use crate::harness::qctl::Qctl;
use crate::harness::{SOON, eventually, say};
use crate::worker::shop::{keys, seconds_until, typed};

/// The last error and the count of retries of a task that is in this state, or soon will be.
#[track_caller]
fn failed(stand: &Stand, task: &str, state: State) -> (String, i32) {
    let message = stand.shop.reaches(task, state).message.unwrap();
    (message.last_error, message.retried)
}

#[track_caller]
fn result(stand: &Stand, task: &str) -> Vec<u8> {
    let found = stand.shop.reaches(task, State::Completed);
    found.result.unwrap_or_default()
}

/// That the handler still works.
#[track_caller]
fn goes_on(stand: &Stand) {
    stand.play_with("echo", b"still here");
    assert_eq!(result(stand, "echo"), b"still here");
}

pub(super) fn a_result_is_kept(kind: &Kind) {
    let stand = Stand::open(kind);
    stand.play_with("echo", br#"{"n": 1}"#);
    assert_eq!(result(&stand, "echo"), br#"{"n": 1}"#);
    stand.close();
}

pub(super) fn a_failure_is_counted_and_has_its_text(kind: &Kind) {
    let stand = Stand::open(kind);
    stand.play("fail");
    let (error, retried) = failed(&stand, "fail", State::Retry);
    assert_eq!((error.as_str(), retried), (kind.boom, 1));
    goes_on(&stand);
    stand.close();
}

pub(super) fn a_task_that_is_skipped_is_archived(kind: &Kind) {
    let stand = Stand::open(kind);
    stand.play("skip");
    let (error, retried) = failed(&stand, "skip", State::Archived);
    assert!(error.ends_with("boom") && retried == 0, "{error} {retried}");
    stand.close();
}

pub(super) fn a_task_that_is_released_is_not_counted(kind: &Kind) {
    let stand = Stand::open(kind);
    stand.play("release");
    let (error, retried) = failed(&stand, "release", State::Retry);
    assert!(error.ends_with("boom") && retried == 0, "{error} {retried}");
    assert_eq!(stand.shop.counters(), (0, 0));
    stand.close();
}

pub(super) fn the_handler_chooses_the_time_of_the_retry(kind: &Kind) {
    if let Some(reason) = kind.no_retry_after {
        return say(&format!("no means to choose the time of a retry: {reason}"));
    }
    let stand = Stand::open(kind);
    stand.play("later");
    let found = stand.shop.reaches("later", State::Retry);
    let left = seconds_until(found.score_at(qctl::clock::now()).unwrap());
    // The player asks for 200 seconds, where the configuration says an hour.
    assert!((150..=201).contains(&left), "{left}");
    stand.close();
}

pub(super) fn a_timeout_ends_the_attempt_and_not_the_handler(kind: &Kind) {
    let stand = Stand::open(kind);
    stand.play_for_a_second("hang");
    let (error, retried) = failed(&stand, "hang", State::Retry);
    assert_eq!((error.as_str(), retried), ("timed out after 1s", 1));
    goes_on(&stand);
    stand.close();
}

pub(super) fn a_deaf_handler_does_not_outlive_its_timeout(kind: &Kind) {
    let stand = Stand::open(kind);
    stand.play_for_a_second("deaf");
    let (error, _) = failed(&stand, "deaf", State::Retry);
    assert_eq!(error, "timed out after 1s");
    goes_on(&stand);
    stand.close();
}

pub(super) fn an_operator_cancels_a_task(kind: &Kind) {
    let stand = Stand::open(kind);
    stand.play("hang");
    stand.started(1);
    // The worker may not listen yet.
    eventually(SOON, || {
        let cancel = Qctl::new(&stand.shop.redis).args(["cancel", "hang"]);
        let output = cancel.run_unchecked().expect_code(0);
        output.stderr_str().is_empty().then_some(())
    });
    assert_eq!(failed(&stand, "hang", State::Retry).0, "cancelled");
    goes_on(&stand);
    stand.close();
}

pub(super) fn a_lost_lease_ends_the_attempt_and_nothing_is_written(kind: &Kind) {
    let stand = Stand::open(kind);
    stand.play("hang");
    stand.started(1);
    stand.shop.redis.cmd(&["ZREM", &keys().lease(), "hang"]);
    let said = |line: &str| line.contains("its lease has expired");
    stand.worker.wait_for_line(said, SOON);
    assert_eq!(stand.shop.state("hang"), Some(State::Active));
    goes_on(&stand);
    // Somebody else has it, and is done.
    stand
        .shop
        .redis
        .cmd(&["LREM", &keys().active(), "0", "hang"]);
    stand
        .shop
        .redis
        .cmd(&["DEL", &keys().task(&crate::worker::shop::id("hang"))]);
    stand.close();
}

pub(super) fn a_shutdown_gives_back_what_runs(kind: &Kind) {
    let stand = Stand::with(kind, 4, &["--shutdown-timeout", "300ms"]);
    for n in 0..3 {
        stand.shop.enqueue(&typed("hang", &n.to_string()));
    }
    stand.started(3);
    let output = stand.close();
    let said = output.stderr_str();
    assert!(said.contains("0 done, 0 failed, 3 requeued"), "{said}");
}

pub(super) fn a_crash_fails_its_task_and_no_later_one(kind: &Kind) {
    let stand = Stand::open(kind);
    stand.play("crash");
    let (error, retried) = failed(&stand, "crash", State::Retry);
    let as_expected = match kind.killed.strip_prefix('…') {
        Some(end) => error.ends_with(end),
        None => error == kind.killed,
    };
    assert!(as_expected && retried == 1, "{error} {retried}");
    goes_on(&stand);
    stand.close();
}

pub(super) fn a_flood_of_output_costs_no_memory(kind: &Kind) {
    let stand = Stand::open(kind);
    stand.play("flood");
    stand.shop.reaches("flood", State::Completed);
    let peak = stand.worker.peak_memory();
    assert!(peak < 100_000, "{peak} kB");
    goes_on(&stand);
    stand.close();
}

pub(super) fn a_payload_is_not_always_text(kind: &Kind) {
    let stand = Stand::open(kind);
    let bytes: Vec<u8> = (0..=255).collect();
    stand.play_with("echo", &bytes);
    assert_eq!(result(&stand, "echo"), bytes);
    stand.close();
}

pub(super) fn a_payload_may_be_large(kind: &Kind) {
    let stand = Stand::open(kind);
    let bytes: Vec<u8> = (0..=255).cycle().take(10_000_000).collect();
    let mut sum = flate2::Crc::new();
    sum.update(&bytes);
    stand.play_with("sum", &bytes);
    let expected = format!("10000000 {}", sum.sum());
    assert_eq!(result(&stand, "sum"), expected.as_bytes());
    stand.close();
}

pub(super) fn many_tasks_are_in_flight(kind: &Kind) {
    const MANY: usize = 1000;
    let stand = Stand::with(kind, MANY, &[]);
    for n in 0..MANY {
        stand.shop.enqueue(&typed("wait", &n.to_string()));
    }
    stand.started(MANY);
    let peak = stand.worker.peak_memory();
    assert!(peak < 100_000, "{peak} kB");
    let _go = stand.let_go();
    eventually(SOON, || {
        let (processed, failed) = stand.shop.counters();
        assert_eq!(failed, 0);
        (processed == MANY as u64).then_some(())
    });
    stand.close();
}
