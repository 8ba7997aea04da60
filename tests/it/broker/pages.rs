//! Changes of a container page by page: all of its tasks or those chosen, while others add tasks to it and take them.

use std::collections::BTreeSet;

use qctl::broker::{Container, Error, Passed};
use qctl::task::transition::Move;
use qctl::task::{NewTask, State, TaskId};

use super::scale::{MANY, never_slow};
use super::{Lab, grouped, id, now, task, unique};
use crate::harness::leaks::assert_no_leaks;

/// What came of a change.
#[derive(Default)]
struct Changed {
    steps: usize,
    seen: u64,
    ids: Vec<String>,
    passed: Vec<(String, Passed)>,
}

impl Changed {
    fn count(&self) -> usize {
        self.ids.len()
    }
}

fn text(id: &[u8]) -> String {
    String::from_utf8_lossy(id).into_owned()
}

/// Changes those tasks that are chosen; `meanwhile` happens after each step.
async fn change_while(
    lab: &Lab,
    container: &Container,
    action: Move,
    chosen: impl Fn(&str) -> bool,
    mut meanwhile: impl AsyncFnMut(usize),
) -> Changed {
    let pages = lab
        .broker
        .pages(&lab.queue, container.clone(), action, false);
    let mut pages = pages.await.unwrap();
    let mut done = Changed::default();
    while let Some(step) = pages
        .step(usize::MAX, now(), |id| chosen(&text(id)))
        .await
        .unwrap()
    {
        done.steps += 1;
        assert!(done.steps < 10_000, "it does not end");
        done.seen += step.seen;
        done.ids.extend(step.changed.iter().map(|id| text(id)));
        let passed = step.passed.iter().map(|(id, why)| (text(id), *why));
        done.passed.extend(passed);
        meanwhile(done.steps).await;
    }
    done
}

async fn change(
    lab: &Lab,
    container: &Container,
    action: Move,
    chosen: impl Fn(&str) -> bool,
) -> Changed {
    change_while(lab, container, action, chosen, async |_| {}).await
}

/// Numbers of all that were changed and passed by.
async fn change_all(lab: &Lab, container: &Container, action: Move) -> (usize, usize) {
    let done = change(lab, container, action, |_| true).await;
    (done.count(), done.passed.len())
}

/// The members of a container in their order.
fn members(lab: &Lab, container: &Container) -> Vec<String> {
    let key = match container {
        Container::State(State::Pending) => return lab.list(&lab.keys.pending()),
        Container::State(State::Scheduled) => lab.keys.scheduled(),
        Container::State(State::Retry) => lab.keys.retry(),
        Container::State(State::Archived) => lab.keys.archived(),
        Container::State(State::Completed) => lab.keys.completed(),
        Container::State(state) => panic!("no walks through {state}"),
        Container::Group(name) => lab.keys.group(name),
    };
    lab.zset(&key).into_iter().map(|(id, _)| id).collect()
}

fn hashes(lab: &Lab) -> usize {
    let pattern = format!("{}*", lab.keys.task_prefix());
    lab.redis.query::<Vec<String>>(&["KEYS", &pattern]).len()
}

/// Every third, in no step with any page.
fn third(id: &str) -> bool {
    id[id.len() - 3..]
        .parse::<u32>()
        .is_ok_and(|n| n.is_multiple_of(3))
}

#[tokio::test]
async fn what_was_not_chosen_stays_in_its_order() {
    for (state, actions) in [
        (State::Pending, vec![Move::Archive, Move::Delete]),
        (State::Scheduled, vec![Move::Retry, Move::Delete]),
        (State::Retry, vec![Move::Retry, Move::Archive]),
        (State::Archived, vec![Move::Retry, Move::Delete]),
        (State::Completed, vec![Move::Archive, Move::Delete]),
    ] {
        for action in actions {
            let lab = Lab::start().await;
            lab.fill(state, 1_300, "x");
            let container = Container::State(state);
            let mut stay = members(&lab, &container);
            let chosen: BTreeSet<String> = stay.extract_if(.., |id| third(id)).collect();
            let done = change(&lab, &container, action, third).await;
            assert_eq!(done.count(), chosen.len(), "{state} {action:?}");
            assert_eq!(done.seen, 1_300, "{state} {action:?}");
            assert_eq!(members(&lab, &container), stay, "{state} {action:?}");
            let target = match action {
                Move::Delete => {
                    assert_eq!(hashes(&lab), stay.len());
                    // Besides them there is the container, and nothing else.
                    assert_eq!(lab.left().len(), stay.len() + 1);
                    continue;
                }
                Move::Retry => State::Pending,
                Move::Archive => State::Archived,
            };
            let moved = members(&lab, &Container::State(target));
            assert_eq!(moved.into_iter().collect::<BTreeSet<_>>(), chosen);
            assert_no_leaks(&lab.redis);
            assert_eq!(lab.state("x00003"), target.name());
            assert_eq!(lab.left().len(), 1_300 + 2);
        }
    }
}

