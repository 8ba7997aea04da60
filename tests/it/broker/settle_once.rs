//! That a settlement is written once and as a whole: repeated after a lost reply, in a full Redis, in a
//! batch, and by recovery while the worker comes back.

use qctl::broker::{Error, Held, Settled};
use qctl::task::NewTask;

use super::settle::{FAILED, KINDS, SUCCEEDED, batch, counters, settle, settlement};
use super::{Lab, connect, later, now, queue, task, unique};
use crate::harness::proxy::Proxy;
use crate::harness::redis::Redis;

/// A task that somebody else has recovered, deleted or taken the lease of is not ours any more.
#[tokio::test]
async fn without_a_lease_nothing_is_written() {
    for kind in KINDS {
        let lab = Lab::start().await;
        let batch = batch(kind, lab.active(&unique("one")).await);
        lab.redis.cmd(&["ZREM", &lab.keys.lease(), "one"]);
        let before = lab.snapshot();
        assert_eq!(
            settle(&lab.broker, &batch).await,
            Ok(Settled::NotActive),
            "{kind}"
        );
        assert_eq!(lab.snapshot(), before, "{kind}");
    }
}

/// Makes the server know the script, so that the lost reply is the one of its run.
async fn learn(lab: &Lab, kind: &str) {
    let queue = queue("warm");
    let task = task("one").with(|options| options.queue = queue.clone());
    lab.enqueue(&task).await;
    let claimed = lab.broker.claim(&queue, 1, now()).await.unwrap();
    let claim = claimed.claims.into_iter().next().unwrap();
    settle(&lab.broker, &batch(kind, claim)).await.unwrap();
}

#[tokio::test]
async fn a_lost_reply_settles_once_and_counts_once() {
    for kind in KINDS {
        let redis = Redis::start();
        let proxy = Proxy::new(&redis);
        let lab = Lab::on(redis).await;
        let broker = connect(&proxy.url()).await.unwrap();
        learn(&lab, kind).await;
        let batch = batch(kind, lab.active(&unique("one")).await);
        proxy.lose_next_reply_to(lab.keys.lease());
        let lost = settle(&broker, &batch).await;
        assert!(
            matches!(lost, Err(Error::Unreachable { .. })),
            "{kind}: {lost:?}"
        );
        let after = lab.snapshot();
        assert_eq!(
            settle(&broker, &batch).await,
            Ok(Settled::NotActive),
            "{kind}"
        );
        assert_eq!(lab.snapshot(), after, "{kind}");
        assert_eq!(proxy.lost(), 1);
        assert!(lab.list(&lab.keys.active()).is_empty(), "{kind}");
        let expected = match kind {
            "done" | "complete" => SUCCEEDED,
            "requeue" => [None; 4],
            _ => FAILED,
        };
        assert_eq!(counters(&lab), expected, "{kind}");
    }
}

#[tokio::test]
async fn a_full_redis_settles_the_whole_or_nothing() {
    for kind in KINDS {
        let lab = Lab::start().await;
        let batch = batch(kind, lab.active(&unique("one")).await);
        let before = lab.snapshot();
        lab.fill_up();
        match settle(&lab.broker, &batch).await {
            // What only deletes must get through: it is what frees memory.
            Ok(settled) => assert_eq!((kind, settled), ("done", Settled::Written)),
            Err(error) => {
                assert!(
                    matches!(error, Error::OutOfMemory { .. }),
                    "{kind}: {error}"
                );
                assert_eq!(lab.snapshot(), before, "{kind}");
                lab.free();
                assert_eq!(
                    settle(&lab.broker, &batch).await,
                    Ok(Settled::Written),
                    "{kind}"
                );
            }
        }
        assert!(lab.list(&lab.keys.active()).is_empty(), "{kind}");
        let expected = match kind {
            "done" | "complete" => SUCCEEDED,
            "requeue" => [None; 4],
            _ => FAILED,
        };
        assert_eq!(counters(&lab), expected, "{kind}");
    }
}

#[tokio::test]
async fn a_batch_of_every_kind_is_answered_in_its_order() {
    let lab = Lab::start().await;
    let mut batch = Vec::new();
    for n in 0..250 {
        let claim = lab.active(&task(&format!("{n:03}"))).await;
        let settlement = settlement(KINDS[n % 5], &claim);
        batch.push((claim, settlement));
    }
    lab.redis.cmd(&["ZREM", &lab.keys.lease(), "007", "133"]);
    let settled = lab.broker.settle(&lab.queue, &batch, now()).await.unwrap();
    for (n, settled) in settled.iter().enumerate() {
        let expected = match n {
            7 | 133 => Settled::NotActive,
            _ => Settled::Written,
        };
        assert_eq!(*settled, expected, "{n}");
    }
    assert_eq!(counters(&lab), [Some(198), Some(198), Some(98), Some(98)]);
    assert_eq!(lab.zset(&lab.keys.lease()), []);
    assert_eq!(lab.list(&lab.keys.active()), ["133", "007"]);
    assert_eq!(lab.list(&lab.keys.pending()).len(), 50);
}

#[tokio::test]
async fn large_messages_are_settled_in_several_calls() {
    let lab = Lab::start().await;
    let mut batch = Vec::new();
    for n in 0..5 {
        let large = NewTask {
            payload: Some(vec![b'x'; 900_000]),
            ..task(&n.to_string())
        };
        let claim = lab.active(&large).await;
        let settlement = settlement("retry", &claim);
        batch.push((claim, settlement));
    }
    let settled = lab.broker.settle(&lab.queue, &batch, now()).await;
    assert_eq!(settled, Ok(vec![Settled::Written; 5]));
    assert_eq!(counters(&lab), [Some(5); 4]);
}

#[tokio::test]
async fn recovery_leaves_a_task_alone_whose_worker_came_back() {
    let lab = Lab::start().await;
    let late = [Held::from(&lab.active(&task("one")).await)];
    lab.active(&task("two")).await;
    let found = lab.broker.expired(&lab.queue, later(61)).await.unwrap();
    lab.broker
        .extend_leases(&lab.queue, &late, later(61))
        .await
        .unwrap();
    let batch: Vec<_> = found
        .claims
        .into_iter()
        .map(|claim| {
            let settlement = settlement("retry", &claim);
            (claim, settlement)
        })
        .collect();
    let settled = lab.broker.settle(&lab.queue, &batch, later(61)).await;
    assert_eq!(settled, Ok(vec![Settled::NotActive, Settled::Written]));
    assert_eq!(
        (lab.state("one"), lab.state("two")),
        ("active".into(), "retry".into())
    );
}

/// Otherwise an id would go back to `pending` that nobody can process.
#[tokio::test]
async fn requeue_drops_a_task_whose_hash_is_gone() {
    let lab = Lab::start().await;
    let claim = lab.active(&task("one")).await;
    lab.redis.cmd(&["DEL", &lab.keys.task(&claim.id)]);
    settle(&lab.broker, &batch("requeue", claim)).await.unwrap();
    assert_eq!(lab.left(), ["asynq:queues"]);
}
