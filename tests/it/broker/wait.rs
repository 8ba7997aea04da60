//! Waiting in Redis: it ends when there is something to claim, and leaves everything as it was.

use tokio::time::timeout;

use super::{Lab, now, task};
use crate::harness::{SOON, eventually};

#[tokio::test]
async fn a_wait_ends_at_once_if_a_task_is_pending_and_moves_nothing() {
    let lab = Lab::start().await;
    for text in ["one", "two", "three"] {
        lab.enqueue(&task(text)).await;
    }
    let before = lab.snapshot();
    let waiter = lab.broker.waiter(&lab.queue);
    assert_eq!(waiter.pending().await, Ok(true));
    assert_eq!(lab.snapshot(), before);
    assert_eq!(lab.list(&lab.keys.pending()), ["three", "two", "one"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_arrival_wakes_every_waiter() {
    let lab = Lab::start().await;
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let waiter = lab.broker.waiter(&lab.queue);
            tokio::spawn(async move { waiter.pending().await })
        })
        .collect();
    eventually(SOON, || {
        let info: String = lab.redis.query(&["INFO", "clients"]);
        info.contains("blocked_clients:3").then_some(())
    });
    lab.enqueue(&task("one")).await;
    for waiter in waiting {
        let woken = timeout(SOON, waiter).await.unwrap().unwrap();
        assert_eq!(woken, Ok(true));
    }
    assert_eq!(lab.list(&lab.keys.pending()), ["one"]);
}

#[tokio::test]
async fn whether_a_queue_is_paused_can_be_asked() {
    let lab = Lab::start().await;
    assert_eq!(lab.broker.is_paused(&lab.queue).await, Ok(false));
    lab.broker.pause(&lab.queue, now()).await.unwrap();
    assert_eq!(lab.broker.is_paused(&lab.queue).await, Ok(true));
}
