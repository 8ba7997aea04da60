//! Removing a queue: what is refused, that nothing is left, and that nothing of others goes with it.

use qctl::broker::{AggregationSet, Error, Ripeness, keys};
use qctl::task::transition::Settlement;
use qctl::task::{NewTask, Start};

use super::{Lab, grouped, id, later, now, queue, task, unique};

async fn remove(lab: &Lab, force: bool) -> Result<u64, Error> {
    let mut deleted = 0;
    let progress = |more| deleted += more;
    lab.broker
        .drop_queue(&lab.queue, force, now(), progress)
        .await?;
    Ok(deleted)
}

#[tokio::test]
async fn an_unknown_queue_is_not_found() {
    let lab = Lab::start().await;
    let missing = Err(Error::QueueNotFound(lab.queue.clone()));
    assert_eq!(remove(&lab, false).await, missing);
    assert_eq!(remove(&lab, true).await, missing);
    assert_eq!(lab.left(), [""; 0]);
}

#[tokio::test]
async fn tasks_in_any_state_need_force() {
    for state in [
        "pending",
        "scheduled",
        "retry",
        "archived",
        "completed",
        "aggregating",
        "merging",
    ] {
        let lab = Lab::start().await;
        put_one(&lab, state).await;
        let before = lab.snapshot();
        let refused = Err(Error::QueueNotEmpty {
            queue: lab.queue.clone(),
            tasks: 1,
        });
        assert_eq!(remove(&lab, false).await, refused, "{state}");
        assert_eq!(lab.snapshot(), before, "{state}");
        assert_eq!(remove(&lab, true).await, Ok(1), "{state}");
        assert_eq!(lab.left(), [""; 0], "{state}");
    }
}

async fn put_one(lab: &Lab, state: &str) {
    match state {
        "pending" => lab.enqueue(&task("one")).await,
        "scheduled" => {
            let start = Start::At(later(60));
            lab.enqueue(&NewTask {
                start,
                ..task("one")
            })
            .await;
        }
        "aggregating" => lab.enqueue(&grouped("one", "g")).await,
        "merging" => {
            lab.enqueue(&grouped("one", "g")).await;
            let set = AggregationSet::new(&lab.queue, "g");
            assert_eq!(lab.broker.open_set(&set, AT_ONCE, now()).await, Ok(true));
        }
        _ => {
            let claim = lab.active(&task("one")).await;
            let message = claim.message.clone();
            let settlement = match state {
                "retry" => Settlement::Retry {
                    message,
                    at: later(60),
                    counted: true,
                },
                "archived" => Settlement::Archive { message },
                _ => Settlement::Complete {
                    message,
                    result: Vec::new(),
                    expires_at: later(60),
                },
            };
            lab.settle(claim, settlement).await;
        }
    }
}

const AT_ONCE: Ripeness = Ripeness {
    grace: std::time::Duration::ZERO,
    max_delay: std::time::Duration::ZERO,
    max_size: 1,
};

#[tokio::test]
async fn running_tasks_are_never_removed_and_the_queue_goes_on() {
    let lab = Lab::start().await;
    lab.active(&task("one")).await;
    let before = lab.snapshot();
    for force in [false, true] {
        let refused = Err(Error::QueueActive {
            queue: lab.queue.clone(),
            active: 1,
        });
        assert_eq!(remove(&lab, force).await, refused);
        assert_eq!(lab.snapshot(), before);
    }
}

/// Neither runs: nobody could ever cancel it, or wait for it.
#[tokio::test]
async fn ghosts_and_endless_leases_do_not_keep_a_queue() {
    let lab = Lab::start().await;
    lab.active(&task("endless")).await;
    lab.redis
        .cmd(&["ZADD", &lab.keys.lease(), "+inf", "endless"]);
    lab.redis.cmd(&["LPUSH", &lab.keys.active(), "ghost"]);
    let ends = later(30).timestamp().to_string();
    lab.redis.cmd(&["ZADD", &lab.keys.lease(), &ends, "ghost"]);
    remove(&lab, true).await.unwrap();
    assert_eq!(lab.left(), [""; 0]);
}

#[tokio::test]
async fn keys_of_another_type_do_not_keep_a_queue() {
    let lab = Lab::start().await;
    lab.enqueue(&task("one")).await;
    let strange = [
        lab.keys.active(),
        lab.keys.lease(),
        lab.keys.scheduled(),
        lab.keys.completed(),
        lab.keys.groups(),
        lab.keys.aggregation_sets(),
        lab.keys.aside(),
        lab.keys.processed(),
    ];
    for key in &strange {
        lab.redis.cmd(&["RPUSH", key, "x"]);
    }
    lab.redis.cmd(&["SET", &lab.keys.retry(), "x"]);
    lab.redis.cmd(&["DEL", &lab.keys.active()]);
    lab.redis.cmd(&["SET", &lab.keys.active(), "x"]);
    let before = lab.snapshot();
    let refused = remove(&lab, false).await.unwrap_err();
    assert!(matches!(refused, Error::WrongType { .. }), "{refused:?}");
    assert_eq!(lab.snapshot(), before);
    remove(&lab, true).await.unwrap();
    assert_eq!(lab.left(), [""; 0]);
}

