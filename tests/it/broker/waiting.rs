//! Tasks that wait for the turn of their handler: in `retry`, where every server finds them when they are
//! due, and in a line of their own, from which a worker with a free turn takes the first.

use chrono::{DateTime, Utc};
use qctl::broker::{Claim, Error, FIRST_WAIT, TurnsLeft, WAITS_DUE_PER_SECOND};
use qctl::task::transition::{Move, Settlement};
use qctl::task::{Message, NewTask, State, TaskType};

use super::{Lab, NOW, id, ids, later, now, task, unique};

/// Claims as a worker does whose handler of `t` has no turn left. Returns the tasks of other types.
async fn put_aside(lab: &Lab, at: DateTime<Utc>) -> Vec<Claim> {
    let turns = [left("t", Some(0))];
    let claimed = lab
        .broker
        .claim_in_turn(&lab.queue, 9, &turns, &lab.broker.ticket(at))
        .await;
    let claimed = claimed.unwrap();
    assert!(claimed.aside.is_empty());
    claimed.claims
}

fn left(pattern: &str, left: Option<usize>) -> TurnsLeft<'_> {
    TurnsLeft { pattern, left }
}

/// Enqueues tasks and makes them stand in line.
async fn stand_in_line(lab: &Lab, texts: &[&str]) {
    for text in texts {
        lab.enqueue(&task(text)).await;
    }
    while !lab.list(&lab.keys.pending()).is_empty() {
        assert_eq!(put_aside(lab, now()).await, []);
    }
}

/// Takes the first ones in line, and says how many may still stand there.
async fn take(lab: &Lab, limit: usize) -> (Vec<Claim>, u64) {
    let ticket = lab.broker.ticket(now());
    let taken = lab.broker.claim_waiting(&lab.queue, "t", limit, &ticket);
    let (claimed, left) = taken.await.unwrap();
    assert!(claimed.aside.is_empty());
    (claimed.claims, left)
}

async fn taken(lab: &Lab, limit: usize) -> (Vec<String>, u64) {
    let (claims, left) = take(lab, limit).await;
    let names = claims.iter().map(|claim| claim.id.to_string());
    (names.collect(), left)
}

fn due(lab: &Lab, text: &str) -> i64 {
    lab.redis.query(&["ZSCORE", &lab.keys.retry(), text])
}

#[tokio::test]
async fn a_task_waits_unchanged_and_is_taken_in_its_turn() {
    let lab = Lab::start().await;
    lab.enqueue(&unique("one")).await;
    let before = lab.find("one").await.unwrap().message.unwrap();
    stand_in_line(&lab, &["a", "c", "b"]).await;
    let found = lab.find("one").await.unwrap();
    assert_eq!(found.state, State::Retry);
    assert!(found.waits_for_handler);
    assert_eq!(found.message, Ok(before.clone()));
    let first_wait = i64::try_from(FIRST_WAIT.as_secs()).unwrap();
    assert_eq!(due(&lab, "one"), NOW + first_wait);
    assert_eq!(lab.number(&lab.keys.processed()), None);
    assert!(lab.list(&lab.keys.active()).is_empty() && lab.zset(&lab.keys.lease()).is_empty());

    let (mut claims, left) = take(&lab, 1).await;
    let claim = claims.pop().unwrap();
    assert_eq!((claim.id.as_str(), left), ("one", 3));
    assert_eq!(claim.message, before);
    assert_eq!(lab.list(&lab.keys.active()), ["one"]);
    assert_eq!(lab.zset(&lab.keys.lease()).len(), 1);
    assert_eq!(lab.find("one").await.unwrap().state, State::Active);
    lab.settle(claim, Settlement::Done).await;
    let names = ["a", "c", "b"].map(str::to_owned).to_vec();
    assert_eq!(taken(&lab, 9).await, (names, 0));
    assert_eq!(taken(&lab, 9).await, (Vec::new(), 0));
    assert!(!lab.left().iter().any(|key| key.contains("waiting")));
}

