//! The bytes that the real Asynq wrote, read and written back: compatibility where Go is missing.

use std::collections::BTreeMap;

use qctl::task::{Message, State};
use serde_json::Value;

use super::{Lab, id, later, queue};
use crate::fixtures::{list, read, restore, text, unhex};

#[test]
fn every_message_is_encoded_as_it_was() {
    for task in list(&read(), "tasks") {
        let bytes = unhex(text(&task["message_hex"]));
        let message = Message::from_bytes(&bytes).unwrap();
        // Of a map Go writes the entries in any order, and empty texts that may be left out as well.
        if message.headers.len() > 1 {
            assert_eq!(Message::from_bytes(&message.to_bytes()).unwrap(), message);
        } else {
            assert_eq!(message.to_bytes(), bytes, "{}", task["id"]);
        }
    }
}

/// An instant as the fixtures have it: a Unix second, null for none.
fn unix(at: Option<chrono::DateTime<chrono::Utc>>) -> Value {
    at.map_or(Value::Null, |at| at.timestamp().into())
}

fn stored(second: i64) -> Value {
    if second == 0 {
        Value::Null
    } else {
        second.into()
    }
}

#[tokio::test]
async fn every_task_is_found_as_go_described_it() {
    let fixtures = read();
    let lab = Lab::start().await;
    restore(&lab.redis, &fixtures);
    for task in list(&fixtures, "tasks") {
        let info = &task["info"];
        let (queue, id) = (queue(text(&task["queue"])), id(text(&task["id"])));
        let found = lab.broker.find(&queue, &id).await.unwrap().unwrap();
        let message = found.message.clone().unwrap();
        assert_eq!(found.state.name(), text(&info["state"]), "{id}");
        assert_eq!(
            (&*message.id, &*message.queue),
            (id.as_str(), queue.as_str())
        );
        assert_eq!(message.kind, text(&info["type"]));
        assert_eq!(base64(&message.payload), info["payload_base64"]);
        assert_eq!(
            base64(&found.result.clone().unwrap_or_default()),
            info["result_base64"]
        );
        let headers: BTreeMap<String, String> =
            serde_json::from_value(info["headers"].clone()).unwrap_or_default();
        assert_eq!(message.headers, headers);
        assert_eq!(Value::from(message.max_retry), info["max_retry"]);
        assert_eq!(Value::from(message.retried), info["retried"]);
        assert_eq!(message.last_error, text(&info["last_err"]));
        assert_eq!(stored(message.last_failed_at), info["last_failed_at"]);
        assert_eq!(Value::from(message.timeout), info["timeout_s"]);
        assert_eq!(stored(message.deadline), info["deadline"]);
        assert_eq!(Value::from(message.retention), info["retention_s"]);
        assert_eq!(stored(message.completed_at), info["completed_at"]);
        assert_eq!(message.group, text(&info["group"]));
        if found.state != State::Pending {
            assert_eq!(
                unix(found.next_process_at()),
                info["next_process_at"],
                "{id}"
            );
        }
    }
}

fn base64(bytes: &[u8]) -> Value {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD
        .encode(bytes)
        .into()
}

#[tokio::test]
async fn numbers_agree_with_the_tasks() {
    let fixtures = read();
    let lab = Lab::start().await;
    restore(&lab.redis, &fixtures);
    let mut expected: BTreeMap<(String, String), u64> = BTreeMap::new();
    for task in list(&fixtures, "tasks") {
        // Tasks in an open aggregation set are in no count, in Go as here.
        if text(&task["queue"]) != "gathered" {
            let name = (
                text(&task["queue"]).to_owned(),
                text(&task["state"]).to_owned(),
            );
            *expected.entry(name).or_default() += 1;
        }
    }
    let queues = lab.broker.queues().await.unwrap();
    let stats = lab.broker.stats(&queues, later(0)).await.unwrap();
    let mut found = BTreeMap::new();
    for stats in &stats {
        for (state, count) in &stats.counts {
            if *count > 0 {
                found.insert((stats.queue.to_string(), state.to_string()), *count);
            }
        }
    }
    assert_eq!(found, expected);
    let gathered = queue("gathered");
    let sets = lab.broker.open_sets(&gathered).await.unwrap();
    assert_eq!((sets.len(), sets[0].1), (1, 2));
}

#[tokio::test]
async fn every_recorded_queue_can_be_removed_without_a_trace() {
    let fixtures = read();
    let lab = Lab::start().await;
    restore(&lab.redis, &fixtures);
    for queue in lab.broker.queues().await.unwrap() {
        let active = lab.broker.expired(&queue, later(0)).await.unwrap().claims;
        let done: Vec<_> = active
            .into_iter()
            .map(|claim| (claim, qctl::task::transition::Settlement::Done))
            .collect();
        lab.broker.settle(&queue, &done, later(0)).await.unwrap();
        lab.broker
            .drop_queue(&queue, true, later(0), |_| ())
            .await
            .unwrap();
    }
    assert_eq!(lab.left(), [""; 0]);
}
