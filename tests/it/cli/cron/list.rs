//! `qctl cron ls`.

use std::time::Duration;

use qctl::broker::{SchedulerEntry, keys};
use qctl::clock;
use qctl::schedule::scheduler::ANNOUNCER;
use serde_json::json;

use super::{add, document, qctl, set};
use crate::harness::peer::Peer;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};

/// As long ago as any scheduler needs to notice.
const LONG_AGO: &str = "1700000000000";

/// Too late for any scheduler to have noticed, however slow the test is.
const JUST_NOW: &str = "4000000000000";

const IDLE: &str = "no scheduler is running: start `qctl work` or `qctl cron run-scheduler`\n";

/// Schedules in each state, seen by people.
fn gallery(redis: &Redis) {
    add(redis, "active", "0 3 * * *", "--tz Europe/Paris");
    add(redis, "broken", "@daily", "");
    add(redis, "ended", "@daily", "--end 2020-01-01T00:00:00Z");
    add(redis, "failing", "@every 1h", "");
    add(redis, "paused", "@hourly", "--paused --note why");
    for name in ["active", "failing"] {
        set(redis, name, "changed_at", JUST_NOW);
    }
    set(redis, "broken", "definition", "{}");
    set(redis, "active", "fired", "1700000000");
    set(
        redis,
        "active",
        "outcome",
        r#"{"tick":"2023-11-14T22:13:20Z","at":"2023-11-14T22:13:21Z","outcome":"enqueued","task_id":"i","queue":"q","by":"h"}"#,
    );
    set(
        redis,
        "failing",
        "outcome",
        r#"{"tick":null,"at":"2023-11-14T22:13:21Z","outcome":"failed","error":"full","by":"h"}"#,
    );
}

#[test]
fn a_list_shows_the_next_time_and_the_last_outcome() {
    let redis = Redis::start();
    gallery(&redis);
    qctl(&redis, "cron ls")
        .normalized()
        .stdout(
            "
            NAME  WHEN  ZONE  QUEUE  NEXT  LAST
            active  at 03:00 every day  Europe/Paris  default  <in>  enqueued
            broken  -  -  -  unreadable  -
            ended  at 00:00 every day  UTC  default  ended  -
            failing  every 1h  -  default  <in>  failed: full
            paused  every hour  UTC  default  paused  -
            ",
        )
        .run();
    for line in ["cron ls", "ls cron", "ls schedules", "ls cron --sort name"] {
        qctl(&redis, &format!("{line} -o id -l 2"))
            .stdout("active\nbroken\n")
            .run();
    }
    let wide = qctl(&redis, "cron ls -o wide")
        .env("COLUMNS", "300")
        .run_unchecked();
    let heads = wide.stdout_str().lines().next().unwrap();
    assert_eq!(
        heads.split_whitespace().collect::<Vec<_>>(),
        [
            "NAME", "WHEN", "SPEC", "ZONE", "TYPE", "QUEUE", "NEXT", "PREVIOUS", "LAST", "STATE",
            "NOTE", "CHANGED", "BY"
        ]
    );
    let broken = document(&redis, "broken");
    assert_eq!(broken["state"], "unreadable");
    assert_eq!(broken["error"], "it has no spec");
    assert_eq!(document(&redis, "failing")["last_error"], "full");
}

#[test]
fn a_line_fits_a_terminal() {
    let redis = Redis::start();
    gallery(&redis);
    add(
        &redis,
        "workdays",
        "0 9,17 * * 1-5",
        "-q critical --tz America/New_York",
    );
    let name = "twenty-characters-20";
    add(
        &redis,
        name,
        "CRON_TZ=America/New_York 0 9,17 * * 1-5",
        "-q critical",
    );
    let table = qctl(&redis, "cron ls").env("COLUMNS", "80").run_unchecked();
    for line in table.stdout_str().lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    // The name is typed in other commands, and a time without its zone is another.
    for whole in [name, "at 03:00 every", "America/New_York"] {
        assert!(table.stdout_str().contains(whole), "{}", table.stdout_str());
    }
}

