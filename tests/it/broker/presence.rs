//! Announcing servers and what they run, and reading what others announce.

use std::collections::BTreeMap;

use qctl::broker::{Presence, RunningTask, keys};

use super::{Lab, NOW, later, now};
use crate::harness::redis::Redis;

fn presence(pid: i32) -> Presence {
    Presence {
        host: "größe {1}".into(),
        pid,
        server_id: "id".into(),
        concurrency: 7,
        queues: BTreeMap::from([("default".into(), 3), ("low".into(), 1)]),
        strict: true,
        started_at: now(),
    }
}

fn running(text: &str, payload: &[u8]) -> RunningTask {
    RunningTask {
        id: text.into(),
        kind: "t".into(),
        payload: payload.to_vec(),
        queue: "default".into(),
        started_at: now(),
        deadline: later(60),
    }
}

#[tokio::test]
async fn an_announcement_holds_for_ten_seconds() {
    let lab = Lab::start().await;
    let tasks = [running("one", b"\0"), running("two", &[0; 5000])];
    lab.broker
        .announce(&presence(1), "active", &tasks, now())
        .await
        .unwrap();
    let (server, workers) = (
        keys::server("größe {1}", 1, "id"),
        keys::workers("größe {1}", 1, "id"),
    );
    assert_eq!(lab.zset(keys::SERVERS), [(server.clone(), NOW + 10)]);
    assert_eq!(lab.zset(keys::WORKERS), [(workers.clone(), NOW + 10)]);
    for key in [&server, &workers] {
        let ttl: i64 = lab.redis.query(&["PTTL", key]);
        assert!((5_000..=10_000).contains(&ttl), "{ttl}");
    }
    let mut fields: Vec<String> = lab.redis.query(&["HKEYS", &workers]);
    fields.sort();
    assert_eq!(fields, ["one", "two"]);
    let found = &lab.broker.servers(now()).await.unwrap()[0];
    assert_eq!(
        (&*found.host, found.pid, &*found.server_id),
        ("größe {1}", 1, "id")
    );
    assert_eq!(
        (found.concurrency, found.strict, &*found.status),
        (7, true, "active")
    );
    assert_eq!((found.started_at, found.active_workers), (Some(now()), 2));
    assert_eq!(found.queues, presence(1).queues);
    let workers = lab.broker.workers(now()).await.unwrap();
    assert_eq!(
        (&*workers[0].task_id, &*workers[0].payload),
        ("one", b"\0".as_slice())
    );
    assert_eq!(
        (workers[0].started_at, workers[0].deadline),
        (Some(now()), Some(later(60)))
    );
    // A long payload would be written again every few seconds.
    assert_eq!(
        (&*workers[1].task_id, &*workers[1].payload),
        ("two", b"".as_slice())
    );
}

#[tokio::test]
async fn a_renewed_announcement_replaces_the_one_before() {
    let lab = Lab::start().await;
    lab.broker
        .announce(&presence(1), "active", &[running("one", b"")], now())
        .await
        .unwrap();
    lab.broker
        .announce(&presence(1), "stopped", &[], later(5))
        .await
        .unwrap();
    let found = lab.broker.servers(later(5)).await.unwrap();
    assert_eq!(
        (found.len(), &*found[0].status, found[0].active_workers),
        (1, "stopped", 0)
    );
    assert_eq!(lab.broker.workers(later(5)).await, Ok(Vec::new()));
}

#[tokio::test]
async fn the_dead_are_not_shown_and_reading_removes_nobody() {
    let lab = Lab::start().await;
    lab.broker
        .announce(&presence(1), "active", &[], now())
        .await
        .unwrap();
    let before = lab.snapshot();
    assert_eq!(lab.broker.servers(later(10)).await.unwrap().len(), 1);
    assert_eq!(lab.broker.servers(later(11)).await.unwrap().len(), 0);
    assert_eq!(lab.broker.workers(later(11)).await.unwrap().len(), 0);
    assert_eq!(lab.snapshot(), before);
    // Whoever announces clears away those that have not for a while.
    lab.broker
        .announce(&presence(2), "active", &[], later(12))
        .await
        .unwrap();
    assert_eq!(
        (lab.zset(keys::SERVERS).len(), lab.zset(keys::WORKERS).len()),
        (1, 1)
    );
}

#[tokio::test]
async fn a_withdrawn_announcement_leaves_nothing() {
    let lab = Lab::start().await;
    lab.broker
        .announce(&presence(1), "active", &[running("one", b"")], now())
        .await
        .unwrap();
    lab.broker.withdraw(&presence(1)).await.unwrap();
    lab.broker.withdraw(&presence(1)).await.unwrap();
    assert_eq!(lab.left(), [""; 0]);
}

#[tokio::test]
async fn strange_announcements_hide_no_others() {
    let lab = Lab::start().await;
    lab.broker
        .announce(&presence(1), "active", &[running("one", b"")], now())
        .await
        .unwrap();
    let far = (NOW + 1000).to_string();
    for set in [keys::SERVERS, keys::WORKERS] {
        for member in [b"gone".as_slice(), b"\xff", b"list", b"garbage"] {
            lab.redis
                .cmd(&[b"ZADD".as_slice(), set.as_bytes(), far.as_bytes(), member]);
        }
    }
    lab.redis.cmd(&["LPUSH", "list", "x"]);
    lab.redis.cmd(&["SET", "garbage", "\u{1}"]);
    assert_eq!(lab.broker.servers(now()).await.unwrap().len(), 1);
    assert_eq!(lab.broker.workers(now()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn who_may_only_read_sees_servers() {
    let redis = Redis::with()
        .config("user default on nopass ~* &* -@all +@read +@connection +info")
        .start();
    let broker = super::connect(&redis.url()).await.unwrap();
    assert_eq!(broker.servers(now()).await, Ok(Vec::new()));
    assert_eq!(broker.schedulers(now()).await, Ok(Vec::new()));
}