#[tokio::test]
async fn an_empty_queue_goes_with_its_counters_and_its_pause() {
    let lab = Lab::start().await;
    let claim = lab.active(&task("one")).await;
    lab.settle(claim, Settlement::Done).await;
    lab.broker.pause(&lab.queue, now()).await.unwrap();
    assert_eq!(remove(&lab, false).await, Ok(0));
    assert_eq!(lab.left(), [""; 0]);
}

/// What Asynq leaves behind comes back to life with the next queue of the name.
#[tokio::test]
async fn nothing_of_a_queue_is_left_whatever_it_held() {
    let lab = Lab::start().await;
    for n in 0..250 {
        let payload = Some(n.to_string().into_bytes());
        lab.enqueue(&NewTask {
            payload,
            ..unique(&n.to_string())
        })
        .await;
    }
    for n in 0..250 {
        lab.enqueue(&grouped(&format!("g-{n}"), &format!("group {n}")))
            .await;
    }
    let redis = &lab.redis;
    redis.cmd(&["HSET", &lab.keys.task(&id("orphan")), "result", "r"]);
    redis.cmd(&["ZADD", &lab.keys.retry(), "1", "ghost"]);
    redis.cmd(&["SET", &lab.keys.unique("t", None), "gone"]);
    redis.cmd(&["SADD", &lab.keys.groups(), "empty"]);
    redis.cmd(&[b"SADD".as_slice(), lab.keys.groups().as_bytes(), b"\xff"]);
    redis.cmd(&[
        b"ZADD".as_slice(),
        &[lab.keys.group_prefix().as_bytes(), b"\xff"].concat(),
        b"1",
        b"\xfe",
    ]);
    redis.cmd(&["ZADD", &lab.keys.aggregation_sets(), "1", "no key of ours"]);
    redis.cmd(&["ZADD", &lab.keys.lease(), "1", "ghost"]);
    remove(&lab, true).await.unwrap();
    assert_eq!(lab.left(), [""; 0]);
}

#[tokio::test]
async fn other_queues_are_spared_also_those_whose_keys_begin_alike() {
    let names = [
        "default",
        "defaul?",
        "*",
        "d",
        "default}:t:x{y",
        "default}:",
    ];
    for removed in names {
        let lab = Lab::start().await;
        for name in names {
            lab.enqueue(&unique("one").with(|options| options.queue = queue(name)))
                .await;
        }
        let target = queue(removed);
        let of = keys::QueueKeys::new(&target);
        let before = lab.snapshot();
        let done = lab.broker.drop_queue(&target, true, now(), |_| ());
        done.await.unwrap();
        let after = lab.snapshot();
        let is_of_other = |key: &[u8]| {
            names.iter().any(|name| {
                let other = keys::QueueKeys::new(&queue(name));
                other.prefix() != of.prefix()
                    && key.starts_with(other.prefix().as_bytes())
                    && other.prefix().len() > of.prefix().len()
            })
        };
        for key in before.keys() {
            let ours = key.starts_with(of.prefix().as_bytes()) && !is_of_other(key);
            let survives = after.contains_key(key);
            assert_eq!(
                survives,
                !ours,
                "{removed}: {}",
                String::from_utf8_lossy(key)
            );
        }
        assert_eq!(lab.broker.queues().await.unwrap().len(), names.len() - 1);
    }
}

#[tokio::test]
async fn an_interrupted_removal_is_finished_by_the_next() {
    let lab = Lab::start().await;
    for n in 0..250 {
        lab.enqueue(&task(&n.to_string())).await;
    }
    // Interrupted after the first step: the pause holds, the name is still there.
    lab.broker.pause(&lab.queue, now()).await.unwrap();
    lab.redis.cmd(&["RPOP", &lab.keys.pending(), "100"]);
    assert_eq!(remove(&lab, true).await, Ok(150));
    assert_eq!(lab.left(), [""; 0]);
}

#[tokio::test]
async fn a_full_redis_can_be_relieved_by_removing_a_queue() {
    let lab = Lab::start().await;
    lab.enqueue(&task("one")).await;
    lab.fill_up();
    assert_eq!(remove(&lab, true).await, Ok(1));
    assert_eq!(lab.left(), [""; 0]);
}
