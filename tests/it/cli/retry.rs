//! `qctl retry`, and what all changes of tasks have in common.

use qctl::task::State;
use serde_json::json;

use super::{contents, put, put_one_of_each, qctl, state};
use crate::harness::redis::Redis;

#[test]
fn by_id_without_a_question() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    for id in ["scheduled", "retry", "archived", "aggregating"] {
        qctl(&redis, "retry")
            .arg(id)
            .stdout("retried 1 task\n")
            .run();
        assert_eq!(state(&redis, "q", id).as_deref(), Some("pending"));
    }
}

#[test]
fn states_that_forbid_it_are_conflicts() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    let before = contents(&redis);
    qctl(&redis, "retry pending")
        .status(6)
        .stdout("retried 0 of 1 task, 1 failed\n")
        .stderr("error: cannot retry task \"pending\" in queue \"q\" (it is already pending)\nhint: if no worker takes it: qctl doctor --queue q\n")
        .run();
    qctl(&redis, "retry active")
        .status(6)
        .stdout("retried 0 of 1 task, 1 failed\n")
        .stderr(
            "
            error: cannot retry task \"active\" in queue \"q\" (it is running)
            hint: qctl cancel active
            ",
        )
        .run();
    assert_eq!(contents(&redis), before);
}

#[test]
fn partial_success_has_its_own_exit_code() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    let output = qctl(&redis, "retry archived pending gone lost -o json");
    let output = output.run_unchecked().expect_code(7);
    let report = output.json();
    let failure = |id: &str, queue: Option<&str>, error: &str| json!({"id": id, "queue": queue, "error": error});
    let failures = json!([
        failure("gone", None, "task \"gone\" does not exist in any queue"),
        failure("lost", None, "task \"lost\" does not exist in any queue"),
        failure(
            "pending",
            Some("q"),
            "cannot retry task \"pending\" in queue \"q\" (it is already pending)"
        ),
    ]);
    assert_eq!(report["failures"], failures);
    assert_eq!(
        (&report["matched"], &report["changed"]),
        (&4.into(), &1.into())
    );
    assert_eq!(report["queues"], json!([{"queue": "q", "tasks": 2}]));
    assert_eq!(
        output.stderr_str(),
        "error: task \"gone\" does not exist in any queue\n\
         error: task \"lost\" does not exist in any queue\n\
         error: cannot retry task \"pending\" in queue \"q\" (it is already pending)\n\
         hint: if no worker takes it: qctl doctor --queue q\n\
         hint: qctl ls tasks; add --queue if its queue is not listed (qctl doctor)\n"
    );
    assert_eq!(state(&redis, "q", "archived").as_deref(), Some("pending"));
    qctl(&redis, "retry gone lost")
        .status(3)
        .stdout("retried 0 of 2 tasks, 2 failed\n")
        .stderr(
            "
            error: task \"gone\" does not exist in any queue
            error: task \"lost\" does not exist in any queue
            hint: qctl ls tasks; add --queue if its queue is not listed (qctl doctor)
            ",
        )
        .run();
}

#[test]
fn ids_come_from_stdin_too() {
    let redis = Redis::start();
    for id in ["a", "b", "c d"] {
        put(&redis, "q", id, State::Archived);
    }
    qctl(&redis, "retry -q q -")
        .stdin("a\r\n\nb\nc d\na\n")
        .stdout("retried 3 tasks\n")
        .run();
    qctl(&redis, "retry -").stdout("retried 0 tasks\n").run();
    qctl(&redis, "retry -")
        .stdin(b"\xff\n")
        .status(2)
        .stderr(
            "
            error: cannot read ids from stdin (invalid utf-8 sequence of 1 bytes from index 0)
            hint: pass one id per line, in UTF-8
            ",
        )
        .run();
}

/// What `-o id` prints is what `-` reads.
#[test]
fn a_list_pipes_into_a_change() {
    let redis = Redis::start();
    put(&redis, "q", "größe 1", State::Archived);
    let ids = qctl(&redis, "ls q -s archived -o id")
        .run_unchecked()
        .stdout;
    qctl(&redis, "retry -q q -")
        .stdin(ids)
        .stdout("retried 1 task\n")
        .run();
}

