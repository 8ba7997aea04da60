//! `qctl edit`: tasks get other payloads, options, starts and queues, and nothing is lost or doubled on the way.

use qctl::task::{Message, State};
use serde_json::json;

use super::{contents, keys, put, put_message, put_one_of_each, qctl, state, task_key};
use crate::harness::leaks::assert_no_leaks;
use crate::harness::proxy::Proxy;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};

fn stored(redis: &Redis, queue: &str, id: &str) -> Message {
    let bytes: Vec<u8> = redis.query(&["HGET", &task_key(queue, id), "msg"]);
    Message::from_bytes(&bytes).unwrap()
}

/// A pending task of the queue `q` with a unique lock, which is returned.
fn put_unique(redis: &Redis, id: &str) -> String {
    let mut message = super::message("q", id);
    message.unique_key = keys("q").unique("t", Some(&message.payload));
    put_message(redis, &message, State::Pending);
    redis.cmd(&[
        "HSET",
        &task_key("q", id),
        "unique_key",
        &message.unique_key,
    ]);
    redis.cmd(&["SET", &message.unique_key, id, "EX", "1000"]);
    message.unique_key
}

fn lock_holder(redis: &Redis, queue: &str, payload: &str) -> Option<String> {
    redis.query(&["GET", &keys(queue).unique("t", Some(payload.as_bytes()))])
}

/// The states in which a task can be edited, which are also the ids of [`put_one_of_each`].
const EDITABLE: [&str; 6] = [
    "pending",
    "scheduled",
    "retry",
    "archived",
    "completed",
    "aggregating",
];

#[test]
fn a_task_is_changed_in_any_state_but_active() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    for id in EDITABLE {
        qctl(&redis, "edit --max-retry 3 --timeout 90s --retention 2m --deadline 2030-01-01T00:00:00Z --payload new")
            .arg(id)
            .stdout("edited 1 task\n")
            .run();
        let message = stored(&redis, "q", id);
        assert_eq!(state(&redis, "q", id).unwrap(), id);
        assert_eq!(message.payload, b"new");
        assert_eq!(
            (
                message.max_retry,
                message.timeout,
                message.retention,
                message.deadline
            ),
            (3, 90, 120, 1_893_456_000)
        );
    }
    let before = contents(&redis);
    qctl(&redis, "edit active --payload new")
        .status(6)
        .stdout("edited 0 of 1 task, 1 failed\n")
        .stderr("error: cannot edit task \"active\" in queue \"q\" (it is running)\nhint: qctl cancel active\n")
        .run();
    qctl(&redis, "edit pending --in 1h")
        .status(6)
        .stdout("edited 0 of 1 task, 1 failed\n")
        .stderr("error: cannot edit task \"pending\" in queue \"q\" (it is pending: only scheduled tasks and retries have a start)\nhint: it runs as soon as a worker is free\n")
        .run();
    qctl(&redis, "edit pending")
        .status(2)
        .stderr(
            "error: there is nothing to change, and no terminal for an editor\n\
             hint: add --payload, --jq, --in, --at, --max-retry, --timeout, --deadline, --retention or --move-to, or set EDITOR\n",
        )
        .run();
    qctl(&redis, "edit retry --at 2030-01-01T00:00:00Z --dry-run")
        .stdout("would edit 1 task\n")
        .stderr("  q  retry  retry  t\n  set: at 2030-01-01T00:00:00Z\n")
        .run();
    assert_eq!(contents(&redis), before);
    qctl(&redis, "edit retry --at 2030-01-01T00:00:00Z")
        .stdout("edited 1 task\n")
        .run();
    let due: u64 = redis.query(&["ZSCORE", &keys("q").retry(), "retry"]);
    assert_eq!(due, 1_893_456_000);
    assert_no_leaks(&redis);
}

