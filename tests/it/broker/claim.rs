//! Claiming and holding: what a claim moves, and what it makes of ids and messages that are none.

use qctl::broker::{Broker, Error, Held};
use qctl::task::{Message, NewTask};

use super::{Lab, NOW, connect, fields, id, ids, later, now, scored, task};
use crate::harness::redis::Redis;

/// Bytes that are no protobuf, and a message whose type is not UTF-8.
const BROKEN: [&[u8]; 3] = [b"\xff\xff\xff", b"\x0a\x01\xff", b""];

fn put(lab: &Lab, text: &[u8], message: &[u8]) {
    let key = [lab.keys.task_prefix().as_bytes(), text].concat();
    lab.redis.cmd(&[
        b"HSET".as_slice(),
        &key,
        b"msg",
        message,
        b"state",
        b"pending",
        b"pending_since",
        b"1",
    ]);
    lab.redis
        .cmd(&[b"LPUSH".as_slice(), lab.keys.pending().as_bytes(), text]);
}

async fn claimed(broker: &Broker, limit: usize) -> Vec<String> {
    let queue = qctl::task::QueueName::default();
    let claimed = broker.claim(&queue, limit, now()).await.unwrap();
    claimed
        .claims
        .iter()
        .map(|claim| claim.id.to_string())
        .collect()
}

#[tokio::test]
async fn a_claim_moves_a_task_under_a_lease_of_thirty_seconds() {
    let lab = Lab::start().await;
    let enqueued = lab.broker.enqueue(&task("one"), now()).await.unwrap();
    let claim = lab.broker.claim(&lab.queue, 1, later(10)).await.unwrap();
    assert_eq!(claim.claims[0].message, enqueued.message);
    let (_, mut stored) = lab.stored("one");
    assert!(stored.remove("qctl_claim").is_some());
    assert_eq!(stored, fields(&[("state", b"active")]));
    assert_eq!(lab.list(&lab.keys.active()), ["one"]);
    assert_eq!(lab.zset(&lab.keys.lease()), scored(&[("one", NOW + 40)]));
    assert_eq!(lab.left(), ["active", "asynq:queues", "lease", "t:one"]);
}

#[tokio::test]
async fn the_oldest_come_first_and_the_newest_lies_left_in_active() {
    let lab = Lab::start().await;
    for text in ["one", "two", "three", "four"] {
        lab.enqueue(&task(text)).await;
    }
    assert_eq!(claimed(&lab.broker, 0).await, [""; 0]);
    assert_eq!(claimed(&lab.broker, 3).await, ["one", "two", "three"]);
    assert_eq!(lab.list(&lab.keys.active()), ["three", "two", "one"]);
    assert_eq!(claimed(&lab.broker, 3).await, ["four"]);
    assert_eq!(claimed(&lab.broker, 3).await, [""; 0]);
}

#[tokio::test]
async fn a_paused_queue_gives_nothing() {
    let lab = Lab::start().await;
    lab.enqueue(&task("one")).await;
    lab.broker.pause(&lab.queue, now()).await.unwrap();
    assert_eq!(claimed(&lab.broker, 1).await, [""; 0]);
    lab.broker.resume(&lab.queue).await.unwrap();
    assert_eq!(claimed(&lab.broker, 1).await, ["one"]);
}

#[tokio::test]
async fn ids_without_a_message_are_dropped_or_set_aside_and_the_next_is_tried() {
    let lab = Lab::start().await;
    let pending = lab.keys.pending();
    lab.redis
        .cmd(&["LPUSH", &pending, "gone", "result-only", "text"]);
    // Messages of a program that stored them in the list itself.
    lab.redis.cmd(&["LPUSH", &pending, "[1,2]", "\"message\""]);
    lab.redis
        .cmd(&["HSET", &lab.keys.task(&id("result-only")), "result", "r"]);
    lab.redis.cmd(&["SET", &lab.keys.task(&id("text")), "x"]);
    lab.enqueue(&task("one")).await;
    assert_eq!(claimed(&lab.broker, 1).await, ["one"]);
    let left = [
        "active",
        "asynq:queues",
        "lease",
        "qctl:aside",
        "t:one",
        "t:result-only",
        "t:text",
    ];
    assert_eq!(lab.left(), left);
    let aside: Vec<String> = lab.redis.query(&["ZRANGE", &lab.keys.aside(), "0", "-1"]);
    assert_eq!(aside, ["\"message\"", "[1,2]", "result-only", "text"]);
    assert_eq!(lab.list(&lab.keys.active()), ["one"]);
}

