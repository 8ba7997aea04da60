//! Upkeep: what is forwarded, recovered and deleted, and that nothing is left in no container.

use qctl::broker::Error;
use qctl::task::transition::{Move, Settlement};
use qctl::task::{NewTask, Start};

use super::{Lab, NOW, fields, grouped, id, ids, later, now, scored, task, unique};

fn starting(text: &str, seconds: i64) -> NewTask {
    NewTask {
        start: Start::At(later(seconds)),
        ..task(text)
    }
}

async fn retried(lab: &Lab, task: &NewTask, seconds: i64) {
    let claim = lab.active(task).await;
    let retry = Settlement::Retry {
        message: claim.message.clone(),
        at: later(seconds),
        counted: true,
    };
    lab.settle(claim, retry).await;
}

#[tokio::test]
async fn due_tasks_become_pending_in_the_order_of_their_times() {
    let lab = Lab::start().await;
    lab.enqueue(&starting("later", 50)).await;
    lab.enqueue(&starting("second", 20)).await;
    lab.enqueue(&starting("first", 10)).await;
    retried(&lab, &task("failed"), 15).await;
    let forwarded = lab.broker.forward(&lab.queue, later(30)).await.unwrap();
    assert_eq!((forwarded.moved, forwarded.may_have_more()), (3, false));
    assert_eq!(forwarded.next_due_at.unwrap().timestamp(), NOW + 51);
    assert_eq!(lab.list(&lab.keys.pending()), ["failed", "second", "first"]);
    let since = (NOW + 30).to_string() + "500000000";
    for text in ["failed", "second", "first"] {
        let expected = [
            ("state", b"pending".as_slice()),
            ("pending_since", since.as_bytes()),
        ];
        assert_eq!(lab.stored(text).1, fields(&expected));
    }
    assert_eq!(
        lab.zset(&lab.keys.scheduled()),
        scored(&[("later", NOW + 51)])
    );
    assert_eq!(lab.zset(&lab.keys.retry()), []);
}

#[tokio::test]
async fn what_is_not_due_stays() {
    let lab = Lab::start().await;
    let forwarded = lab.broker.forward(&lab.queue, now()).await.unwrap();
    assert_eq!((forwarded.moved, forwarded.next_due_at), (0, None));
    lab.enqueue(&starting("one", 10)).await;
    let before = lab.snapshot();
    // The start was rounded up, so ten seconds later is half a second too early.
    let forwarded = lab.broker.forward(&lab.queue, later(10)).await.unwrap();
    assert_eq!(forwarded.moved, 0);
    assert_eq!(lab.snapshot(), before);
    assert_eq!(
        lab.broker
            .forward(&lab.queue, later(11))
            .await
            .unwrap()
            .moved,
        1
    );
}

#[tokio::test]
async fn a_hundred_are_forwarded_at_a_time() {
    let lab = Lab::start().await;
    for n in 0..150 {
        lab.enqueue(&starting(&n.to_string(), 1)).await;
    }
    let forward = async || lab.broker.forward(&lab.queue, later(5)).await.unwrap();
    let first = forward().await;
    assert_eq!((first.moved, first.may_have_more()), (100, true));
    let second = forward().await;
    assert_eq!((second.moved, second.may_have_more()), (50, false));
    assert_eq!(lab.list(&lab.keys.pending()).len(), 150);
}

#[tokio::test]
async fn grouped_tasks_go_to_their_group_and_its_name_is_registered() {
    let lab = Lab::start().await;
    // One that was run alone, failed and comes back; and one that was scheduled, whose hash has no group.
    lab.enqueue(&grouped("back", "g")).await;
    lab.broker
        .apply(&lab.queue, Move::Retry, &ids(&["back"]), now())
        .await
        .unwrap();
    assert!(!lab.left().contains(&"groups".to_owned()));
    let mut claims = lab.broker.claim(&lab.queue, 1, now()).await.unwrap().claims;
    let claim = claims.pop().unwrap();
    let message = claim.message.clone();
    let retry = Settlement::Retry {
        message,
        at: later(1),
        counted: true,
    };
    lab.settle(claim, retry).await;
    lab.enqueue(&NewTask {
        start: Start::At(later(1)),
        ..grouped("scheduled", "h")
    })
    .await;
    assert_eq!(
        lab.broker
            .forward(&lab.queue, later(9))
            .await
            .unwrap()
            .moved,
        2
    );
    for (text, group) in [("back", "g"), ("scheduled", "h")] {
        assert_eq!(lab.zset(&lab.keys.group(group)), scored(&[(text, NOW + 9)]));
        assert_eq!(lab.state(text), "aggregating");
        assert_eq!(lab.hash(text)["group"], group.as_bytes());
    }
    let mut groups: Vec<String> = lab.redis.query(&["SMEMBERS", &lab.keys.groups()]);
    groups.sort();
    assert_eq!(groups, ["g", "h"]);
    assert!(lab.list(&lab.keys.pending()).is_empty());
}

#[tokio::test]
async fn due_ids_without_a_message_are_dropped_or_set_aside() {
    let lab = Lab::start().await;
    for key in [lab.keys.scheduled(), lab.keys.retry()] {
        lab.redis
            .cmd(&["ZADD", &key, "1", "gone", "1", "result-only", "1", "text"]);
        lab.redis
            .cmd(&["HSET", &lab.keys.task(&id("result-only")), "result", "r"]);
        lab.redis.cmd(&["SET", &lab.keys.task(&id("text")), "x"]);
        lab.broker.forward(&lab.queue, now()).await.unwrap();
        assert_eq!(lab.left(), ["qctl:aside", "t:result-only", "t:text"]);
    }
}

