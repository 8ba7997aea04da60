//! Connections while another server becomes the primary.

use std::time::{Duration, Instant};

use qctl::broker::{Broker, Settings};

use super::{accepted, connect, enqueue, has, patient};
use crate::harness::redis::Redis;
use crate::harness::sentinel::Trio;
use crate::harness::{SOON, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn the_replica_is_found_after_the_death_of_the_primary() {
    let mut trio = Trio::start();
    let broker = connect(&trio).await;
    let mut cancellations = broker.cancellations().await.unwrap();
    enqueue(&broker, "before").await.unwrap();
    eventually(SOON, || has(trio.server(1), "before").then_some(()));
    trio.server_mut(0).kill9();
    assert_eq!(cancellations.next().await, None);
    let error = enqueue(&broker, "during").await.unwrap_err();
    assert!(error.passing(), "{error}");
    trio.has_primary(1);
    accepted(&broker, "after").await;
    assert!(has(trio.server(1), "before") && has(trio.server(1), "after"));
    // It comes back as a primary without data until the Sentinels make it a replica.
    trio.server_mut(0).start_again();
    enqueue(&broker, "beside").await.unwrap();
    trio.follows(0);
    enqueue(&broker, "beyond").await.unwrap();
    eventually(SOON, || {
        let both = ["beside", "beyond"]
            .iter()
            .all(|id| has(trio.server(0), id));
        both.then_some(())
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failover_on_request_is_followed() {
    let trio = Trio::start();
    let broker = connect(&trio).await;
    trio.fail_over();
    trio.has_primary(1);
    // For seconds, the old primary remains one, and accepts what will be lost.
    let named = Instant::now();
    for n in 0.. {
        accepted(&broker, &format!("n{n}")).await;
        if has(trio.server(1), &format!("n{n}")) {
            break;
        }
        assert!(named.elapsed() < FOLLOWED_WITHIN, "{:?}", named.elapsed());
    }
    trio.follows(0);
}

/// The primary calls itself one, answers everybody, and is none any more.
#[tokio::test(flavor = "multi_thread")]
async fn a_primary_that_is_cut_off_is_left_although_it_answers() {
    let trio = Trio::start();
    let broker = connect(&trio).await;
    enqueue(&broker, "before").await.unwrap();
    let mut cancellations = broker.cancellations().await.unwrap();
    trio.partition(0);
    trio.has_primary(1);
    let left = Instant::now();
    // Nobody closes the connections to the old one: the subscription ends by what the Sentinels say.
    assert_eq!(cancellations.next().await, None);
    assert!(left.elapsed() < FOLLOWED_WITHIN, "{:?}", left.elapsed());
    enqueue(&broker, "after").await.unwrap();
    assert!(has(trio.server(1), "after") && !has(trio.server(0), "after"));
    assert_eq!(trio.role(0), "master");
}

/// Longer than a question to the Sentinels takes that is asked every second.
const FOLLOWED_WITHIN: Duration = Duration::from_secs(2);

/// Without the right to subscribe, the Sentinels are asked every second.
#[tokio::test(flavor = "multi_thread")]
async fn the_news_of_a_sentinel_are_not_needed() {
    let sentinel = || {
        Redis::with().config(
            "user default on nopass resetchannels -@all +auth +hello +ping \
             +sentinel|get-master-addr-by-name",
        )
    };
    let trio = Trio::with().sentinels(sentinel).start();
    let broker = connect(&trio).await;
    let mut cancellations = broker.cancellations().await.unwrap();
    trio.partition(0);
    trio.has_primary(1);
    let left = Instant::now();
    assert_eq!(cancellations.next().await, None);
    assert!(left.elapsed() < FOLLOWED_WITHIN, "{:?}", left.elapsed());
    enqueue(&broker, "after").await.unwrap();
    assert!(has(trio.server(1), "after"));
}

/// A Sentinel that has missed the failover names the old primary, which answers: the latest epoch counts.
#[tokio::test(flavor = "multi_thread")]
async fn a_sentinel_that_missed_the_failover_is_outvoted() {
    let trio = Trio::start();
    let stale = &trio.sentinels()[0];
    trio.partition(0);
    trio.has_primary(1);
    // It is told again what it knew before.
    trio.forget_failover(0);
    assert_eq!(trio.named_by(0), Some(0), "on port {}", stale.port());
    for n in 0..5 {
        let broker = connect(&trio).await;
        enqueue(&broker, &format!("n{n}")).await.unwrap();
        assert!(has(trio.server(1), &format!("n{n}")));
    }
}

/// A primary that does not answer costs no timeout once another is chosen.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_to_a_frozen_primary_fails_as_soon_as_another_is_chosen() {
    let trio = Trio::start();
    // No timeout of its own ends a command in time.
    let settings = Settings {
        timeout: SOON,
        ..patient(&trio.url())
    };
    let broker = Broker::connect(settings).await.unwrap();
    let waiter = broker.waiter(&qctl::task::QueueName::default());
    let waiting = tokio::spawn(async move { (waiter.pending().await, Instant::now()) });
    trio.server(0).freeze();
    let sent = tokio::spawn({
        let broker = broker.clone();
        async move { (broker.queues().await, Instant::now()) }
    });
    trio.has_primary(1);
    let chosen = Instant::now();
    let (queues, answered) = sent.await.unwrap();
    for (failed, at) in [waiting.await.unwrap(), (queues.map(|_| true), answered)] {
        let error = failed.unwrap_err();
        assert!(error.passing(), "{error}");
        assert!(
            at.saturating_duration_since(chosen) < FOLLOWED_WITHIN,
            "{error}"
        );
    }
    accepted(&broker, "after").await;
    assert!(chosen.elapsed() < FOLLOWED_WITHIN, "{:?}", chosen.elapsed());
    assert!(has(trio.server(1), "after"));
    trio.server(0).thaw();
}
