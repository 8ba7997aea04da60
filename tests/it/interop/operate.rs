//! Operators on either side: what one does to the other's tasks, both see.

use std::time::Duration;

use qctl::broker::{Container, Error};
use qctl::clock;
use qctl::task::transition::{Move, Settlement};
use qctl::task::{NewTask, Start, State, TaskId};
use serde_json::json;

use super::{Both, enqueue, request, task};
use crate::harness::is_bookkeeping;

const LOCK: &[&str] = &["KEYS", "asynq:{default}:unique:*"];

fn later(text: &str) -> NewTask {
    let start = Start::At(clock::now() + Duration::from_secs(600));
    NewTask {
        start,
        ..task(text)
    }
}

fn unique(text: &str) -> NewTask {
    task(text).with(|options| options.unique_for = Some(Duration::from_secs(600)))
}

fn grouped(text: &str) -> NewTask {
    task(text).with(|options| options.group = Some("g".into()))
}

#[tokio::test]
async fn duplicates_are_seen_by_both_and_locks_released_by_both() {
    let Some(mut both) = Both::start().await else {
        return;
    };
    enqueue(&both, &unique("ours")).await;
    assert_eq!(
        both.peer
            .try_call(&request(&unique("theirs")))
            .unwrap_err()
            .kind,
        "duplicate"
    );
    let claim = both
        .broker
        .claim(&both.queue, 1, clock::now())
        .await
        .unwrap()
        .claims
        .remove(0);
    both.broker
        .settle(&both.queue, &[(claim, Settlement::Done)], clock::now())
        .await
        .unwrap();
    both.peer.call(&request(&unique("theirs")));
    let refused = both.broker.enqueue(&unique("ours"), clock::now()).await;
    assert!(
        matches!(refused, Err(Error::Duplicate { .. })),
        "{refused:?}"
    );
    // We release the lock of theirs, and they that of ours.
    let claim = both
        .broker
        .claim(&both.queue, 1, clock::now())
        .await
        .unwrap()
        .claims
        .remove(0);
    both.broker
        .settle(&both.queue, &[(claim, Settlement::Done)], clock::now())
        .await
        .unwrap();
    enqueue(&both, &unique("ours")).await;
    both.peer
        .call(&json!({"op": "delete", "queue": "default", "id": "ours"}));
    assert_eq!(both.redis.query::<Vec<String>>(LOCK), [""; 0]);
    // The lock of a grouped task is named in its message alone, when Go wrote it.
    both.peer.call(&request(
        &unique("grouped").with(|options| options.group = Some("g".into())),
    ));
    let ids = [TaskId::new("grouped").unwrap()];
    both.broker
        .apply(&both.queue, Move::Delete, &ids, clock::now())
        .await
        .unwrap();
    assert_eq!(both.redis.query::<Vec<String>>(LOCK), [""; 0]);
}

#[tokio::test]
async fn ids_conflict_on_both_sides() {
    let Some(mut both) = Both::start().await else {
        return;
    };
    enqueue(&both, &task("ours")).await;
    both.peer.call(&request(&task("theirs")));
    assert_eq!(
        both.peer
            .try_call(&request(&later("ours")))
            .unwrap_err()
            .kind,
        "conflict"
    );
    let refused = both.broker.enqueue(&later("theirs"), clock::now()).await;
    assert!(matches!(refused, Err(Error::IdTaken { .. })), "{refused:?}");
}

#[tokio::test]
async fn their_operations_reach_our_tasks() {
    let Some(mut both) = Both::start().await else {
        return;
    };
    for (make, from) in [
        (later as fn(&str) -> NewTask, "scheduled"),
        (grouped, "aggregating"),
        (task, "pending"),
    ] {
        for op in ["run", "archive", "delete"] {
            if (op, from) == ("run", "pending") {
                continue;
            }
            enqueue(&both, &make("one")).await;
            both.peer
                .call(&json!({"op": op, "queue": "default", "id": "one"}));
            let expected = match op {
                "run" => Some("pending"),
                "archive" => Some("archived"),
                _ => None,
            };
            let id = TaskId::new("one").unwrap();
            let found = both.broker.find(&both.queue, &id).await.unwrap();
            assert_eq!(found.map(|task| task.state.name()), expected, "{op} {from}");
            let rest = both
                .broker
                .apply(&both.queue, Move::Delete, &[id], clock::now())
                .await
                .unwrap();
            assert_eq!(rest.changed.len(), usize::from(expected.is_some()));
            let mut keys: Vec<String> = both.redis.query(&["KEYS", "*"]);
            keys.retain(|key| !is_bookkeeping(key));
            assert_eq!(keys, ["asynq:queues"], "{op} {from}");
        }
    }
    enqueue(&both, &later("edited")).await;
    both.peer.call(&json!({"op": "update_payload", "queue": "default", "id": "edited", "payload_base64": "eA=="}));
    let found = both
        .broker
        .find(&both.queue, &TaskId::new("edited").unwrap())
        .await
        .unwrap();
    assert_eq!(found.unwrap().message.unwrap().payload, b"x");
}

