//! Ripe groups are merged into one task, once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use qctl::broker::Ripeness;
use qctl::task::{Message, NewTask, QueueName, State, TaskType};
use qctl::worker::{Aggregator, DEFAULT_MERGE_TIMEOUT, Event, Groups, aggregator};

use super::crew::{Gate, succeed};
use super::shop::{Shop, id, task};
use crate::harness::{SOON, eventually};

const AT_ONCE: Ripeness = Ripeness {
    grace: Duration::ZERO,
    max_delay: Duration::ZERO,
    max_size: 0,
};

fn grouped(text: &str, group: &str) -> NewTask {
    NewTask {
        payload: Some(text.as_bytes().to_vec()),
        ..task(text)
    }
    .with(|options| {
        options.group = Some(group.to_owned());
        options.unique_for = Some(Duration::from_secs(600));
    })
}

/// Merges payloads to one, separated by commas, in a task that would go elsewhere by itself.
fn joined(group: &str, tasks: &[Message]) -> NewTask {
    let payloads: Vec<&[u8]> = tasks.iter().map(|task| &*task.payload).collect();
    NewTask {
        id: id(&format!("merged-{group}")),
        ..NewTask::new(
            TaskType::new("digest").unwrap(),
            Some(payloads.join(b",".as_slice())),
        )
    }
    .with(|options| options.queue = QueueName::new("elsewhere").unwrap())
}

fn all(ripeness: Ripeness, aggregator: Arc<dyn Aggregator>) -> Groups {
    Groups {
        pattern: "*".to_owned(),
        ripeness,
        timeout: DEFAULT_MERGE_TIMEOUT,
        aggregator,
    }
}

fn join(ripeness: Ripeness) -> Groups {
    let merge = aggregator(|_, group, tasks| async move { Ok(joined(&group, &tasks)) }.boxed());
    all(ripeness, merge)
}

#[test]
fn the_tasks_of_a_group_become_one_in_their_queue() {
    let shop = Shop::open();
    for text in ["a", "b", "c"] {
        shop.enqueue(&grouped(text, "g"));
    }
    shop.enqueue(&grouped("other", "h"));
    let gate = Gate::closed();
    let worker = shop
        .crew()
        .groups(join(AT_ONCE))
        .route(gate.route("digest"))
        .start();
    worker.wait_for(|event| match event {
        Event::Merged {
            group,
            tasks: 3,
            id: merged,
            ..
        } if group == "g" && *merged == id("merged-g") => Some(()),
        _ => None,
    });
    let found = eventually(SOON, || shop.find("merged-g"));
    assert_eq!(found.message.unwrap().payload, b"a,b,c");
    eventually(SOON, || shop.find("merged-h"));
    for text in ["a", "b", "c", "other"] {
        eventually(SOON, || shop.find(text).is_none().then_some(()));
    }
    gate.open();
    worker.stop();
    // Their locks are gone too.
    shop.enqueue(&grouped("a", "g"));
}

#[test]
fn a_group_that_is_too_young_is_left_alone() {
    let shop = Shop::open();
    shop.enqueue(&grouped("a", "g"));
    let ripeness = Ripeness {
        grace: Duration::from_secs(600),
        ..AT_ONCE
    };
    let worker = shop.crew().groups(join(ripeness)).start();
    let ripe = Ripeness {
        max_size: 2,
        ..ripeness
    };
    let second = shop.crew().groups(join(ripe)).start();
    // By number, for the one that has a limit.
    shop.enqueue(&grouped("b", "g"));
    second.wait_for(|event| matches!(event, Event::Merged { tasks: 2, .. }).then_some(()));
    let merged = worker.stop().into_iter();
    assert_eq!(
        merged
            .filter(|event| matches!(event, Event::Merged { .. }))
            .count(),
        0
    );
    second.stop();
}

#[test]
fn a_large_group_is_merged_in_several_sets() {
    let shop = Shop::open();
    for n in 0..10 {
        shop.enqueue(&grouped(&format!("t{n}"), "g"));
    }
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let merge = aggregator(move |_, _, tasks| {
        counted.fetch_add(tasks.len(), Ordering::Relaxed);
        let payload = tasks.len().to_string().into_bytes();
        let kind = TaskType::new("digest").unwrap();
        async move { Ok(NewTask::new(kind, Some(payload))) }.boxed()
    });
    let by_three = Ripeness {
        max_size: 3,
        ..AT_ONCE
    };
    let worker = shop
        .crew()
        .groups(all(by_three, merge))
        .route(succeed("digest"))
        .start();
    eventually(SOON, || {
        let merged = worker.events().into_iter();
        let merged = merged.filter(|event| matches!(event, Event::Merged { .. }));
        (merged.count() == 4).then_some(())
    });
    worker.stop();
    assert_eq!(count.load(Ordering::Relaxed), 10);
}