#[tokio::test]
async fn scores_that_are_no_times_do_not_stop_forwarding() {
    let lab = Lab::start().await;
    let message = task("x").message().unwrap().to_bytes();
    for (text, score) in [
        ("never", "inf"),
        ("always", "-inf"),
        ("half", "4000000000.25"),
        ("far", "1e300"),
    ] {
        let key = lab.keys.task(&id(text));
        lab.redis
            .cmd(&[b"HSET".as_slice(), key.as_bytes(), b"msg", &message]);
        lab.redis.cmd(&["ZADD", &lab.keys.scheduled(), score, text]);
    }
    let forwarded = lab.broker.forward(&lab.queue, now()).await.unwrap();
    assert_eq!(forwarded.moved, 1);
    assert_eq!(forwarded.next_due_at.unwrap().timestamp(), NOW + 1);
    lab.redis.cmd(&["ZREM", &lab.keys.scheduled(), "half"]);
    assert_eq!(
        lab.broker
            .forward(&lab.queue, now())
            .await
            .unwrap()
            .next_due_at,
        None
    );
    let scheduled = qctl::broker::Container::State(qctl::task::State::Scheduled);
    assert_eq!(lab.tasks(&scheduled).await.len(), 2);
}

#[tokio::test]
async fn a_full_redis_forwards_nothing() {
    let lab = Lab::start().await;
    lab.enqueue(&starting("one", 1)).await;
    lab.enqueue(&NewTask {
        start: Start::At(later(1)),
        ..grouped("two", "g")
    })
    .await;
    let before = lab.snapshot();
    lab.fill_up();
    let refused = lab.broker.forward(&lab.queue, later(9)).await;
    assert!(
        matches!(refused, Err(Error::OutOfMemory { .. })),
        "{refused:?}"
    );
    assert_eq!(lab.snapshot(), before);
}

async fn completed(lab: &Lab, task: &NewTask, expires: i64) {
    let claim = lab.active(task).await;
    let complete = Settlement::Complete {
        message: claim.message.clone(),
        result: b"r".to_vec(),
        expires_at: later(expires),
    };
    lab.settle(claim, complete).await;
}

#[tokio::test]
async fn completed_tasks_are_deleted_when_their_retention_is_over() {
    let lab = Lab::start().await;
    completed(&lab, &task("over"), 10).await;
    completed(&lab, &task("kept"), 11).await;
    // Run again and completed again, it may hold a lock.
    completed(&lab, &unique("locked"), 5).await;
    let lock = lab.keys.unique("t", Some(b"p"));
    lab.redis.cmd(&["SET", &lock, "locked"]);
    let deleted = lab.broker.delete_expired(&lab.queue, later(10)).await;
    assert!(!deleted.unwrap().more);
    let mut left = lab.left();
    left.retain(|key| !key.starts_with("processed"));
    assert_eq!(left, ["asynq:queues", "completed", "t:kept"]);
    assert_eq!(
        lab.zset(&lab.keys.completed()),
        scored(&[("kept", NOW + 11)])
    );
}

#[tokio::test]
async fn a_hundred_expired_ones_are_deleted_at_a_time() {
    let lab = Lab::start().await;
    for n in 0..150 {
        lab.redis
            .cmd(&["ZADD", &lab.keys.completed(), "1", &n.to_string()]);
    }
    for more in [true, false] {
        let deleted = lab.broker.delete_expired(&lab.queue, now()).await;
        assert_eq!(deleted.unwrap().more, more);
    }
    assert_eq!(lab.left(), [""; 0]);
}

#[tokio::test]
async fn the_archive_is_trimmed_by_age_and_by_number() {
    let lab = Lab::start().await;
    let archived = lab.keys.archived();
    let fill = "for n = 1, 10200 do redis.call('ZADD', KEYS[1], ARGV[1] + n, n) redis.call('HSET', ARGV[2] .. n, 'msg', 'm', 'state', 'archived') end";
    let prefix = lab.keys.task_prefix();
    lab.redis
        .cmd(&["EVAL", fill, "1", &archived, &NOW.to_string(), &prefix]);
    lab.redis
        .cmd(&["ZADD", &archived, &(NOW - 90 * 86_400).to_string(), "old"]);
    lab.redis.cmd(&[
        "ZADD",
        &archived,
        &(NOW - 90 * 86_400 + 1).to_string(),
        "not-old",
    ]);
    let mut steps = 0;
    while lab
        .broker
        .trim_archive(&lab.queue, now())
        .await
        .unwrap()
        .more
    {
        steps += 1;
        assert!(steps < 100);
    }
    assert_eq!(lab.redis.query::<u32>(&["ZCARD", &archived]), 9999);
    assert_eq!(lab.redis.query::<u32>(&["DBSIZE"]), 9999 + 1);
    let newest: Vec<String> = lab.redis.query(&["ZRANGE", &archived, "0", "0"]);
    assert_eq!(newest, ["202"]);
}

#[tokio::test]
async fn upkeep_of_a_queue_that_is_not_there_does_nothing() {
    let lab = Lab::start().await;
    let queue = super::queue("nowhere");
    assert_eq!(lab.broker.forward(&queue, now()).await.unwrap().moved, 0);
    assert_eq!(
        lab.broker
            .expired(&queue, now())
            .await
            .unwrap()
            .claims
            .len(),
        0
    );
    assert_eq!(lab.broker.unleased(&queue).await, Ok(Vec::new()));
    let deleted = lab.broker.delete_expired(&queue, now()).await.unwrap();
    let trimmed = lab.broker.trim_archive(&queue, now()).await.unwrap();
    assert!(!deleted.more && !trimmed.more);
    assert_eq!(lab.broker.reclaim_sets(&queue, now()).await, Ok(0));
    assert_eq!(lab.left(), [""; 0]);
}
