//! Walks that choose among the tasks of a container, while others add tasks to it and take them.

use std::collections::BTreeSet;

use qctl::broker::records::FoundTask;
use qctl::broker::{Container, Error, Walk};
use qctl::task::transition::Action;
use qctl::task::{NewTask, State, TaskId};

use super::scale::{MANY, never_slow};
use super::{Lab, grouped, id, now, task, unique};
use crate::harness::leaks::assert_no_leaks;

/// What came of a walk: the tasks seen, each as often as it was, and how many were changed.
#[derive(Default)]
struct Walked {
    seen: Vec<String>,
    pages: Vec<usize>,
    changed: u64,
}

async fn start(lab: &Lab, container: Container) -> Walk {
    lab.broker.walk(&lab.queue, container).await.unwrap()
}

/// Walks to the end; `meanwhile` happens after each look and before what is done about it.
async fn walk(
    lab: &Lab,
    container: Container,
    action: Action,
    chosen: impl Fn(&str) -> bool,
    mut meanwhile: impl AsyncFnMut(usize),
) -> Walked {
    let mut walk = start(lab, container).await;
    let mut walked = Walked::default();
    loop {
        let page = walk.next().await.unwrap();
        if page.is_empty() {
            return walked;
        }
        walked.pages.push(page.len());
        assert!(walked.pages.len() < 1000, "it does not end");
        meanwhile(walked.pages.len()).await;
        let ids = page.iter().map(|task| task.id.clone());
        let ids: Vec<TaskId> = ids.filter(|id| chosen(id.as_str())).collect();
        walked.changed += walk.apply(action, &ids, now()).await.unwrap();
        walked
            .seen
            .extend(page.iter().map(|task| task.id.to_string()));
    }
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

async fn nothing(_: usize) {}

#[tokio::test]
async fn what_was_not_chosen_stays_in_its_order() {
    for (state, actions) in [
        (State::Pending, vec![Action::Archive, Action::Delete]),
        (State::Scheduled, vec![Action::RunNow, Action::Delete]),
        (State::Retry, vec![Action::RunNow, Action::Archive]),
        (State::Archived, vec![Action::RunNow, Action::Delete]),
        (State::Completed, vec![Action::Archive, Action::Delete]),
    ] {
        for action in actions {
            let lab = Lab::start().await;
            lab.fill(state, 1_300, "x");
            let container = Container::State(state);
            let mut stay = members(&lab, &container);
            let chosen: BTreeSet<String> = stay.extract_if(.., |id| third(id)).collect();
            let walked = walk(&lab, container.clone(), action, third, nothing).await;
            assert_eq!(walked.changed, chosen.len() as u64, "{state} {action:?}");
            assert_eq!(walked.seen.len(), 1_300, "{state} {action:?}");
            assert_eq!(members(&lab, &container), stay, "{state} {action:?}");
            let target = match action {
                Action::Delete => {
                    assert_eq!(hashes(&lab), stay.len());
                    // Besides them there is the container, and nothing else.
                    assert_eq!(lab.left().len(), stay.len() + 1);
                    continue;
                }
                Action::RunNow => State::Pending,
                Action::Archive => State::Archived,
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
    let pending = Container::State(State::Pending);
    let even = |id: &str| id.ends_with(['0', '2', '4', '6', '8']);
    let walked = walk(&lab, pending.clone(), Action::Delete, even, nothing).await;
    assert_eq!(walked.changed, 5);
    // Five tasks with their locks, their list, and the names of all queues.
    assert_eq!(lab.left().len(), 5 + 5 + 2);
    let walked = walk(&lab, pending, Action::Archive, |_| true, nothing).await;
    assert_eq!(walked.changed, 5);
    assert_eq!(
        lab.left().len(),
        5 + 5 + 2,
        "an archived task keeps its lock"
    );
    let archived = Container::State(State::Archived);
    walk(&lab, archived, Action::Delete, |_| true, nothing).await;
    for text in ["one", "two"] {
        lab.enqueue(&grouped(text, "g")).await;
    }
    let group = Container::Group("g".into());
    let walked = walk(
        &lab,
        group.clone(),
        Action::Delete,
        |id| id == "one",
        nothing,
    )
    .await;
    assert_eq!(
        (walked.changed, members(&lab, &group)),
        (1, vec!["two".to_owned()])
    );
    let walked = walk(&lab, group, Action::Delete, |_| true, nothing).await;
    assert_eq!(walked.changed, 1);
    assert_eq!(lab.left(), ["asynq:queues"]);
}

#[tokio::test]
async fn arrivals_and_claims_meanwhile_cost_no_task() {
    for action in [Action::Archive, Action::Delete] {
        let lab = Lab::start().await;
        lab.fill(State::Pending, 2_000, "x");
        let pending = Container::State(State::Pending);
        let before = members(&lab, &pending);
        let mut claimed = BTreeSet::new();
        let walked = walk(&lab, pending.clone(), action, third, async |round| {
            // Once more than a window reaches.
            let arrivals = if round == 3 { 1_100 } else { 37 };
            lab.fill(State::Pending, arrivals, &format!("new-{round}-1"));
            let taken = lab.broker.claim(&lab.queue, 100, now()).await.unwrap();
            claimed.extend(taken.claims.into_iter().map(|claim| claim.id.to_string()));
        })
        .await;
        let seen: BTreeSet<&String> = walked.seen.iter().collect();
        for id in &before {
            assert!(
                seen.contains(id) || claimed.contains(id),
                "{id} was passed by"
            );
            let kept = !third(id) || claimed.contains(id);
            let gone = if action == Action::Delete {
                lab.hash(id).is_empty()
            } else {
                lab.state(id) == "archived"
            };
            assert_ne!(kept, gone, "{id}");
        }
        let stay: Vec<&String> = before
            .iter()
            .filter(|id| !third(id) && !claimed.contains(*id))
            .collect();
        let left = members(&lab, &pending);
        assert!(
            left.iter()
                .all(|id| id.starts_with('x') || id.starts_with("new-"))
        );
        let left: Vec<&String> = left.iter().filter(|id| id.starts_with('x')).collect();
        assert_eq!(left, stay);
        assert!(claimed.iter().all(|id| lab.state(id) == "active"));
        assert_eq!(lab.list(&lab.keys.active()).len(), claimed.len());
        assert_no_leaks(&lab.redis);
    }
}

#[tokio::test]
async fn a_chosen_task_that_was_claimed_meanwhile_is_left_alone() {
    for action in [Action::Archive, Action::Delete] {
        let lab = Lab::start().await;
        lab.fill(State::Pending, 5, "x");
        let pending = Container::State(State::Pending);
        let walked = walk(
            &lab,
            pending.clone(),
            action,
            |_| true,
            async |_| {
                lab.broker.claim(&lab.queue, 2, now()).await.unwrap();
            },
        )
        .await;
        assert_eq!(walked.changed, 3);
        assert_eq!(lab.list(&lab.keys.active()), ["x00002", "x00001"]);
        assert_eq!(lab.zset(&lab.keys.lease()).len(), 2);
        assert_eq!(lab.state("x00001"), "active");
        assert_eq!(members(&lab, &pending), [""; 0]);
    }
}

#[tokio::test]
async fn tasks_that_left_a_sorted_set_meanwhile_are_left_alone() {
    for action in [Action::RunNow, Action::Archive, Action::Delete] {
        let lab = Lab::start().await;
        lab.fill(State::Retry, 250, "x");
        let retry = Container::State(State::Retry);
        let walked = walk(&lab, retry.clone(), action, third, async |round| {
            let gone = [id(&format!("x{:05}", round * 3))];
            let by_hand = lab.broker.apply(&lab.queue, Action::RunNow, &gone, now());
            assert_eq!(by_hand.await.unwrap().changed, gone);
        })
        .await;
        let taken = walked.pages.len() as u64;
        assert_eq!(walked.changed, 250 / 3 - taken);
        assert_eq!(members(&lab, &retry).len(), 250 - 250 / 3);
        assert_eq!(lab.state("x00003"), "pending");
    }
}

#[tokio::test]
async fn a_walk_ends_although_arrivals_go_on() {
    let lab = Lab::start().await;
    lab.fill(State::Pending, 300, "x");
    let pending = Container::State(State::Pending);
    let walked = walk(
        &lab,
        pending,
        Action::Delete,
        |_| true,
        async |round| {
            lab.fill(State::Pending, 600, &format!("new-{round}-"));
        },
    )
    .await;
    assert!(walked.seen.len() <= 1_100, "{}", walked.seen.len());
}

/// An id without a task is nothing to keep; archiving it would make a task without a message.
#[tokio::test]
async fn ids_without_a_task_can_only_be_deleted() {
    for state in [State::Pending, State::Retry] {
        let lab = Lab::start().await;
        lab.fill(state, 3, "x");
        lab.redis.cmd(&["DEL", &lab.keys.task(&id("x00001"))]);
        lab.redis.cmd(&["DEL", &lab.keys.task(&id("x00002"))]);
        lab.redis
            .cmd(&["SET", &lab.keys.task(&id("x00002")), "no hash"]);
        let container = Container::State(state);
        let walked = walk(&lab, container.clone(), Action::Archive, |_| true, nothing).await;
        assert_eq!(walked.changed, 1, "{state}");
        assert_eq!(
            members(&lab, &Container::State(State::Archived)),
            ["x00003"]
        );
        assert_eq!(members(&lab, &container).len(), 2);
        let walked = walk(&lab, container.clone(), Action::Delete, |_| true, nothing).await;
        assert_eq!(walked.changed, 2, "{state}");
        assert_eq!(members(&lab, &container), [""; 0]);
    }
}

/// A task that says it runs is not touched, wherever its id lies.
#[tokio::test]
async fn a_pending_id_whose_task_is_elsewhere_is_passed_by() {
    let lab = Lab::start().await;
    lab.fill(State::Pending, 2, "x");
    let key = lab.keys.task(&id("x00001"));
    lab.redis.cmd(&["HSET", &key, "state", "active"]);
    for (action, changed) in [(Action::Archive, 1), (Action::Delete, 0)] {
        let pending = Container::State(State::Pending);
        let walked = walk(&lab, pending, action, |_| true, nothing).await;
        assert_eq!(walked.changed, changed);
        assert_eq!(lab.state("x00001"), "active");
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
    let mut archiving = start(&lab, pending.clone()).await;
    let page: Vec<FoundTask> = archiving.next().await.unwrap();
    let ids: Vec<TaskId> = page.into_iter().map(|task| task.id).collect();
    let refused = archiving.apply(Action::Archive, &ids, now()).await;
    assert!(
        matches!(refused, Err(Error::OutOfMemory { .. })),
        "{refused:?}"
    );
    assert_eq!(lab.snapshot(), before);
    let walked = walk(&lab, pending.clone(), Action::Delete, third, nothing).await;
    assert_eq!(walked.changed, 133);
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
    let pending = Container::State(State::Pending);
    let walked = walk(&lab, pending, Action::Delete, third, nothing).await;
    assert_eq!((walked.seen.len(), walked.changed), (100, 34));
    let longest = walked.pages.iter().max().unwrap();
    assert!(longest * large < 5 * 1024 * 1024, "{:?}", walked.pages);
}

#[tokio::test]
async fn choosing_among_many() {
    for (action, every) in [
        (Action::Delete, 100),
        (Action::Delete, 2),
        (Action::Archive, 100),
        (Action::Archive, 2),
    ] {
        never_slow(
            |lab| lab.fill(State::Pending, MANY, "x"),
            async |lab| {
                let chosen = |id: &str| {
                    id[1..]
                        .parse::<usize>()
                        .is_ok_and(|n| n.is_multiple_of(every))
                };
                let pending = Container::State(State::Pending);
                let walked = walk(lab, pending, action, chosen, nothing).await;
                assert_eq!(walked.changed, (MANY / every) as u64);
                assert!(walked.pages.iter().all(|page| *page <= 1000));
                let length: usize = lab.redis.query(&["LLEN", &lab.keys.pending()]);
                assert_eq!(length, MANY - MANY / every + 1);
            },
        )
        .await;
    }
}
