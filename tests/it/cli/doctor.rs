//! `qctl doctor`: each kind of damage is found, and what is in order is not.

use qctl::task::State;

use super::{keys, put, put_one_of_each, qctl, task_key};
use crate::harness::redis::Redis;

/// What is found at one look: `CODE QUEUE COUNT`, without the thresholds.
fn codes(redis: &Redis) -> Vec<String> {
    let output = qctl(redis, "doctor --quick -o json").run_unchecked();
    let health = output.json();
    let findings = health["findings"].as_array().unwrap();
    let ours = findings.iter().filter(|finding| {
        let code = finding["code"].as_str().unwrap();
        !code.contains('_') && code != "unserved"
    });
    let shown = ours.map(|finding| {
        let queue = finding["queue"].as_str().unwrap_or("-");
        let code = finding["code"].as_str().unwrap();
        format!("{code} {queue} {}", finding["count"])
    });
    shown.collect()
}

/// A queue with a task in each state, of which nothing is found.
fn healthy() -> Redis {
    let redis = Redis::start();
    for state in State::ALL {
        let id = format!("6ba7b810-9dad-11d1-80b4-00c04fd430c{}", state as u8);
        if state != State::Aside {
            put(&redis, "q", &id, state);
        }
    }
    assert_eq!(codes(&redis), [""; 0]);
    redis
}

#[test]
fn a_healthy_redis_has_no_findings() {
    let redis = Redis::start();
    qctl(&redis, "doctor").stderr("no findings\n").run();
    put(&redis, "q", "a", State::Scheduled);
    qctl(&redis, "doctor").stderr("no findings\n").run();
}

#[test]
fn damage_to_tasks_is_found() {
    let (q, task) = (keys("q"), |id: &str| task_key("q", id));
    type Damage<'a> = (&'a str, &'a dyn Fn(&Redis));
    let damages: [Damage; 13] = [
        ("lost-task q 1", &|redis| {
            put(redis, "q", "x", State::Retry);
            redis.cmd(&["ZREM", &q.retry(), "x"]);
        }),
        ("missing-task q 1", &|redis| {
            put(redis, "q", "x", State::Pending);
            redis.cmd(&["DEL", &task("x")]);
        }),
        // What a Go server makes of it.
        ("missing-task q 1", &|redis| {
            redis.cmd(&["LPUSH", &q.active(), "x"]);
            redis.cmd(&["ZADD", &q.lease(), "4000000000", "x"]);
            redis.cmd(&["HSET", &task("x"), "state", "active"]);
        }),
        ("two-containers q 1", &|redis| {
            put(redis, "q", "x", State::Pending);
            redis.cmd(&["ZADD", &q.retry(), "4000000000", "x"]);
        }),
        ("wrong-state q 1", &|redis| {
            put(redis, "q", "x", State::Scheduled);
            redis.cmd(&["HSET", &task("x"), "state", "active"]);
        }),
        ("no-lease q 1", &|redis| {
            put(redis, "q", "x", State::Active);
            redis.cmd(&["ZREM", &q.lease(), "x"]);
        }),
        ("lease-over q 1", &|redis| {
            put(redis, "q", "x", State::Active);
            redis.cmd(&["ZADD", &q.lease(), "1700000000", "x"]);
        }),
        ("stray-lease q 1", &|redis| {
            put(redis, "q", "x", State::Scheduled);
            redis.cmd(&["ZADD", &q.lease(), "4000000000", "x"]);
        }),
        ("unreadable-task q 1", &|redis| {
            put(redis, "q", "x", State::Scheduled);
            redis.cmd(&["HSET", &task("x"), "msg", "\u{1}no message"]);
        }),
        ("pending-since q 1", &|redis| {
            put(redis, "q", "x", State::Pending);
            redis.cmd(&["HDEL", &task("x"), "pending_since"]);
        }),
        ("archived-id q 1", &|redis| {
            put(redis, "q", "x", State::Archived);
        }),
        ("large-task q 1", &|redis| {
            put(redis, "q", "x", State::Completed);
            redis.cmd(&["HSET", &task("x"), "result", &"x".repeat(1024 * 1024 + 1)]);
        }),
        ("set-aside q 1", &|redis| {
            put(redis, "q", "x", State::Aside);
        }),
    ];
    for (finding, damage) in damages {
        let redis = healthy();
        damage(&redis);
        assert_eq!(codes(&redis), [finding]);
    }
}

