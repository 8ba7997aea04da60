//! Groups: when a set is opened and with what, that a merged set leaves nothing, and that one that is
//! not merged in time comes back.

use std::time::Duration;

use qctl::broker::{AggregationSet, Error, Ripeness, SetMember};
use qctl::task::transition::Move;
use qctl::task::{NewTask, State};

use super::{Lab, NOW, grouped, id, ids, later, now, scored, task};

fn ripe(grace: u64, max_delay: u64, max_size: usize) -> Ripeness {
    Ripeness {
        grace: Duration::from_secs(grace),
        max_delay: Duration::from_secs(max_delay),
        max_size,
    }
}

async fn join(lab: &Lab, text: &str, seconds: i64) {
    lab.broker
        .enqueue(&grouped(text, "g"), later(seconds))
        .await
        .unwrap();
}

async fn open(lab: &Lab, ripeness: Ripeness, seconds: i64) -> Option<AggregationSet> {
    let set = AggregationSet::new(&lab.queue, "g");
    let opened = lab
        .broker
        .open_set(&set, ripeness, later(seconds))
        .await
        .unwrap();
    opened.then_some(set)
}

/// All tasks of a set, and the number of parts in which they were read.
async fn read(lab: &Lab, set: &AggregationSet) -> (Vec<SetMember>, usize) {
    let mut members = Vec::new();
    for parts in 0.. {
        let part = lab.broker.read_set(set, members.len()).await.unwrap();
        assert_eq!(part.messages.len(), part.members.len());
        members.extend(part.members);
        if part.is_end {
            return (members, parts);
        }
    }
    unreachable!()
}

/// Replaces a set by a task.
async fn merge(
    lab: &Lab,
    set: &AggregationSet,
    members: &[SetMember],
    task: &NewTask,
) -> Result<bool, Error> {
    let merge = lab.broker.set_merge(set, members, task, now());
    merge.unwrap().send().await
}

fn set_keys(lab: &Lab) -> Vec<String> {
    let mut left = lab.left();
    left.retain(|key| key.starts_with("g:g:"));
    left
}

fn groups(lab: &Lab) -> Vec<String> {
    lab.redis.query(&["SMEMBERS", &lab.keys.groups()])
}

#[tokio::test]
async fn a_group_is_ripe_by_number_by_age_or_by_quiet() {
    // Tasks joined at 0 and 50; ripeness; the second at which it becomes ripe, if by then.
    let table = [
        (ripe(60, 0, 0), 109, false),
        (ripe(60, 0, 0), 110, true),
        (ripe(600, 100, 0), 99, false),
        (ripe(600, 100, 0), 100, true),
        (ripe(600, 0, 3), 50, false),
        (ripe(600, 0, 2), 50, true),
    ];
    for (ripeness, second, expected) in table {
        let lab = Lab::start().await;
        join(&lab, "one", 0).await;
        join(&lab, "two", 50).await;
        let before = lab.snapshot();
        let opened = open(&lab, ripeness, second).await;
        assert_eq!(opened.is_some(), expected, "{ripeness:?} {second}");
        assert_eq!(lab.snapshot() == before, !expected);
    }
}

#[tokio::test]
async fn a_set_takes_the_oldest_with_their_scores() {
    let lab = Lab::start().await;
    for (n, text) in ["one", "two", "three"].iter().enumerate() {
        join(&lab, text, i64::try_from(n).unwrap()).await;
    }
    let set = open(&lab, ripe(600, 0, 2), 5).await.unwrap();
    let keys = set_keys(&lab);
    let key = format!("{}{}", lab.keys.prefix(), keys[0]);
    assert_eq!(lab.zset(&key), scored(&[("one", NOW), ("two", NOW + 1)]));
    assert_eq!(
        lab.zset(&lab.keys.group("g")),
        scored(&[("three", NOW + 2)])
    );
    assert_eq!(lab.zset(&lab.keys.aggregation_sets()), [(key, NOW + 125)]);
    assert_eq!(groups(&lab), ["g"]);
    let part = lab.broker.read_set(&set, 0).await.unwrap();
    let found: Vec<_> = part.messages.iter().map(|message| &*message.id).collect();
    assert_eq!(found, ["one", "two"]);
    assert_eq!(lab.state("one"), "aggregating");
    // The last one takes the name of the group with it.
    open(&lab, ripe(0, 0, 0), 5).await.unwrap();
    assert_eq!(groups(&lab), [""; 0]);
}

#[tokio::test]
async fn a_name_without_tasks_is_forgotten() {
    let lab = Lab::start().await;
    lab.redis.cmd(&["SADD", &lab.keys.groups(), "g"]);
    assert!(open(&lab, ripe(0, 0, 0), 0).await.is_none());
    assert_eq!(lab.left(), [""; 0]);
}

