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
        "QUEUE  SIZE  ACT  PEND  SCHED  RETRY  ARCH  DONE  AGGR  LAT  PROC  FAIL  ERR  PAUSED\n\
         q         6    1     0      1      1     1     1     1    -     0     0    -  -\n\
         r         1    0     0      0      0     1     0     0    -     0     0    -  -\n\
         TOTAL     7    1     0      1      1     2     1     1    -     0     0    -  -"
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

/// Queues that have one key of another type each, and one archived task. Returns the warnings, sorted.
fn put_keys_of_other_types(redis: &Redis) -> Vec<String> {
    let keys = super::keys;
    let wrong = [
        (
            "bad-pending",
            keys("bad-pending").pending(),
            "a string, not a list",
        ),
        (
            "bad-retry",
            keys("bad-retry").retry(),
            "a list, not a sorted set",
        ),
        (
            "bad-groups",
            keys("bad-groups").groups(),
            "a string, not a set",
        ),
        (
            "bad-group",
            keys("bad-group").group("g"),
            "a string, not a sorted set",
        ),
        (
            "bad-total",
            keys("bad-total").failed(),
            "a string, not a number",
        ),
    ];
    redis.cmd(&["SADD", &keys("bad-group").groups(), "g"]);
    let warnings = wrong.map(|(queue, key, what)| {
        put(redis, queue, "a", State::Archived);
        if what.starts_with("a list") {
            redis.cmd(&["LPUSH", &key, "x"]);
        } else {
            redis.cmd(&["SET", &key, "x"]);
        }
        format!("warning: queue {queue:?}: {key} is {what}")
    });
    let mut warnings = Vec::from(warnings);
    warnings.sort_unstable();
    warnings
}

#[test]
fn a_key_of_another_type_hides_no_other_queue() {
    let redis = Redis::start();
    put_one_of_each(&redis, "good");
    let warnings = put_keys_of_other_types(&redis);
    for line in [
        "stats --json",
        "ls queues --json",
        "stats --memory --history 1 --json",
    ] {
        let output = qctl(&redis, line).run_unchecked().expect_code(7);
        let mut seen: Vec<&str> = output.stderr_str().lines().collect();
        seen.sort_unstable();
        assert_eq!(seen, warnings, "{line}");
        let document = output.json();
        let queues = if document.is_array() {
            &document
        } else {
            &document["queues"]
        };
        let queue = |name: &str| {
            let mut all = queues.as_array().unwrap().iter();
            all.find(|queue| queue["queue"] == name).unwrap().clone()
        };
        assert_eq!(queue("good")["size"], 7);
        let unknown = |name: &str, key: &str| {
            assert_eq!(
                (&queue(name)[key], &queue(name)["archived"]),
                (&json!(null), &json!(1))
            );
        };
        unknown("bad-pending", "pending");
        unknown("bad-pending", "size");
        unknown("bad-retry", "retry");
        unknown("bad-groups", "groups");
        unknown("bad-groups", "aggregating");
        unknown("bad-group", "aggregating");
        unknown("bad-total", "failed_total");
    }
    let details = qctl(&redis, "inspect --json -q bad-*");
    let details = details.run_unchecked().expect_code(7).json();
    let archived = details.as_array().unwrap().iter();
    let archived: Vec<_> = archived.map(|queue| &queue["archived"]).collect();
    assert_eq!(archived, [&json!(1); 5]);
}

#[test]
fn tasks_and_groups_are_listed_beside_keys_of_another_type() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    put(&redis, "r", "b", State::Aggregating);
    put(&redis, "s", "c", State::Aggregating);
    redis.cmd(&["SET", &super::keys("q").archived(), "x"]);
    redis.cmd(&["DEL", &super::keys("s").groups()]);
    redis.cmd(&["SET", &super::keys("s").groups(), "x"]);
    redis.cmd(&["SET", &super::keys("q").lease(), "x"]);
    for format in ["table", "wide", "json", "ndjson", "csv", "id"] {
        let output = qctl(&redis, "ls tasks -o").arg(format).run_unchecked();
        let output = output.expect_code(7);
        assert_eq!(
            output.stderr_str(),
            "warning: queue \"s\": asynq:{s}:groups is a string, not a set\n\
             warning: queue \"q\": asynq:{q}:archived is a string, not a sorted set\n",
            "{format}"
        );
        if format == "id" {
            assert_eq!(output.stdout_str(), "a\nb\n");
        }
    }
    qctl(&redis, "ls groups -o id")
        .status(7)
        .stdout("g\n")
        .stderr("warning: queue \"s\": asynq:{s}:groups is a string, not a set\n")
        .run();
    // A change does nothing by halves.
    qctl(&redis, "delete -q q -s archived -y")
        .status(1)
        .stderr(
            "
            error: queue \"q\": asynq:{q}:archived is a string, not a sorted set
            hint: rename or delete the key with redis-cli, or delete the queue: qctl drop QUEUE --force
            ",
        )
        .run();
    assert_eq!(super::state(&redis, "q", "a").as_deref(), Some("pending"));
}

