//! What is no task is set aside by the worker that meets it, and can be listed, inspected and deleted.

use serde_json::json;

use super::{keys, qctl};
use crate::harness::redis::Redis;

const OLD: &str = r#"{"Type":"email","Payload":{"user":7},"ID":"c8","Queue":"q"}"#;

#[test]
fn a_worker_sets_aside_ids_without_a_task_and_operators_see_and_delete_them() {
    let redis = Redis::start();
    let keys = keys("q");
    let foreign = format!("{}a", keys.task_prefix());
    redis.cmd(&["HSET", &foreign, "type", "predict", "payload", "1"]);
    redis.cmd(&["LPUSH", &keys.pending(), "a", OLD]);
    let worked = qctl(&redis, "work -q q --burst --log-format json")
        .args(["--handle", "*=true"])
        .run_unchecked()
        .expect_code(0);
    let aside = |line: &&str| line.contains("\"set_aside\"");
    let line = worked.stderr_str().lines().find(aside).unwrap();
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["queue"], "q");

    let stats = qctl(&redis, "stats q -o json").run_unchecked().json();
    assert_eq!(stats["queues"][0]["aside"], json!(2));
    let listed = qctl(&redis, "ls q -s aside -o ndjson").run_unchecked();
    let listed: Vec<serde_json::Value> = listed.ndjson();
    let ids: Vec<&str> = listed
        .iter()
        .map(|task| task["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["a", OLD]);
    assert_eq!(listed[0]["state"], "aside");
    let fields = listed[0]["payload"].clone();
    assert_eq!(fields, json!({"type": "predict", "payload": "1"}));
    let shown = qctl(&redis, "inspect a").run_unchecked().expect_code(0);
    assert!(shown.stdout_str().contains("\"predict\""));
    let refused = qctl(&redis, "retry a").run_unchecked().expect_code(6);
    assert!(refused.stderr_str().contains("set aside"));

    qctl(&redis, "drop q --yes").run_unchecked().expect_code(6);
    qctl(&redis, "delete a --yes")
        .run_unchecked()
        .expect_code(0);
    assert!(!redis.query::<bool>(&["EXISTS", &foreign]));
    qctl(&redis, "delete -q q -s aside --yes")
        .stdout("deleted 1 task\n")
        .run();
    assert!(!redis.query::<bool>(&["EXISTS", &keys.aside()]));
}