#[test]
fn an_expression_makes_the_payload_and_moves_the_lock() {
    let redis = Redis::start();
    let lock = put_unique(&redis, "a");
    qctl(&redis, "edit a --jq .n+=12345678901234567890123")
        .stdout("edited 1 task\n")
        .run();
    qctl(&redis, "edit a --jq .big=12345678901234567890123|.n=2")
        .stdout("edited 1 task\n")
        .run();
    let payload = "{\"n\":2,\"big\":12345678901234567890123}";
    qctl(&redis, "inspect a --raw").stdout(payload).run();
    assert_eq!(redis.query::<Option<String>>(&["GET", &lock]), None);
    assert_eq!(lock_holder(&redis, "q", payload).unwrap(), "a");
    // Another task has the lock of the payload.
    let other = keys("q").unique("t", Some(b"{}"));
    redis.cmd(&["SET", &other, "b", "EX", "1000"]);
    qctl(&redis, "edit a --payload {}")
        .status(6)
        .stdout("edited 0 of 1 task, 1 failed\n")
        .stderr(
            "error: the unique lock of type \"t\" and this payload is taken in queue \"q\"\n\
             hint: the task that holds it frees it when it ends; if that task is gone: qctl doctor --fix --only stale-lock\n",
        )
        .run();
    assert_eq!(stored(&redis, "q", "a").payload, payload.as_bytes());
    for (expression, why) in [
        ("empty", "it gave no result"),
        (".n,1", "it gave several results"),
    ] {
        qctl(&redis, "edit a --jq")
            .arg(expression)
            .status(2)
            .stdout("edited 0 of 1 task, 1 failed\n")
            .stderr(&format!(
                "error: task \"a\" in queue \"q\" cannot be edited: {why}\n\
                 hint: qctl inspect a --raw shows the stored payload\n"
            ))
            .run();
    }
    qctl(&redis, "edit a --jq")
        .arg(".[")
        .status(2)
        .stderr(
            "error: \".[\" is not a jq expression (expected closing bracket at the end)\n\
             hint: use one such as '.user_id = 43'\n",
        )
        .run();
}

#[test]
fn a_selection_is_asked_about_and_edited_whole() {
    let redis = Redis::start();
    for id in ["a", "b", "c"] {
        put(&redis, "q", id, State::Archived);
    }
    put(&redis, "q", "d", State::Retry);
    qctl(&redis, "edit -q q -s archived --jq .n=7")
        .status(2)
        .stderr(
            "  q  archived  a  t\n    - {\"n\":1}\n    + {\"n\":7}\n  q  archived  b  t\n    - {\"n\":1}\n    + {\"n\":7}\n  \
             q  archived  c  t\n    - {\"n\":1}\n    + {\"n\":7}\n\
             error: edit 3 tasks: not confirmed, nothing was changed\n\
             hint: repeat it with --yes, or look first with --dry-run\n",
        )
        .run();
    qctl(&redis, "edit -q q -s archived --jq .n=7 --yes")
        .stdout("edited 3 tasks\n")
        .run();
    for (id, n) in [("a", "7"), ("c", "7"), ("d", "1")] {
        let payload = stored(&redis, "q", id).payload;
        assert_eq!(
            String::from_utf8(payload).unwrap(),
            format!("{{\"n\":{n}}}")
        );
    }
    qctl(&redis, "edit -q q --jq .n=7")
        .status(2)
        .stderr("error: a selection of tasks to edit needs a state\nhint: add --state archived, for example, or all but running tasks: --state pending,scheduled,retry,archived,completed,aggregating\n")
        .run();
}

#[test]
fn running_tasks_are_refused_with_a_way_out() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Active);
    qctl(&redis, "edit -q q -s active --max-retry 3 --yes")
        .status(2)
        .stderr(
            "error: cannot edit active tasks (they are running)\n\
             hint: use qctl cancel, or qctl retry --state orphaned for tasks whose server is gone\n",
        )
        .run();
}

#[test]
fn a_preview_shows_what_becomes_of_the_payload_and_where_tasks_go() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Archived);
    let before = contents(&redis);
    // A slip: this is the value of the field, not the document with another value.
    qctl(&redis, "edit a --jq .n -n")
        .stdout("would edit 1 task\n")
        .stderr(
            "  q  archived  a  t\n    - {\"n\":1}\n    + 1\n\
             warning: this replaces a whole JSON object; to change one field of it, write --jq '.field = VALUE'\n",
        )
        .run();
    qctl(&redis, "edit -q q -s archived --move-to new --max-retry 3")
        .status(2)
        .stderr(
            "  q  archived  a  t\n  set: move-to new, max-retry 3\n\
             warning: queue new does not exist yet, and no server serves it\n\
             error: move 1 task to queue new: not confirmed, nothing was changed\n\
             hint: repeat it with --yes, or look first with --dry-run\n",
        )
        .run();
    assert_eq!(contents(&redis), before);
    // Nobody is asked here.
    put(&redis, "q", "c", State::Archived);
    qctl(&redis, "edit c --move-to mispelt")
        .stdout("edited 1 task\n")
        .stderr("warning: queue mispelt does not exist yet, and no server serves it\n")
        .run();
    put(&redis, "low", "b", State::Pending);
    qctl(&redis, "edit a --move-to low -n")
        .stdout("would edit 1 task\n")
        .stderr(
            "  q  archived  a  t\n  set: move-to low\nwarning: queue low is served by no server now\n",
        )
        .run();
}

