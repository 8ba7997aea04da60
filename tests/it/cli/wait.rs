//! `qctl wait`.

use qctl::task::State;

use super::{keys, put, qctl, task_key};
use crate::harness::peer::Peer;
use crate::harness::redis::Redis;
use crate::harness::running::Running;
use crate::harness::{SOON, eventually};

/// Starts to wait, and returns when Redis has been asked at least twice: each look reads something, after the greeting.
fn waiting(redis: &Redis, line: &str) -> Running {
    let reads = || {
        let stats: String = redis.query(&["INFO", "commandstats"]);
        let calls = stats.lines().filter_map(|line| {
            let (name, rest) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
            let looks = ["evalsha", "sscan", "zrange", "zrangebyscore"].contains(&name);
            looks.then(|| rest.split(',').next().unwrap().parse::<u64>().unwrap())
        });
        calls.sum::<u64>()
    };
    let before = reads();
    let running = qctl(redis, line).spawn();
    eventually(SOON, || (reads() >= before + 2).then_some(()));
    running
}

/// Takes a pending task away, as a worker does with one that succeeds without a retention.
fn take_away(redis: &Redis, queue: &str, id: &str) {
    redis.cmd(&["DEL", &task_key(queue, id)]);
    redis.cmd(&["LREM", &keys(queue).pending(), "0", id]);
}

#[test]
fn tasks_that_have_ended_are_not_waited_for() {
    let redis = Redis::start();
    put(&redis, "q", "done", State::Completed);
    put(&redis, "q", "dead", State::Archived);
    qctl(&redis, "wait done -o ndjson")
        .stdout("{\"condition\":\"ended\",\"queue\":\"q\",\"id\":\"done\",\"outcome\":\"completed\",\"error\":null}\n")
        .run();
    qctl(&redis, "wait done dead -o id")
        .status(9)
        .stdout("done\ndead\n")
        .stderr("error: task \"dead\" failed (boom)\n")
        .run();
    qctl(&redis, "wait -")
        .stdin("done\n")
        .stdout(
            "
            CONDITION  QUEUE  ID    OUTCOME    ERROR
            ended      q      done  completed  -
            ",
        )
        .run();
}

#[test]
fn an_end_that_was_not_seen_is_unknown() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    let running = waiting(&redis, "wait a -o ndjson");
    take_away(&redis, "q", "a");
    let output = running.wait(SOON).expect_code(3);
    assert_eq!(output.ndjson()[0]["outcome"], "unknown");
    assert_eq!(
        output.stderr_str(),
        "error: task \"a\" no longer exists in queue \"q\", and how it ended is unknown\n\
         hint: it was deleted or merged, or completed without a retention\n"
    );
}

#[test]
fn a_task_that_does_not_exist_is_an_error_unless_it_may_be_created() {
    let redis = Redis::start();
    qctl(&redis, "wait a -o id")
        .status(3)
        .stdout("a\n")
        .stderr("error: task \"a\" does not exist in any queue\nhint: qctl ls tasks; add --queue if its queue is not listed (qctl doctor)\n")
        .run();
    let running = waiting(&redis, "wait a --create-timeout 1m -o ndjson");
    put(&redis, "q", "a", State::Completed);
    let output = running.wait(SOON).expect_code(0);
    assert_eq!(output.ndjson()[0]["queue"], "q");
}

#[test]
fn a_wait_can_run_out_of_time() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    put(&redis, "q", "done", State::Completed);
    // Enough for one look, also on a slow machine.
    qctl(&redis, "wait a done --timeout 2s -o id")
        .status(8)
        .stdout("done\n")
        .stderr("error: timed out waiting for task \"a\" (pending)\n")
        .run();
    qctl(&redis, "wait --worker q --drained q --timeout 2s")
        .status(8)
        .stderr("error: timed out waiting for queue \"q\" to be drained (1 pending) and 1 more\n")
        .run();
}

#[test]
fn a_wait_for_a_drained_queue_says_what_is_left() {
    let redis = Redis::start();
    put(&redis, "q1", "a", State::Active);
    for id in ["b", "c"] {
        put(&redis, "q2", id, State::Retry);
    }
    put(&redis, "q2", "done", State::Completed);
    qctl(&redis, "pause q2").run_unchecked().expect_code(0);
    qctl(&redis, "wait --drained q* --timeout 2s")
        .status(8)
        .stderr("error: timed out waiting for queue \"q*\" to be drained (1 active, 2 in retry; queue \"q2\" is paused)\n")
        .run();
}

