//! Ripe groups are merged into one task, once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use qctl::broker::Ripeness;
use qctl::task::{Message, NewTask, QueueName, State, TaskType};
use qctl::worker::{Aggregator, Event, Groups};

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

fn join(ripeness: Ripeness) -> Groups {
    let aggregator: Aggregator =
        Arc::new(|_, group, tasks| async move { Ok(joined(&group, &tasks)) }.boxed());
    Groups {
        ripeness,
        aggregator,
    }
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
    let aggregator: Aggregator = Arc::new(move |_, _, tasks| {
        counted.fetch_add(tasks.len(), Ordering::Relaxed);
        let payload = tasks.len().to_string().into_bytes();
        let kind = TaskType::new("digest").unwrap();
        async move { Ok(NewTask::new(kind, Some(payload))) }.boxed()
    });
    let groups = Groups {
        ripeness: Ripeness {
            max_size: 3,
            ..AT_ONCE
        },
        aggregator,
    };
    let worker = shop.crew().groups(groups).route(succeed("digest")).start();
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
    let aggregator: Aggregator = Arc::new(|_, group, _| {
        assert!(group != "panics", "oh no");
        async { Err("no".to_owned()) }.boxed()
    });
    let ripeness = AT_ONCE;
    let groups = Groups {
        ripeness,
        aggregator,
    };
    let worker = shop.crew().groups(groups).start();
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
    let aggregator: Aggregator = Arc::new(|_, _, _| std::future::pending().boxed());
    let ripeness = AT_ONCE;
    let groups = Groups {
        ripeness,
        aggregator,
    };
    let queue = QueueName::default();
    let worker = shop.crew().groups(groups).start();
    let sets = || shop.ask(async |broker| broker.open_sets(&queue).await.unwrap().len());
    eventually(SOON, || (sets() == 1).then_some(()));
    worker.control.advance(qctl::worker::Phase::Aborting);
    worker.ended();
    assert_eq!(sets(), 1);
    let later = qctl::clock::now() + chrono::TimeDelta::seconds(121);
    shop.ask(async |broker| broker.reclaim_sets(&queue, later).await.unwrap());
    assert_eq!((sets(), shop.state("a")), (0, Some(State::Aggregating)));
}