#[tokio::test]
async fn any_number_of_ids_without_a_message_does_not_hide_a_task() {
    let lab = Lab::start().await;
    let ghosts: Vec<String> = (0..1000).map(|n| format!("ghost-{n}")).collect();
    let pending = lab.keys.pending();
    let push = ["LPUSH", &pending]
        .into_iter()
        .chain(ghosts.iter().map(String::as_str));
    lab.redis.cmd(&push.collect::<Vec<_>>());
    lab.enqueue(&task("one")).await;
    assert_eq!(claimed(&lab.broker, 1).await, ["one"]);
}

/// Left active they would stop the lease recovery of every Go server.
#[tokio::test]
async fn messages_that_cannot_be_decoded_are_set_aside_as_they_are() {
    let lab = Lab::start().await;
    for (n, broken) in BROKEN.iter().enumerate() {
        put(&lab, format!("broken-{n}").as_bytes(), broken);
    }
    lab.enqueue(&task("one")).await;
    let claimed = lab.broker.claim(&lab.queue, 10, now()).await.unwrap();
    assert_eq!(claimed.claims.len(), 1);
    assert_eq!(claimed.aside, ids(&["broken-0", "broken-1", "broken-2"]));
    assert_eq!(lab.list(&lab.keys.active()), ["one"]);
    assert_eq!(lab.zset(&lab.keys.lease()).len(), 1);
    let aside = lab.zset(&lab.keys.aside()).into_iter().map(|(id, _)| id);
    assert!(aside.eq(["broken-0", "broken-1", "broken-2"]));
    for (n, broken) in BROKEN.iter().enumerate() {
        let hash = lab.hash(&format!("broken-{n}"));
        assert_eq!(hash, fields(&[("msg", broken), ("state", b"aside")]));
    }
    // No attempt was made, so none is counted.
    assert_eq!(lab.number(&lab.keys.processed()), None);
}

#[tokio::test]
async fn an_id_that_is_no_text_does_not_strand_the_others() {
    let lab = Lab::start().await;
    let message = Message {
        kind: "t".into(),
        ..Message::default()
    }
    .to_bytes();
    put(&lab, b"\xff\xfe", &message);
    put(&lab, b" ", &message);
    lab.enqueue(&task("one")).await;
    assert_eq!(claimed(&lab.broker, 10).await, ["one"]);
    assert_eq!(lab.list(&lab.keys.active()), ["one"]);
    let aside: Vec<Vec<u8>> = lab.redis.query(&["ZRANGE", &lab.keys.aside(), "0", "-1"]);
    assert_eq!(aside, [b" ".to_vec(), b"\xff\xfe".to_vec()]);
}

/// Go derives every further key from the message, so a wrong one would be handed on to it.
#[tokio::test]
async fn a_message_that_names_another_task_is_put_right() {
    let lab = Lab::start().await;
    let message = Message {
        kind: "t".into(),
        id: "other".into(),
        queue: "elsewhere".into(),
        ..Message::default()
    };
    put(&lab, b"one", &message.to_bytes());
    let claimed = lab.broker.claim(&lab.queue, 1, now()).await.unwrap();
    let message = &claimed.claims[0].message;
    assert_eq!((&*message.id, &*message.queue), ("one", "default"));
}

#[tokio::test]
async fn good_tasks_are_returned_also_when_a_bad_one_cannot_be_put_away() {
    // Enough for a claim, not for the script that sets aside.
    let redis = Redis::with()
        .config("user default on nopass ~* &* +@all -lrem")
        .start();
    let lab = Lab::on(redis).await;
    put(&lab, b"broken", b"\xff");
    lab.enqueue(&task("one")).await;
    assert_eq!(claimed(&lab.broker, 10).await, ["one"]);
}

