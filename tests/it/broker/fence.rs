//! That an attempt is ended and extended by nobody but its own worker, however late a call arrives.

use qctl::broker::{Broker, Claim, Held, Leases, Settled};
use qctl::task::transition::AttemptError;
use qctl::task::{Message, QueueName};

use super::settle::{KINDS, batch, settle, settlement};
use super::{Lab, NOW, ids, later, now, task};

/// The brokers of two workers: their leases differ, as those of a library's caller do not.
fn workers(lab: &Lab) -> [Broker; 2] {
    [(); 2].map(|()| lab.broker.clone().with_leases(Leases::default()))
}

async fn claim(broker: &Broker, at: chrono::DateTime<chrono::Utc>) -> Claim {
    let claimed = broker.claim(&QueueName::default(), 1, at).await;
    claimed.unwrap().claims.pop().unwrap()
}

/// What a Go server writes when it takes a task from pending: it leaves our fields as they are.
fn claim_as_go(lab: &Lab, ends_at: i64) {
    let key = lab.keys.task(&super::id("one"));
    lab.redis
        .cmd(&["RPOPLPUSH", &lab.keys.pending(), &lab.keys.active()]);
    lab.redis.cmd(&["HSET", &key, "state", "active"]);
    lab.redis
        .cmd(&["ZADD", &lab.keys.lease(), &ends_at.to_string(), "one"]);
}

/// What a Go server writes when it takes back a task at its shutdown: it knows nothing of our fields.
fn requeue_as_go(lab: &Lab) {
    let key = lab.keys.task(&super::id("one"));
    lab.redis.cmd(&["LREM", &lab.keys.active(), "0", "one"]);
    lab.redis.cmd(&["ZREM", &lab.keys.lease(), "one"]);
    lab.redis.cmd(&["RPUSH", &lab.keys.pending(), "one"]);
    lab.redis.cmd(&["HSET", &key, "state", "pending"]);
}

/// A settlement that is repeated because its answer was lost finds the attempt of another worker, or a later one of the same
/// worker, which has begun in the same second.
#[tokio::test]
async fn a_late_settlement_does_not_end_the_attempt_of_another_worker() {
    for kind in KINDS {
        for next in 0..2 {
            let lab = Lab::start().await;
            let workers = workers(&lab);
            lab.enqueue(&task("one")).await;
            let first = claim(&workers[0], now()).await;
            // It was performed, and somebody has the task again.
            let back = batch("requeue", first);
            assert_eq!(settle(&workers[0], &back).await, Ok(Settled::Written));
            let [(first, _)] = back;
            let second = claim(&workers[next], now()).await;
            let before = lab.snapshot();
            let late = batch(kind, first);
            let settled = settle(&workers[0], &late).await;
            assert_eq!(settled, Ok(Settled::NotActive), "{kind} {next}");
            assert_eq!(lab.snapshot(), before, "{kind} {next}");
            let ended = settle(&workers[next], &batch(kind, second)).await;
            assert_eq!(ended, Ok(Settled::Written), "{kind} {next}");
        }
    }
}

#[tokio::test]
async fn a_late_settlement_does_not_end_the_attempt_of_a_go_server() {
    for kind in KINDS {
        let lab = Lab::start().await;
        let [worker, _] = workers(&lab);
        lab.enqueue(&task("one")).await;
        let first = claim(&worker, now()).await;
        // A Go server has recovered it, so that our field is still there, and its clock is behind ours.
        requeue_as_go(&lab);
        claim_as_go(&lab, NOW + 30);
        let before = lab.snapshot();
        let held = [Held::from(&first)];
        let settled = settle(&worker, &batch(kind, first)).await;
        assert_eq!(settled, Ok(Settled::NotActive), "{kind}");
        let extended = worker.extend_leases(&lab.queue, &held, later(9)).await;
        assert_eq!(extended, Ok(ids(&["one"])), "{kind}");
        assert_eq!(lab.snapshot(), before, "{kind}");
    }
}

#[tokio::test]
async fn the_lease_of_another_worker_is_not_extended() {
    let lab = Lab::start().await;
    let workers = workers(&lab);
    lab.enqueue(&task("one")).await;
    let first = claim(&workers[0], now()).await;
    let held = [Held::from(&first)];
    let extend = async |at| workers[0].extend_leases(&lab.queue, &held, at).await;
    assert_eq!(extend(later(1)).await, Ok(Vec::new()));
    settle(&workers[0], &batch("requeue", first)).await.unwrap();
    let second = claim(&workers[1], later(1)).await;
    assert_eq!(extend(later(2)).await, Ok(ids(&["one"])));
    let ended = settle(&workers[1], &batch("done", second)).await;
    assert_eq!(ended, Ok(Settled::Written));
}

/// A task that went on carries nothing of ours: not even a Go server that lists its fields sees a difference.
#[tokio::test]
async fn the_end_of_an_attempt_leaves_no_mark() {
    for kind in ["complete", "retry", "archive", "requeue"] {
        let lab = Lab::start().await;
        let [worker, _] = workers(&lab);
        lab.enqueue(&task("one")).await;
        let first = claim(&worker, now()).await;
        let key = lab.keys.task(&first.id);
        let mark: Option<String> = lab.redis.query(&["HGET", &key, "qctl_claim"]);
        assert!(mark.is_some_and(|mark| mark.len() == 23), "{kind}");
        settle(&worker, &batch(kind, first)).await.unwrap();
        let fields: Vec<String> = lab.redis.query(&["HKEYS", &key]);
        let ours = fields.iter().filter(|field| field.starts_with("qctl"));
        assert_eq!(ours.count(), 0, "{kind}: {fields:?}");
    }
}

/// Ends the running attempt as recovery does, when its lease has been over for long, and returns the number of lost attempts.
async fn recover(lab: &Lab, worker: &Broker) -> Option<String> {
    let found = worker.expired(&lab.queue, later(61)).await.unwrap();
    let claim = found.claims.into_iter().next().unwrap();
    let message = Message {
        last_error: AttemptError::LeaseExpired.to_string(),
        ..claim.message.clone()
    };
    let key = lab.keys.task(&claim.id);
    let retry = qctl::task::transition::Settlement::Retry {
        message,
        at: now(),
        counted: true,
    };
    settle(worker, &[(claim, retry)]).await.unwrap();
    let lost = lab.redis.query(&["HGET", &key, "qctl_lost"]);
    worker.forward(&lab.queue, now()).await.unwrap();
    lost
}

#[tokio::test]
async fn attempts_whose_lease_was_lost_are_counted_until_one_ends() {
    let lab = Lab::start().await;
    let [worker, _] = workers(&lab);
    lab.enqueue(&task("one")).await;
    let lose = async || {
        claim(&worker, now()).await;
        recover(&lab, &worker).await
    };
    assert_eq!(lose().await.as_deref(), Some("1"));
    assert_eq!(lose().await.as_deref(), Some("2"));
    let failed = claim(&worker, now()).await;
    let retry = settlement("retry", &failed);
    settle(&worker, &[(failed, retry)]).await.unwrap();
    worker.forward(&lab.queue, later(60)).await.unwrap();
    assert_eq!(lose().await.as_deref(), Some("1"));
    // A Go server that recovers it leaves its error, and does not count.
    let key = lab.keys.task(&super::id("one"));
    lab.redis.cmd(&["HDEL", &key, "qctl_lost"]);
    assert_eq!(lose().await.as_deref(), Some("2"));
}
