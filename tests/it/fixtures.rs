//! The bytes that the real Asynq wrote for tasks in every state, kept in `tests/fixtures`.
//!
//! With them compatibility is tested where Go is missing too. `QCTL_UPDATE_FIXTURES=1 cargo test
//! fixtures` records them anew; ids and payloads stay, times and random numbers change.
//!
//! Of each task there is the message in hex, the other fields of its hash as text (the result in
//! hex) and what Go's inspector says of it; besides, all other keys of the queues, and the messages of
//! servers, workers and schedulers. `restore` puts tasks and keys into a Redis.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Once;

use redis::Value as Reply;
use serde_json::{Value, json};

use crate::harness::peer::Peer;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually, setting};

const STATES: [&str; 7] = [
    "active",
    "aggregating",
    "archived",
    "completed",
    "pending",
    "retry",
    "scheduled",
];

/// Locks had one when they were recorded; any will do that outlasts a test.
const EXPIRY_S: &str = "3600";

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/asynq-0.26.json")
}

pub(crate) fn read() -> Value {
    static RECORDED: Once = Once::new();
    RECORDED.call_once(|| {
        if setting("QCTL_UPDATE_FIXTURES").is_some() {
            record();
        }
    });
    serde_json::from_slice(&std::fs::read(file()).unwrap()).unwrap()
}

/// Puts all recorded tasks, queues and locks into a Redis, as the peer left them.
pub(crate) fn restore(redis: &Redis, fixtures: &Value) {
    for task in list(fixtures, "tasks") {
        let key = format!("asynq:{{{}}}:t:{}", text(&task["queue"]), text(&task["id"]));
        redis.cmd(&[
            b"HSET",
            key.as_bytes(),
            b"msg",
            &unhex(text(&task["message_hex"])),
        ]);
        for (field, value) in task["fields"].as_object().unwrap() {
            let (field, value) = match field.strip_suffix("_hex") {
                Some(field) => (field, unhex(text(value))),
                None => (field.as_str(), text(value).as_bytes().to_vec()),
            };
            redis.cmd(&[b"HSET", key.as_bytes(), field.as_bytes(), &value]);
        }
    }
    for entry in list(fixtures, "keys") {
        let key = text(&entry["key"]);
        match &entry["value"] {
            Value::String(value) => redis.cmd(&["SET", key, value]),
            Value::Array(members) if entry["type"] == "list" => {
                let members = members.iter().map(text);
                redis.cmd(
                    &["RPUSH", key]
                        .into_iter()
                        .chain(members)
                        .collect::<Vec<_>>(),
                )
            }
            Value::Array(members) => {
                let members = members.iter().map(text);
                redis.cmd(&["SADD", key].into_iter().chain(members).collect::<Vec<_>>())
            }
            Value::Object(scores) => {
                let members = scores
                    .iter()
                    .flat_map(|(member, score)| [text(score), member]);
                redis.cmd(&["ZADD", key].into_iter().chain(members).collect::<Vec<_>>())
            }
            other => panic!("{key}: {other}"),
        };
        if entry["expires"] == true {
            redis.cmd(&["EXPIRE", key, EXPIRY_S]);
        }
    }
}

#[test]
fn fixtures_hold_every_state() {
    let fixtures = read();
    let mut states: Vec<_> = list(&fixtures, "tasks")
        .iter()
        .map(|task| &task["state"])
        .collect();
    states.sort_by_key(|state| text(state));
    states.dedup();
    assert_eq!(states, STATES);
    for kind in [
        "keys",
        "servers",
        "workers",
        "scheduler_entries",
        "scheduler_events",
    ] {
        assert!(!list(&fixtures, kind).is_empty(), "no {kind}");
    }
}

#[test]
fn restored_fixtures_are_read_by_go_as_they_were() {
    let redis = Redis::start();
    let Some(mut peer) = Peer::start(&redis) else {
        return;
    };
    let fixtures = read();
    restore(&redis, &fixtures);
    for task in list(&fixtures, "tasks") {
        assert_eq!(
            go_says(&mut peer, text(&task["queue"]), text(&task["id"])),
            task["info"]
        );
    }
}

/// What differs from call to call is left out: a pending task is due now, whenever one asks.
fn go_says(peer: &mut Peer, queue: &str, id: &str) -> Value {
    let mut info = peer.call(&json!({"op": "task_info", "queue": queue, "id": id}));
    if info["state"] == "pending" {
        info["next_process_at"] = json!(null);
    }
    info
}

