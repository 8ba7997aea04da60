//! Recovery: which active tasks it finds, and that none stays behind.

use qctl::task::transition::Settlement;

use super::{Lab, NOW, id, ids, later, now, scored, task};

#[tokio::test]
async fn a_lease_is_over_thirty_seconds_after_its_end() {
    let lab = Lab::start().await;
    lab.active(&task("one")).await;
    let expired = async |at| lab.broker.expired(&lab.queue, at).await.unwrap();
    let before = lab.snapshot();
    assert_eq!(expired(later(59)).await.claims.len(), 0);
    let found = expired(later(60)).await;
    assert_eq!(found.claims[0].id.as_str(), "one");
    assert_eq!(lab.snapshot(), before, "reading changes nothing");
}

#[tokio::test]
async fn expired_ids_without_a_message_are_dropped_or_set_aside() {
    let lab = Lab::start().await;
    for (text, message) in [("gone", None), ("broken", Some("\u{1}")), ("text", None)] {
        lab.redis.cmd(&["LPUSH", &lab.keys.active(), text]);
        lab.redis.cmd(&["ZADD", &lab.keys.lease(), "1", text]);
        if let Some(message) = message {
            lab.redis.cmd(&[
                "HSET",
                &lab.keys.task(&id(text)),
                "msg",
                message,
                "state",
                "active",
            ]);
        }
    }
    lab.redis
        .cmd(&[b"LPUSH".as_slice(), lab.keys.active().as_bytes(), b"\xff"]);
    lab.redis.cmd(&[
        b"ZADD".as_slice(),
        lab.keys.lease().as_bytes(),
        b"1",
        b"\xff",
    ]);
    lab.redis.cmd(&["SET", &lab.keys.task(&id("text")), "x"]);
    lab.active(&task("one")).await;
    let found = lab.broker.expired(&lab.queue, later(90)).await.unwrap();
    assert_eq!(found.claims.len(), 1);
    assert_eq!(found.aside, ids(&["broken", "text"]));
    assert_eq!(lab.list(&lab.keys.active()), ["one"]);
    assert_eq!(lab.zset(&lab.keys.lease()).len(), 1);
    assert_eq!(lab.state("broken"), "aside");
    let expected = [
        "active",
        "asynq:queues",
        "lease",
        "qctl:aside",
        "t:broken",
        "t:one",
        "t:text",
    ];
    assert_eq!(lab.left(), expected);
}

#[tokio::test]
async fn active_tasks_without_a_lease_get_one_that_is_over() {
    let lab = Lab::start().await;
    for text in ["lost", "held", "moved"] {
        lab.active(&task(text)).await;
    }
    lab.redis.cmd(&["ZREM", &lab.keys.lease(), "lost", "moved"]);
    lab.redis.cmd(&["LPUSH", &lab.keys.active(), "gone"]);
    assert_eq!(
        lab.broker.unleased(&lab.queue).await.unwrap(),
        ids(&["gone", "moved", "lost"])
    );
    // It moves on before the lease is given.
    lab.redis.cmd(&["LREM", &lab.keys.active(), "0", "moved"]);
    lab.redis
        .cmd(&["HSET", &lab.keys.task(&id("moved")), "state", "retry"]);
    let all = ids(&["gone", "moved", "lost", "held"]);
    let given = lab
        .broker
        .lease_orphans(&lab.queue, &all, now())
        .await
        .unwrap();
    assert_eq!(given, 2);
    let expected = [("gone", NOW - 30), ("lost", NOW - 30), ("held", NOW + 30)];
    assert_eq!(lab.zset(&lab.keys.lease()), scored(&expected));
    let found = lab.broker.expired(&lab.queue, now()).await.unwrap();
    assert_eq!(found.claims.len(), 1);
    let settlements: Vec<_> = found
        .claims
        .into_iter()
        .map(|claim| (claim, Settlement::Done))
        .collect();
    lab.broker
        .settle(&lab.queue, &settlements, now())
        .await
        .unwrap();
    assert_eq!(lab.list(&lab.keys.active()), ["held"]);
}

#[tokio::test]
async fn the_active_list_is_looked_through_in_pages() {
    let lab = Lab::start().await;
    for n in 0..250 {
        lab.redis
            .cmd(&["LPUSH", &lab.keys.active(), &n.to_string()]);
    }
    lab.redis.cmd(&["ZADD", &lab.keys.lease(), "1", "7"]);
    assert_eq!(lab.broker.unleased(&lab.queue).await.unwrap().len(), 249);
}
