//! Settling: what each end of an attempt writes.

use chrono::DateTime;
use qctl::broker::{Broker, Claim, Error, Settled};
use qctl::task::transition::{Move, Settlement};
use qctl::task::{Message, NewTask};

use super::{Lab, NOW, NOW_NS, fields, id, later, now, scored, task, unique};

pub(super) const KINDS: [&str; 5] = ["done", "complete", "retry", "archive", "requeue"];

pub(super) fn settlement(kind: &str, claim: &Claim) -> Settlement {
    let message = claim.message.clone();
    let failed = Message {
        last_error: "boom".into(),
        retried: 1,
        last_failed_at: NOW,
        ..message.clone()
    };
    match kind {
        "done" => Settlement::Done,
        "complete" => Settlement::Complete {
            message: Message {
                completed_at: NOW,
                ..message
            },
            result: b"\0r".to_vec(),
            expires_at: later(600),
        },
        "retry" => Settlement::Retry {
            message: failed,
            at: later(60),
            counted: true,
        },
        "archive" => Settlement::Archive { message: failed },
        "requeue" => Settlement::Requeue,
        other => panic!("{other}"),
    }
}

pub(super) type Batch = [(Claim, Settlement); 1];

pub(super) fn batch(kind: &str, claim: Claim) -> Batch {
    let settlement = settlement(kind, &claim);
    [(claim, settlement)]
}

pub(super) async fn settle(broker: &Broker, batch: &Batch) -> Result<Settled, Error> {
    let queue = &batch[0].0.queue;
    let settled = broker.settle(queue, batch, now()).await?;
    assert_eq!(settled.len(), 1);
    Ok(settled[0])
}

/// A counter of the day, which must expire ninety days after the first count.
fn day(lab: &Lab, key: &str) -> Option<i64> {
    let value = lab.number(key);
    if value.is_some() {
        let (clock, _): (i64, i64) = lab.redis.query(&["TIME"]);
        let expires_at = clock + lab.redis.query::<i64>(&["TTL", key]);
        assert!(
            (expires_at - (NOW + 90 * 86_400)).abs() <= 1,
            "{expires_at}"
        );
    }
    value
}

/// Processed today and in all, failed today and in all.
pub(super) fn counters(lab: &Lab) -> [Option<i64>; 4] {
    let today = now().date_naive();
    [
        day(lab, &lab.keys.processed_on(today)),
        lab.number(&lab.keys.processed()),
        day(lab, &lab.keys.failed_on(today)),
        lab.number(&lab.keys.failed()),
    ]
}

pub(super) const SUCCEEDED: [Option<i64>; 4] = [Some(1), Some(1), None, None];
pub(super) const FAILED: [Option<i64>; 4] = [Some(1); 4];

#[tokio::test]
async fn done_deletes_the_task_and_its_lock() {
    let lab = Lab::start().await;
    let claim = lab.active(&unique("one")).await;
    assert_eq!(
        settle(&lab.broker, &batch("done", claim)).await,
        Ok(Settled::Written)
    );
    let day = now().date_naive();
    let expected = [
        "asynq:queues".to_owned(),
        "processed".into(),
        format!("processed:{day}"),
    ];
    assert_eq!(lab.left(), expected);
    assert_eq!(counters(&lab), SUCCEEDED);
}

#[tokio::test]
async fn complete_keeps_the_task_with_its_result_and_releases_its_lock() {
    let lab = Lab::start().await;
    let claim = lab.active(&unique("one")).await;
    assert_eq!(
        settle(&lab.broker, &batch("complete", claim)).await,
        Ok(Settled::Written)
    );
    let (message, others) = lab.stored("one");
    assert_eq!(message.completed_at, NOW);
    let lock = lab.keys.unique("t", Some(b"p"));
    let expected = [
        ("state", b"completed".as_slice()),
        ("result", b"\0r"),
        ("unique_key", lock.as_bytes()),
    ];
    assert_eq!(others, fields(&expected));
    assert_eq!(
        lab.zset(&lab.keys.completed()),
        scored(&[("one", NOW + 600)])
    );
    assert_eq!(counters(&lab), SUCCEEDED);
    let mut left = lab.left();
    left.retain(|key| !key.starts_with("processed"));
    assert_eq!(left, ["asynq:queues", "completed", "t:one"]);
}