#[tokio::test]
async fn a_set_never_holds_more_than_a_thousand() {
    for ripeness in [ripe(0, 0, 0), ripe(0, 0, 5000)] {
        let lab = Lab::start().await;
        lab.fill_group("g", 1500);
        let set = open(&lab, ripeness, 10).await.unwrap();
        assert_eq!(read(&lab, &set).await.0.len(), 1000);
        let open_sets = lab.broker.open_sets(&lab.queue).await.unwrap();
        assert_eq!((open_sets[0].0.clone(), open_sets[0].1), (set, 1000));
        assert_eq!(
            lab.redis.query::<u32>(&["ZCARD", &lab.keys.group("g")]),
            500
        );
    }
}

/// In Asynq the locks stay until they run out.
#[tokio::test]
async fn a_merged_set_leaves_neither_tasks_nor_locks() {
    let lab = Lab::start().await;
    for n in 0..150 {
        let task = NewTask {
            payload: Some(vec![n]),
            ..grouped(&n.to_string(), "g")
        }
        .with(|options| options.unique_for = Some(Duration::from_secs(600)));
        lab.enqueue(&task).await;
        if n % 2 == 0 {
            // As Go leaves it: only the message names the lock.
            lab.redis
                .cmd(&["HDEL", &lab.keys.task(&task.id), "unique_key"]);
        }
    }
    let set = open(&lab, ripe(0, 0, 0), 5).await.unwrap();
    let (members, _) = read(&lab, &set).await;
    assert_eq!(merge(&lab, &set, &members, &task("all")).await, Ok(true));
    assert_eq!(lab.left(), ["asynq:queues", "pending", "t:all"]);
    // Somebody else who has the same set can do nothing with it.
    assert_eq!(merge(&lab, &set, &members, &task("more")).await, Ok(false));
    assert_eq!(lab.state("all"), "pending");
    assert!(lab.find("more").await.is_none());
}

#[tokio::test]
async fn a_merge_whose_answer_is_lost_is_not_repeated() {
    let lab = Lab::start().await;
    join(&lab, "one", 0).await;
    let set = open(&lab, ripe(0, 0, 0), 0).await.unwrap();
    let (members, _) = read(&lab, &set).await;
    let all = task("all");
    let mut merge = lab.broker.set_merge(&set, &members, &all, now()).unwrap();
    assert_eq!(merge.send().await, Ok(true));
    // The merged task has run, and its place is free again.
    lab.redis.cmd(&["DEL", &lab.keys.task(&id("all"))]);
    lab.redis.cmd(&["DEL", &lab.keys.pending()]);
    let before = lab.snapshot();
    assert_eq!(merge.send().await, Ok(true));
    assert_eq!(lab.snapshot(), before);
}

#[tokio::test]
async fn a_set_that_cannot_be_replaced_stays_as_it_is() {
    let lab = Lab::start().await;
    lab.enqueue(&task("taken")).await;
    for text in ["one", "two"] {
        join(&lab, text, 0).await;
    }
    let set = open(&lab, ripe(0, 0, 0), 0).await.unwrap();
    let (members, _) = read(&lab, &set).await;
    let before = lab.snapshot();
    let taken = NewTask {
        payload: Some(b"other".to_vec()),
        ..task("taken")
    };
    let expected = Error::IdTaken {
        queue: lab.queue.clone(),
        id: id("taken"),
    };
    assert_eq!(merge(&lab, &set, &members, &taken).await, Err(expected));
    // One of its tasks was put back, or set aside by somebody else.
    let some = &members[..1];
    assert_eq!(merge(&lab, &set, some, &task("all")).await, Ok(false));
    assert_eq!(lab.snapshot(), before);
    lab.broker
        .reclaim_sets(&lab.queue, later(500))
        .await
        .unwrap();
    let before = lab.snapshot();
    assert_eq!(merge(&lab, &set, &members, &task("all")).await, Ok(false));
    assert_eq!(lab.snapshot(), before);
}

#[tokio::test]
async fn large_tasks_of_a_set_are_read_one_at_a_time() {
    let lab = Lab::start().await;
    for (text, size) in [("a", 2_000_000), ("b", 10), ("c", 2_000_000), ("d", 10)] {
        let payload = Some(vec![b'x'; size]);
        let large = NewTask {
            payload,
            ..grouped(text, "g")
        };
        lab.enqueue(&large).await;
    }
    let set = open(&lab, ripe(0, 0, 0), 5).await.unwrap();
    let (members, parts) = read(&lab, &set).await;
    assert_eq!((members.len(), parts), (4, 3));
}

#[tokio::test]
async fn what_cannot_be_merged_is_set_aside() {
    let lab = Lab::start().await;
    for text in ["good", "broken", "gone", "text"] {
        join(&lab, text, 0).await;
    }
    lab.redis.cmd(&[
        b"HSET".as_slice(),
        lab.keys.task(&id("broken")).as_bytes(),
        b"msg",
        b"\xff",
    ]);
    lab.redis.cmd(&["DEL", &lab.keys.task(&id("gone"))]);
    lab.redis.cmd(&["SET", &lab.keys.task(&id("text")), "x"]);
    let set = open(&lab, ripe(0, 0, 0), 0).await.unwrap();
    let part = lab.broker.read_set(&set, 0).await.unwrap();
    assert_eq!(part.messages.len(), 1);
    assert_eq!(part.aside, ids(&["broken", "text"]));
    assert_eq!(lab.hash("broken")["msg"], b"\xff");
    assert_eq!(lab.state("broken"), "aside");
    lab.broker.delete_set(set).await.unwrap();
    assert_eq!(
        lab.left(),
        ["asynq:queues", "qctl:aside", "t:broken", "t:text"]
    );
}

