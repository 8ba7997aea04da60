//! Whatever stands in the way of a command is named by its error, and what the hint says helps.

use qctl::broker::keys;
use qctl::task::State;

use super::{contents, put, put_message, qctl, state, task_key};
use crate::harness::leaks::assert_no_leaks;
use crate::harness::redis::Redis;

/// What the doctor says of a queue.
fn findings(redis: &Redis, queue: &str) -> String {
    let look = qctl(redis, &format!("doctor --quick --queue {queue}"));
    look.run_unchecked().stdout_str().to_owned()
}

#[test]
fn a_key_of_another_program_in_place_of_a_task_is_called_so() {
    for foreign in [
        ["SET", "KEY", "text", ""],
        ["HSET", "KEY", "name", "value"],
        ["RPUSH", "KEY", "a", "b"],
    ] {
        let redis = Redis::start();
        put(&redis, "q", "other", State::Pending);
        let key = task_key("q", "x");
        let command = foreign.map(|word| if word == "KEY" { key.as_str() } else { word });
        let command = command.iter().copied().filter(|word| !word.is_empty());
        redis.cmd(&command.collect::<Vec<_>>());
        let before = contents(&redis);
        qctl(&redis, "enqueue t --queue q --id x")
            .status(6)
            .stderr(
                "error: the id \"x\" is taken in queue \"q\", but not by a task\n\
                 hint: try again; if that does not help: qctl doctor --queue q\n",
            )
            .run();
        let no_task = "error: what queue \"q\" holds as \"x\" is no task\n\
                       hint: to see what it is: qctl doctor --queue q\n";
        for inspect in ["inspect x", "inspect x --queue q"] {
            qctl(&redis, inspect).status(3).stderr(no_task).run();
        }
        for (change, done) in [
            ("delete x --yes", "deleted"),
            ("retry x", "retried"),
            ("archive x", "archived"),
        ] {
            qctl(&redis, change)
                .status(3)
                .stdout(&format!("{done} 0 of 1 task, 1 failed\n"))
                .stderr(no_task)
                .run();
        }
        qctl(&redis, "delete x --yes --ignore-not-found")
            .stdout("deleted 0 tasks\n")
            .run();
        assert_eq!(contents(&redis), before);
        let said = findings(&redis, "q");
        assert!(said.contains('x'), "{said}");
    }
}

#[test]
fn a_task_that_contradicts_its_container_has_two_ways_out() {
    for way_out in ["delete x --yes", "doctor --queue q --fix --quick --yes"] {
        let redis = Redis::start();
        put(&redis, "q", "x", State::Pending);
        redis.cmd(&["HSET", &task_key("q", "x"), "state", "archived"]);
        qctl(&redis, "delete --queue q --state pending --yes")
            .status(7)
            .stdout("deleted 0 of 1 task, 1 failed\n")
            .stderr(
                "error: task \"x\" in queue \"q\" is not where its state says\n\
                 hint: a server may be moving or merging it: try again; if that does not help, pass its id alone (x), \
                 or repair it: qctl doctor --queue q --fix\n",
            )
            .run();
        qctl(&redis, way_out).run_unchecked().expect_code(0);
        assert_no_leaks(&redis);
    }
}

#[test]
fn a_task_of_a_queue_that_is_not_listed_is_found_with_its_name() {
    let redis = Redis::start();
    put(&redis, "u", "u1", State::Pending);
    redis.cmd(&["SREM", keys::QUEUES, "u"]);
    qctl(&redis, "inspect u1")
        .status(3)
        .stderr(
            "error: task \"u1\" does not exist in any queue\n\
             hint: qctl ls tasks; add --queue if its queue is not listed (qctl doctor)\n",
        )
        .run();
    for found in ["ls tasks --queue u -o id", "inspect u1 --queue u -o id"] {
        qctl(&redis, found).stdout("u1\n").run();
    }
    let said = qctl(&redis, "doctor --quick --only unlisted-queue").run_unchecked();
    assert!(said.stdout_str().contains('u'), "{}", said.stdout_str());
    // A worker that serves the queue lists it.
    qctl(&redis, "work --burst --queue u --discard *")
        .run_unchecked()
        .expect_code(0);
    let listed: Vec<String> = redis.query(&["SMEMBERS", keys::QUEUES]);
    assert_eq!(listed, ["u"]);
}