#[test]
fn tasks_move_with_all_they_have() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    let lock = put_unique(&redis, "locked");
    redis.cmd(&["HSET", &task_key("q", "completed"), "result", "r"]);
    let before = super::export::export(&redis, "export -q q");
    redis.cmd(&["SADD", "asynq:queues", "low"]);
    for state in EDITABLE {
        let also = if state == "pending" { "locked\n" } else { "" };
        qctl(&redis, "edit -q q --move-to low --yes -o id -s")
            .arg(state)
            .stdout(&format!("{state}\n{also}"))
            .run();
    }
    let after = super::export::export(&redis, "export -q low");
    let moved = |lines: &str| {
        let lines = lines
            .lines()
            .filter(|line| !line.contains("\"id\":\"active\""));
        let lines = lines.map(|line| line.replace("\"queue\":\"q\"", "\"queue\":\"low\""));
        let lines = lines.map(|line| line.replace("asynq:{q}", "asynq:{low}"));
        lines.collect::<Vec<String>>()
    };
    assert_eq!(after.lines().collect::<Vec<_>>(), moved(&before));
    assert_eq!(redis.query::<Option<String>>(&["GET", &lock]), None);
    assert_eq!(lock_holder(&redis, "low", "{\"n\":1}").unwrap(), "locked");
    assert_no_leaks(&redis);
}

#[test]
fn a_taken_id_and_a_taken_lock_keep_a_task_where_it_is() {
    let redis = Redis::start();
    put(&redis, "q", "twin", State::Pending);
    put(&redis, "low", "twin", State::Archived);
    let lock = put_unique(&redis, "locked");
    let other = keys("low").unique("t", Some(b"{\"n\":1}"));
    redis.cmd(&["SET", &other, "somebody", "EX", "1000"]);
    let before = contents(&redis);
    qctl(&redis, "edit -q q twin locked --move-to low")
        .status(6)
        .stdout("edited 0 of 2 tasks, 2 failed\n")
        .stderr(
            "error: a task with the id \"twin\" is already in queue \"low\"\n\
             error: the unique lock of type \"t\" and this payload is taken in queue \"low\"\n\
             hint: qctl inspect twin\n\
             hint: the task that holds it frees it when it ends; if that task is gone: qctl doctor --fix --only stale-lock\n",
        )
        .run();
    assert_eq!(contents(&redis), before);
    assert_eq!(redis.query::<String>(&["GET", &lock]), "locked");
}

#[test]
fn a_filter_is_applied_once_though_its_answer_is_lost() {
    let redis = Redis::start();
    put_unique(&redis, "a");
    let proxy = Proxy::new(&redis);
    proxy.lose_next_reply_to("{\"n\":2}");
    let edit = [
        "edit", "-q", "q", "-s", "pending", "--yes", "--json", "--jq", ".n *= 2",
    ];
    let edited = Qctl::at(&proxy.url())
        .args(edit)
        .run_unchecked()
        .expect_code(0);
    assert_eq!(
        (edited.json()["changed"].as_u64(), proxy.lost()),
        (Some(1), 1)
    );
    let payload = qctl(&redis, "inspect a --raw").run_unchecked().stdout;
    assert_eq!(payload, b"{\"n\":2}");
}

/// Starts to move the task `a` from `q` to `low`, and kills the program when the server has performed the step whose
/// call has these bytes.
fn cut_behind(redis: &Redis, step: &str) {
    cut_move(redis, &["a"], "low", step);
}

/// The same for other tasks and another queue.
pub(crate) fn cut_move(redis: &Redis, ids: &[&str], to: &str, step: &str) {
    let proxy = Proxy::new(redis);
    proxy.lose_all_replies_to(step);
    let mut running = Qctl::at(&proxy.url())
        .args(["edit", "--yes", "--move-to", to])
        .args(ids)
        .spawn();
    eventually(SOON, || (proxy.lost() > 0).then_some(()));
    running.kill9();
}