#[test]
fn schedules_are_listed_by_queue_and_by_name() {
    let redis = Redis::start();
    add(&redis, "a", "@daily", "-q low");
    add(&redis, "b", "@daily", "");
    for name in ["a", "b"] {
        set(&redis, name, "changed_at", JUST_NOW);
    }
    qctl(&redis, "cron ls")
        .normalized()
        .stdout(
            "
            NAME  WHEN  ZONE  QUEUE  NEXT  LAST
            a  at 00:00 every day  UTC  low  <in>  -
            b  at 00:00 every day  UTC  default  <in>  -
            ",
        )
        .run();
    qctl(&redis, "cron ls -q low -o id").stdout("a\n").run();
    qctl(&redis, "ls cron -q low -o id").stdout("a\n").run();
    for line in ["cron ls b -o id", "cron show b -o id", "cron list b -o id"] {
        qctl(&redis, line).stdout("b\n").run();
    }
    qctl(&redis, "cron show a none")
        .status(3)
        .stderr("error: schedule \"none\" does not exist\nhint: qctl cron ls\n")
        .run();
    qctl(&redis, "cron ls -q none")
        .stderr("no schedules\n")
        .run();
}

#[test]
fn a_document_has_all_keys() {
    let redis = Redis::start();
    qctl(&redis, "cron ls --json").stdout("[]\n").run();
    gallery(&redis);
    let head = qctl(&redis, "cron ls -o csv").run_unchecked();
    let keys: Vec<&str> = head
        .stdout_str()
        .lines()
        .next()
        .unwrap()
        .split(',')
        .collect();
    for one in qctl(&redis, "cron ls -o ndjson").run_unchecked().ndjson() {
        let has: Vec<&String> = one.as_object().unwrap().keys().collect();
        assert_eq!(has, keys);
    }
}

#[tokio::test]
async fn a_note_says_that_no_scheduler_is_running() {
    let redis = Redis::start();
    let broker = crate::broker::connect(&redis.url()).await.unwrap();
    let said = || {
        let output = qctl(&redis, "cron ls").run_unchecked().expect_code(0);
        output.stderr_str().to_owned()
    };
    assert_eq!(said(), "no schedules\n");
    add(&redis, "a", "@daily", "");
    // A scheduler may be about to notice it.
    set(&redis, "a", "changed_at", JUST_NOW);
    assert_eq!(said(), "");
    set(&redis, "a", "changed_at", LONG_AGO);
    assert_eq!(said(), IDLE);
    let sorted = qctl(&redis, "ls cron --sort name").run_unchecked();
    assert_eq!(sorted.stderr_str(), IDLE);
    let json = qctl(&redis, "cron ls -o id").run_unchecked();
    assert_eq!(json.stderr_str(), "");
    let ttl = Duration::from_secs(60);
    broker
        .announce_entries(ANNOUNCER, &[], ttl, clock::now())
        .await
        .unwrap();
    assert_eq!(said(), "");
    redis.cmd(&["DEL", &keys::scheduler(ANNOUNCER), keys::SCHEDULERS]);
    assert_eq!(said(), IDLE);
    qctl(&redis, "cron pause a")
        .stdout("paused schedule a\n")
        .run();
    set(&redis, "a", "changed_at", LONG_AGO);
    assert_eq!(said(), "");
}

