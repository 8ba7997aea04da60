//! What is not understood is set aside by every operation that meets it, with its bytes as they are: lost nowhere.

use qctl::broker::{AggregationSet, Broker, Ripeness};
use qctl::task::transition::{Move, Settlement};
use qctl::task::{State, TaskId};

use super::{Lab, id, ids, later, now, task};

/// Ids that are data: a message of the very first Asynq, and one of those before 0.18.
const JSON: &[u8] = br#"{"Type":"email","ID":"c8","Payload":{"user":7}}"#;
const PROTOBUF: &[u8] = b"\x0a\x05email\x12\x01p";

/// Each strange id, and the command that puts something at its key.
fn strange(lab: &Lab) -> Vec<(&'static [u8], Vec<Vec<u8>>)> {
    let at = |id: &str, command: &str, rest: &[&[u8]]| {
        let key = lab.keys.task(&super::id(id)).into_bytes();
        let head = [command.as_bytes().to_vec(), key];
        let rest = rest.iter().map(|word| word.to_vec());
        head.into_iter().chain(rest).collect()
    };
    vec![
        (
            b"foreign",
            at("foreign", "HSET", &[b"type", b"predict", b"state", b"new"]),
        ),
        (b"result", at("result", "HSET", &[b"result", b"r"])),
        (b"string", at("string", "SET", &[b"x"])),
        (b"list", at("list", "RPUSH", &[b"x"])),
        (JSON, Vec::new()),
        (PROTOBUF, Vec::new()),
        // What a deleted task leaves behind; there is nothing to keep.
        (b"ghost", Vec::new()),
    ]
}

fn put_strange(lab: &Lab, mut put: impl FnMut(&[u8])) {
    for (id, command) in strange(lab) {
        if !command.is_empty() {
            lab.redis.cmd(&command);
        }
        put(id);
    }
}

/// Expects all but the ghost to be set aside, their keys as they were, and every other container to be empty.
fn expect_aside(lab: &Lab, mut reported: Vec<TaskId>, what: &str) {
    let mut expected: Vec<Vec<u8>> = strange(lab).into_iter().map(|(id, _)| id.into()).collect();
    expected.retain(|id| id != b"ghost");
    expected.sort();
    let mut aside: Vec<Vec<u8>> = lab.redis.query(&["ZRANGE", &lab.keys.aside(), "0", "-1"]);
    aside.sort();
    assert_eq!(aside, expected, "{what}");
    reported.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    let reported: Vec<Vec<u8>> = reported.iter().map(|id| id.as_str().into()).collect();
    assert_eq!(reported, expected, "{what}");
    let left = ["qctl:aside", "t:foreign", "t:list", "t:result", "t:string"];
    let mut found = lab.left();
    found.retain(|key| key != "asynq:queues");
    assert_eq!(found, left, "{what}");
    let foreign = super::fields(&[("type", b"predict"), ("state", b"new")]);
    assert_eq!(lab.hash("foreign"), foreign, "{what}");
}

fn push(lab: &Lab, list: &str) {
    put_strange(lab, |id| {
        lab.redis.cmd(&[b"LPUSH".as_slice(), list.as_bytes(), id]);
    });
}

fn add(lab: &Lab, set: &str) {
    put_strange(lab, |id| {
        lab.redis
            .cmd(&[b"ZADD".as_slice(), set.as_bytes(), b"1", id]);
    });
}

#[tokio::test]
async fn whatever_is_not_understood_is_set_aside_wherever_it_is_met() {
    let lab = Lab::start().await;
    push(&lab, &lab.keys.pending());
    let claimed = lab.broker.claim(&lab.queue, 10, now()).await.unwrap();
    expect_aside(&lab, claimed.aside, "claim");

    for set in [lab.keys.scheduled(), lab.keys.retry()] {
        let lab = Lab::start().await;
        add(&lab, &set);
        let forwarded = lab.broker.forward(&lab.queue, now()).await.unwrap();
        expect_aside(&lab, forwarded.aside, &set);
    }
    let clean: [(&str, String); 2] = [
        ("delete_expired", lab.keys.completed()),
        ("trim_archive", lab.keys.archived()),
    ];
    for (what, set) in clean {
        let lab = Lab::start().await;
        add(&lab, &set);
        let cleaned = match what {
            "delete_expired" => lab.broker.delete_expired(&lab.queue, now()).await,
            _ => lab.broker.trim_archive(&lab.queue, now()).await,
        };
        expect_aside(&lab, cleaned.unwrap().aside, what);
    }
    let lab = Lab::start().await;
    add(&lab, &lab.keys.lease());
    push(&lab, &lab.keys.active());
    let found = lab.broker.expired(&lab.queue, now()).await.unwrap();
    expect_aside(&lab, found.aside, "expired");

    let lab = Lab::start().await;
    add(&lab, &lab.keys.group("g"));
    lab.redis.cmd(&["SADD", &lab.keys.groups(), "g"]);
    let set = AggregationSet::new(&lab.queue, "g");
    assert_eq!(open(&lab.broker, &set).await, Ok(true));
    let part = lab.broker.read_set(&set, 0).await.unwrap();
    assert_eq!(part.messages, []);
    lab.broker.delete_set(set).await.unwrap();
    expect_aside(&lab, part.aside, "aggregate");
}