#[test]
fn a_move_that_was_cut_short_is_finished_when_it_is_repeated() {
    // The keys that only this step names, the states of the task in both queues after it, and what the repetition says.
    let (once, again) = ("edited 1 task\n", "edited 0 tasks\n");
    let finished = "finished 1 move that was cut short\n";
    for (step, states, said) in [
        ("asynq:{low}:t:a", (Some("pending"), None), (once, "")),
        ("qctl:moving:", (None, None), (again, finished)),
        (
            "qctl:receipt:move:",
            (None, Some("pending")),
            (again, finished),
        ),
    ] {
        let redis = Redis::start();
        put_unique(&redis, "a");
        cut_behind(&redis, step);
        let seen = (state(&redis, "q", "a"), state(&redis, "low", "a"));
        let states = (states.0.map(str::to_owned), states.1.map(str::to_owned));
        assert_eq!(seen, states, "{step}");
        qctl(&redis, "edit a --move-to low")
            .stdout(said.0)
            .stderr(said.1)
            .run();
        assert_eq!(state(&redis, "q", "a"), None);
        assert_eq!(state(&redis, "low", "a").unwrap(), "pending");
        assert_eq!(redis.query::<u64>(&["LLEN", &keys("q").pending()]), 0);
        assert_eq!(redis.query::<u64>(&["LLEN", &keys("low").pending()]), 1);
        assert_eq!(lock_holder(&redis, "low", "{\"n\":1}").unwrap(), "a");
        assert_no_leaks(&redis);
    }
}

#[test]
fn a_move_that_was_cut_short_is_found_and_finished_by_the_doctor_and_protects_its_queue() {
    let redis = Redis::start();
    put_unique(&redis, "a");
    cut_behind(&redis, "qctl:moving:");
    let refused = qctl(&redis, "drop q --yes").run_unchecked().expect_code(6);
    assert!(
        refused.stderr_str().contains("still holds tasks (1)"),
        "{}",
        refused.stderr_str()
    );
    // Whoever looks for the task is told what became of it.
    qctl(&redis, "inspect a")
        .status(3)
        .stderr(
            "error: task \"a\" is on its way from queue \"q\" to another one\n\
             hint: if the move was cut short, finish it: qctl doctor --fix --only unfinished-move --queue q\n",
        )
        .run();
    let found = |line: &str| {
        let found = qctl(&redis, line).run_unchecked().json();
        let findings = found["findings"].as_array().unwrap().iter();
        let codes = findings.map(|finding| finding["code"].as_str().unwrap().to_owned());
        codes.collect::<Vec<_>>()
    };
    assert!(found("doctor --quick --json").contains(&"unfinished-move".to_owned()));
    qctl(&redis, "doctor --quick --fix --yes").run_unchecked();
    assert_eq!(state(&redis, "low", "a").unwrap(), "pending");
    assert_eq!(lock_holder(&redis, "low", "{\"n\":1}").unwrap(), "a");
    assert!(!found("doctor --quick --json").contains(&"unfinished-move".to_owned()));
    assert_no_leaks(&redis);
    // Also where the queue is no longer listed, and nothing else is left of it.
    cut_move(&redis, &["a"], "q", "qctl:moving:");
    redis.cmd(&["SREM", "asynq:queues", "low"]);
    qctl(&redis, "doctor --quick --fix --yes").run_unchecked();
    assert_eq!(state(&redis, "q", "a").unwrap(), "pending");
}

#[test]
fn the_doctor_counts_the_tasks_that_are_on_their_way_and_what_becomes_of_each() {
    let redis = Redis::start();
    let ids = ["a", "b", "taken"];
    for id in ids {
        put(&redis, "q", id, State::Pending);
    }
    cut_move(&redis, &ids, "low", "HGETALL");
    put(&redis, "low", "taken", State::Archived);
    let seen = qctl(&redis, "doctor --quick --only unfinished-move --json").run_unchecked();
    let finding = &seen.json()["findings"][0];
    assert_eq!(
        (&finding["count"], &finding["sample"]),
        (&json!(3), &json!(ids))
    );
    let fix = |line: &str| {
        let line = format!("doctor --quick --fix --only unfinished-move --json {line}");
        let repairs = qctl(&redis, &line).run_unchecked().json();
        let repair = &repairs[0];
        json!([repair["found"], repair["repaired"], repair["ways"]])
    };
    assert_eq!(fix("--dry-run"), json!([3, 3, []]));
    let ways = json!([{"way": "finish", "count": 2}, {"way": "put back", "count": 1}]);
    assert_eq!(fix("--yes"), json!([3, 3, ways]));
    let queues = ["low", "low", "q"];
    for (id, queue) in ids.into_iter().zip(queues) {
        assert_eq!(state(&redis, queue, id).unwrap(), "pending", "{id}");
    }
    assert_eq!(
        redis.query::<Vec<String>>(&["LRANGE", &keys("low").pending(), "0", "-1"]),
        ["b", "a"]
    );
    assert_no_leaks(&redis);
}