#[tokio::test]
async fn locks_and_group_names_go_with_their_tasks() {
    let lab = Lab::start().await;
    for n in 0..10 {
        let payload = Some(n.to_string().into_bytes());
        lab.enqueue(&NewTask {
            payload,
            ..unique(&format!("n-{n:03}"))
        })
        .await;
    }
    // Asynq's inspector and its requeue do not note since when a task is pending.
    let key = lab.keys.task(&id("n-002"));
    lab.redis.cmd(&["HDEL", &key, "pending_since"]);
    let pending = Container::State(State::Pending);
    let even = |id: &str| id.ends_with(['0', '2', '4', '6', '8']);
    assert_eq!(change(&lab, &pending, Move::Delete, even).await.count(), 5);
    // Five tasks with their locks, their list, and the names of all queues.
    assert_eq!(lab.left().len(), 5 + 5 + 2);
    assert_eq!(change_all(&lab, &pending, Move::Archive).await, (5, 0));
    let left = lab.left().len();
    assert_eq!(left, 5 + 5 + 2, "an archived task keeps its lock");
    let archived = Container::State(State::Archived);
    assert_eq!(change_all(&lab, &archived, Move::Delete).await, (5, 0));
    for text in ["one", "two"] {
        lab.enqueue(&grouped(text, "g")).await;
    }
    let group = Container::Group("g".into());
    let done = change(&lab, &group, Move::Delete, |id| id == "one").await;
    assert_eq!(
        (done.count(), members(&lab, &group)),
        (1, vec!["two".to_owned()])
    );
    assert_eq!(change_all(&lab, &group, Move::Delete).await, (1, 0));
    assert_eq!(lab.left(), ["asynq:queues"]);
}

#[tokio::test]
async fn each_container_is_emptied() {
    let lab = Lab::start().await;
    for state in [
        State::Pending,
        State::Scheduled,
        State::Retry,
        State::Archived,
        State::Completed,
    ] {
        for action in [Move::Retry, Move::Archive, Move::Delete] {
            if state.after(action.into()).is_err() {
                continue;
            }
            for n in 0..700 {
                lab.fill_one(state, &format!("{n:03}"));
            }
            let container = Container::State(state);
            let done = change_all(&lab, &container, action).await;
            assert_eq!(done, (700, 0), "{state} {action:?}");
            assert_eq!(lab.broker.count(&lab.queue, &container).await, Ok(0));
            let to = match action {
                Move::Retry => State::Pending,
                Move::Archive => State::Archived,
                Move::Delete => State::Retry,
            };
            change_all(&lab, &Container::State(to), Move::Delete).await;
            assert_eq!(lab.left(), [""; 0], "{state} {action:?}");
        }
    }
}

#[tokio::test]
async fn a_dry_run_says_the_same_and_writes_nothing() {
    for action in [Move::Retry, Move::Archive, Move::Delete] {
        let lab = Lab::start().await;
        lab.fill(State::Retry, 250, "x");
        lab.redis.cmd(&["DEL", &lab.keys.task(&id("x00007"))]);
        let elsewhere = lab.keys.task(&id("x00008"));
        lab.redis.cmd(&["HSET", &elsewhere, "state", "active"]);
        let before = lab.snapshot();
        let retry = Container::State(State::Retry);
        let mut all = Vec::new();
        for dry_run in [true, false] {
            let pages = lab.broker.pages(&lab.queue, retry.clone(), action, dry_run);
            let mut pages = pages.await.unwrap();
            let mut steps = Vec::new();
            while let Some(step) = pages.step(usize::MAX, now(), third_of).await.unwrap() {
                steps.push(step);
            }
            if dry_run {
                assert_eq!(lab.snapshot(), before, "{action:?}");
            }
            all.push(steps);
        }
        assert_eq!(all[0], all[1], "{action:?}");
    }
}

fn third_of(id: &[u8]) -> bool {
    third(&text(id)) || id.ends_with(b"7") || id.ends_with(b"8")
}

