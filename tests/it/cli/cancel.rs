//! `qctl cancel`. That a worker obeys is shown with the worker.

use qctl::broker::keys::CANCEL_CHANNEL;
use qctl::task::State;

use super::{contents, keys, put, put_one_of_each, qctl};
use crate::harness::SOON;
use crate::harness::redis::Redis;

#[test]
fn servers_are_told_the_id() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Active);
    put(&redis, "q", "b", State::Active);
    let mut server = redis.connection().unwrap();
    let mut heard = server.as_pubsub();
    heard.subscribe(CANCEL_CHANNEL).unwrap();
    qctl(&redis, "cancel a")
        .stdout("asked 1 server to cancel 1 task\n")
        .run();
    assert_eq!(
        heard
            .get_message()
            .unwrap()
            .get_payload::<String>()
            .unwrap(),
        "a"
    );
    qctl(&redis, "cancel -q q --yes --limit 1")
        .stdout("asked 1 server to cancel 1 task\n")
        .run();
    qctl(&redis, "cancel -")
        .stdin("b\n")
        .stdout("asked 1 server to cancel 1 task\n")
        .run();
}

#[test]
fn a_running_task_with_the_same_id_in_another_queue_is_named() {
    let redis = Redis::start();
    for (queue, state) in [
        ("q1", State::Active),
        ("q2", State::Active),
        ("q3", State::Pending),
    ] {
        put(&redis, queue, "a", state);
    }
    let mut server = redis.connection().unwrap();
    let mut heard = server.as_pubsub();
    heard.subscribe(CANCEL_CHANNEL).unwrap();
    qctl(&redis, "cancel a -q q1")
        .stdout("asked 1 server to cancel 1 task\n")
        .stderr("warning: task \"a\" is running in queue \"q2\" too: the request reaches both\n")
        .run();
    qctl(&redis, "cancel a")
        .status(6)
        .stdout("cancelled 0 of 1 task, 1 failed\n")
        .stderr(
            "
            error: task \"a\" is in several queues: q1, q2, q3
            hint: name the queue with --queue
            ",
        )
        .run();
}

#[test]
fn those_that_run_are_cancelled_whatever_the_others_do() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    let mut server = redis.connection().unwrap();
    let mut heard = server.as_pubsub();
    heard.subscribe(CANCEL_CHANNEL).unwrap();
    qctl(&redis, "cancel gone active pending")
        .status(7)
        .stdout("asked 1 server to cancel 1 of 3 tasks, 2 failed\n")
        .stderr(
            "
            error: task \"gone\" does not exist in any queue
            error: cannot cancel task \"pending\" in queue \"q\" (it is not running)
            hint: qctl ls tasks; add --queue if its queue is not listed (qctl doctor)
            ",
        )
        .run();
    let id: String = heard.get_message().unwrap().get_payload().unwrap();
    assert_eq!(id, "active");
}

#[test]
fn that_nobody_listens_is_said() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Active);
    qctl(&redis, "cancel a")
        .status(7)
        .stdout("asked 0 servers to cancel 1 task\n")
        .stderr(
            "
            error: no server listens for cancellations
            hint: workers recover the tasks of a dead server within 90 seconds
            ",
        )
        .run();
}

#[test]
fn an_orphaned_task_is_not_cancelled_and_the_hint_names_what_is_possible() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Active);
    redis.cmd(&["ZADD", "asynq:{q}:lease", "1", "a"]);
    qctl(&redis, "cancel a")
        .status(6)
        .stdout("cancelled 0 of 1 task, 1 failed\n")
        .stderr(
            "
            error: cannot cancel task \"a\" in queue \"q\" (it is orphaned)
            hint: its server is gone: retry, archive or delete it; a worker recovers it within 90 seconds
            ",
        )
        .run();
}

#[test]
fn only_running_tasks_can_be_cancelled() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    qctl(&redis, "cancel pending")
        .status(6)
        .stdout("cancelled 0 of 1 task, 1 failed\n")
        .stderr("error: cannot cancel task \"pending\" in queue \"q\" (it is not running)\n")
        .run();
    qctl(&redis, "cancel gone")
        .status(3)
        .stdout("cancelled 0 of 1 task, 1 failed\n")
        .stderr("error: task \"gone\" does not exist in any queue\nhint: qctl ls tasks; add --queue if its queue is not listed (qctl doctor)\n")
        .run();
    qctl(&redis, "cancel -q q -s pending")
        .status(2)
        .stderr(
            "
            error: cannot cancel pending tasks (they are not running)
            hint: choose another --state
            ",
        )
        .run();
    qctl(&redis, "cancel")
        .status(2)
        .stderr("error: no tasks are selected to cancel\nhint: pass ids, or --queue QUEUE (all queues: --queue '*')\n")
        .run();
}

#[test]
fn all_of_a_queue_need_a_yes() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Active);
    let before = contents(&redis);
    qctl(&redis, "cancel -q q")
        .status(2)
        .stderr(
            "
              q  active  a  t
            error: cancel 1 task: not confirmed, nothing was changed
            hint: repeat it with --yes, or look first with --dry-run
            ",
        )
        .run();
    qctl(&redis, "cancel -q q -n")
        .stdout("would cancel 1 task\n")
        .stderr("  q  active  a  t\n")
        .run();
    assert_eq!(contents(&redis), before);
    for (args, count) in [
        ("-t t", "1 task"),
        ("-t other", "0 tasks"),
        ("-l 0", "0 tasks"),
    ] {
        qctl(&redis, &format!("cancel -q q -n --quiet {args}"))
            .stdout(&format!("would cancel {count}\n"))
            .run();
    }
    put(&redis, "r", "b", State::Pending);
    qctl(&redis, "cancel -q r")
        .stdout("cancelled 0 tasks\n")
        .run();
}

#[test]
fn a_wait_ends_when_the_task_has_stopped() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Active);
    let mut server = redis.connection().unwrap();
    let mut heard = server.as_pubsub();
    heard.subscribe(CANCEL_CHANNEL).unwrap();
    qctl(&redis, "cancel a --wait=100ms")
        .status(8)
        .stdout("asked 1 server to cancel 1 task\n")
        .stderr(
            "
            error: task \"a\" in queue \"q\" is still running
            hint: its handler may ignore the request, or its server may be gone: qctl ls workers
            ",
        )
        .run();
    heard.get_message().unwrap();
    let waiting = qctl(&redis, "cancel a --wait").spawn();
    heard.get_message().unwrap();
    redis.cmd(&[
        "HSET",
        &keys("q").task(&"a".parse().unwrap()),
        "state",
        "retry",
    ]);
    let output = waiting.wait(SOON).expect_code(0);
    assert_eq!(output.stderr_str(), "stopped 1 task\n");
}