#[test]
fn what_cannot_be_merged_is_reported_and_kept() {
    let shop = Shop::open();
    shop.enqueue(&grouped("a", "fails"));
    shop.enqueue(&grouped("b", "panics"));
    let merge = aggregator(|_, group, _| {
        assert!(group != "panics", "oh no");
        async { Err("no".to_owned()) }.boxed()
    });
    let worker = shop.crew().groups(all(AT_ONCE, merge)).start();
    for (wanted, text) in [("fails", "no"), ("panics", "the aggregator panicked")] {
        worker.wait_for(|event| match event {
            Event::NotMerged { group, error, .. } if group == wanted => {
                assert_eq!(error, text);
                Some(())
            }
            _ => None,
        });
    }
    worker.stop();
    for text in ["a", "b"] {
        assert_eq!(shop.state(text), Some(State::Aggregating));
    }
}

#[test]
fn an_abort_leaves_a_set_that_goes_back_later() {
    let shop = Shop::open();
    shop.enqueue(&grouped("a", "g"));
    let merge = aggregator(|_, _, _| std::future::pending().boxed());
    let queue = QueueName::default();
    let worker = shop.crew().groups(all(AT_ONCE, merge)).start();
    let sets = || shop.ask(async |broker| broker.open_sets(&queue).await.unwrap().len());
    eventually(SOON, || (sets() == 1).then_some(()));
    worker.control.advance(qctl::worker::Phase::Aborting);
    let ended = worker.ended().into_iter();
    let not_merged = ended.filter_map(|event| match event {
        Event::NotMerged { error, .. } => Some(error),
        _ => None,
    });
    let expected = ["the worker is shutting down"];
    assert_eq!(not_merged.collect::<Vec<_>>(), expected);
    assert_eq!(sets(), 1);
    let later = qctl::clock::now() + chrono::TimeDelta::seconds(121);
    shop.ask(async |broker| broker.reclaim_sets(&queue, later).await.unwrap());
    assert_eq!((sets(), shop.state("a")), (0, Some(State::Aggregating)));
}

#[test]
fn a_group_with_many_tasks_does_not_hold_up_others() {
    let shop = Shop::open();
    for n in 0..100 {
        shop.enqueue(&grouped(&format!("t{n}"), "large"));
    }
    let gate = Gate::closed();
    let passing = gate.clone();
    let merge = aggregator(move |_, group, tasks| {
        let gate = passing.clone();
        async move {
            // All slots are taken by the large group, until the small one is there.
            if group == "large" {
                gate.passed().await;
            }
            let kind = TaskType::new("digest").unwrap();
            Ok(NewTask::new(kind, Some(tasks[0].payload.clone())))
        }
        .boxed()
    });
    let one_by_one = Ripeness {
        max_size: 1,
        ..AT_ONCE
    };
    let worker = shop
        .crew()
        .groups(all(one_by_one, merge))
        .route(succeed("digest"))
        .start();
    let queue = QueueName::default();
    let sets = || shop.ask(async |broker| broker.open_sets(&queue).await.unwrap().len());
    eventually(SOON, || (sets() == 4).then_some(()));
    shop.enqueue(&grouped("late", "small"));
    gate.open();
    let merged = |wanted: &str| {
        worker.wait_for(|event| match event {
            Event::Merged { group, .. } if group == wanted => Some(()),
            _ => None,
        });
    };
    merged("small");
    let before = worker.events().into_iter();
    let before = before.filter(|event| matches!(event, Event::Merged { .. }));
    assert!(before.count() < 100, "the small group came last");
    worker.stop();
}

#[test]
fn a_pattern_whose_merges_are_slow_does_not_hold_up_another() {
    let shop = Shop::open();
    for n in 0..10 {
        shop.enqueue(&grouped(&format!("t{n}"), &format!("slow:{n}")));
    }
    shop.enqueue(&grouped("q", "slow:quick"));
    shop.enqueue(&grouped("none", "other"));
    let stuck = aggregator(|_, _, _| std::future::pending().boxed());
    let worker = shop
        .crew()
        .groups(Groups {
            pattern: "slow:*".to_owned(),
            ..all(AT_ONCE, stuck)
        })
        .groups(Groups {
            pattern: "slow:quick".to_owned(),
            ..join(AT_ONCE)
        })
        .route(succeed("digest"))
        .start();
    worker.wait_for(|event| match event {
        Event::Merged { group, .. } => {
            assert_eq!(group, "slow:quick");
            Some(())
        }
        _ => None,
    });
    worker.control.advance(qctl::worker::Phase::Aborting);
    worker.ended();
    // No pattern matches the other group.
    let queue = QueueName::default();
    let sets = shop.ask(async |broker| broker.open_sets(&queue).await.unwrap());
    assert!(!sets.is_empty() && sets.iter().all(|(set, ..)| set.group() != "other"));
    assert_eq!(shop.state("none"), Some(State::Aggregating));
}