#[test]
fn damage_to_what_holds_tasks_together_is_found() {
    let (q, r) = (keys("q"), keys("r"));
    let lock = q.unique("t", Some(b"payload"));
    let set = q.aggregation_set("g", "6ba7b810-9dad-11d1-80b4-00c04fd430c8");
    type Damage<'a> = (&'a str, &'a dyn Fn(&Redis));
    let damages: [Damage; 12] = [
        ("stale-lock q 1", &|redis| {
            redis.cmd(&["SET", &lock, "nobody"]);
        }),
        // The owner is there, but names no lock.
        ("stale-lock q 1", &|redis| {
            put(redis, "q", "x", State::Scheduled);
            redis.cmd(&["SET", &lock, "x"]);
        }),
        ("archived-lock q 1", &|redis| {
            let id = "6ba7b810-9dad-11d1-80b4-00c04fd430d0";
            put(redis, "q", id, State::Archived);
            redis.cmd(&["HSET", &task_key("q", id), "unique_key", &lock]);
            redis.cmd(&["SET", &lock, id]);
        }),
        ("unlisted-group q 1", &|redis| {
            redis.cmd(&["DEL", &q.groups()]);
        }),
        ("empty-group q 1", &|redis| {
            redis.cmd(&["SADD", &q.groups(), "gone"]);
        }),
        ("unlisted-set q 1", &|redis| {
            redis.cmd(&["RENAME", &q.group("g"), &set]);
            redis.cmd(&["DEL", &q.groups()]);
        }),
        ("stale-set q 1", &|redis| {
            redis.cmd(&["RENAME", &q.group("g"), &set]);
            redis.cmd(&["DEL", &q.groups()]);
            redis.cmd(&["ZADD", &q.aggregation_sets(), "1700000000", &set]);
        }),
        ("unlisted-queue q 1", &|redis| {
            redis.cmd(&["SREM", "asynq:queues", "q"]);
        }),
        ("leftover-keys r 1", &|redis| {
            redis.cmd(&["SET", &r.paused(), "1700000000"]);
        }),
        ("empty-queue r 1", &|redis| {
            redis.cmd(&["SADD", "asynq:queues", "r"]);
        }),
        ("wrong-type q 1", &|redis| {
            redis.cmd(&["DEL", &q.completed()]);
            redis.cmd(&[
                "DEL",
                &task_key("q", "6ba7b810-9dad-11d1-80b4-00c04fd430c5"),
            ]);
            redis.cmd(&["SET", &q.completed(), "text"]);
        }),
        ("dead-history - 1", &|redis| {
            redis.cmd(&["ZADD", "asynq:scheduler_history:gone", "1700000000", "x"]);
        }),
    ];
    for (finding, damage) in damages {
        let redis = healthy();
        damage(&redis);
        assert_eq!(codes(&redis), [finding]);
    }
}

#[test]
fn dead_entries_are_found() {
    let redis = healthy();
    let server = "asynq:servers:{host:1:id}";
    redis.cmd(&["ZADD", "asynq:schedulers", "1700000000", server]);
    assert_eq!(codes(&redis), ["dead-entry - 1"]);
}

#[test]
fn eight_thousand_old_archived_tasks_are_found() {
    let redis = healthy();
    let mut pipeline = ::redis::pipe();
    for number in 0..8_000 {
        let id = format!("6ba7b810-9dad-11d1-80b4-{number:012}");
        let message = super::message("q", &id).to_bytes();
        let fields: [(&str, &[u8]); 2] = [("msg", &message), ("state", b"archived")];
        pipeline.hset_multiple(task_key("q", &id), &fields).ignore();
        pipeline
            .zadd(keys("q").archived(), &id, 1_700_000_000)
            .ignore();
    }
    pipeline
        .query::<()>(&mut redis.connection().unwrap())
        .unwrap();
    assert_eq!(codes(&redis), ["old-archive q 1"]);
}

#[test]
fn a_finding_has_a_sample_and_an_explanation() {
    let redis = healthy();
    for id in ["a", "b", "c", "d"] {
        redis.cmd(&["ZADD", &keys("q").retry(), "4000000000", id]);
    }
    qctl(
        &redis,
        "doctor --quick --only missing-task,lost-task --json",
    )
    .status(1)
    .stdout(
        r#"
            {
              "findings": [
                {
                  "code": "missing-task",
                  "severity": "error",
                  "queue": "q",
                  "count": 4,
                  "sentence": "4 ids without a task: servers stumble over it",
                  "sample": [
                    "a",
                    "b",
                    "c"
                  ],
                  "repair": "remove the id",
                  "seen_once": true
                }
              ],
              "incomplete": false
            }
            "#,
    )
    .run();
    let explained = qctl(&redis, "doctor explain missing-task").run_unchecked();
    assert!(
        explained
            .stdout_str()
            .contains("id was left in a container")
    );
    qctl(&redis, "doctor --quick --only missing-task -q q*")
        .status(1)
        .stdout(
            "
            SEVERITY  CODE          QUEUE  FINDING                                                    SAMPLE
            error     missing-task  q      4 ids without a task: servers stumble over it (seen once)  a b c

            qctl doctor explain CODE explains a finding; --fix repairs what can be repaired
            ",
        )
        .run();
}

#[test]
fn the_thresholds_are_part_of_it() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    qctl(&redis, "doctor --quick -o id")
        .status(1)
        .stdout("archived-id\nunserved\n")
        .run();
}
