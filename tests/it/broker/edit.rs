//! A new payload for a task that waits for its start, and what becomes of its lock.

use std::time::Duration;

use qctl::broker::Error;
use qctl::task::transition::Move;
use qctl::task::{NewTask, Start, State};

use super::{Lab, edit_payload, id, ids, later, now, task, unique};

#[tokio::test]
async fn a_new_payload_moves_the_lock_for_the_time_that_is_left() {
    let lab = Lab::start().await;
    let start = Start::At(later(60));
    lab.enqueue(
        &NewTask {
            start,
            ..unique("one")
        }
        .with(|options| options.unique_for = Some(Duration::from_secs(500))),
    )
    .await;
    edit_payload(&lab.broker, &lab.queue, "one", b"new")
        .await
        .unwrap();
    let lock = lab.keys.unique("t", Some(b"new"));
    let (message, others) = lab.stored("one");
    assert_eq!(
        (&*message.payload, &message.unique_key),
        (b"new".as_slice(), &lock)
    );
    assert_eq!(others["unique_key"], lock.as_bytes());
    assert_eq!(lab.redis.query::<String>(&["GET", &lock]), "one");
    let ttl: i64 = lab.redis.query(&["TTL", &lock]);
    assert!((550..=561).contains(&ttl), "{ttl}");
    assert_eq!(lab.number(&lab.keys.unique("t", Some(b"p"))), None);
    let one = ids(&["one"]);
    lab.broker
        .apply(&lab.queue, Move::Delete, &one, now())
        .await
        .unwrap();
    assert_eq!(lab.left(), ["asynq:queues"]);
}

#[tokio::test]
async fn a_payload_is_not_changed_while_it_runs_nor_to_a_duplicate() {
    let lab = Lab::start().await;
    let start = Start::At(later(60));
    lab.enqueue(&NewTask {
        start,
        ..unique("one")
    })
    .await;
    lab.enqueue(&NewTask {
        payload: Some(b"taken".to_vec()),
        ..unique("two")
    })
    .await;
    // It claims the task that waits the longest.
    lab.active(&task("three")).await;
    let before = lab.snapshot();
    let update = async |text, payload| edit_payload(&lab.broker, &lab.queue, text, payload).await;
    let duplicate = Error::Duplicate {
        queue: lab.queue.clone(),
        kind: "t".into(),
    };
    assert_eq!(update("one", b"taken").await, Err(duplicate));
    let refused = update("two", b"other").await;
    assert!(
        matches!(
            refused,
            Err(Error::WrongState {
                state: State::Active,
                ..
            })
        ),
        "{refused:?}"
    );
    let missing = Error::TaskNotFound {
        queue: Some(lab.queue.clone()),
        id: id("gone"),
    };
    assert_eq!(update("gone", b"x").await, Err(missing));
    assert_eq!(lab.snapshot(), before);
    // The same payload is no change, a lock without an end stays one without.
    update("one", b"p").await.unwrap();
    let lock = lab.keys.unique("t", Some(b"p"));
    lab.redis.cmd(&["PERSIST", &lock]);
    update("one", b"new").await.unwrap();
    assert_eq!(
        lab.redis
            .query::<i64>(&["TTL", &lab.keys.unique("t", Some(b"new"))]),
        -1
    );
}

/// Two processes may finish a move. Between the reading of one and its end, the other may have put the task back, and a
/// third may have begun to move it again.
#[tokio::test]
async fn a_finished_move_does_not_forget_a_later_one() {
    let lab = Lab::start().await;
    let (kept, moving) = (
        "asynq:{default}:qctl:moving:a",
        "asynq:{default}:qctl:moving",
    );
    lab.redis.cmd(&["HSET", kept, "qctl_mark", "later:0"]);
    lab.redis.cmd(&["SADD", moving, "a"]);
    let forget = |mark: &str| -> i64 {
        let script = include_str!("../../../src/broker/lua/forget_moved.lua");
        lab.redis
            .query(&["EVAL", script, "2", kept, moving, "a", mark])
    };
    assert_eq!(forget("earlier:0"), 0);
    assert_eq!(lab.redis.query::<i64>(&["EXISTS", kept, moving]), 2);
    assert_eq!(forget("later:0"), 1);
    assert_eq!(lab.redis.query::<i64>(&["EXISTS", kept, moving]), 0);
}
