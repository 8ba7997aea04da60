//! `qctl stats`.

use std::time::Duration;

use qctl::task::State;
use rustix::process::Signal;
use serde_json::json;

use super::{put, put_one_of_each, qctl};
use crate::harness::redis::Redis;
use crate::harness::running::Running;
use crate::harness::{SOON, eventually};

/// The rest of stdout once the facts of the server are cut off, which differ from run to run.
fn tables(stdout: &str) -> &str {
    stdout
        .split_once("\n\nredis ")
        .map_or("", |(tables, _)| tables)
}

#[test]
fn queues_and_their_sum_and_the_server() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    put(&redis, "r", "a", State::Archived);
    redis.cmd(&["DEL", &super::keys("q").pending()]);
    let output = qctl(&redis, "stats").run_unchecked().expect_code(0);
    assert_eq!(
        tables(output.stdout_str()),
        "QUEUE  SIZE  ACTIVE  PENDING  SCHED  RETRY  ARCH  LATENCY  ERRORS  PAUSED\n\
         q         6       1        0      1      1     1        -       -  -\n\
         r         1       0        0      0      0     1        -       -  -\n\
         TOTAL     7       1        0      1      1     2        -       -  -"
    );
    assert!(output.stdout_str().contains("\n\nredis "));
    assert_eq!(output.stderr_str(), "");
    // Of one queue there is no sum.
    let one = qctl(&redis, "stats r").run_unchecked().expect_code(0);
    assert_eq!(tables(one.stdout_str()).lines().count(), 2);
    qctl(&redis, "stats r q r -o id").stdout("r\nq\n").run();
}

#[test]
fn memory_is_added_when_asked_for() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Archived);
    let stats = qctl(&redis, "stats --memory --json").run_unchecked().json();
    assert!(stats["queues"][0]["memory_bytes"].as_u64() > Some(0));
    assert_eq!(
        stats["queues"][0]["memory_bytes"],
        stats["total"]["memory_bytes"]
    );
    let page = qctl(&redis, "stats --memory")
        .run_unchecked()
        .expect_code(0);
    assert!(
        page.stdout_str()
            .lines()
            .next()
            .is_some_and(|heads| heads.contains("  MEMORY  "))
    );
}

#[test]
fn history_has_each_day_of_each_queue() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Archived);
    let stats = qctl(&redis, "stats --history 3 --json")
        .run_unchecked()
        .json();
    assert_eq!(stats["queues"][0]["archived"], 1);
    let days = stats["history"].as_array().unwrap();
    assert_eq!(days.len(), 3);
    let today = days[0]["date"].as_str().unwrap();
    assert!(today > days[1]["date"].as_str().unwrap(), "today first");
    let counter = format!("{}processed:{today}", super::keys("q").prefix());
    redis.cmd(&["SET", &counter, "8"]);
    redis.cmd(&["SET", &counter.replace("processed", "failed"), "2"]);
    let days = qctl(&redis, "stats q --history 1 -o csv").run_unchecked();
    assert_eq!(
        days.stdout_str(),
        format!("queue,date,processed,failed,error_rate\nq,{today},8,2,0.25\n")
    );
    qctl(&redis, "stats --history 0")
        .status(2)
        .stderr(
            "
            error: invalid value '0' for '--history <DAYS>': 0 is not in 1..=90

            For more information, try '--help'.
            ",
        )
        .run();
}

#[test]
fn without_queues_there_is_the_server() {
    let redis = Redis::start();
    let output = qctl(&redis, "stats").run_unchecked().expect_code(0);
    assert!(output.stdout_str().starts_with("redis "));
    assert_eq!(output.stderr_str(), "no queues\n");
    qctl(&redis, "stats nope")
        .status(3)
        .stderr("error: queue \"nope\" does not exist\nhint: qctl ls queues\n")
        .run();
}

fn frames(watching: &Running) -> usize {
    watching
        .lines()
        .iter()
        .filter(|line| line.starts_with('{'))
        .count()
}

#[test]
fn watching_goes_on_until_interrupted_with_rates() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Archived);
    let watching = qctl(&redis, "stats --watch=100ms --json").spawn();
    eventually(SOON, || (frames(&watching) >= 2).then_some(()));
    watching.signal(Signal::INT);
    let output = watching.wait(SOON).expect_code(0);
    let frames = output.ndjson();
    assert_eq!(frames[0]["total"]["processed_per_second"], json!(null));
    assert_eq!(frames[1]["total"]["processed_per_second"], json!(0.0));
    assert_eq!(output.stderr_str(), "");
}

#[test]
fn watched_pages_follow_each_other_off_a_terminal() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Archived);
    let watching = qctl(&redis, "stats --watch=100ms").spawn();
    let heads = || {
        watching
            .lines()
            .iter()
            .filter(|line| line.starts_with("QUEUE "))
            .count()
    };
    eventually(SOON, || (heads() >= 2).then_some(()));
    watching.signal(Signal::TERM);
    let output = watching.wait(SOON).expect_code(143);
    assert!(
        !output.stdout.contains(&0x1b),
        "no escape sequence in a pipe"
    );
}

#[test]
fn watching_survives_a_redis_that_goes_and_comes_back() {
    let mut redis = Redis::start();
    put(&redis, "q", "a", State::Archived);
    let watching = qctl(&redis, "stats --watch=100ms --json").spawn();
    eventually(SOON, || (frames(&watching) >= 1).then_some(()));
    redis.kill9();
    let trouble = watching.wait_for_line(|line| line.starts_with("warning: "), SOON);
    assert!(trouble.contains("cannot reach Redis"), "{trouble}");
    redis.start_again();
    let before = frames(&watching);
    eventually(SOON, || (frames(&watching) > before).then_some(()));
    watching.signal(Signal::INT);
    watching.wait(SOON).expect_code(0);
}

#[test]
fn watching_ends_with_its_reader() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Archived);
    let line = format!(
        "{} stats --watch=100ms --json | head -n 1 | cut -c 1-10",
        env!("CARGO_BIN_EXE_qctl")
    );
    let watching = crate::harness::qctl::Qctl::played_by(&line)
        .env("QCTL_REDIS", redis.url())
        .stdout("{\"queues\":\n")
        .spawn();
    watching.wait(SOON + Duration::from_secs(1)).expect_code(0);
}

#[test]
fn the_interval_has_a_lower_end() {
    let redis = Redis::start();
    qctl(&redis, "stats --watch=10ms")
        .status(2)
        .stderr("error: the interval is too short\nhint: use 100ms or more\n")
        .run();
    qctl(&redis, "stats --watch=1s --history 3")
        .status(2)
        .stderr(
            "
            error: the argument '--watch[=<INTERVAL>]' cannot be used with '--history <DAYS>'

            Usage: qctl stats --watch[=<INTERVAL>] [QUEUE]...

            For more information, try '--help'.
            ",
        )
        .run();
}
