//! Numbers: counts, latency, history, memory, and what the server says of itself.

use std::collections::BTreeMap;
use std::time::Duration;

use qctl::broker::keys;
use qctl::broker::records::Late;
use qctl::task::transition::Settlement;
use qctl::task::{NewTask, Start, State};

use super::{Lab, NOW, grouped, id, later, now, queue, task};
use crate::harness::redis::Redis;

#[tokio::test]
async fn stats_count_every_state() {
    let lab = Lab::start().await;
    for n in 0..7 {
        lab.enqueue(&task(&n.to_string())).await;
    }
    let claimed = lab.broker.claim(&lab.queue, 5, now()).await.unwrap().claims;
    let settlements = claimed.into_iter().enumerate().skip(1).map(|(n, claim)| {
        let message = claim.message.clone();
        let settlement = match n {
            1 => Settlement::Retry {
                message,
                at: later(60),
                counted: true,
            },
            2 => Settlement::Archive { message },
            3 => Settlement::Complete {
                message,
                result: Vec::new(),
                expires_at: later(60),
            },
            _ => Settlement::Done,
        };
        (claim, settlement)
    });
    let settlements: Vec<_> = settlements.collect();
    lab.broker
        .settle(&lab.queue, &settlements, now())
        .await
        .unwrap();
    lab.enqueue(&NewTask {
        start: Start::At(later(9)),
        ..task("later")
    })
    .await;
    for (text, group) in [("a", "g"), ("b", "g"), ("c", "h")] {
        lab.enqueue(&grouped(text, group)).await;
    }
    lab.broker.pause(&lab.queue, now()).await.unwrap();
    let unknown = queue("unknown");
    let queues = [unknown.clone(), lab.queue.clone()];
    let stats = lab.broker.stats(&queues, later(90)).await.unwrap();
    assert_eq!(stats[0].queue, unknown);
    assert_eq!(stats[0].size(), 0);
    let found = &stats[1];
    let expected = [
        (State::Active, 1),
        (State::Pending, 2),
        (State::Scheduled, 1),
        (State::Retry, 1),
        (State::Archived, 1),
        (State::Completed, 1),
        (State::Aggregating, 3),
        (State::Aside, 0),
    ];
    assert_eq!(found.counts, BTreeMap::from(expected));
    assert_eq!((found.size(), found.groups), (10, 2));
    assert_eq!((found.processed_today, found.failed_today), (4, 2));
    assert_eq!((found.processed_total, found.failed_total), (4, 2));
    assert_eq!(found.paused_at.unwrap().timestamp(), NOW);
    assert_eq!(found.latency, Some(Duration::from_secs(90)));
}

#[tokio::test]
async fn nothing_pending_has_no_latency_and_clocks_may_differ() {
    let lab = Lab::start().await;
    let latency = async |at| {
        let stats = lab
            .broker
            .stats(std::slice::from_ref(&lab.queue), at)
            .await
            .unwrap();
        stats[0].latency
    };
    assert_eq!(latency(now()).await, None);
    lab.enqueue(&task("one")).await;
    assert_eq!(latency(later(-60)).await, Some(Duration::ZERO));
    let key = lab.keys.task(&id("one"));
    for since in ["soon", "", "9999999999999999999999"] {
        lab.redis.cmd(&["HSET", &key, "pending_since", since]);
        assert_eq!(latency(now()).await, None, "{since}");
    }
    lab.redis.cmd(&["HDEL", &key, "pending_since"]);
    assert_eq!(latency(now()).await, None);
    lab.redis.cmd(&["DEL", &key]);
    assert_eq!(latency(now()).await, None);
    lab.redis.cmd(&["SET", &key, "x"]);
    assert_eq!(latency(now()).await, None);
}

#[tokio::test]
async fn stats_read_data_of_other_clients() {
    let lab = Lab::start().await;
    for key in [lab.keys.paused(), lab.keys.processed(), lab.keys.failed()] {
        lab.redis.cmd(&[b"SET".as_slice(), key.as_bytes(), b"\xff"]);
    }
    lab.redis.cmd(&[
        b"SADD".as_slice(),
        keys::QUEUES.as_bytes(),
        b"\xff",
        b" ",
        b"good",
    ]);
    lab.redis
        .cmd(&[b"SADD".as_slice(), lab.keys.groups().as_bytes(), b"\xff"]);
    let stats = lab
        .broker
        .stats(std::slice::from_ref(&lab.queue), now())
        .await
        .unwrap();
    assert_eq!((stats[0].paused, stats[0].paused_at), (true, None));
    assert_eq!(stats[0].processed_total, 0);
    assert_eq!(lab.broker.queues().await.unwrap(), [queue("good")]);
}