#[tokio::test]
async fn the_more_wait_the_later_they_are_due() {
    let lab = Lab::start().await;
    let hundred = usize::try_from(WAITS_DUE_PER_SECOND).unwrap();
    let names: Vec<String> = (0..=2 * hundred).map(|n| format!("n{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    stand_in_line(&lab, &names).await;
    let wait = |n: usize| due(&lab, names[n]) - NOW;
    assert_eq!(
        [wait(0), wait(hundred), wait(2 * hundred)],
        [5, 6, 7],
        "a hundred a second"
    );
}

/// It comes back when it is due, whether its turn has come or not.
#[tokio::test]
async fn a_task_that_came_back_in_vain_keeps_its_place() {
    let lab = Lab::start().await;
    stand_in_line(&lab, &["a", "b"]).await;
    // The other way round.
    for (text, at) in [("b", 1), ("a", 2)] {
        lab.redis.cmd(&[
            "ZADD",
            &lab.keys.retry(),
            "XX",
            &(NOW + at).to_string(),
            text,
        ]);
        let forwarded = lab.broker.forward(&lab.queue, later(at)).await.unwrap();
        assert_eq!(forwarded.moved, 1);
        assert_eq!(put_aside(&lab, later(at)).await, []);
    }
    let names = ["a", "b"].map(str::to_owned).to_vec();
    assert_eq!(taken(&lab, 2).await, (names, 0));
}

#[tokio::test]
async fn what_waits_for_something_else_by_now_is_passed_over() {
    let lab = Lab::start().await;
    stand_in_line(&lab, &["failed", "archived", "deleted", "pending", "last"]).await;
    // Somebody else runs one of them, which fails.
    let due_at = (NOW + 1).to_string();
    lab.redis
        .cmd(&["ZADD", &lab.keys.retry(), "XX", &due_at, "failed"]);
    lab.broker.forward(&lab.queue, later(1)).await.unwrap();
    let mut claimed = lab.broker.claim(&lab.queue, 1, later(5)).await.unwrap();
    let claim = claimed.claims.pop().unwrap();
    let message = Message {
        retried: 1,
        ..claim.message.clone()
    };
    let failed = Settlement::Retry {
        message,
        at: later(3600),
        counted: true,
    };
    lab.settle(claim, failed).await;
    for (text, action) in [
        ("archived", Move::Archive),
        ("deleted", Move::Delete),
        ("pending", Move::Retry),
    ] {
        let tasks = ids(&[text]);
        let applied = lab.broker.apply(&lab.queue, action, &tasks, now()).await;
        assert_eq!(applied.unwrap().changed, tasks);
    }
    assert_eq!(taken(&lab, 9).await, (vec!["last".to_owned()], 0));
    assert_eq!(lab.find("failed").await.unwrap().state, State::Retry);
    // A name in line that is no task.
    lab.redis
        .cmd(&["ZADD", &lab.keys.waiting("t"), "1", "ghost"]);
    lab.redis.cmd(&["SADD", &lab.keys.task(&id("set")), "x"]);
    lab.redis.cmd(&["ZADD", &lab.keys.waiting("t"), "2", "set"]);
    assert_eq!(taken(&lab, 9).await, (Vec::new(), 0));
}

#[tokio::test]
async fn nothing_is_taken_from_a_paused_queue() {
    let lab = Lab::start().await;
    stand_in_line(&lab, &["one"]).await;
    lab.broker.pause(&lab.queue, now()).await.unwrap();
    assert_eq!(taken(&lab, 1).await, (Vec::new(), 0));
    lab.broker.resume(&lab.queue).await.unwrap();
    assert_eq!(taken(&lab, 1).await, (vec!["one".to_owned()], 0));
}

#[tokio::test]
async fn a_full_redis_keeps_everybody_in_line() {
    let lab = Lab::start().await;
    stand_in_line(&lab, &["one", "two"]).await;
    let before = lab.snapshot();
    lab.fill_up();
    let refused = lab
        .broker
        .claim_waiting(&lab.queue, "t", 1, &lab.broker.ticket(now()))
        .await;
    assert!(
        matches!(refused, Err(Error::OutOfMemory { .. })),
        "{refused:?}"
    );
    assert_eq!(lab.snapshot(), before);
    lab.free();
    assert_eq!(taken(&lab, 1).await, (vec!["one".to_owned()], 1));
}

#[tokio::test]
async fn each_handler_gets_as_many_as_it_has_turns_and_the_longest_pattern_counts() {
    let lab = Lab::start().await;
    let kinds = ["a:1", "a:1", "a:1", "a:big:1", "b", "c", "b", "a:2"];
    for (n, kind) in kinds.iter().enumerate() {
        lab.enqueue(&NewTask {
            kind: TaskType::new(*kind).unwrap(),
            ..task(&format!("{n}"))
        })
        .await;
    }
    let turns = [
        left("a:*", Some(2)),
        left("a:big:*", Some(0)),
        left("*", None),
        left("b", Some(1)),
    ];
    let claimed = lab
        .broker
        .claim_in_turn(&lab.queue, 9, &turns, &lab.broker.ticket(now()))
        .await;
    let claimed = claimed.unwrap();
    let names: Vec<&str> = claimed
        .claims
        .iter()
        .map(|claim| claim.id.as_str())
        .collect();
    assert_eq!(names, ["0", "1", "4", "5"]);
    assert_eq!(claimed.in_line, ["a:*", "a:big:*", "b"]);
    let line = |pattern| {
        lab.redis
            .query::<Vec<String>>(&["ZRANGE", &lab.keys.waiting(pattern), "0", "-1"])
    };
    assert_eq!(
        ["a:*", "a:big:*", "b"].map(line),
        [vec!["2", "7"], vec!["3"], vec!["6"]]
    );
}

/// What stands in line does not count, so that tasks behind it come at once.
#[tokio::test]
async fn a_claim_looks_past_those_that_must_wait() {
    let lab = Lab::start().await;
    for n in 0..150 {
        lab.enqueue(&task(&format!("{n}"))).await;
    }
    lab.enqueue(&NewTask {
        kind: TaskType::new("other").unwrap(),
        ..task("last")
    })
    .await;
    let turns = [left("t", Some(0)), left("*", Some(1))];
    let claim = async || {
        lab.broker
            .claim_in_turn(&lab.queue, 1, &turns, &lab.broker.ticket(now()))
            .await
            .unwrap()
    };
    let first = claim().await;
    assert_eq!(
        (first.claims.len(), first.in_line),
        (0, vec!["t".to_owned()])
    );
    assert_eq!(claim().await.claims[0].id.as_str(), "last");
}

/// Names stay behind when others run their tasks, so the line must not stay forever.
#[tokio::test]
async fn an_unused_line_expires() {
    let lab = Lab::start().await;
    stand_in_line(&lab, &["one"]).await;
    let ttl: i64 = lab.redis.query(&["TTL", &lab.keys.waiting("t")]);
    assert!((86_400..86_400 + 60).contains(&ttl), "{ttl}");
    stand_in_line(&lab, &["two"]).await;
    let dropped = lab.broker.drop_queue(&lab.queue, true, now(), |_| ());
    dropped.await.unwrap();
    assert_eq!(lab.left(), [""; 0]);
}