fn record() {
    let redis = Redis::start();
    let mut peer = Peer::start(&redis).expect("recording fixtures needs Go");
    let mut named = enqueue_all(&mut peer);
    named.extend(work_all(&mut peer));
    run_a_schedule(&mut peer);
    let servers = eventually(SOON, || {
        let servers = peer.call(&json!({"op": "servers"}));
        servers[0]["workers"].get(0).is_some().then_some(servers)
    });
    let tasks: Vec<_> = named
        .iter()
        .map(|(queue, id)| task_fixture(&redis, &mut peer, queue, id))
        .collect();
    let fixtures = json!({
        "asynq": "0.26.0",
        "tasks": tasks,
        "keys": keys(&redis),
        "servers_info": servers,
        "servers": messages(&redis, "asynq:servers:*", "GET"),
        "workers": messages(&redis, "asynq:workers:*", "HVALS"),
        "scheduler_entries": messages(&redis, "asynq:schedulers:*", "LRANGE"),
        "scheduler_events": messages(&redis, "asynq:scheduler_history:*", "ZRANGE"),
    });
    std::fs::create_dir_all(file().parent().unwrap()).unwrap();
    std::fs::write(file(), format!("{fixtures:#}\n")).unwrap();
}

/// A queue and an id.
type Name = (String, String);

fn enqueue(peer: &mut Peer, task: &Value) -> Name {
    let mut request = task.clone();
    request["op"] = json!("enqueue");
    let info = peer.call(&request);
    (
        text(&info["queue"]).to_owned(),
        text(&info["id"]).to_owned(),
    )
}

/// Tasks in the states that need no server, with each option of the client.
fn enqueue_all(peer: &mut Peer) -> Vec<Name> {
    let json_payload = "eyJ1c2VyX2lkIjoxMjN9"; // {"user_id":123}
    let all_bytes = "AAEC/f7/"; // 00 01 02 fd fe ff
    let later = 4_000_000_000_i64;
    let tasks = json!([
        {"id": "plain", "type": "email:send", "payload_base64": json_payload},
        {"id": "no-payload", "type": "email:send"},
        {"id": "binary", "type": "größe:測定", "payload_base64": all_bytes},
        {"id": "größe 測定 {1}", "type": "t", "queue": "größe 1"},
        {"id": "no-retry", "type": "t", "max_retry": 0, "timeout_s": 0, "deadline_unix": later},
        {"id": "headers", "type": "t", "headers": {"trace": "abc", "größe": "", "": "測定"}},
        {"id": "unique", "type": "unique", "payload_base64": json_payload, "unique_s": 3600},
        {"id": "unique-no-payload", "type": "unique", "unique_s": 3600},
        {"id": "unique-empty-payload", "type": "unique", "payload_base64": "", "unique_s": 3600},
        {"id": "everything", "type": "all", "payload_base64": json_payload, "queue": "critical", "max_retry": 3,
         "timeout_s": 90, "deadline_unix": later, "unique_s": 3600, "retention_s": 86_400, "headers": {"k": "v"}},
        {"id": "scheduled", "type": "t", "process_at_unix": later},
        {"id": "scheduled-unique", "type": "t", "process_at_unix": later, "unique_s": 3600},
        {"id": "scheduled-group", "type": "t", "process_at_unix": later, "group": "later"},
        {"id": "group", "type": "t", "payload_base64": json_payload, "group": "größe 1"},
        {"id": "group-unique", "type": "grouped", "group": "größe 1", "unique_s": 3600},
    ]);
    tasks
        .as_array()
        .unwrap()
        .iter()
        .map(|task| enqueue(peer, task))
        .collect()
}

/// Tasks in the states that a server brings about. It keeps one of them active.
fn work_all(peer: &mut Peer) -> Vec<Name> {
    peer.call(&json!({
        "op": "serve", "concurrency": 10, "queues": {"worked": 2, "gathered": 1}, "task_check_ms": 10,
        "retry_delay_s": 1_000_000_000,
        "handlers": {
            "succeed": {"do": "succeed", "result_base64": "AP8="}, "fail": {"do": "fail", "error": "größe: bad\nline"},
            "give-up": {"do": "skip_retry", "error": "hopeless"}, "go-on": {"do": "until_cancelled"},
        },
        // It never merges what it takes, so the aggregation set stays open.
        "aggregator": {"type": "", "grace_s": 1, "max_size": 2},
    }));
    let mut named = Vec::new();
    for (kind, state) in [
        ("succeed", "completed"),
        ("fail", "retry"),
        ("give-up", "archived"),
        ("go-on", "active"),
    ] {
        let task = json!({
            "id": state, "type": kind, "queue": "worked", "payload_base64": "eA==", "unique_s": 3600,
            "retention_s": 1_000_000_000, "headers": {"k": "v"},
        });
        let (queue, id) = enqueue(peer, &task);
        eventually(SOON, || {
            (go_says(peer, &queue, &id)["state"] == state).then_some(())
        });
        named.push((queue, id));
    }
    for id in ["set-1", "set-2"] {
        named.push(enqueue(
            peer,
            &json!({"id": id, "type": "t", "queue": "gathered", "group": "g"}),
        ));
    }
    peer.wait_for_event(SOON, |event| event["phase"] == "aggregated");
    named
}