#[tokio::test]
async fn our_operations_reach_their_tasks() {
    let Some(mut both) = Both::start().await else {
        return;
    };
    for (make, from) in [
        (later as fn(&str) -> NewTask, State::Scheduled),
        (grouped, State::Aggregating),
        (task, State::Pending),
    ] {
        for action in [Move::Retry, Move::Archive, Move::Delete] {
            let Ok(_) = from.after(action.into()) else {
                continue;
            };
            both.peer.call(&request(&make("one")));
            let ids = [TaskId::new("one").unwrap()];
            let applied = both
                .broker
                .apply(&both.queue, action, &ids, clock::now())
                .await
                .unwrap();
            assert_eq!(applied.changed.len(), 1);
            let expected = match action {
                Move::Retry => Some("pending".to_owned()),
                Move::Archive => Some("archived".to_owned()),
                Move::Delete => None,
            };
            assert_eq!(both.state("one"), expected, "{action:?} {from}");
            if expected.is_some() {
                both.peer
                    .call(&json!({"op": "delete", "queue": "default", "id": "one"}));
            }
            let mut keys: Vec<String> = both.redis.query(&["KEYS", "*"]);
            keys.retain(|key| !is_bookkeeping(key));
            assert_eq!(keys, ["asynq:queues"], "{action:?} {from}");
        }
    }
    both.peer.call(&request(&later("edited")));
    crate::broker::edit_payload(&both.broker, &both.queue, "edited", b"x")
        .await
        .unwrap();
    assert_eq!(both.info("default", "edited")["payload_base64"], "eA==");
}

#[tokio::test]
async fn bulk_operations_of_one_side_leave_the_other_a_consistent_view() {
    let Some(mut both) = Both::start().await else {
        return;
    };
    for n in 0..150 {
        enqueue(&both, &later(&n.to_string())).await;
    }
    assert_eq!(
        both.peer
            .call(&json!({"op": "run_all", "queue": "default", "state": "scheduled"})),
        150
    );
    let pending = Container::State(State::Pending);
    let pages = both
        .broker
        .pages(&both.queue, pending, Move::Archive, false);
    let mut pages = pages.await.unwrap();
    // Between two steps Go sees every task once.
    while pages
        .step(70, clock::now(), |_| true)
        .await
        .unwrap()
        .is_some()
    {
        let info = both
            .peer
            .call(&json!({"op": "queue_info", "queue": "default"}));
        assert_eq!(info["size"], 150);
    }
    let deleted = both
        .peer
        .call(&json!({"op": "delete_all", "queue": "default", "state": "archived"}));
    assert_eq!(deleted, 150);
    let mut keys: Vec<String> = both.redis.query(&["KEYS", "*"]);
    keys.retain(|key| !is_bookkeeping(key));
    assert_eq!(keys, ["asynq:queues"]);
}

#[tokio::test]
async fn pausing_and_removing_are_seen_by_both() {
    let Some(mut both) = Both::start().await else {
        return;
    };
    enqueue(&both, &task("one")).await;
    both.peer.call(&json!({"op": "pause", "queue": "default"}));
    assert_eq!(
        both.broker.pause(&both.queue, clock::now()).await,
        Ok(false)
    );
    assert!(
        both.broker
            .claim(&both.queue, 1, clock::now())
            .await
            .unwrap()
            .claims
            .is_empty()
    );
    assert_eq!(both.broker.resume(&both.queue).await, Ok(true));
    both.broker.pause(&both.queue, clock::now()).await.unwrap();
    both.peer
        .call(&json!({"op": "unpause", "queue": "default"}));
    assert_eq!(both.broker.resume(&both.queue).await, Ok(false));
    both.broker
        .drop_queue(&both.queue, true, clock::now(), |_| ())
        .await
        .unwrap();
    assert_eq!(both.peer.call(&json!({"op": "queues"})), json!([]));
    let missing = both
        .peer
        .try_call(&json!({"op": "list", "queue": "default", "state": "pending"}));
    assert_eq!(missing.unwrap_err().kind, "queue_not_found");
}