#[test]
fn keys_of_servers_of_another_type_hide_no_queue() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Active);
    put(&redis, "q", "b", State::Pending);
    redis.cmd(&["SET", "asynq:servers", "x"]);
    redis.cmd(&["SET", "asynq:workers", "x"]);
    for line in ["stats", "ls tasks", "inspect a", "inspect -q q"] {
        let output = qctl(&redis, line).run_unchecked().expect_code(0);
        assert_eq!(output.stderr_str(), "", "{line}");
    }
    redis.cmd(&["SET", "asynq:queues", "x"]);
    let error = "error: asynq:queues is a string, not a set\n";
    for line in ["stats", "enqueue t", "pause q", "drop q -n"] {
        let output = qctl(&redis, line).run_unchecked().expect_code(1);
        let said = output.stderr_str();
        assert!(said.contains(error), "{line}: {said}");
    }
}

#[test]
fn queues_without_a_server_are_named() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    put(&redis, "paused", "b", State::Pending);
    put(&redis, "idle", "c", State::Archived);
    qctl(&redis, "pause paused")
        .stdout("paused queue paused\n")
        .run();
    let note = "pending tasks in queues without a server: q\n";
    for line in ["stats", "inspect -q q"] {
        let output = qctl(&redis, line).run_unchecked().expect_code(0);
        assert_eq!(output.stderr_str(), note, "{line}");
    }
    for line in ["stats --quiet", "stats --json", "inspect -q idle"] {
        let output = qctl(&redis, line).run_unchecked().expect_code(0);
        assert_eq!(output.stderr_str(), "", "{line}");
    }
}

#[test]
fn tasks_that_were_set_aside_are_mentioned() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Aside);
    let output = qctl(&redis, "stats").run_unchecked().expect_code(0);
    assert_eq!(
        output.stderr_str(),
        "unreadable tasks set aside in: q; list them with qctl ls tasks -s aside\n"
    );
}

#[test]
fn data_alone_with_quiet_and_without_headers() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Archived);
    let lines = |line: &str| {
        let output = qctl(&redis, line).run_unchecked().expect_code(0);
        output.stdout_str().lines().count()
    };
    assert_eq!(
        (lines("stats --quiet"), lines("stats --no-headers")),
        (2, 1)
    );
}

#[test]
fn an_interval_without_an_equals_sign_gets_a_hint() {
    let redis = Redis::start();
    qctl(&redis, "stats --watch 1s")
        .status(2)
        .stderr("error: queue \"1s\" does not exist\nhint: to set the interval: --watch=1s\n")
        .run();
    put(&redis, "default", "a", State::Archived);
    qctl(&redis, "stats defualt")
        .status(3)
        .stderr("error: queue \"defualt\" does not exist\nhint: did you mean \"default\"?\n")
        .run();
    qctl(&redis, "ls tsks")
        .status(3)
        .stderr("error: queue \"tsks\" does not exist\nhint: qctl ls tasks\n")
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
fn watching_survives_rights_that_are_revoked_and_restored() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Archived);
    let watching = qctl(&redis, "stats --watch=100ms --json").spawn();
    eventually(SOON, || (frames(&watching) >= 1).then_some(()));
    redis.cmd(&["ACL", "SETUSER", "default", "-@read"]);
    let trouble = watching.wait_for_line(|line| line.starts_with("warning: "), SOON);
    assert!(trouble.contains("does not permit this"), "{trouble}");
    redis.cmd(&["ACL", "SETUSER", "default", "+@all"]);
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

#[test]
fn columns_can_be_chosen() {
    let redis = Redis::start();
    put(&redis, "a", "1", State::Pending);
    put(&redis, "b", "1", State::Archived);
    qctl(&redis, "stats --columns queue,ever_failed,archived --quiet")
        .stdout(
            "
            QUEUE  EVER FAILED  ARCHIVED
            a                0         0
            b                0         1
            TOTAL            0         1
            ",
        )
        .run();
    qctl(&redis, "stats --columns queue,memory")
        .status(2)
        .stderr(
            "error: there is no column \"memory\"\n\
             hint: use some of queue,size,active,pending,sched,retry,archived,completed,aggr,aside,groups,latency,processed,failed,errors,ever,ever_failed,paused\n",
        )
        .run();
    qctl(&redis, "stats --columns queue --json")
        .status(2)
        .stderr("error: --columns applies to tables only\nhint: JSON and CSV have every key: select some with jq, or with cut\n")
        .run();
}

#[test]
fn queues_are_arguments_or_options_in_each_command_about_queues() {
    let redis = Redis::start();
    put(&redis, "a", "1", State::Pending);
    put(&redis, "b", "2", State::Pending);
    for line in ["a", "-q a", "--queue=a"] {
        let code = |command: &str| {
            qctl(&redis, &format!("{command} {line}"))
                .run_unchecked()
                .code
        };
        assert_eq!(code("pause"), Some(0));
        let stats = qctl(&redis, &format!("stats {line} --json"))
            .run_unchecked()
            .json();
        assert_eq!(stats["queues"].as_array().unwrap().len(), 1);
        assert_eq!(stats["queues"][0]["paused"], true);
        assert_eq!(code("resume"), Some(0));
        assert_eq!(code("check --max-pending 0"), Some(2));
        assert_eq!(code("check --max-pending 1"), Some(0));
        assert_eq!(code("doctor --quick --only lost-task"), Some(0));
        let exported = qctl(&redis, &format!("export {line} --quiet")).run_unchecked();
        assert_eq!(exported.stdout_str().lines().count(), 1);
        assert_eq!(code("drop --dry-run"), Some(6));
        assert_eq!(code("drop --dry-run --force"), Some(0));
    }
    qctl(&redis, "pause").run_unchecked().expect_code(2);
    qctl(&redis, "doctor nosuch --quick")
        .run_unchecked()
        .expect_code(3);
}
