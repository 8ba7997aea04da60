//! Cancellation: who hears it, and what ends the listening.

use tokio::time::timeout;

use super::{Lab, connect, id};
use crate::harness::SOON;
use crate::harness::proxy::Proxy;
use crate::harness::redis::Redis;

#[tokio::test]
async fn every_listener_hears_each_id() {
    let lab = Lab::start().await;
    assert_eq!(lab.broker.cancel(&id("nobody")).await, Ok(Some(0)));
    let mut one = lab.broker.cancellations().await.unwrap();
    let mut two = connect(&lab.redis.url())
        .await
        .unwrap()
        .cancellations()
        .await
        .unwrap();
    for text in ["one", "größe {}\n\0"] {
        assert_eq!(lab.broker.cancel(&id(text)).await, Ok(Some(2)));
        assert_eq!(one.next().await.as_deref(), Some(text));
        assert_eq!(two.next().await.as_deref(), Some(text));
    }
}

#[tokio::test]
async fn what_is_no_text_is_passed_over() {
    let lab = Lab::start().await;
    let mut listener = lab.broker.cancellations().await.unwrap();
    lab.redis
        .cmd(&[b"PUBLISH".as_slice(), b"asynq:cancel", b"\xff"]);
    lab.broker.cancel(&id("one")).await.unwrap();
    assert_eq!(listener.next().await.as_deref(), Some("one"));
}

#[tokio::test]
async fn a_dropped_listener_is_gone() {
    let lab = Lab::start().await;
    drop(lab.broker.cancellations().await.unwrap());
    let listeners = async || lab.broker.cancel(&id("one")).await.unwrap();
    timeout(SOON, async { while listeners().await > Some(0) {} })
        .await
        .unwrap();
}

#[tokio::test]
async fn a_lost_connection_ends_the_listening() {
    let redis = Redis::start();
    let proxy = Proxy::new(&redis);
    let broker = connect(&proxy.url()).await.unwrap();
    let mut listener = broker.cancellations().await.unwrap();
    proxy.cut();
    assert_eq!(timeout(SOON, listener.next()).await.unwrap(), None);
    proxy.heal();
    let mut redis = redis;
    let mut listener = broker.cancellations().await.unwrap();
    redis.kill9();
    assert_eq!(timeout(SOON, listener.next()).await.unwrap(), None);
}

#[tokio::test]
async fn an_idle_listener_outlasts_the_time_for_an_answer() {
    let redis = Redis::start();
    let mut settings = super::settings(&redis.url());
    settings.timeout = std::time::Duration::from_millis(50);
    let broker = qctl::broker::Broker::connect(settings).await.unwrap();
    let mut listener = broker.cancellations().await.unwrap();
    let wait = std::time::Duration::from_millis(300);
    assert!(
        timeout(wait, listener.next()).await.is_err(),
        "it ended by itself"
    );
    broker.cancel(&id("one")).await.unwrap();
    assert_eq!(listener.next().await.as_deref(), Some("one"));
}