fn run_a_schedule(peer: &mut Peer) {
    let entry = peer.call(&json!({
        "op": "schedule", "spec": "@every 1s", "type": "report:build", "payload_base64": "e30=", "queue": "cron",
        "max_retry": 5, "timeout_s": 90, "headers": {},
    }));
    let events = json!({"op": "scheduler_events", "id": entry});
    eventually(SOON, || peer.call(&events).get(0).cloned());
    eventually(SOON, || {
        let entries = peer.call(&json!({"op": "scheduler_entries"}));
        entries[0]["prev"].as_i64()
    });
}

fn task_fixture(redis: &Redis, peer: &mut Peer, queue: &str, id: &str) -> Value {
    let key = format!("asynq:{{{queue}}}:t:{id}");
    let mut hash: BTreeMap<String, Vec<u8>> = redis.query(&["HGETALL", &key]);
    let message = hash.remove("msg").unwrap();
    let fields: serde_json::Map<_, _> = hash
        .into_iter()
        .map(|(field, value)| match field.as_str() {
            "result" => ("result_hex".to_owned(), json!(hex(&value))),
            _ => (field, json!(String::from_utf8(value).unwrap())),
        })
        .collect();
    let info = go_says(peer, queue, id);
    json!({
        "queue": queue, "id": id, "state": fields["state"], "message_hex": hex(&message), "fields": fields,
        "info": info,
    })
}

/// All keys of the queues but the hashes of tasks. The tasks of the schedule have random ids and
/// are no part of the fixtures, nor are counters of the day.
fn keys(redis: &Redis) -> Vec<Value> {
    let mut keys: Vec<String> = redis.query(&["KEYS", "asynq:{*"]);
    keys.retain(|key| {
        ![
            "}:t:",
            "{cron}",
            "}:processed:",
            "}:failed:",
            ":qctl:receipt:",
        ]
        .iter()
        .any(|part| key.contains(part))
    });
    keys.push("asynq:queues".to_owned());
    keys.sort();
    let with_value = |key: &String| {
        let kind: String = redis.query(&["TYPE", key]);
        let value = match kind.as_str() {
            "string" => json!(redis.query::<String>(&["GET", key])),
            "list" => json!(redis.query::<Vec<String>>(&["LRANGE", key, "0", "-1"])),
            "set" => {
                let mut members: Vec<String> = redis.query(&["SMEMBERS", key]);
                members.retain(|member| member != "cron");
                members.sort();
                json!(members)
            }
            "zset" => {
                let scores: BTreeMap<String, String> =
                    redis.query(&["ZRANGE", key, "0", "-1", "WITHSCORES"]);
                json!(scores)
            }
            other => panic!("{key} is a {other}"),
        };
        let expires = redis.query::<i64>(&["TTL", key]) > 0;
        json!({"key": key, "type": kind, "value": value, "expires": expires})
    };
    keys.iter().map(with_value).collect()
}

/// The messages, in hex, under all keys that match.
fn messages(redis: &Redis, pattern: &str, command: &str) -> Vec<String> {
    let range: &[&str] = if command.ends_with("RANGE") {
        &["0", "-1"]
    } else {
        &[]
    };
    let mut found = Vec::new();
    for key in redis.query::<Vec<String>>(&["KEYS", pattern]) {
        let request: Vec<&str> = [command, &key]
            .into_iter()
            .chain(range.iter().copied())
            .collect();
        match redis.cmd(&request) {
            Reply::BulkString(message) => found.push(hex(&message)),
            Reply::Array(all) => {
                let messages = all
                    .into_iter()
                    .map(|one| redis::from_redis_value(one).unwrap());
                found.extend(messages.map(|message: Vec<u8>| hex(&message)));
            }
            other => panic!("{key}: {other:?}"),
        }
    }
    found
}

pub(crate) fn list<'a>(fixtures: &'a Value, kind: &str) -> &'a Vec<Value> {
    fixtures[kind].as_array().unwrap()
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digits = |i: usize| u8::from_str_radix(&text[i..i + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digits).collect()
}