#[test]
fn a_queue_alone_means_retry_and_archived() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    put(&redis, "r", "elsewhere", State::Archived);
    qctl(&redis, "retry -q q").stdout("retried 2 tasks\n").run();
    assert_eq!(
        state(&redis, "q", "scheduled").as_deref(),
        Some("scheduled")
    );
    assert_eq!(state(&redis, "r", "elsewhere").as_deref(), Some("archived"));
    qctl(&redis, "retry -q q -s scheduled -s scheduled")
        .stdout("retried 1 task\n")
        .run();
    qctl(&redis, "retry -q q --group g")
        .stdout("retried 1 task\n")
        .run();
    qctl(&redis, "retry -q q -q r -q r")
        .stdout("retried 1 task\n")
        .run();
    qctl(&redis, "retry -q q").stdout("retried 0 tasks\n").run();
}

#[test]
fn a_limit_ends_it() {
    let redis = Redis::start();
    for number in 0..5 {
        put(&redis, "q", &format!("{number}"), State::Archived);
    }
    qctl(&redis, "retry -q q --limit 2")
        .stdout("retried 2 tasks\n")
        .run();
    qctl(&redis, "retry -q q -l 0")
        .stdout("retried 0 tasks\n")
        .run();
    qctl(&redis, "retry -q q -l 9")
        .stdout("retried 3 tasks\n")
        .run();
}

#[test]
fn a_dry_run_looks_the_same_and_changes_nothing() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    let before = contents(&redis);
    qctl(&redis, "retry -q q --dry-run")
        .stdout("would retry 2 tasks\n")
        .stderr("  q  retry  retry  t\n  q  archived  archived  t\n")
        .run();
    qctl(&redis, "retry archived -n")
        .stdout("would retry 1 task\n")
        .stderr("  q  archived  archived  t\n")
        .run();
    qctl(&redis, "retry archived archived pending -n")
        .status(7)
        .stdout("would retry 1 of 2 tasks, 1 failed\n")
        .stderr(
            "
              q  archived  archived  t
              q  pending  pending  t
            error: cannot retry task \"pending\" in queue \"q\" (it is already pending)
            hint: if no worker takes it: qctl doctor --queue q
            ",
        )
        .run();
    let shape = |line: &str| {
        let document = qctl(&redis, line).run_unchecked().json();
        document
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    let dry = shape("retry -q q --json --dry-run");
    assert_eq!(contents(&redis), before);
    assert_eq!(shape("retry -q q --json"), dry);
}

#[test]
fn doubtful_selections_are_refused() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    put(&redis, "r", "archived", State::Archived);
    let before = contents(&redis);
    qctl(&redis, "retry")
        .status(2)
        .stderr("error: no tasks are selected to retry\nhint: pass ids, or --queue QUEUE (all queues: --queue '*')\n")
        .run();
    // One id that is ambiguous keeps nobody from the others.
    qctl(&redis, "retry pending archived --dry-run --quiet")
        .status(6)
        .stdout("would retry 0 of 2 tasks, 2 failed\n")
        .stderr(
            "
            error: task \"archived\" is in several queues: q, r
            error: cannot retry task \"pending\" in queue \"q\" (it is already pending)
            ",
        )
        .run();
    qctl(&redis, "retry archived")
        .status(6)
        .stdout("retried 0 of 1 task, 1 failed\n")
        .stderr(
            "
            error: task \"archived\" is in several queues: q, r
            hint: name the queue with --queue
            ",
        )
        .run();
    qctl(&redis, "retry a -s retry")
        .status(2)
        .stderr(
            "
            error: tasks are selected either by id, or by state, group and filters
            hint: remove the ids, and select queues with --queue
            ",
        )
        .run();
    qctl(&redis, "retry -q q -s pending")
        .status(2)
        .stderr(
            "
            error: cannot retry pending tasks (they are already pending)
            hint: choose another --state
            ",
        )
        .run();
    qctl(&redis, "retry -q nope")
        .status(3)
        .stderr("error: queue \"nope\" does not exist\nhint: qctl ls queues\n")
        .run();
    assert_eq!(contents(&redis), before);
}

#[test]
fn the_beginning_of_an_id_is_not_enough_for_a_change() {
    let redis = Redis::start();
    put(
        &redis,
        "q",
        "6b7f2a9c-9dad-11d1-80b4-00c04fd430c8",
        State::Archived,
    );
    qctl(&redis, "retry 6b7f2a9c")
        .status(3)
        .stdout("retried 0 of 1 task, 1 failed\n")
        .stderr(
            "error: no task in any queue has the id \"6b7f2a9c\" (a whole id is needed here)\n\
             hint: to see the ids that begin like this: qctl inspect 6b7f2a9c -o id\n",
        )
        .run();
}