/// An id without a task is nothing to keep; archiving it would make a task without a message. A stranger's key stays.
#[tokio::test]
async fn ids_without_a_task_can_only_be_deleted() {
    for state in [State::Pending, State::Retry] {
        let lab = Lab::start().await;
        lab.fill(state, 3, "x");
        lab.redis.cmd(&["DEL", &lab.keys.task(&id("x00001"))]);
        let strange = lab.keys.task(&id("x00002"));
        lab.redis.cmd(&["DEL", &strange]);
        lab.redis.cmd(&["SET", &strange, "no hash"]);
        let container = Container::State(state);
        let done = change(&lab, &container, Move::Archive, |_| true).await;
        assert_eq!(done.ids, ["x00003"], "{state}");
        let unreadable = done
            .passed
            .iter()
            .all(|(_, why)| *why == Passed::Unreadable);
        assert!(unreadable && done.passed.len() == 2, "{:?}", done.passed);
        assert_eq!(change_all(&lab, &container, Move::Delete).await, (2, 0));
        assert_eq!(members(&lab, &container), [""; 0]);
        assert_eq!(lab.redis.query::<String>(&["GET", &strange]), "no hash");
    }
}

/// A task that says it runs is not touched, wherever its id lies.
#[tokio::test]
async fn what_says_it_is_elsewhere_is_passed_by_and_keeps_its_place() {
    for state in [State::Pending, State::Retry] {
        let lab = Lab::start().await;
        lab.fill(state, 1_250, "x");
        let elsewhere = ["x00001", "x00002", "x00500", "x01249", "x01250"];
        for text in elsewhere {
            let key = lab.keys.task(&id(text));
            lab.redis.cmd(&["HSET", &key, "state", "active"]);
        }
        let container = Container::State(state);
        let left = members(&lab, &container);
        let left: Vec<String> = left
            .into_iter()
            .filter(|id| elsewhere.contains(&id.as_str()))
            .collect();
        let done = change(&lab, &container, Move::Delete, |_| true).await;
        assert_eq!(done.count(), 1_245);
        assert_eq!(done.passed.len(), 5);
        assert!(
            done.passed
                .iter()
                .all(|(_, why)| *why == Passed::OutOfPlace)
        );
        assert_eq!(members(&lab, &container), left);
    }
}

/// Between the look at a page and the script that changes it.
#[tokio::test]
async fn a_chosen_task_that_leaves_meanwhile_is_left_alone() {
    for action in [Move::Archive, Move::Delete] {
        let lab = Lab::start().await;
        lab.fill(State::Pending, 5, "x");
        let done = change(&lab, &Container::State(State::Pending), action, |id| {
            if id == "x00001" {
                let (pending, active) = (lab.keys.pending(), lab.keys.active());
                lab.redis
                    .cmd(&["LMOVE", &pending, &active, "RIGHT", "LEFT"]);
                let key = lab.keys.task(&TaskId::new(id).unwrap());
                lab.redis.cmd(&["HSET", &key, "state", "active"]);
            }
            true
        });
        let done = done.await;
        assert_eq!(done.count(), 4, "{action:?}");
        assert_eq!(done.passed.len(), 1);
        assert_eq!(done.passed[0].1, Passed::Moved);
        assert_eq!(lab.list(&lab.keys.active()), [done.passed[0].0.as_str()]);
    }
}

/// Every task that was there is met unless it was claimed, and no newcomer is changed.
#[tokio::test]
async fn arrivals_and_claims_meanwhile_cost_no_task() {
    for action in [Move::Archive, Move::Delete] {
        let lab = Lab::start().await;
        lab.fill(State::Pending, 2_000, "x");
        let pending = Container::State(State::Pending);
        let before = members(&lab, &pending);
        let wanted = |id: &str| id.starts_with('x') && third(id);
        let mut claimed = BTreeSet::new();
        let done = change_while(&lab, &pending, action, wanted, async |round| {
            let arrivals = if round == 3 { 1_100 } else { 37 };
            lab.fill(State::Pending, arrivals, &format!("new-{round}-1"));
            let taken = lab.broker.claim(&lab.queue, 100, now()).await.unwrap();
            claimed.extend(taken.claims.into_iter().map(|claim| claim.id.to_string()));
        })
        .await;
        let changed: BTreeSet<String> = done.ids.iter().cloned().collect();
        assert_eq!(changed.len(), done.count(), "each once");
        for id in &before {
            let expected = wanted(id) && !claimed.contains(id);
            assert_eq!(changed.contains(id), expected, "{action:?} {id}");
        }
        let mut stay = before.clone();
        stay.retain(|id| !changed.contains(id) && !claimed.contains(id));
        let mut left = members(&lab, &pending);
        left.retain(|id| id.starts_with('x'));
        assert_eq!(left, stay);
        assert_eq!(lab.list(&lab.keys.active()).len(), claimed.len());
        assert_no_leaks(&lab.redis);
    }
}