#[tokio::test]
async fn an_empty_result_is_no_result() {
    let lab = Lab::start().await;
    let claim = lab.active(&task("one")).await;
    let complete = Settlement::Complete {
        message: claim.message.clone(),
        result: Vec::new(),
        expires_at: later(600),
    };
    let batch = [(claim, complete)];
    lab.broker.settle(&lab.queue, &batch, now()).await.unwrap();
    assert!(!lab.hash("one").contains_key("result"));
}

#[tokio::test]
async fn retry_waits_and_keeps_the_lock() {
    let lab = Lab::start().await;
    let claim = lab.active(&unique("one")).await;
    assert_eq!(
        settle(&lab.broker, &batch("retry", claim)).await,
        Ok(Settled::Written)
    );
    let (message, others) = lab.stored("one");
    assert_eq!((&*message.last_error, message.retried), ("boom", 1));
    assert_eq!(others["state"], b"retry");
    assert_eq!(lab.zset(&lab.keys.retry()), scored(&[("one", NOW + 60)]));
    let lock = lab.keys.unique("t", Some(b"p"));
    assert_eq!(lab.redis.query::<String>(&["GET", &lock]), "one");
    assert_eq!(counters(&lab), FAILED);
    assert!(lab.list(&lab.keys.active()).is_empty() && lab.zset(&lab.keys.lease()).is_empty());
}

#[tokio::test]
async fn a_release_counts_nothing() {
    let lab = Lab::start().await;
    let claim = lab.active(&task("one")).await;
    let message = claim.message.clone();
    let batch = [(
        claim,
        Settlement::Retry {
            message,
            at: later(60),
            counted: false,
        },
    )];
    let settled = lab.broker.settle(&lab.queue, &batch, now()).await;
    assert_eq!(settled, Ok(vec![Settled::Written]));
    assert_eq!(counters(&lab), [None; 4]);
    assert_eq!(lab.state("one"), "retry");
}

#[tokio::test]
async fn archive_puts_the_task_away_and_keeps_the_lock() {
    let lab = Lab::start().await;
    let claim = lab.active(&unique("one")).await;
    assert_eq!(
        settle(&lab.broker, &batch("archive", claim)).await,
        Ok(Settled::Written)
    );
    assert_eq!(lab.stored("one").0.last_error, "boom");
    assert_eq!(lab.state("one"), "archived");
    assert_eq!(lab.zset(&lab.keys.archived()), scored(&[("one", NOW)]));
    let lock = lab.keys.unique("t", Some(b"p"));
    assert_eq!(lab.redis.query::<String>(&["GET", &lock]), "one");
    assert_eq!(counters(&lab), FAILED);
}

#[tokio::test]
async fn requeue_makes_the_task_the_next_to_be_served() {
    let lab = Lab::start().await;
    let claim = lab.active(&task("one")).await;
    let message_before = claim.message.clone();
    lab.enqueue(&task("two")).await;
    assert_eq!(
        settle(&lab.broker, &batch("requeue", claim)).await,
        Ok(Settled::Written)
    );
    let (message, others) = lab.stored("one");
    assert_eq!(message, message_before);
    assert_eq!(
        others,
        fields(&[("state", b"pending"), ("pending_since", NOW_NS)])
    );
    assert_eq!(lab.list(&lab.keys.pending()), ["two", "one"]);
    assert_eq!(lab.left(), ["asynq:queues", "pending", "t:one", "t:two"]);
}

#[tokio::test]
async fn the_day_keeps_the_expiry_of_its_first_count() {
    let lab = Lab::start().await;
    let first = lab.active(&task("one")).await;
    let batch = [(first, Settlement::Done)];
    lab.broker.settle(&lab.queue, &batch, now()).await.unwrap();
    let second = lab.active(&task("two")).await;
    let batch = [(second, Settlement::Done)];
    lab.broker
        .settle(&lab.queue, &batch, later(60))
        .await
        .unwrap();
    assert_eq!(counters(&lab)[0], Some(2));
}