#[tokio::test]
async fn a_full_redis_gives_nothing_and_moves_nothing() {
    let lab = Lab::start().await;
    lab.enqueue(&task("one")).await;
    let before = lab.snapshot();
    lab.fill_up();
    let refused = lab.broker.claim(&lab.queue, 1, now()).await;
    assert!(
        matches!(refused, Err(Error::OutOfMemory { .. })),
        "{refused:?}"
    );
    assert_eq!(lab.snapshot(), before);
    lab.free();
    assert_eq!(claimed(&lab.broker, 1).await, ["one"]);
}

#[tokio::test]
async fn leases_move_forward_only_and_missing_ones_are_named() {
    let lab = Lab::start().await;
    let one = Held::from(&lab.active(&task("one")).await);
    lab.active(&task("two")).await;
    let lost = Held {
        id: id("lost"),
        token: one.token.clone(),
    };
    let held = [one, lost];
    let extend = async |at| {
        lab.broker
            .extend_leases(&lab.queue, &held, at)
            .await
            .unwrap()
    };
    assert_eq!(extend(later(5)).await, ids(&["lost"]));
    let expected = scored(&[("two", NOW + 30), ("one", NOW + 35)]);
    assert_eq!(lab.zset(&lab.keys.lease()), expected);
    extend(later(-100)).await;
    assert_eq!(lab.zset(&lab.keys.lease()), expected);
}

#[tokio::test]
async fn leases_are_held_in_a_full_redis() {
    let lab = Lab::start().await;
    let claim = lab.active(&task("one")).await;
    lab.fill_up();
    let lost = lab
        .broker
        .extend_leases(&lab.queue, &[Held::from(&claim)], later(5))
        .await;
    assert_eq!(lost, Ok(Vec::new()));
    assert_eq!(lab.zset(&lab.keys.lease()), scored(&[("one", NOW + 35)]));
}

#[tokio::test]
async fn a_claim_of_large_tasks_ends_early_and_leaves_the_others() {
    let lab = Lab::start().await;
    for text in ["one", "two", "three", "four"] {
        lab.enqueue(&NewTask {
            payload: Some(vec![b'x'; 600_000]),
            ..task(text)
        })
        .await;
    }
    assert_eq!(claimed(&lab.broker, 4).await, ["one", "two"]);
    assert_eq!(lab.list(&lab.keys.pending()), ["four", "three"]);
    assert_eq!(claimed(&lab.broker, 4).await, ["three", "four"]);
}

#[tokio::test]
async fn many_leases_are_extended_at_once() {
    let lab = Lab::start().await;
    let mut held = Vec::new();
    for n in 0..250 {
        let claim = lab.active(&task(&format!("{n:03}"))).await;
        held.push(Held::from(&claim));
    }
    held.push(Held {
        id: id("lost"),
        ..held[0].clone()
    });
    let lost = lab.broker.extend_leases(&lab.queue, &held, now()).await;
    assert_eq!(lost.unwrap(), ids(&["lost"]));
    let early: u32 = lab
        .redis
        .query(&["ZCOUNT", &lab.keys.lease(), "-inf", "4000000029"]);
    assert_eq!(early, 0);
}

#[tokio::test]
async fn a_task_is_claimed_by_one_of_many() {
    let lab = Lab::start().await;
    for n in 0..300 {
        lab.enqueue(&task(&format!("{n}")).with(|options| options.max_retry = n))
            .await;
    }
    let mut others = Vec::new();
    for _ in 0..4 {
        others.push(connect(&lab.redis.url()).await.unwrap());
    }
    let claim = |broker: Broker| async move {
        let mut mine = Vec::new();
        loop {
            let more = claimed(&broker, 7).await;
            if more.is_empty() {
                return mine;
            }
            mine.extend(more);
        }
    };
    let mut all: Vec<String> = futures_util::future::join_all(others.into_iter().map(claim))
        .await
        .concat();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 300);
    assert_eq!(lab.list(&lab.keys.active()).len(), 300);
}
