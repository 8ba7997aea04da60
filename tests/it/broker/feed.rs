//! Many new tasks in one go: each has its own outcome, and what lies in Redis is as if they came one by one.

use std::time::Duration;

use qctl::broker::{Broker, Error, Settled, Submission};
use qctl::task::transition::{Move, Settlement};
use qctl::task::{Invalid, NewTask, Start, State};

use super::{
    Lab, NOW, NOW_NS, connect, fields, grouped, id, later, now, queue, scored, task, unique,
};
use crate::harness::proxy::Proxy;
use crate::harness::redis::Redis;
use crate::harness::say;

fn at(text: &str, seconds: i64) -> NewTask {
    NewTask {
        start: Start::At(later(seconds)),
        ..task(text)
    }
}

/// One of each kind, and in between what cannot be.
fn mixed() -> Vec<NewTask> {
    let elsewhere = task("a").with(|options| options.queue = queue("low"));
    let invalid = task("invalid").with(|options| options.unique_for = Some(Duration::ZERO));
    vec![
        task("a"),
        elsewhere,
        at("b", 60),
        unique("c"),
        NewTask {
            id: id("double"),
            ..unique("double")
        },
        grouped("d", "g"),
        invalid,
        task("a").with(|options| options.max_retry = 1),
        task("e"),
    ]
}

#[tokio::test]
async fn every_task_has_its_own_outcome() {
    let lab = Lab::start().await;
    let outcomes = lab.broker.enqueue_many(&mixed(), now()).await;
    let states: Vec<_> = outcomes
        .iter()
        .map(|outcome| outcome.as_ref().map(|enqueued| enqueued.state))
        .collect();
    let duplicate = Error::Duplicate {
        queue: lab.queue.clone(),
        kind: "t".into(),
    };
    let taken = Error::IdTaken {
        queue: lab.queue.clone(),
        id: id("a"),
    };
    assert_eq!(
        states,
        [
            Ok(State::Pending),
            Ok(State::Pending),
            Ok(State::Scheduled),
            Ok(State::Pending),
            Err(&duplicate),
            Ok(State::Aggregating),
            Err(&Error::Invalid(Invalid::UniqueTooShort)),
            Err(&taken),
            Ok(State::Pending),
        ]
    );
    assert_eq!(lab.list(&lab.keys.pending()), ["e", "c", "a"]);
    assert_eq!(lab.zset(&lab.keys.scheduled()), scored(&[("b", NOW + 61)]));
    assert_eq!(lab.zset(&lab.keys.group("g")), scored(&[("d", NOW)]));
    let (message, rest) = lab.stored("a");
    assert_eq!(&message, &outcomes[0].as_ref().unwrap().message);
    assert_eq!((&*message.kind, message.max_retry), ("t", 25));
    assert_eq!(
        rest,
        fields(&[("state", b"pending"), ("pending_since", NOW_NS)])
    );
    assert_eq!(lab.stored("b").1, fields(&[("state", b"scheduled")]));
    let mut queues: Vec<String> = lab.redis.query(&["SMEMBERS", "asynq:queues"]);
    queues.sort();
    assert_eq!(queues, ["default", "low"]);
}

#[tokio::test]
async fn order_is_kept_over_several_calls() {
    let lab = Lab::start().await;
    let names: Vec<String> = (0..350).map(|n| format!("{n:03}")).collect();
    let tasks: Vec<NewTask> = names.iter().map(|name| task(name)).collect();
    let outcomes = lab.broker.enqueue_many(&tasks, now()).await;
    assert!(outcomes.iter().all(Result::is_ok));
    let mut pending = lab.list(&lab.keys.pending());
    pending.reverse();
    assert_eq!(pending, names);
    assert_eq!(lab.broker.enqueue_many(&[], now()).await, []);
}

#[tokio::test]
async fn a_server_that_has_forgotten_the_scripts_gets_them_again() {
    let lab = Lab::start().await;
    for round in ["1", "2"] {
        let tasks = ["a", "b"].map(|name| task(&format!("{name}{round}")));
        let mut tasks = tasks.to_vec();
        tasks.push(grouped(&format!("c{round}"), "g"));
        let outcomes = lab.broker.enqueue_many(&tasks, now()).await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        lab.redis.cmd(&["SCRIPT", "FLUSH"]);
    }
}

/// Some of each kind, all of which can be enqueued.
fn sound() -> Vec<NewTask> {
    let unsound = |task: &NewTask| {
        task.options.max_retry != 25 || ["double", "invalid"].contains(&task.id.as_str())
    };
    mixed().into_iter().filter(|task| !unsound(task)).collect()
}

/// Sends a submission, whose answer gets lost.
async fn lose(broker: &Broker, submission: &mut Submission<'_>, proxy: &Proxy, marker: &str) {
    let lost = proxy.lost();
    proxy.lose_next_reply_to(marker);
    broker.submit(submission).await;
    assert!(submission.unanswered().is_some());
    assert_eq!(proxy.lost(), lost + 1);
}