/// Newcomers that are due earlier push the others on, and those that are due leave.
#[tokio::test]
async fn arrivals_and_departures_in_a_sorted_set_cost_no_task() {
    let lab = Lab::start().await;
    lab.fill(State::Scheduled, 2_000, "x");
    let scheduled = Container::State(State::Scheduled);
    let mut gone = BTreeSet::new();
    let wanted = |id: &str| id.starts_with('x') && third(id);
    let done = change_while(&lab, &scheduled, Move::Delete, wanted, async |round| {
        for n in 0..50 {
            let text = format!("new-{round}-{n:03}");
            lab.fill_one(State::Scheduled, &text);
            let key = lab.keys.scheduled();
            lab.redis.cmd(&["ZADD", &key, "1", &text]);
        }
        let first: Vec<String> = lab
            .redis
            .query(&["ZRANGE", &lab.keys.scheduled(), "0", "400"]);
        for id in first.iter().filter(|id| id.starts_with('x')) {
            lab.redis.cmd(&["ZREM", &lab.keys.scheduled(), id]);
            gone.insert(id.clone());
        }
    })
    .await;
    let changed: BTreeSet<String> = done.ids.iter().cloned().collect();
    for n in 1..=2_000 {
        let id = format!("x{n:05}");
        let expected = wanted(&id) && !gone.contains(&id);
        assert_eq!(changed.contains(&id), expected, "{id}");
    }
}

#[tokio::test]
async fn a_full_redis_can_be_emptied() {
    let lab = Lab::start().await;
    lab.fill(State::Pending, 400, "x");
    let pending = Container::State(State::Pending);
    let mut stay = members(&lab, &pending);
    stay.retain(|id| !third(id));
    lab.fill_up();
    let before = lab.snapshot();
    let archive = lab
        .broker
        .pages(&lab.queue, pending.clone(), Move::Archive, false);
    let refused = archive
        .await
        .unwrap()
        .step(usize::MAX, now(), third_of)
        .await;
    assert!(
        matches!(refused, Err(Error::OutOfMemory { .. })),
        "{refused:?}"
    );
    assert_eq!(lab.snapshot(), before);
    assert_eq!(
        change(&lab, &pending, Move::Delete, third).await.count(),
        133
    );
    assert_eq!(members(&lab, &pending), stay);
    assert_eq!(hashes(&lab), stay.len());
}

#[tokio::test]
async fn pages_of_large_tasks_are_short() {
    let lab = Lab::start().await;
    let large = 400 * 1024;
    for n in 0..100 {
        let payload = Some(vec![b'x'; large]);
        lab.enqueue(&NewTask {
            payload,
            ..task(&format!("{n:03}"))
        })
        .await;
    }
    let mut walk = lab
        .broker
        .walk(&lab.queue, Container::State(State::Pending));
    let (mut seen, mut longest) = (Vec::new(), 0);
    loop {
        let page = walk.tasks().await.unwrap();
        if page.is_empty() {
            break;
        }
        longest = longest.max(page.len());
        seen.extend(page.into_iter().map(|task| task.id.to_string()));
    }
    let expected: Vec<String> = (0..100).map(|n| format!("{n:03}")).collect();
    assert_eq!(seen, expected);
    assert!(longest * large < 5 * 1024 * 1024, "{longest}");
}

#[tokio::test]
async fn choosing_among_many() {
    for (action, every) in [
        (Move::Delete, 100),
        (Move::Delete, 2),
        (Move::Archive, 100),
        (Move::Archive, 2),
    ] {
        never_slow(
            |lab| lab.fill(State::Pending, MANY, "x"),
            async |lab| {
                let chosen = |id: &str| {
                    let number = id[1..].parse::<usize>();
                    number.is_ok_and(|n| n.is_multiple_of(every))
                };
                let pending = Container::State(State::Pending);
                let done = change(lab, &pending, action, chosen).await;
                assert_eq!(done.count(), MANY / every);
                let length: usize = lab.redis.query(&["LLEN", &lab.keys.pending()]);
                assert_eq!(length, MANY - MANY / every + 1);
            },
        )
        .await;
    }
}
