//! Enqueueing: what each placement writes, what is refused, and what a lost reply leaves behind.

use std::time::Duration;

use qctl::broker::{Error, keys};
use qctl::task::{Invalid, NewTask, Start, State, TaskType};

use super::{Lab, NOW, NOW_NS, fields, grouped, id, later, now, queue, scored, task, unique};
use crate::harness::proxy::Proxy;
use crate::harness::redis::Redis;

fn scheduled(text: &str) -> NewTask {
    NewTask {
        start: Start::At(later(100)),
        ..task(text)
    }
}

#[tokio::test]
async fn now_writes_the_hash_and_the_left_of_pending() {
    let lab = Lab::start().await;
    let enqueued = lab.broker.enqueue(&task("one"), now()).await.unwrap();
    lab.enqueue(&task("two")).await;
    assert_eq!(
        (enqueued.state, enqueued.next_process_at),
        (State::Pending, Some(now()))
    );
    let (message, others) = lab.stored("one");
    assert_eq!(message, enqueued.message);
    assert_eq!(
        others,
        fields(&[("state", b"pending"), ("pending_since", NOW_NS)])
    );
    assert_eq!(lab.list(&lab.keys.pending()), ["two", "one"]);
    let queues: Vec<String> = lab.redis.query(&["SMEMBERS", keys::QUEUES]);
    assert_eq!(queues, ["default"]);
    assert_eq!(lab.left(), ["asynq:queues", "pending", "t:one", "t:two"]);
}

#[tokio::test]
async fn later_rounds_the_start_up_to_a_second() {
    let lab = Lab::start().await;
    let enqueued = lab.broker.enqueue(&scheduled("one"), now()).await.unwrap();
    assert_eq!(enqueued.state, State::Scheduled);
    assert_eq!(enqueued.next_process_at.unwrap().timestamp(), NOW + 101);
    assert_eq!(
        lab.zset(&lab.keys.scheduled()),
        scored(&[("one", NOW + 101)])
    );
    assert_eq!(lab.stored("one").1, fields(&[("state", b"scheduled")]));
    assert_eq!(lab.left(), ["asynq:queues", "scheduled", "t:one"]);
}

#[tokio::test]
async fn a_group_gets_its_name_registered() {
    let lab = Lab::start().await;
    let enqueued = lab
        .broker
        .enqueue(&grouped("one", "g"), now())
        .await
        .unwrap();
    assert_eq!(
        (enqueued.state, enqueued.next_process_at),
        (State::Aggregating, None)
    );
    assert_eq!(lab.zset(&lab.keys.group("g")), scored(&[("one", NOW)]));
    let groups: Vec<String> = lab.redis.query(&["SMEMBERS", &lab.keys.groups()]);
    assert_eq!(groups, ["g"]);
    let (message, others) = lab.stored("one");
    assert_eq!(message.group, "g");
    assert_eq!(
        others,
        fields(&[("state", b"aggregating"), ("group", b"g")])
    );
    assert_eq!(lab.left(), ["asynq:queues", "g:g", "groups", "t:one"]);
}

/// Asynq forgets the field for groups, so that their locks are never released.
#[tokio::test]
async fn a_lock_names_its_task_and_the_task_its_lock_wherever_it_goes() {
    for (task, seconds) in [
        (unique("one"), 60),
        (
            NewTask {
                start: Start::At(later(100)),
                ..unique("one")
            },
            // Half a second to the next whole one, rounded up.
            161,
        ),
        (
            unique("one").with(|options| options.group = Some("g".into())),
            60,
        ),
    ] {
        let lab = Lab::start().await;
        lab.enqueue(&task).await;
        let lock = lab.keys.unique("t", Some(b"p"));
        assert_eq!(lab.redis.query::<String>(&["GET", &lock]), "one");
        let ttl: i64 = lab.redis.query(&["TTL", &lock]);
        assert!((seconds - 5..=seconds).contains(&ttl), "{ttl}");
        let (message, others) = lab.stored("one");
        assert_eq!(message.unique_key, lock);
        assert_eq!(others["unique_key"], lock.as_bytes());
    }
}

#[tokio::test]
async fn a_taken_id_changes_nothing_and_leaves_no_lock() {
    for other in [
        task("one"),
        unique("one"),
        scheduled("one"),
        grouped("one", "g"),
        unique("one").with(|options| options.group = Some("g".into())),
        NewTask {
            start: Start::At(later(100)),
            ..unique("one")
        },
    ] {
        let lab = Lab::start().await;
        let first = NewTask {
            payload: Some(b"other".to_vec()),
            ..task("one")
        };
        lab.enqueue(&first).await;
        let before = lab.snapshot();
        let expected = Error::IdTaken {
            queue: lab.queue.clone(),
            id: id("one"),
        };
        assert_eq!(lab.broker.enqueue(&other, now()).await, Err(expected));
        assert_eq!(lab.snapshot(), before);
    }
}

#[tokio::test]
async fn the_same_task_given_twice_is_a_taken_id() {
    let lab = Lab::start().await;
    lab.enqueue(&task("one")).await;
    let again = lab.broker.enqueue(&task("one"), now()).await;
    assert!(matches!(again, Err(Error::IdTaken { .. })), "{again:?}");
}