#[tokio::test]
async fn what_is_sent_again_is_not_doubled() {
    let redis = Redis::start();
    let proxy = Proxy::new(&redis);
    let lab = Lab::on(redis).await;
    let broker = connect(&proxy.url()).await.unwrap();
    let tasks = sound();
    let mut submission = broker.submission(&tasks, now());
    lose(&broker, &mut submission, &proxy, &lab.keys.pending()).await;
    broker.submit(&mut submission).await;
    assert!(submission.outcomes().all(Result::is_ok));
    assert_eq!(stored(&lab), tasks.len());
    let before = lab.snapshot();
    assert!(
        lab.broker
            .enqueue_many(&tasks, now())
            .await
            .iter()
            .all(Result::is_err)
    );
    assert!(lab.snapshot() == before);
}

/// Runs what is pending and deletes the rest, as workers do with tasks that succeed. Nothing may be left of them.
async fn work_off(lab: &Lab) {
    let ids: Vec<_> = sound().into_iter().map(|task| task.id).collect();
    for name in ["default", "low"].map(queue) {
        let claimed = lab.broker.claim(&name, 10, now()).await.unwrap().claims;
        let batch = claimed.into_iter().map(|claim| (claim, Settlement::Done));
        let batch: Vec<_> = batch.collect();
        let settled = lab.broker.settle(&name, &batch, now()).await.unwrap();
        assert!(settled.iter().all(|one| *one == Settled::Written));
        let deleted = lab.broker.apply(&name, Move::Delete, &ids, now()).await;
        deleted.unwrap();
    }
    let left = lab.left();
    assert!(
        !left
            .iter()
            .any(|key| key.starts_with("t:") || key.contains(":t:")),
        "{left:?}"
    );
}

/// The number of tasks there are.
fn stored(lab: &Lab) -> usize {
    lab.redis
        .query::<Vec<String>>(&["KEYS", "asynq:{*}:t:*"])
        .len()
}

#[tokio::test]
async fn what_was_processed_and_deleted_before_it_is_sent_again_is_not_enqueued_again() {
    let redis = Redis::start();
    let proxy = Proxy::new(&redis);
    let lab = Lab::on(redis).await;
    let broker = connect(&proxy.url()).await.unwrap();
    let tasks = sound();
    let mut submission = broker.submission(&tasks, now());
    lose(&broker, &mut submission, &proxy, &lab.keys.pending()).await;
    work_off(&lab).await;
    broker.submit(&mut submission).await;
    let outcomes = submission.into_outcomes();
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    // The first call was performed; the connection broke before the others.
    assert_eq!(stored(&lab), 4);
    work_off(&lab).await;
    // What a first attempt refuses stays refused.
    lab.enqueue(&task("a")).await;
    let mut submission = broker.submission(&tasks, now());
    lose(&broker, &mut submission, &proxy, &lab.keys.pending()).await;
    work_off(&lab).await;
    broker.submit(&mut submission).await;
    assert!(matches!(
        submission.outcomes().next(),
        Some(Err(Error::IdTaken { .. }))
    ));
    assert!(submission.outcomes().skip(1).all(Result::is_ok));
}

#[tokio::test]
async fn another_process_finds_the_receipts_of_a_shared_submission() {
    let redis = Redis::start();
    let proxy = Proxy::new(&redis);
    let lab = Lab::on(redis).await;
    let broker = connect(&proxy.url()).await.unwrap();
    let tasks = sound();
    let mut submission = broker.shared_submission(&tasks, now());
    lose(&broker, &mut submission, &proxy, &lab.keys.pending()).await;
    work_off(&lab).await;
    let mut again = lab.broker.shared_submission(&tasks, now());
    lab.broker.submit(&mut again).await;
    assert!(again.outcomes().all(Result::is_ok));
    assert_eq!(stored(&lab), tasks.len() - 1);
}

/// A call that waits in the buffers of a dead connection while its repetition is answered.
#[tokio::test]
async fn a_call_that_arrives_after_a_later_one_stores_nothing() {
    let lab = Lab::start().await;
    let tasks = sound();
    assert!(
        lab.broker
            .enqueue_many(&tasks, now())
            .await
            .iter()
            .all(Result::is_ok)
    );
    work_off(&lab).await;
    let receipts: Vec<String> = lab.redis.query(&["KEYS", "*:qctl:receipt:*"]);
    for receipt in &receipts {
        lab.redis.cmd(&["SET", receipt, "00000000000010001"]);
    }
    lab.broker.enqueue_many(&tasks, now()).await;
    assert_eq!(stored(&lab), 0);
}

