//! `qctl doctor`: each kind of damage is found, and what is in order is not.

use qctl::task::State;
use serde_json::json;

use super::{OF_THRESHOLDS, contents, keys, put, put_one_of_each, qctl, task_key};
use crate::harness::SOON;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

/// From the first look to the second.
const BETWEEN_LOOKS: std::time::Duration = std::time::Duration::from_secs(30);

/// What is found, and what does the damage.
type Damage<'a> = (&'a str, &'a dyn Fn(&Redis));

/// What is found at one look: `CODE QUEUE COUNT`, without the thresholds.
fn codes(redis: &Redis) -> Vec<String> {
    let output = qctl(redis, "doctor --quick -o json").run_unchecked();
    let health = output.json();
    let findings = health["findings"].as_array().unwrap();
    let ours = findings.iter().filter(|finding| {
        let code = finding["code"].as_str().unwrap();
        !OF_THRESHOLDS.contains(&code)
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

/// Codes that `--fix` does nothing about.
const LEFT_ALONE: [&str; 7] = [
    "archived-id",
    "archived-lock",
    "double-schedule",
    "empty-queue",
    "large-task",
    "set-aside",
    "wrong-type",
];

/// Repairs the only finding. A dry run says so, and changes nothing.
fn repaired(redis: &Redis, finding: &str) {
    let code = finding.split(' ').next().unwrap();
    let before = contents(redis);
    let fix = |line: &str| qctl(redis, line).run_unchecked();
    let dry = fix("doctor --quick --fix --dry-run --json").expect_code(0);
    assert_eq!(contents(redis), before, "{finding}");
    if LEFT_ALONE.contains(&code) {
        assert_eq!(dry.json().as_array().map(Vec::len), Some(0), "{finding}");
        fix("doctor --quick --fix --yes").expect_code(1);
        assert_eq!(codes(redis), [finding]);
        return;
    }
    assert_eq!(dry.json()[0]["repaired"], 1, "{finding}");
    let fixed = fix("doctor --quick --fix --yes --json").expect_code(0);
    assert_eq!(fixed.json()[0]["code"], code);
    assert_eq!(fixed.json()[0]["repaired"], 1, "{finding}");
    let left = codes(redis);
    let accepted = ["unreadable-task", "set-aside"].contains(&code);
    let wanted: &[&str] = if accepted { &["set-aside q 1"] } else { &[] };
    assert_eq!(left, wanted, "{finding}");
}

/// Each alone, in a Redis of its own.
fn are_found_and_repaired(damages: &[Damage<'_>]) {
    for (finding, damage) in damages {
        let redis = healthy();
        damage(&redis);
        assert_eq!(codes(&redis), [*finding]);
        repaired(&redis, finding);
    }
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
    let damages: [Damage; 10] = [
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
    ];
    are_found_and_repaired(&damages);
}

#[test]
fn what_is_worth_knowing_is_found() {
    let task = |id: &str| task_key("q", id);
    let damages: [Damage; 3] = [
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
    are_found_and_repaired(&damages);
}

#[test]
fn damage_to_what_holds_tasks_together_is_found() {
    let (q, r) = (keys("q"), keys("r"));
    let lock = q.unique("t", Some(b"payload"));
    let set = q.aggregation_set("g", "6ba7b810-9dad-11d1-80b4-00c04fd430c8");
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
    are_found_and_repaired(&damages);
}

#[test]
fn dead_entries_are_found() {
    let redis = healthy();
    let server = "asynq:servers:{host:1:id}";
    redis.cmd(&["ZADD", "asynq:schedulers", "1700000000", server]);
    assert_eq!(codes(&redis), ["dead-entry - 1"]);
    repaired(&redis, "dead-entry - 1");
    for key in ["asynq:schedulers", "asynq:queues"] {
        redis.cmd(&["SET", key, "text"]);
        assert_eq!(codes(&redis), ["wrong-type - 1"], "{key}");
        redis.cmd(&["DEL", key]);
    }
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
    repaired(&redis, "old-archive q 1");
    let archived: u64 = redis.query(&["ZCARD", &keys("q").archived()]);
    assert_eq!(archived, 1);
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
                  "sentence": "4 ids without a task: servers fail on such ids",
                  "sample": [
                    "a",
                    "b",
                    "c"
                  ],
                  "repair": "remove the id, or set it aside",
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
            SEVERITY  CODE          QUEUE  FINDING                                                     SAMPLE
            error     missing-task  q      4 ids without a task: servers fail on such ids (seen once)  a b c

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

#[test]
fn lost_tasks_go_back_where_their_states_say() {
    let redis = Redis::start();
    let q = keys("q");
    for state in State::ALL {
        put(&redis, "q", state.name(), state);
    }
    for list in [q.pending(), q.active(), q.scheduled(), q.retry()] {
        redis.cmd(&["DEL", &list]);
    }
    for set in [
        q.lease(),
        q.archived(),
        q.completed(),
        q.group("g"),
        q.aside(),
    ] {
        redis.cmd(&["DEL", &set]);
    }
    put(&redis, "q", "broken", State::Retry);
    redis.cmd(&["ZREM", &q.retry(), "broken"]);
    redis.cmd(&["HSET", &task_key("q", "broken"), "msg", "\u{1}no message"]);
    let fix = qctl(&redis, "doctor --quick --fix --yes --only lost-task --json");
    let fixed = fix.run_unchecked().expect_code(0);
    let what = "put back where the state says, or set aside";
    let ways = json!([{"way": "put back", "count": 7}, {"way": "set aside", "count": 2}]);
    let repair = json!([{"code": "lost-task", "queue": "q", "repair": what, "dry_run": false, "found": 9, "repaired": 9, "ways": ways}]);
    assert_eq!(fixed.json(), repair);
    assert_eq!(fixed.stderr_str(), format!("  q  lost-task  9: {what}\n"));
    for (id, state) in [
        ("active", "active"),
        ("pending", "pending"),
        ("scheduled", "scheduled"),
        ("retry", "retry"),
        ("archived", "archived"),
        ("completed", "completed"),
        ("aggregating", "aggregating"),
        ("aside", "aside"),
        ("broken", "aside"),
    ] {
        let listed = qctl(&redis, &format!("ls tasks -s {state} -o id")).run_unchecked();
        assert!(listed.stdout_str().lines().any(|line| line == id), "{id}");
    }
    qctl(&redis, "ls audit -o csv")
        .run_unchecked()
        .expect_code(0);
    assert_eq!(
        codes(&redis),
        ["set-aside q 2", "archived-id q 1"],
        "the active task is recovered later"
    );
}

#[test]
fn ids_without_tasks_are_removed_from_a_long_list() {
    let redis = Redis::start();
    put(&redis, "q", "first", State::Pending);
    let pending = keys("q").pending();
    let mut pipeline = ::redis::pipe();
    for number in 0..30_000 {
        let id = format!("{number:06}");
        // Every tenth is an id without a task.
        if number % 10 > 0 {
            let message = super::message("q", &id).to_bytes();
            let fields: [(&str, &[u8]); 3] = [
                ("msg", &message),
                ("state", b"pending"),
                ("pending_since", super::SINCE.as_bytes()),
            ];
            pipeline.hset_multiple(task_key("q", &id), &fields).ignore();
        }
        pipeline.lpush(&pending, &id).ignore();
    }
    pipeline
        .query::<()>(&mut redis.connection().unwrap())
        .unwrap();
    assert_eq!(codes(&redis), ["missing-task q 3000"]);
    let fixed = qctl(&redis, "doctor --quick --fix --yes --json")
        .run_unchecked()
        .expect_code(0);
    assert_eq!(fixed.json()[0]["repaired"], 3_000);
    assert_eq!(codes(&redis), [""; 0]);
    let length: u64 = redis.query(&["LLEN", &pending]);
    assert_eq!(length, 27_001);
    let next: String = redis.query(&["LINDEX", &pending, "-2"]);
    assert_eq!(next, "000001", "the order stays");
}

#[test]
fn a_repair_needs_a_yes_and_is_recorded() {
    let redis = healthy();
    redis.cmd(&["SADD", &keys("q").groups(), "gone"]);
    let before = contents(&redis);
    qctl(&redis, "doctor --quick --fix")
        .status(2)
        .stderr(
            "
              q  empty-group  1: remove the name
            error: repair 1 finding: not confirmed, nothing was changed
            hint: repeat it with --yes, or look first with --dry-run
            ",
        )
        .run();
    qctl(&redis, "doctor --quick --fix --dry-run")
        .stdout(
            "
            CODE         QUEUE  FOUND  REPAIRED  WHAT
            empty-group  q          1         -  would remove the name
            ",
        )
        .stderr("  q  empty-group  1: remove the name\n")
        .run();
    assert_eq!(contents(&redis), before);
    qctl(&redis, "doctor --quick --fix --yes")
        .stdout(
            "
            CODE         QUEUE  FOUND  REPAIRED  WHAT
            empty-group  q          1         1  remove the name
            ",
        )
        .stderr("  q  empty-group  1: remove the name\n")
        .run();
    let audit = qctl(&redis, "ls audit --json").run_unchecked().json();
    assert_eq!(audit[0]["verb"], "doctor");
    assert_eq!(audit[0]["target"], "queue:q empty-group");
    assert_eq!(audit[0]["changed"], 1);
    assert_eq!(audit[0]["outcome"], "done");
}

/// The second look is a lease after the first: this test takes half a minute.
#[test]
fn what_is_gone_at_the_second_look_is_no_finding() {
    let redis = healthy();
    let q = keys("q");
    redis.cmd(&["SADD", &q.groups(), "stays", "goes"]);
    redis.cmd(&["ZADD", &q.retry(), "4000000000", "goes"]);
    let doctor = qctl(&redis, "doctor --json --only empty-group,missing-task").spawn();
    doctor.wait_for_line(
        |line| line.contains("looking again at 3 findings in 30 seconds"),
        SOON,
    );
    redis.cmd(&["SREM", &q.groups(), "goes"]);
    redis.cmd(&["ZREM", &q.retry(), "goes"]);
    let output = doctor.wait(SOON + BETWEEN_LOOKS).expect_code(1);
    let health = output.json();
    assert_eq!(health["findings"].as_array().map(Vec::len), Some(1));
    let finding = &health["findings"][0];
    assert_eq!(finding["code"], "empty-group");
    assert_eq!(finding["sample"], serde_json::json!(["stays"]));
    assert_eq!(finding["seen_once"], false);
}

#[test]
fn what_depends_on_a_threshold_is_explained_too() {
    let explain = || Qctl::alone().args(["doctor", "explain"]);
    let listed = explain().args(["-o", "id"]).run_unchecked().expect_code(0);
    for code in listed.stdout_str().lines() {
        let shown = explain().args([code, "-o", "json"]).run_unchecked().json();
        assert_eq!(shown["code"], code);
        for key in ["cause", "effect", "fix"] {
            assert!(
                shown[key].as_str().is_some_and(|text| text.ends_with('.')),
                "{shown:#}"
            );
        }
    }
    // One spelling is shown, and the other is understood.
    assert!(!listed.stdout_str().contains('_'));
    for (typed, code) in [
        ("pending_too_long", "pending-too-long"),
        ("lost_task", "lost-task"),
    ] {
        let shown = explain().args([typed, "-o", "id"]).run_unchecked();
        assert_eq!(shown.expect_code(0).stdout_str(), format!("{code}\n"));
    }
    let failing = explain().arg("failing").run_unchecked().expect_code(0);
    assert!(failing.stdout_str().contains("failure_rate"));
}

#[test]
fn a_look_takes_every_code_and_a_repair_those_that_have_one() {
    let redis = healthy();
    redis.cmd(&["SADD", &keys("q").groups(), "gone"]);
    let codes = |only: &str| -> Vec<String> {
        let line = format!("doctor --quick --only {only} -o id");
        let found = qctl(&redis, &line).run_unchecked();
        found.stdout_str().lines().map(str::to_owned).collect()
    };
    assert_eq!(codes("unserved"), ["unserved"]);
    assert_eq!(codes("unserved,empty-group"), ["empty-group", "unserved"]);
    assert_eq!(codes("failing"), [] as [&str; 0]);
    redis.cmd(&["DEL", &keys("q").lease()]);
    assert_eq!(codes("orphaned"), ["no-lease"]);
    qctl(
        &redis,
        "doctor --quick --fix --yes --only orphaned -o id --quiet",
    )
    .stdout("no-lease\n")
    .run();
    for code in ["failing", "set-aside"] {
        Qctl::alone()
            .args(["doctor", "--fix", "--only", code])
            .status(2)
            .stderr(&format!(
                "error: --fix has no repair for {code}\nhint: qctl doctor explain {code}\n"
            ))
            .run();
    }
    Qctl::alone()
        .args(["doctor", "--only", "failed"])
        .status(2)
        .stderr("error: invalid value 'failed' for '--only <CODE>': \"failed\" is not a code; qctl doctor explain lists them\n\nFor more information, try '--help'.\n")
        .run();
}

/// A list, an explanation and the metrics name a severity by one word.
#[test]
fn a_severity_has_one_name() {
    let redis = healthy();
    let found = qctl(&redis, "doctor --quick --only unserved --json");
    let found = found.run_unchecked().expect_code(1).json();
    let explained = qctl(&redis, "doctor explain unserved --json");
    let explained = explained.run_unchecked().expect_code(0).json();
    assert_eq!(found["findings"][0]["severity"], "error");
    assert_eq!(explained["severity"], "error");
}

#[test]
fn a_repair_with_several_ways_says_which_it_has_taken() {
    let redis = healthy();
    let hash = |id: &str, fields: &[&str]| {
        let key = task_key("q", id);
        redis.cmd(&[&["HSET", &key], fields].concat());
    };
    put(&redis, "q", "back", State::Pending);
    redis.cmd(&["LREM", &keys("q").pending(), "1", "back"]);
    hash("odd", &["msg", "not a message", "state", "pending"]);
    hash("bare", &["state", "pending"]);
    redis.cmd(&["ZADD", &keys("q").retry(), "1", "gone"]);
    hash("kept", &["result", "x"]);
    redis.cmd(&["ZADD", &keys("q").retry(), "2", "kept"]);
    let fix = |line: &str| qctl(&redis, line).run_unchecked().expect_code(0).json();
    let expected = json!([
        {"code": "lost-task", "ways": [{"way": "delete", "count": 1}, {"way": "put back", "count": 1}, {"way": "set aside", "count": 1}]},
        {"code": "missing-task", "ways": [{"way": "remove", "count": 1}, {"way": "set aside", "count": 1}]},
    ]);
    let ways = |repairs: &serde_json::Value| -> serde_json::Value {
        let each = repairs.as_array().unwrap().iter();
        each.map(|one| json!({"code": one["code"], "ways": one["ways"]}))
            .collect()
    };
    let codes = "lost-task,missing-task";
    let dry = fix(&format!(
        "doctor --quick --fix -n --only {codes} --json --quiet"
    ));
    assert_eq!(ways(&dry), expected);
    let done = fix(&format!(
        "doctor --quick --fix --yes --only {codes} --json --quiet"
    ));
    assert_eq!(ways(&done), expected);
    let changes = fix("ls audit --json");
    assert_eq!(
        changes[0]["details"],
        "lost-task in q: delete 1, put back 1, set aside 1; missing-task in q: remove 1, set aside 1"
    );
}