#[tokio::test]
async fn a_held_lock_is_a_duplicate_even_when_the_id_is_taken_too() {
    let lab = Lab::start().await;
    lab.enqueue(&unique("one")).await;
    let before = lab.snapshot();
    for other in ["one", "two"] {
        let expected = Error::Duplicate {
            queue: lab.queue.clone(),
            kind: "t".into(),
        };
        let refused = lab.broker.enqueue(&unique(other), now()).await;
        assert_eq!(refused, Err(expected), "{other}");
    }
    assert_eq!(lab.snapshot(), before);
}

#[tokio::test]
async fn a_lock_of_another_type_is_a_duplicate_and_stays() {
    let lab = Lab::start().await;
    let lock = lab.keys.unique("t", Some(b"p"));
    lab.redis.cmd(&["SADD", &lock, "one"]);
    let refused = lab.broker.enqueue(&unique("one"), now()).await;
    assert!(
        matches!(refused, Err(Error::Duplicate { .. })),
        "{refused:?}"
    );
    assert_eq!(
        lab.left(),
        ["asynq:queues", "unique:t:83878c91171338902e0fe0fb97a8c47a"]
    );
}

#[tokio::test]
async fn no_payload_and_an_empty_one_have_different_locks() {
    let lab = Lab::start().await;
    for (text, payload) in [("one", None), ("two", Some(Vec::new()))] {
        lab.enqueue(&NewTask {
            payload,
            ..unique(text)
        })
        .await;
    }
    assert_eq!(lab.list(&lab.keys.pending()).len(), 2);
}

/// The script ran, the answer never came: sending it again must neither store a second task nor
/// call the first one a conflict.
#[tokio::test]
async fn a_lost_reply_enqueues_once() {
    let redis = Redis::start();
    let proxy = Proxy::new(&redis);
    let lab = Lab::on(redis).await;
    let broker = super::connect(&proxy.url()).await.unwrap();
    let tasks = [
        task("now"),
        unique("unique"),
        scheduled("later"),
        grouped("grouped", "g"),
        NewTask {
            payload: None,
            ..unique("grouped-unique")
        }
        .with(|options| options.group = Some("g".into())),
    ];
    for (done, task) in tasks.iter().enumerate() {
        // Makes the server know the script, so that the lost reply is the one of its run.
        let elsewhere = task.clone().with(|options| options.queue = queue("warm"));
        lab.enqueue(&elsewhere).await;
        proxy.lose_next_reply_to(lab.keys.task(&task.id));
        broker.enqueue(task, now()).await.unwrap();
        assert_eq!(proxy.lost(), done + 1);
    }
    assert_eq!(lab.list(&lab.keys.pending()), ["unique", "now"]);
    assert_eq!(lab.zset(&lab.keys.scheduled()).len(), 1);
    assert_eq!(lab.zset(&lab.keys.group("g")).len(), 2);
}

#[tokio::test]
async fn a_lost_reply_does_not_hide_a_real_conflict() {
    let redis = Redis::start();
    let proxy = Proxy::new(&redis);
    let lab = Lab::on(redis).await;
    lab.enqueue(&unique("one")).await;
    let broker = super::connect(&proxy.url()).await.unwrap();
    let other = unique("one").with(|options| options.max_retry = 1);
    proxy.lose_next_reply_to(lab.keys.task(&other.id));
    let refused = broker.enqueue(&other, now()).await;
    assert!(
        matches!(refused, Err(Error::Duplicate { .. })),
        "{refused:?}"
    );
    let other = other.with(|options| options.unique_for = None);
    proxy.lose_next_reply_to(lab.keys.task(&other.id));
    let refused = broker.enqueue(&other, now()).await;
    assert!(matches!(refused, Err(Error::IdTaken { .. })), "{refused:?}");
    assert_eq!(proxy.lost(), 2);
}

/// Asynq's result writer leaves such a hash when it comes too late.
#[tokio::test]
async fn what_a_late_result_left_behind_does_not_take_the_id() {
    for task in [task("one"), scheduled("one"), grouped("one", "g")] {
        let lab = Lab::start().await;
        lab.redis
            .cmd(&["HSET", &lab.keys.task(&task.id), "result", "r"]);
        lab.enqueue(&task).await;
        assert!(!lab.hash("one").contains_key("result"));
    }
}

#[tokio::test]
async fn another_type_at_the_key_of_the_task_is_a_taken_id() {
    let lab = Lab::start().await;
    lab.redis.cmd(&["SET", &lab.keys.task(&id("one")), "x"]);
    for task in [task("one"), unique("one"), grouped("one", "g")] {
        let refused = lab.broker.enqueue(&task, now()).await;
        assert!(matches!(refused, Err(Error::IdTaken { .. })), "{refused:?}");
    }
    assert_eq!(lab.left(), ["asynq:queues", "t:one"]);
}