#[tokio::test]
async fn what_qctl_announces_is_not_listed_again() {
    let redis = Redis::start();
    let broker = crate::broker::connect(&redis.url()).await.unwrap();
    add(&redis, "a", "@daily", "");
    let entry = |id: &str| SchedulerEntry {
        id: id.to_owned(),
        spec: "CRON_TZ=Asia/Tokyo 0 3 * * *".to_owned(),
        kind: "go".to_owned(),
        payload: b"{}".to_vec(),
        options: vec![
            "Queue(\"gr\\u00f6\\\"\u{df}e\")".to_owned(),
            "MaxRetry(5)".to_owned(),
        ],
        next_at: None,
        previous_at: None,
    };
    let ttl = Duration::from_secs(60);
    for (scheduler, id) in [(ANNOUNCER, "a"), ("host:1:uuid", "0123456789")] {
        broker
            .announce_entries(scheduler, &[entry(id)], ttl, clock::now())
            .await
            .unwrap();
    }
    qctl(&redis, "cron ls")
        .normalized()
        .stdout(
            "
            NAME  WHEN  ZONE  QUEUE  NEXT  LAST
            a  at 00:00 every day  UTC  default  <in>  -
            asynq 01234567  at 03:00 every day  Asia/Tokyo  grö\"ße  -  -
            ",
        )
        .run();
    let go = document(&redis, "0123456789");
    assert_eq!(
        (&go["source"], &go["scheduler_id"]),
        (&json!("asynq"), &json!("host:1:uuid"))
    );
    assert_eq!(
        (&go["options"][1], &go["max_retry"]),
        (&json!("MaxRetry(5)"), &json!(5))
    );
    // Nothing can be done with it, so it is no id.
    qctl(&redis, "cron ls -o id").stdout("a\n").run();
}

#[test]
fn entries_of_a_real_scheduler_of_go_are_shown() {
    let redis = Redis::start();
    let Some(mut peer) = Peer::start(&redis) else {
        return;
    };
    let id = peer.call(&json!({
        "op": "schedule", "spec": "0 3 * * *", "type": "report:build", "payload_base64": "e30=",
        "queue": "low",
    }));
    let found = eventually(SOON, || {
        let all = qctl(&redis, "cron ls -o ndjson").run_unchecked().ndjson();
        all.into_iter().next()
    });
    assert_eq!(found["name"], id);
    assert_eq!(found["source"], "asynq");
    assert_eq!(found["type"], "report:build");
    assert_eq!(found["when"], "at 03:00 every day");
    assert_eq!(found["queue"], "low");
    assert_eq!(found["payload"], json!({}));
    assert!(found["next_at"].is_string() && found["previous_at"].is_null());
    let (name, scheduler) = (
        id.as_str().unwrap(),
        found["scheduler_id"].as_str().unwrap(),
    );
    for line in [
        "cron pause",
        "cron resume",
        "cron run",
        "cron rm --yes",
        "cron export",
    ] {
        qctl(&redis, line)
            .arg(name)
            .status(2)
            .stderr(&format!(
                "error: schedule {name:?} belongs to the Go scheduler {scheduler:?}\n\
                 hint: change it in the program that registers it\n"
            ))
            .run();
    }
    // The start of the id is what the table shows.
    let next = qctl(&redis, "cron next -l 2 -o ndjson").arg(&name[..8]);
    let next = next.run_unchecked().expect_code(0).ndjson();
    assert_eq!((next.len(), &next[0]["at"]), (2, &found["next_at"]));
    assert!(next[1]["at"].as_str().unwrap().ends_with("T03:00:00Z"));
}

#[test]
fn the_history_of_a_real_scheduler_of_go_is_shown() {
    let redis = Redis::start();
    let Some(mut peer) = Peer::start(&redis) else {
        return;
    };
    let id =
        peer.call(&json!({"op": "schedule", "spec": "@every 1s", "type": "t", "queue": "low"}));
    let history = eventually(SOON, || {
        let history = qctl(&redis, "cron history -o ndjson").arg(id.as_str().unwrap());
        let history = history.run_unchecked();
        // The entry is announced after its first heartbeat, and its queue with it.
        let history = (history.code == Some(0)).then(|| history.ndjson())?;
        history.into_iter().find(|one| one["queue"] == "low")
    });
    assert_eq!(
        (&history["name"], &history["source"]),
        (&id, &json!("asynq"))
    );
    assert_eq!(history["outcome"], "enqueued");
    assert_eq!(
        (&history["tick"], &history["task_state"]),
        (&json!(null), &json!("pending"))
    );
    let table = qctl(&redis, "cron history -l 1").arg(id.as_str().unwrap());
    let table = table.run_unchecked().expect_code(0);
    assert!(
        !table.stdout_str().contains("cron run"),
        "{}",
        table.stdout_str()
    );
}