#[tokio::test]
async fn receipts_are_few_and_expire() {
    let lab = Lab::start().await;
    for round in 0..20 {
        let tasks: Vec<_> = (0..250).map(|n| task(&format!("{round}-{n}"))).collect();
        let outcomes = lab.broker.enqueue_many(&tasks, now()).await;
        assert!(outcomes.iter().all(Result::is_ok));
        lab.enqueue(&task(&format!("{round}"))).await;
    }
    let receipts: Vec<String> = lab.redis.query(&["KEYS", "*:qctl:receipt:*"]);
    assert_eq!(receipts.len(), 3, "{receipts:?}");
    for receipt in &receipts {
        let seconds: i64 = lab.redis.query(&["TTL", receipt]);
        assert!((1..=300).contains(&seconds), "{seconds}");
    }
    let dropped = lab.broker.drop_queue(&lab.queue, true, now(), |_| ()).await;
    dropped.unwrap();
    let receipts: Vec<String> = lab.redis.query(&["KEYS", "*:qctl:receipt:*"]);
    assert_eq!(receipts, [""; 0]);
}

#[tokio::test]
async fn a_user_who_may_not_write_receipts_can_still_enqueue() {
    let lab = Lab::start().await;
    let url = lab.redis.url().replace("redis://", "redis://alice:secret@");
    let rules = "on >secret allkeys -@all +@connection +info +evalsha +script|load +sadd +exists +lpush +hset";
    let user = ["ACL", "SETUSER", "alice"]
        .into_iter()
        .chain(rules.split(' '));
    lab.redis.cmd(&user.collect::<Vec<_>>());
    let alice = connect(&url).await.unwrap();
    let outcomes = alice.enqueue_many(&[task("a")], now()).await;
    assert!(outcomes[0].is_ok(), "{outcomes:?}");
    alice.enqueue(&task("b"), now()).await.unwrap();
    assert_eq!(lab.list(&lab.keys.pending()), ["b", "a"]);
}

#[tokio::test]
async fn a_container_that_redis_refuses_leaves_nothing_behind() {
    let lab = Lab::start().await;
    let scheduled = lab.keys.scheduled();
    lab.redis.cmd(&["SET", &scheduled, "strange"]);
    let other = task("c").with(|options| options.queue = queue("low"));
    let tasks = [task("a"), at("b", 60), other];
    let outcomes = lab.broker.enqueue_many(&tasks, now()).await;
    assert!(
        matches!(outcomes[0], Err(Error::WrongType { .. })),
        "{outcomes:?}"
    );
    assert!(matches!(outcomes[1], Err(Error::WrongType { .. })));
    assert!(outcomes[2].is_ok());
    assert_eq!(
        lab.left(),
        [
            "asynq:queues",
            "asynq:{low}:pending",
            "asynq:{low}:t:c",
            "scheduled"
        ]
    );
}

#[tokio::test]
async fn a_task_that_we_may_not_write_leaves_no_id_behind() {
    let lab = Lab::start().await;
    let url = lab.redis.url().replace("redis://", "redis://alice:secret@");
    let tasks = [task("a"), task("b"), at("c", 60), task("aa"), at("ab", 60)];
    let user = [
        "ACL", "SETUSER", "alice", "on", ">secret", "+@all", "-hset", "allkeys",
    ];
    lab.redis.cmd(&user);
    let alice = connect(&url).await.unwrap();
    let outcomes = alice.enqueue_many(&tasks, now()).await;
    for outcome in outcomes {
        assert!(
            matches!(outcome, Err(Error::NotPermitted { .. })),
            "{outcome:?}"
        );
    }
    assert_eq!(lab.left(), ["asynq:queues"]);
    // Since version 7 a user may be let read some keys that it may not write.
    let user = [
        "ACL",
        "SETUSER",
        "alice",
        "+hset",
        "resetkeys",
        "%R~asynq:*",
        "~asynq:queues",
        "~asynq:{default}:pending",
        "~asynq:{default}:scheduled",
        "~asynq:{default}:t:a*",
    ];
    if lab.redis.try_query::<()>(&user).is_err() {
        return say("skipped: this Redis server has no permissions to read alone");
    }
    let outcomes = alice.enqueue_many(&tasks, now()).await;
    let stored: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(stored, [true, false, false, true, true], "{outcomes:?}");
    assert!(
        matches!(outcomes[1], Err(Error::NotPermitted { .. })),
        "{outcomes:?}"
    );
    assert_eq!(lab.list(&lab.keys.pending()), ["aa", "a"]);
    assert_eq!(lab.zset(&lab.keys.scheduled()), scored(&[("ab", NOW + 61)]));
}

#[tokio::test]
async fn a_full_redis_takes_nothing_and_later_all() {
    let lab = Lab::start().await;
    let tasks = [task("a"), at("b", 60)];
    lab.fill_up();
    let outcomes = lab.broker.enqueue_many(&tasks, now()).await;
    assert!(
        outcomes
            .iter()
            .all(|outcome| matches!(outcome, Err(Error::OutOfMemory { .. })))
    );
    lab.free();
    assert_eq!(lab.left(), [""; 0]);
    let outcomes = lab.broker.enqueue_many(&tasks, now()).await;
    assert!(outcomes.iter().all(Result::is_ok));
}