/// A claim that was cut short may leave the id in `pending`, with a state that says it is active.
#[test]
fn what_a_claim_has_left_half_done_is_changed_whole() {
    for (change, after) in [
        ("delete x --yes", None),
        ("archive x", Some("archived")),
        ("retry x", Some("pending")),
    ] {
        for lease in [None, Some("1700000000")] {
            let redis = Redis::start();
            put(&redis, "q", "other", State::Pending);
            put(&redis, "q", "x", State::Pending);
            redis.cmd(&["HSET", &task_key("q", "x"), "state", "active"]);
            if let Some(end) = lease {
                redis.cmd(&["ZADD", &super::keys("q").lease(), end, "x"]);
            }
            qctl(&redis, change).run_unchecked().expect_code(0);
            assert_eq!(state(&redis, "q", "x").as_deref(), after, "{change}");
            let pending: Vec<String> =
                redis.query(&["LRANGE", &super::keys("q").pending(), "0", "-1"]);
            let times = pending.iter().filter(|id| *id == "x").count();
            assert_eq!(
                times,
                usize::from(change == "retry x"),
                "{change}: {pending:?}"
            );
            assert_no_leaks(&redis);
        }
    }
}

#[test]
fn a_pending_task_in_no_container_leads_to_the_doctor() {
    let redis = Redis::start();
    put(&redis, "q", "x", State::Pending);
    redis.cmd(&["DEL", &super::keys("q").pending()]);
    qctl(&redis, "retry x")
        .status(6)
        .stdout("retried 0 of 1 task, 1 failed\n")
        .stderr(
            "error: cannot retry task \"x\" in queue \"q\" (it is already pending)\n\
             hint: if no worker takes it: qctl doctor --queue q\n",
        )
        .run();
    qctl(&redis, "doctor --queue q --fix --quick --yes")
        .run_unchecked()
        .expect_code(0);
    let pending: Vec<String> = redis.query(&["LRANGE", &super::keys("q").pending(), "0", "-1"]);
    assert_eq!(pending, ["x"]);
}

#[test]
fn nothing_is_said_of_a_task_whose_lock_alone_is_left() {
    let redis = Redis::start();
    let line = "{\"type\":\"t\",\"id\":\"a\",\"unique_seconds\":3600}\n";
    qctl(&redis, "enqueue --from -")
        .stdin(line)
        .run_unchecked()
        .expect_code(0);
    redis.cmd(&[
        "DEL",
        &task_key("default", "a"),
        &super::keys("default").pending(),
    ]);
    let again = line.replace("\"a\"", "\"b\"");
    qctl(&redis, "enqueue --from -")
        .stdin(&again)
        .status(6)
        .stdout("enqueued 0 tasks, 1 line failed\n")
        .stderr(
            "error: stdin:1: the unique lock of type \"t\" and this payload is taken in queue \"default\"\n\
             hint: 1 line done; continue with --skip 1\n\
             hint: with --on-conflict ignore, a task that is there already is no error\n",
        )
        .run();
    let refused = qctl(&redis, "enqueue t --unique 1h")
        .run_unchecked()
        .expect_code(6);
    let said = refused.stderr_str();
    let (_, hint) = said.split_once("hint: to free the lock: qctl ").unwrap();
    qctl(&redis, &format!("{hint} --quick --yes"))
        .run_unchecked()
        .expect_code(0);
    qctl(&redis, "enqueue --from -")
        .stdin(&again)
        .run_unchecked()
        .expect_code(0);
}

#[test]
fn a_taken_id_of_an_orphaned_task_is_not_called_running() {
    let redis = Redis::start();
    put_message(&redis, &super::message("q", "x"), State::Active);
    let taken = || qctl(&redis, "enqueue t --queue q --id x").status(6);
    taken()
        .stderr(
            "error: a task with the id \"x\" is already in queue \"q\" (type t, active)\n\
             hint: it is running: qctl inspect x --queue q\n",
        )
        .run();
    redis.cmd(&["ZADD", &super::keys("q").lease(), "1700000000", "x"]);
    taken()
        .stderr(
            "error: a task with the id \"x\" is already in queue \"q\" (type t, orphaned)\n\
             hint: qctl inspect x --queue q shows it; qctl delete x --queue q frees the id\n",
        )
        .run();
}