async fn open(broker: &Broker, set: &AggregationSet) -> Result<bool, qctl::broker::Error> {
    let at_once = Ripeness {
        grace: std::time::Duration::ZERO,
        max_delay: std::time::Duration::ZERO,
        max_size: 0,
    };
    broker.open_set(set, at_once, now()).await
}

/// Somebody has put something else in the place of a task while it ran.
#[tokio::test]
async fn a_task_that_became_something_else_while_it_ran_is_set_aside_when_it_is_given_back() {
    let lab = Lab::start().await;
    let claim = lab.active(&task("one")).await;
    lab.redis.cmd(&["DEL", &lab.keys.task(&id("one"))]);
    lab.redis
        .cmd(&["HSET", &lab.keys.task(&id("one")), "type", "predict"]);
    lab.settle(claim, Settlement::Requeue).await;
    assert_eq!(lab.left(), ["asynq:queues", "qctl:aside", "t:one"]);
}

#[tokio::test]
async fn what_was_set_aside_is_shown_with_its_content_and_can_only_be_deleted() {
    let lab = Lab::start().await;
    push(&lab, &lab.keys.pending());
    lab.broker.claim(&lab.queue, 10, now()).await.unwrap();
    let shown = async |text: &str| {
        let found = lab.find(text).await.unwrap();
        assert_eq!(found.state, State::Aside);
        String::from_utf8(found.message.unwrap_err()).unwrap()
    };
    let fields: serde_json::Value = serde_json::from_str(&shown("foreign").await).unwrap();
    assert_eq!(
        fields,
        serde_json::json!({"type": "predict", "state": "new"})
    );
    assert_eq!(shown("string").await, "x");
    assert_eq!(shown("list").await, "(list)");
    let json = str::from_utf8(JSON).unwrap();
    assert_eq!(shown(json).await, "");
    let all = ids(&["foreign", "string", json]);
    for action in [Move::Retry, Move::Archive] {
        let applied = lab.broker.apply(&lab.queue, action, &all, now()).await;
        assert_eq!(applied.unwrap().refused.len(), 3);
    }
    let applied = lab
        .broker
        .apply(&lab.queue, Move::Delete, &all, now())
        .await;
    assert_eq!(applied.unwrap().changed, all);
    // A key of another type is somebody else's.
    let left = [
        "asynq:queues",
        "qctl:aside",
        "t:list",
        "t:result",
        "t:string",
    ];
    assert_eq!(lab.left(), left);
    assert_eq!(lab.find(json).await, None);
}

/// As recovery finds it a minute later.
#[tokio::test]
async fn copies_that_a_failed_claim_left_in_active_are_all_removed() {
    let lab = Lab::start().await;
    lab.active(&task("retried")).await;
    lab.redis.cmd(&["ZREM", &lab.keys.lease(), "retried"]);
    lab.redis
        .cmd(&["HSET", &lab.keys.task(&id("retried")), "state", "retry"]);
    for _ in 0..200 {
        lab.redis
            .cmd(&["LPUSH", &lab.keys.active(), "gone", "other", "retried"]);
    }
    let unleased = lab.broker.unleased(&lab.queue).await.unwrap();
    lab.broker
        .lease_orphans(&lab.queue, &unleased, now())
        .await
        .unwrap();
    let found = lab.broker.expired(&lab.queue, later(1)).await.unwrap();
    assert_eq!((found.claims, found.aside), (Vec::new(), Vec::new()));
    assert_eq!(lab.list(&lab.keys.active()), [""; 0]);
}

/// It was taken for what a late result of Go leaves behind.
#[tokio::test]
async fn the_id_of_a_foreign_hash_is_taken() {
    let lab = Lab::start().await;
    let key = lab.keys.task(&id("one"));
    lab.redis.cmd(&["HSET", &key, "type", "predict"]);
    let before = lab.hash("one");
    let taken = lab.broker.enqueue(&task("one"), now()).await;
    assert!(matches!(taken, Err(qctl::broker::Error::IdTaken { .. })));
    assert_eq!(lab.hash("one"), before);
}