#[tokio::test]
async fn history_has_a_row_for_each_day_today_first() {
    let lab = Lab::start().await;
    let claim = lab.active(&task("one")).await;
    let retry = Settlement::Retry {
        message: claim.message.clone(),
        at: later(9),
        counted: true,
    };
    lab.settle(claim, retry).await;
    let tomorrow = later(86_400);
    let bad = lab.keys.failed_on(tomorrow.date_naive());
    lab.redis.cmd(&[b"SET".as_slice(), bad.as_bytes(), b"\xff"]);
    let days = lab.broker.history(&lab.queue, 3, tomorrow).await.unwrap();
    let days: Vec<_> = days
        .iter()
        .map(|day| (day.date.to_string(), day.processed, day.failed))
        .collect();
    let expected = [
        ("2096-10-03", Some(0), None),
        ("2096-10-02", Some(1), Some(1)),
        ("2096-10-01", Some(0), Some(0)),
    ];
    assert_eq!(
        days,
        expected.map(|(day, processed, failed)| (day.to_owned(), processed, failed))
    );
    assert_eq!(
        lab.broker.history(&lab.queue, 0, now()).await,
        Ok(Vec::new())
    );
    assert_eq!(
        lab.broker
            .history(&lab.queue, u32::MAX, now())
            .await
            .unwrap()
            .len(),
        3660
    );
}

#[tokio::test]
async fn memory_is_an_estimate_from_samples() {
    let lab = Lab::start().await;
    assert_eq!(lab.broker.memory(&lab.queue).await, Ok(Some(0)));
    lab.fill(State::Pending, 100, "p");
    lab.fill(State::Archived, 100, "a");
    lab.fill_group("g", 100);
    let usage = |key: &str| lab.redis.query::<u64>(&["MEMORY", "USAGE", key]);
    let one = usage(&lab.keys.task(&id("p00001")));
    let memory = lab.broker.memory(&lab.queue).await.unwrap().unwrap();
    let at_least = 200 * one + usage(&lab.keys.pending()) + usage(&lab.keys.archived());
    assert!(
        (at_least..at_least + 200 * one).contains(&memory),
        "{memory} {at_least}"
    );
    // Ids without a task count as nothing.
    lab.redis.cmd(&["ZADD", &lab.keys.retry(), "1", "gone"]);
    assert_eq!(
        lab.broker.memory(&lab.queue).await,
        Ok(Some(memory + usage(&lab.keys.retry())))
    );
}

#[tokio::test]
async fn the_server_tells_of_itself_where_we_may_ask() {
    let lab = Lab::on(Redis::with().config("maxmemory 100mb").start()).await;
    let facts = lab.broker.server_facts().await.unwrap().unwrap();
    assert!(facts.version.split('.').count() >= 3, "{facts:?}");
    assert_eq!(facts.max_memory, Some(100 * 1024 * 1024));
    assert!(facts.used_memory.unwrap() > 0 && facts.clients.unwrap() > 0 && facts.uptime.is_some());
    let redis = Redis::with()
        .config("user default on nopass ~* &* +@all -info")
        .start();
    let lab = Lab::on(redis).await;
    assert_eq!(lab.broker.server_facts().await, Ok(None));
}

#[tokio::test]
async fn stats_know_what_is_late() {
    let lab = Lab::start().await;
    let late = async || {
        let queues = std::slice::from_ref(&lab.queue);
        let mut stats = lab.broker.stats(queues, now()).await.unwrap();
        stats.pop().unwrap().late
    };
    let none = Late {
        retries_due_soon: Some(0),
        due: Some(0),
        orphaned: Some(0),
        ..Late::default()
    };
    assert_eq!(late().await, none);
    let put = |key: &str, members: &[(&str, i64)]| {
        for (member, seconds) in members {
            let score = (NOW + seconds).to_string();
            lab.redis.cmd(&["ZADD", key, &score, member]);
        }
    };
    put(&lab.keys.scheduled(), &[("a", -60), ("b", 60)]);
    put(&lab.keys.retry(), &[("c", -5), ("d", 300), ("e", 301)]);
    put(&lab.keys.lease(), &[("f", -90), ("g", 30), ("stale", -120)]);
    for id in ["f", "g", "without"] {
        lab.redis.cmd(&["LPUSH", &lab.keys.active(), id]);
    }
    let at = |seconds| later(seconds).timestamp();
    let found = late().await;
    let numbers = (found.retries_due_soon, found.due, found.orphaned);
    assert_eq!(numbers, (Some(2), Some(2), Some(2)));
    assert_eq!(found.due_since.unwrap().timestamp(), at(-60));
    assert_eq!(found.orphaned_since.unwrap().timestamp(), at(-120));
    // A time that cannot be, and keys of another type: unknown.
    put(&lab.keys.scheduled(), &[("a", -NOW)]);
    assert_eq!(late().await.due_since.unwrap().timestamp(), at(-5));
    lab.redis
        .cmd(&["DEL", &lab.keys.retry(), &lab.keys.lease()]);
    for key in [lab.keys.retry(), lab.keys.lease()] {
        lab.redis.cmd(&["SET", &key, "x"]);
    }
    assert_eq!(late().await, Late::default());
}
