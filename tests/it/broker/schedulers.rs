//! What schedulers announce, and the events of their entries.

use std::time::Duration;

use qctl::broker::{EnqueueEvent, SchedulerEntry, keys};

use super::{Lab, NOW, entries as entries_of, later, now};

fn entry(text: &str) -> SchedulerEntry {
    SchedulerEntry {
        id: text.into(),
        spec: "@every 1m".into(),
        kind: "t".into(),
        payload: b"\0".to_vec(),
        options: vec!["Queue(\"q\")".into()],
        next_at: Some(later(60)),
        previous_at: None,
    }
}

fn event(n: i64) -> EnqueueEvent {
    EnqueueEvent {
        task_id: n.to_string(),
        enqueued_at: Some(later(n)),
    }
}

#[tokio::test]
async fn entries_are_announced_for_a_while_rounded_up() {
    let lab = Lab::start().await;
    let ttl = Duration::from_millis(19_001);
    let entries = [entry("one"), entry("two")];
    lab.broker
        .announce_entries("host:1:id", &entries, ttl, now())
        .await
        .unwrap();
    let key = keys::scheduler("host:1:id");
    assert_eq!(lab.zset(keys::SCHEDULERS), [(key.clone(), NOW + 20)]);
    let left = async |id| lab.broker.entries_last(id).await.unwrap();
    let seconds = left("host:1:id").await.as_secs();
    assert!((15..=20).contains(&seconds), "{seconds}");
    assert_eq!(left("another").await, Duration::ZERO);
    // Pushed on the left, as Asynq does, so the last comes first.
    let [one, two] = entries;
    assert_eq!(entries_of(&lab.broker, later(20)).await, [two, one]);
    assert_eq!(entries_of(&lab.broker, later(21)).await, []);
    lab.broker
        .announce_entries("host:1:id", &[], ttl, now())
        .await
        .unwrap();
    assert_eq!(lab.left(), [keys::SCHEDULERS]);
}

#[tokio::test]
async fn a_ttl_is_never_nothing() {
    let lab = Lab::start().await;
    let entries = [entry("one")];
    let announced = lab
        .broker
        .announce_entries("id", &entries, Duration::ZERO, now());
    announced.await.unwrap();
    let left: i64 = lab.redis.query(&["PTTL", &keys::scheduler("id")]);
    assert!(left > 0, "{left}");
}

/// Go's inspector crashes on one.
#[tokio::test]
async fn an_option_without_a_parenthesis_is_not_announced() {
    let lab = Lab::start().await;
    let options = vec!["nonsense".into(), "MaxRetry(5)".into()];
    let entry = SchedulerEntry {
        options,
        ..entry("one")
    };
    let ttl = Duration::from_secs(20);
    lab.broker
        .announce_entries("id", &[entry], ttl, now())
        .await
        .unwrap();
    let found = entries_of(&lab.broker, now()).await;
    assert_eq!(found[0].options, ["MaxRetry(5)"]);
}

#[tokio::test]
async fn strange_entries_hide_no_others() {
    let lab = Lab::start().await;
    let ttl = Duration::from_secs(20);
    lab.broker
        .announce_entries("id", &[entry("one")], ttl, now())
        .await
        .unwrap();
    lab.redis.cmd(&["LPUSH", &keys::scheduler("id"), "\u{1}"]);
    lab.redis.cmd(&["SET", "text", "x"]);
    let far = (NOW + 1000).to_string();
    lab.redis
        .cmd(&["ZADD", keys::SCHEDULERS, &far, "gone", &far, "text"]);
    lab.redis.cmd(&[
        b"ZADD".as_slice(),
        keys::SCHEDULERS.as_bytes(),
        far.as_bytes(),
        b"\xff",
    ]);
    assert_eq!(entries_of(&lab.broker, now()).await, [entry("one")]);
}

#[tokio::test]
async fn the_newest_thousand_events_are_kept_for_ninety_days() {
    let lab = Lab::start().await;
    for n in 0..1005 {
        lab.broker
            .record_event("entry", &event(n), later(n))
            .await
            .unwrap();
    }
    let key = keys::scheduler_history("entry");
    assert_eq!(lab.redis.query::<u32>(&["ZCARD", &key]), 1000);
    let ttl: i64 = lab.redis.query(&["TTL", &key]);
    assert!((90 * 86_400 - 60..=90 * 86_400).contains(&ttl), "{ttl}");
    assert_eq!(
        lab.broker.events("entry", 2).await,
        Ok(vec![event(1004), event(1003)])
    );
    assert_eq!(lab.broker.events("entry", 0).await, Ok(Vec::new()));
    assert_eq!(lab.broker.events("entry", 5000).await.unwrap().len(), 1000);
    assert_eq!(lab.broker.events("other", 5).await, Ok(Vec::new()));
    lab.broker.forget_events("entry").await.unwrap();
    assert_eq!(lab.left(), [""; 0]);
}