#[test]
fn a_task_that_was_put_back_is_not_stored_in_the_other_queue_later() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    cut_behind(&redis, "qctl:moving:");
    put(&redis, "low", "a", State::Archived);
    let [kept, saved, moving] =
        ["moving:a", "saved", "moving"].map(|key| format!("asynq:{{q}}:qctl:{key}"));
    redis.cmd(&["COPY", &kept, &saved]);
    qctl(&redis, "doctor --quick --fix --yes").run_unchecked();
    assert_eq!(state(&redis, "q", "a").unwrap(), "pending");
    // As if that process had been killed before it forgot the move, and the other task is gone by now.
    redis.cmd(&["RENAME", &saved, &kept]);
    redis.cmd(&["SADD", &moving, "a"]);
    qctl(&redis, "delete a -q low -y")
        .run_unchecked()
        .expect_code(0);
    qctl(&redis, "doctor --quick --fix --yes").run_unchecked();
    assert_eq!(state(&redis, "q", "a").unwrap(), "pending");
    assert_eq!(state(&redis, "low", "a"), None);
    assert_eq!(redis.query::<u64>(&["EXISTS", &kept, &moving]), 0);
}

#[test]
fn a_moved_task_that_has_run_meanwhile_does_not_come_back() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    cut_behind(&redis, "qctl:receipt:move:");
    // A worker of the other queue takes it.
    assert_eq!(
        redis.query::<String>(&["RPOP", &keys("low").pending()]),
        "a"
    );
    redis.cmd(&["DEL", &task_key("low", "a")]);
    qctl(&redis, "edit a --move-to low")
        .stdout("edited 0 tasks\n")
        .stderr("finished 1 move that was cut short\n")
        .run();
    assert_eq!(
        (state(&redis, "q", "a"), state(&redis, "low", "a")),
        (None, None)
    );
    assert_eq!(redis.query::<u64>(&["EXISTS", "asynq:{q}:qctl:moving"]), 0);
}

#[test]
fn a_lost_answer_moves_each_task_once() {
    for step in ["asynq:{low}:t:", "qctl:moving:", "qctl:receipt:move:"] {
        let redis = Redis::start();
        for number in 0..250 {
            put(&redis, "q", &format!("{number:03}"), State::Pending);
        }
        let proxy = Proxy::new(&redis);
        proxy.lose_next_reply_to(step);
        let output = Qctl::at(&proxy.url())
            .args([
                "edit",
                "-q",
                "q",
                "-s",
                "pending",
                "--move-to",
                "low",
                "--yes",
                "-o",
                "json",
            ])
            .run_unchecked()
            .expect_code(0);
        assert_eq!(proxy.lost(), 1);
        let outcome = output.json();
        assert_eq!(outcome["changed"], json!(250), "{step}: {outcome}");
        let mut ids: Vec<String> = redis.query(&["LRANGE", &keys("low").pending(), "0", "-1"]);
        ids.reverse();
        assert_eq!(ids.len(), 250);
        assert!(ids.is_sorted(), "{step}");
    }
}

#[test]
fn a_task_deep_in_pending_is_found() {
    let redis = Redis::start();
    let mut connection = redis.connection().unwrap();
    let mut pipeline = ::redis::pipe();
    for number in 0..30_000 {
        pipeline
            .lpush(keys("q").pending(), format!("other{number}"))
            .ignore();
        if number == 15_000 {
            pipeline.lpush(keys("q").pending(), "a").ignore();
        }
    }
    pipeline.query::<()>(&mut connection).unwrap();
    put(&redis, "q", "a", State::Pending);
    // Only the one in the middle.
    redis.cmd(&["LREM", &keys("q").pending(), "1", "a"]);
    qctl(&redis, "edit a --move-to low")
        .stdout("edited 1 task\n")
        .stderr("warning: queue low does not exist yet, and no server serves it\n")
        .run();
    assert_eq!(redis.query::<u64>(&["LLEN", &keys("q").pending()]), 30_000);
    assert_eq!(state(&redis, "low", "a").unwrap(), "pending");
}