#[tokio::test]
async fn a_stale_set_comes_back_with_the_name_of_its_group() {
    let lab = Lab::start().await;
    for text in ["one", "two"] {
        join(&lab, text, 0).await;
    }
    open(&lab, ripe(0, 0, 0), 0).await.unwrap();
    assert_eq!(lab.broker.reclaim_sets(&lab.queue, later(119)).await, Ok(0));
    assert_eq!(lab.broker.reclaim_sets(&lab.queue, later(120)).await, Ok(1));
    assert_eq!(
        lab.zset(&lab.keys.group("g")),
        scored(&[("one", NOW), ("two", NOW)])
    );
    assert_eq!(groups(&lab), ["g"]);
    assert_eq!(
        lab.left(),
        ["asynq:queues", "g:g", "groups", "t:one", "t:two"]
    );
}

#[tokio::test]
async fn large_and_strange_stale_sets_come_back_too() {
    let lab = Lab::start().await;
    lab.fill_group("a:b {c} \n", 350);
    let set = AggregationSet::new(&lab.queue, "a:b {c} \n");
    assert_eq!(
        lab.broker.open_set(&set, ripe(0, 0, 0), later(10)).await,
        Ok(true)
    );
    // Names that are no sets of ours do not stop it.
    lab.redis.cmd(&[
        "ZADD",
        &lab.keys.aggregation_sets(),
        "1",
        "stranger",
        "2",
        &lab.keys.group("x"),
    ]);
    lab.redis.cmd(&[
        b"ZADD".as_slice(),
        lab.keys.aggregation_sets().as_bytes(),
        b"3",
        b"\xff",
    ]);
    lab.broker
        .reclaim_sets(&lab.queue, later(300))
        .await
        .unwrap();
    assert_eq!(
        lab.redis
            .query::<u32>(&["ZCARD", &lab.keys.group("a:b {c} \n")]),
        350
    );
    assert_eq!(groups(&lab), ["a:b {c} \n"]);
}

#[tokio::test]
async fn a_set_that_was_merged_meanwhile_is_not_reclaimed() {
    let lab = Lab::start().await;
    join(&lab, "one", 0).await;
    let set = open(&lab, ripe(0, 0, 0), 0).await.unwrap();
    lab.broker.delete_set(set).await.unwrap();
    assert_eq!(lab.broker.reclaim_sets(&lab.queue, later(500)).await, Ok(0));
    assert_eq!(lab.left(), ["asynq:queues"]);
}

#[tokio::test]
async fn tasks_that_are_being_merged_can_be_seen_but_not_touched() {
    let lab = Lab::start().await;
    join(&lab, "one", 0).await;
    open(&lab, ripe(0, 0, 0), 0).await.unwrap();
    let before = lab.snapshot();
    for action in [Move::Retry, Move::Archive, Move::Delete] {
        let applied = lab
            .broker
            .apply(&lab.queue, action, &ids(&["one"]), now())
            .await
            .unwrap();
        let expected = Error::OutOfPlace {
            queue: lab.queue.clone(),
            id: id("one"),
        };
        assert_eq!(applied.refused, [(id("one"), expected)]);
    }
    assert_eq!(lab.snapshot(), before);
    let found = lab.find("one").await.unwrap();
    assert_eq!(found.state, State::Aggregating);
    let sets = lab.broker.open_sets(&lab.queue).await.unwrap();
    assert_eq!(
        (sets[0].0.group(), sets[0].1, sets[0].2.unwrap().timestamp()),
        ("g", 1, NOW + 120)
    );
}

#[tokio::test]
async fn a_full_redis_opens_no_set_and_loses_no_task() {
    let lab = Lab::start().await;
    join(&lab, "one", 0).await;
    let before = lab.snapshot();
    lab.fill_up();
    let set = AggregationSet::new(&lab.queue, "g");
    let refused = lab.broker.open_set(&set, ripe(0, 0, 0), now()).await;
    assert!(
        matches!(refused, Err(Error::OutOfMemory { .. })),
        "{refused:?}"
    );
    assert_eq!(lab.snapshot(), before);
    lab.free();
    assert_eq!(
        lab.broker.open_set(&set, ripe(0, 0, 0), now()).await,
        Ok(true)
    );
    let before = lab.snapshot();
    lab.fill_up();
    let refused = lab.broker.reclaim_sets(&lab.queue, later(500)).await;
    assert!(
        matches!(refused, Err(Error::OutOfMemory { .. })),
        "{refused:?}"
    );
    assert_eq!(lab.snapshot(), before);
    // What only deletes gets through.
    lab.broker.delete_set(set).await.unwrap();
    assert_eq!(lab.left(), ["asynq:queues"]);
}