#[test]
fn a_queue_is_drained_when_none_of_its_tasks_will_run() {
    let redis = Redis::start();
    put(&redis, "q", "done", State::Completed);
    put(&redis, "q", "dead", State::Archived);
    for state in [
        State::Pending,
        State::Active,
        State::Scheduled,
        State::Retry,
        State::Aggregating,
    ] {
        let redis = Redis::start();
        put(&redis, "q", "a", state);
        // What is left is known after the first look, which may take longer.
        let waited = qctl(&redis, "wait --drained q --timeout 20ms").run_unchecked();
        let waited = waited.expect_code(8);
        let told = "error: timed out waiting for queue \"q\" to be drained";
        assert!(
            waited.stderr_str().starts_with(told),
            "{}",
            waited.stderr_str()
        );
    }
    put(&redis, "q", "a", State::Pending);
    let running = waiting(&redis, "wait --drained q* -o ndjson");
    take_away(&redis, "q", "a");
    let output = running.wait(SOON).expect_code(0);
    assert_eq!(output.ndjson()[0]["condition"], "drained");
}

#[test]
fn a_number_that_cannot_be_read_is_not_zero() {
    let redis = Redis::start();
    put(&redis, "q", "done", State::Completed);
    redis.cmd(&["SET", &keys("q").pending(), "x"]);
    let output = qctl(&redis, "wait --drained q --timeout 1m").run_unchecked();
    let output = output.expect_code(1);
    assert!(
        output.stderr_str().contains("is a string, not a list"),
        "{}",
        output.stderr_str()
    );
}

#[test]
fn a_selection_is_waited_for_until_it_is_empty() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    put(&redis, "q", "b", State::Scheduled);
    let running = waiting(&redis, "wait --empty -q q -s pending,active -o ndjson");
    take_away(&redis, "q", "a");
    let output = running.wait(SOON).expect_code(0);
    assert_eq!(output.ndjson()[0]["condition"], "empty");
}

#[test]
fn a_task_that_the_filter_cannot_judge_may_match() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    for (filter, status) in [(".payload.n == 2", 0), (".payload.n.x == 2", 8)] {
        let waiting = qctl(&redis, "wait --empty -q q --timeout 2s --filter").arg(filter);
        waiting.run_unchecked().expect_code(status);
    }
}

#[test]
fn with_any_the_first_condition_ends_the_wait() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    put(&redis, "q", "dead", State::Archived);
    qctl(&redis, "wait a dead --any -o id")
        .status(9)
        .stdout("dead\n")
        .stderr("error: task \"dead\" failed (boom)\n")
        .run();
    put(&redis, "other", "done", State::Completed);
    qctl(&redis, "wait a --drained other --any -o json")
        .run_unchecked()
        .expect_code(0);
}

#[test]
fn a_go_server_is_a_worker() {
    let redis = Redis::start();
    let Some(mut peer) = Peer::start(&redis) else {
        return;
    };
    let running = waiting(&redis, "wait --worker q -o ndjson");
    peer.call(&serde_json::json!({"op": "serve", "queues": {"q": 1}}));
    let output = running.wait(SOON).expect_code(0);
    assert_eq!(output.ndjson()[0]["condition"], "served");
}

#[test]
fn an_outage_of_redis_does_not_end_it() {
    let mut redis = Redis::with()
        .config("appendonly yes")
        .config("appendfsync always")
        .start();
    put(&redis, "q", "a", State::Pending);
    let running = waiting(&redis, "wait a -o ndjson");
    redis.kill9();
    running.wait_for_line(|line| line.starts_with("warning: "), SOON);
    redis.start_again();
    take_away(&redis, "q", "a");
    running.wait(SOON).expect_code(3);
}

#[test]
fn many_tasks_that_end_one_after_the_other_are_each_reported_once() {
    let redis = Redis::start();
    let ids: Vec<String> = (0..250).map(|n| format!("t{n}")).collect();
    for id in &ids {
        put(&redis, "q", id, State::Pending);
    }
    let running = waiting(&redis, &format!("wait -o id {}", ids.join(" ")));
    for id in &ids {
        redis.cmd(&["LREM", &keys("q").pending(), "0", id]);
        put(&redis, "q", id, State::Completed);
    }
    let output = running.wait(SOON).expect_code(0);
    let mut seen: Vec<&str> = output.stdout_str().lines().collect();
    seen.sort_unstable();
    let mut all: Vec<&str> = ids.iter().map(String::as_str).collect();
    all.sort_unstable();
    assert_eq!(seen, all);
}

#[test]
fn what_cannot_be_waited_for_is_refused() {
    let redis = Redis::start();
    for (line, what) in [
        ("wait", "there is nothing to wait for"),
        ("wait -s pending", "states and filters need --empty"),
        ("wait --empty", "--empty needs a selection"),
    ] {
        let output = qctl(&redis, line).run_unchecked().expect_code(2);
        assert!(
            output.stderr_str().contains(what),
            "{line}: {}",
            output.stderr_str()
        );
    }
    qctl(&redis, "wait --drained nowhere")
        .status(3)
        .stderr("error: queue \"nowhere\" does not exist\nhint: qctl ls queues\n")
        .run();
}