#[test]
fn a_start_is_refused_with_the_state_of_the_task() {
    let redis = Redis::start();
    for state in [State::Archived, State::Completed, State::Aggregating] {
        let id = state.name();
        put(&redis, "q", id, state);
        for dry_run in ["", " -n"] {
            let line = format!("edit {id} --in 1h{dry_run} -o json --error-format json --quiet");
            let output = qctl(&redis, &line).run_unchecked().expect_code(6);
            let error: serde_json::Value = serde_json::from_str(output.stderr_str()).unwrap();
            let why = format!(
                "cannot edit task {id:?} in queue \"q\" (it is {id}: only scheduled tasks and retries have a start)"
            );
            assert_eq!(error["message"], why);
            assert_eq!(error["hint"], format!("to run it now: qctl retry {id}"));
        }
    }
}

#[test]
fn an_edit_without_a_difference_writes_nothing() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    let spaced = Message {
        payload: br#"{ "n" : 1, "big": 12345678901234567890 }"#.to_vec(),
        ..super::message("q", "spaced")
    };
    put_message(&redis, &spaced, State::Archived);
    let before = contents(&redis);
    for line in [
        "edit spaced --jq .",
        "edit pending --max-retry 25",
        "edit archived --payload {\"n\":1}",
        "edit completed --move-to q",
        "edit scheduled --at 4000000000",
    ] {
        for dry_run in ["", " -n"] {
            let verb = if dry_run.is_empty() {
                "edited"
            } else {
                "would edit"
            };
            qctl(&redis, &format!("{line}{dry_run} --quiet"))
                .stdout(&format!("{verb} 0 of 1 task, 1 unchanged\n"))
                .run();
        }
        assert_eq!(contents(&redis), before, "{line}");
    }
    let line = "edit -q q -s retry,archived --jq .n|=1 --max-retry 25 --yes -o json";
    let edited = qctl(&redis, line).run_unchecked();
    let edited = edited.expect_code(0).json();
    assert_eq!(
        (&edited["changed"], &edited["unchanged"]),
        (&0.into(), &3.into())
    );
    qctl(&redis, "edit scheduled --at 4000000001 --quiet")
        .stdout("edited 1 task\n")
        .run();
    qctl(&redis, "edit active --max-retry 25 --quiet")
        .status(6)
        .stdout("edited 0 of 1 task, 1 failed\n")
        .stderr("error: cannot edit task \"active\" in queue \"q\" (it is running)\n")
        .run();
}

/// A longer duration would overflow in Go, where each attempt would fail at once.
#[test]
fn what_a_go_program_could_not_hold_is_refused_in_every_form() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    let before = contents(&redis);
    for option in ["timeout", "retention"] {
        qctl(&redis, &format!("edit pending --{option} 200000d"))
            .status(2)
            .stderr(&format!(
                "error: invalid value '200000d' for '--{option} <DURATION>': too long (at most 106751d)\n\nFor more information, try '--help'.\n"
            ))
            .run();
        let text = [
            "queue: q",
            "max-retry: 3",
            "timeout: 30m",
            "deadline: none",
            "retention: none",
        ]
        .map(|line| match line.split_once(": ") {
            Some((key, _)) if key == option => format!("{key}: 200000d\n"),
            _ => format!("{line}\n"),
        })
        .concat();
        qctl(&redis, "edit pending --from -")
            .stdin(text + "payload: text\nx")
            .status(2)
            .stderr(&format!(
                "error: the text in \"-\" cannot be used ({option}: too long (at most 106751d))\n"
            ))
            .run();
    }
    for option in ["at", "deadline"] {
        qctl(&redis, &format!("edit scheduled --{option} +10000-01-01"))
            .status(2)
            .stderr(&format!(
                "error: invalid value '+10000-01-01' for '--{option} <TIME>': after the year 9999\n\nFor more information, try '--help'.\n"
            ))
            .run();
    }
    assert_eq!(contents(&redis), before);
}