#[tokio::test]
async fn totals_start_again_at_the_largest_number() {
    for (kind, expected) in [
        ("done", (1, Some(7))),
        ("retry", (1, Some(1))),
        ("archive", (1, Some(1))),
    ] {
        let lab = Lab::start().await;
        lab.redis
            .cmd(&["SET", &lab.keys.processed(), &i64::MAX.to_string()]);
        lab.redis.cmd(&["SET", &lab.keys.failed(), "7"]);
        let batch = batch(kind, lab.active(&task("one")).await);
        settle(&lab.broker, &batch).await.unwrap();
        let totals = (
            lab.number(&lab.keys.processed()).unwrap(),
            lab.number(&lab.keys.failed()),
        );
        assert_eq!(totals, expected, "{kind}");
    }
}

/// One variadic removal fails at eight thousand; the limit is by number and by age.
#[tokio::test]
async fn archiving_trims_old_tasks_with_their_hashes_and_locks() {
    let lab = Lab::start().await;
    for (n, text) in ["old", "older"].iter().enumerate() {
        lab.enqueue(&NewTask {
            payload: Some(vec![0; n]),
            ..unique(text)
        })
        .await;
        let old = [id(text)];
        let archived_at = later(-90 * 86_400);
        let applied = lab
            .broker
            .apply(&lab.queue, Move::Archive, &old, archived_at);
        assert_eq!(applied.await.unwrap().changed.len(), 1);
    }
    let claim = lab.active(&task("one")).await;
    settle(&lab.broker, &batch("archive", claim)).await.unwrap();
    assert_eq!(lab.zset(&lab.keys.archived()), scored(&[("one", NOW)]));
    let mut left = lab.left();
    left.retain(|key| !key.starts_with("processed") && !key.starts_with("failed"));
    assert_eq!(left, ["archived", "asynq:queues", "t:one"]);
}

#[tokio::test]
async fn a_lock_of_another_task_or_a_key_that_is_no_lock_stays() {
    for kind in ["done", "complete"] {
        let lab = Lab::start().await;
        let claim = lab.active(&unique("one")).await;
        let lock = lab.keys.unique("t", Some(b"p"));
        lab.redis.cmd(&["SET", &lock, "two"]);
        settle(&lab.broker, &batch(kind, claim)).await.unwrap();
        assert_eq!(lab.redis.query::<String>(&["GET", &lock]), "two", "{kind}");
        let claim = lab.active(&task("three")).await;
        let key = lab.keys.task(&claim.id);
        lab.redis.cmd(&["SADD", "stranger", "x"]);
        lab.redis.cmd(&["HSET", &key, "unique_key", "stranger"]);
        let settled = settle(&lab.broker, &batch(kind, claim)).await;
        assert_eq!(settled, Ok(Settled::Written), "{kind}");
        assert_eq!(
            lab.redis.query::<String>(&["TYPE", "stranger"]),
            "set",
            "{kind}"
        );
    }
}

#[tokio::test]
async fn results_are_written_while_there_is_a_task() {
    let lab = Lab::start().await;
    let write = async |text| lab.broker.write_result(&lab.queue, &id(text), b"r").await;
    let claim = lab.active(&task("one")).await;
    assert_eq!(write("one").await, Ok(true));
    assert_eq!(lab.hash("one")["result"], b"r");
    settle(&lab.broker, &batch("done", claim)).await.unwrap();
    assert_eq!(write("one").await, Ok(false));
    assert!(!lab.left().contains(&"t:one".to_owned()));
    lab.redis.cmd(&["SET", &lab.keys.task(&id("text")), "x"]);
    assert_eq!(write("text").await, Ok(false));
}

#[tokio::test]
async fn times_beyond_any_calendar_are_written_as_some_number() {
    let lab = Lab::start().await;
    let claim = lab.active(&task("one")).await;
    let message = claim.message.clone();
    let at = DateTime::<chrono::Utc>::MAX_UTC;
    let batch = [(
        claim,
        Settlement::Retry {
            message,
            at,
            counted: true,
        },
    )];
    lab.broker.settle(&lab.queue, &batch, now()).await.unwrap();
    assert_eq!(lab.zset(&lab.keys.retry())[0].1, at.timestamp());
    let found = lab.find("one").await;
    assert!(found.is_some());
}