#[tokio::test]
async fn a_container_of_another_type_leaves_no_task_in_no_container() {
    let lab = Lab::start().await;
    lab.redis.cmd(&["SET", &lab.keys.pending(), "x"]);
    lab.redis.cmd(&["SET", &lab.keys.scheduled(), "x"]);
    lab.redis.cmd(&["SET", &lab.keys.group("g"), "x"]);
    let before = lab.left();
    for task in [unique("one"), scheduled("two"), grouped("three", "g")] {
        let refused = lab.broker.enqueue(&task, now()).await;
        assert!(
            matches!(refused, Err(Error::WrongType { .. })),
            "{refused:?}"
        );
    }
    let mut after = lab.left();
    after.retain(|key| key != keys::QUEUES && key != "groups");
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_full_redis_takes_nothing() {
    let lab = Lab::start().await;
    // Makes the queue known, so that not the registration is what fails.
    lab.enqueue(&task("first")).await;
    let before = lab.snapshot();
    lab.fill_up();
    for task in [unique("one"), scheduled("one"), grouped("one", "g")] {
        let refused = lab.broker.enqueue(&task, now()).await;
        assert!(
            matches!(refused, Err(Error::OutOfMemory { .. })),
            "{refused:?}"
        );
    }
    assert_eq!(lab.snapshot(), before);
}

#[tokio::test]
async fn what_is_invalid_does_not_even_register_the_queue() {
    let lab = Lab::start().await;
    let short = task("one").with(|options| options.unique_for = Some(Duration::from_millis(1)));
    for (task, invalid) in [
        (short, Invalid::UniqueTooShort),
        (grouped("one", " "), Invalid::BlankGroup),
    ] {
        let refused = lab.broker.enqueue(&task, now()).await;
        assert_eq!(refused, Err(Error::Invalid(invalid)));
    }
    assert_eq!(lab.left(), [""; 0]);
}

#[tokio::test]
async fn a_queue_that_was_removed_is_registered_again() {
    let lab = Lab::start().await;
    lab.enqueue(&task("one")).await;
    let remove = lab.broker.drop_queue(&lab.queue, true, now(), |_| ());
    remove.await.unwrap();
    assert_eq!(lab.left(), [""; 0]);
    lab.enqueue(&task("one")).await;
    assert_eq!(lab.left(), ["asynq:queues", "pending", "t:one"]);
}

#[tokio::test]
async fn names_are_taken_as_they_are() {
    let long = "x".repeat(10_000);
    let names = [
        "{",
        "}",
        "}{",
        "{}",
        "*",
        "[a-z]?\\",
        "a\nb",
        "a\0b",
        "\u{1b}[31m",
        "größe 測定",
        " x ",
        "t:one",
        "pending",
        ":",
        &long,
    ];
    let lab = Lab::start().await;
    for name in names {
        let task = NewTask {
            kind: TaskType::new(name).unwrap(),
            ..unique(name)
        }
        .with(|options| options.queue = queue(name));
        lab.enqueue(&task).await;
        let keys = keys::QueueKeys::new(&task.options.queue);
        let stored: Vec<String> = lab.redis.query(&["LRANGE", &keys.pending(), "0", "-1"]);
        assert_eq!(stored, [name]);
        let claimed = lab
            .broker
            .claim(&task.options.queue, 1, now())
            .await
            .unwrap();
        let [claim] = &claimed.claims[..] else {
            panic!("{name:?}: {claimed:?}");
        };
        assert_eq!(
            (
                claim.id.as_str(),
                &*claim.message.queue,
                &*claim.message.kind
            ),
            (name, name, name)
        );
        let group = super::task("grouped").with(|options| {
            options.group = Some(name.to_owned());
            options.queue = queue(name);
        });
        lab.enqueue(&group).await;
        let groups = lab.broker.groups(&task.options.queue).next().await.unwrap();
        let groups = groups.unwrap();
        assert_eq!((&*groups[0].group, groups[0].size), (name, 1));
    }
    let mut found: Vec<_> = lab.broker.queues().await.unwrap();
    found.sort();
    assert_eq!(found.len(), names.len());
}

/// A refusal is told from the look by a moment in which the other task may end.
#[tokio::test]
async fn what_is_in_the_way_is_a_task_or_was_one_unless_something_else_is_left() {
    let lab = Lab::start().await;
    let (by_id, by_lock) = (task("id"), unique("lock"));
    let refused = [
        (
            &by_id,
            Error::IdTaken {
                queue: lab.queue.clone(),
                id: by_id.id.clone(),
            },
        ),
        (
            &by_lock,
            Error::Duplicate {
                queue: lab.queue.clone(),
                kind: by_lock.kind.to_string(),
            },
        ),
    ];
    let in_the_way = async || lab.broker.tasks_in_the_way(&refused).await.unwrap();
    assert_eq!(in_the_way().await, [true, true], "both have ended");
    lab.enqueue(&by_id).await;
    lab.enqueue(&by_lock).await;
    assert_eq!(in_the_way().await, [true, true], "both are there");
    for lost in ["id", "lock"] {
        lab.redis.cmd(&["DEL", &lab.keys.task(&id(lost))]);
    }
    lab.redis.cmd(&["SET", &lab.keys.task(&id("id")), "x"]);
    assert_eq!(in_the_way().await, [false, false], "left without a task");
}
