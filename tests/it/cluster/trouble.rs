//! Slots that move, servers that go and come: what that looks like, that it ends, and that nothing is
//! lost or done twice.

use std::collections::BTreeSet;
use std::time::Duration;

use qctl::broker::keys::QueueKeys;
use qctl::broker::{Broker, Claim, Error, Settled};
use qctl::clock;
use qctl::task::transition::Settlement;
use qctl::worker::Ended;

use super::moving::Moving;
use super::{Site, task_in};
use crate::broker::settings;
use crate::harness::cluster::Cluster;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};
use crate::worker::crew::{Crew, ended_of, succeed, until_stopped};

/// The ids in a list on one server.
fn ids_on(node: &Redis, key: &str) -> Vec<String> {
    let mut ids: Vec<String> = node.query(&["LRANGE", key, "0", "-1"]);
    ids.reverse();
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_follow_a_slot_that_has_moved_and_each_is_done_once() {
    let Some(site) = Site::private().await else {
        return;
    };
    let moved = &site.queues[0];
    // So that all is known, and then no longer so.
    site.broker.stats(&site.queues, clock::now()).await.unwrap();
    let moving = Moving::begin(&site.cluster, &QueueKeys::new(moved).pending());
    let (to, slot) = (moving.to, moving.slot.clone());
    while moving.some() > 0 {}
    moving.end();
    let tasks: Vec<_> = (0..600)
        .map(|n| task_in(&site.queues[n % 3], &format!("n{n:03}")))
        .collect();
    let now = clock::now();
    let outcomes = site.broker.enqueue_many(&tasks, now).await;
    assert!(outcomes.iter().all(Result::is_ok), "slot {slot}");
    let key = QueueKeys::new(moved).pending();
    let expected: Vec<String> = (0..200).map(|n| format!("n{:03}", n * 3)).collect();
    assert_eq!(ids_on(&site.cluster.nodes()[to], &key), expected);
    for queue in &site.queues[1..] {
        assert_eq!(site.pending(queue).len(), 200);
    }
    let claims = site.broker.claim(moved, 100, now).await.unwrap().claims;
    assert_eq!(claims.len(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_for_one_key_is_asked_for_where_the_key_will_be() {
    let Some(site) = Site::private().await else {
        return;
    };
    let queue = &site.queues[1];
    let paused = QueueKeys::new(queue).paused();
    assert_eq!(site.broker.pause(queue, clock::now()).await, Ok(true));
    let moving = Moving::begin(&site.cluster, &paused);
    while moving.some() > 0 {}
    assert_eq!(site.broker.is_paused(queue).await, Ok(true));
    moving.end();
    assert_eq!(site.broker.is_paused(queue).await, Ok(true));
    site.broker.resume(queue).await.unwrap();
    assert_eq!(site.broker.is_paused(queue).await, Ok(false));
}

/// The keys of tasks are not among those that a script declares, and either may move first.
#[tokio::test(flavor = "multi_thread")]
async fn a_queue_of_which_half_has_moved_is_left_alone() {
    let Some(site) = Site::private().await else {
        return;
    };
    for (queue, tasks_first) in site.queues[1..].iter().zip([true, false]) {
        for n in 0..3 {
            let task = task_in(queue, &format!("n{n}"));
            site.broker.enqueue(&task, clock::now()).await.unwrap();
        }
        let claim = async || {
            let claimed = site.broker.claim(queue, 1, clock::now()).await.unwrap();
            let claims = claimed.claims.into_iter();
            let batch: Vec<_> = claims.map(|claim| (claim, Settlement::Done)).collect();
            batch
        };
        let settle = async |batch: &[(Claim, Settlement)]| {
            site.broker.settle(queue, batch, clock::now()).await
        };
        let (first, second, third) = (claim().await, claim().await, claim().await);
        let written = Ok(vec![Settled::Written]);
        // So that the counters exist.
        assert_eq!(settle(&first).await, written);
        let moving = Moving::begin(&site.cluster, &QueueKeys::new(queue).pending());
        moving.those(|key| key.contains(":t:") == tasks_first);
        let refused = settle(&second).await.unwrap_err();
        assert!(refused.passing(), "{refused}");
        while moving.some() > 0 {}
        let to = &site.cluster.nodes()[moving.to];
        moving.end();
        assert_eq!(settle(&second).await, written);
        assert_eq!(settle(&third).await, written);
        let left: Vec<String> = to.query(&["KEYS", &format!("asynq:{{{queue}}}:t:*")]);
        assert_eq!(left, [""; 0]);
        let stats = site.broker.stats(std::slice::from_ref(queue), clock::now());
        assert_eq!(stats.await.unwrap()[0].processed_total, 3);
    }
}

/// A client that goes on whatever happens, as `enqueue` of a script would: what it was told is stored,
/// must be stored, and only once.
#[tokio::test(flavor = "multi_thread")]
async fn a_slot_moves_under_a_client_and_a_worker() {
    let Some(site) = Site::private().await else {
        return;
    };
    let queue = &site.queues[2];
    let mut stored = BTreeSet::new();
    let mut number = 0;
    let mut refusals: Vec<Error> = Vec::new();
    let moving = Moving::begin(&site.cluster, &QueueKeys::new(queue).pending());
    let mut some = async |site: &Site<Box<Cluster>>, count: usize| {
        for _ in 0..count {
            let name = format!("n{number}");
            number += 1;
            match site
                .broker
                .enqueue(&task_in(queue, &name), clock::now())
                .await
            {
                Ok(_) => {
                    stored.insert(name);
                }
                Err(error) => refusals.push(error),
            }
        }
        (stored.len(), refusals.clone())
    };
    let _ = some(&site, 20).await;
    while moving.some() > 0 {
        let _ = some(&site, 3).await;
    }
    let to = moving.to;
    moving.end();
    let (before, refusals) = some(&site, 0).await;
    assert!(refusals.iter().all(Error::passing), "{refusals:?}");
    let (after, now_refused) = some(&site, 20).await;
    assert_eq!(after, before + 20, "all is well again");
    assert_eq!(now_refused.len(), refusals.len());
    let key = QueueKeys::new(queue).pending();
    let ids = ids_on(&site.cluster.nodes()[to], &key);
    assert_eq!(ids.len(), after);
    assert_eq!(ids.into_iter().collect::<BTreeSet<_>>().len(), after);
    let url = site.cluster.url();
    let name = queue.to_string();
    let events = tokio::task::block_in_place(|| {
        let crew = Crew::at(&url).weights(&[(&name, 1)]).slots(4);
        crew.route(succeed("t")).work_off()
    });
    let done = crate::worker::crew::count(&events, |ended| *ended == Ended::Done);
    assert_eq!(done, after);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_killed_holds_up_only_its_own_queues_and_comes_back() {
    let Some(mut site) = Site::private().await else {
        return;
    };
    let queues = site.queues.clone();
    let weights = queues.each_ref().map(|queue| (queue.as_str(), 1));
    let url = site.cluster.url();
    let crew = Crew::at(&url).weights(&weights).slots(3);
    let worker = tokio::task::block_in_place(|| crew.route(succeed("t")).start());
    // The names of queues lie with one of them, which stays.
    let home = site.cluster.place("asynq:queues");
    let (gone, stays) = ((home + 1) % 3, (home + 2) % 3);
    let enqueue = async |site: &Site<Box<Cluster>>, place: usize, name: &str| {
        let task = task_in(&queues[place], name);
        site.broker.enqueue(&task, clock::now()).await
    };
    for place in 0..3 {
        let name = format!("before{place}");
        enqueue(&site, place, &name).await.unwrap();
        assert_eq!(worker.finished(&name), Ended::Done);
    }
    site.broker
        .pause(&queues[gone], clock::now())
        .await
        .unwrap();
    enqueue(&site, gone, "kept").await.unwrap();
    site.cluster.node_mut(gone).kill9();
    let error = enqueue(&site, gone, "lost").await.unwrap_err();
    assert!(matches!(error, Error::Unanswered { .. }), "{error:?}");
    for (n, place) in [home, stays, home, stays].into_iter().enumerate() {
        let name = format!("during{n}");
        enqueue(&site, place, &name).await.unwrap();
        assert_eq!(worker.finished(&name), Ended::Done);
    }
    // Once the others have given it up, they say so.
    eventually(SOON, || {
        let node = &site.cluster.nodes()[home];
        let nodes: String = node.query(&["CLUSTER", "NODES"]);
        nodes.contains("master,fail ").then_some(())
    });
    let error = enqueue(&site, gone, "lost").await.unwrap_err();
    assert!(error.passing(), "{error:?}");
    site.cluster.node_mut(gone).start_again();
    tokio::task::block_in_place(|| site.cluster.is_well());
    let resumed = async || site.broker.resume(&queues[gone]).await;
    assert_eq!(resumed().await, Ok(true));
    assert_eq!(worker.finished("kept"), Ended::Done);
    enqueue(&site, gone, "after").await.unwrap();
    assert_eq!(worker.finished("after"), Ended::Done);
    let events = worker.stop();
    for name in ["kept", "after", "during0", "before0"] {
        let times = events.iter().filter_map(|event| ended_of(event, name));
        assert_eq!(times.count(), 1, "{name}");
    }
    assert!(!events.iter().any(|event| ended_of(event, "lost").is_some()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_without_an_answer_is_not_sent_again() {
    let Some(site) = Site::private().await else {
        return;
    };
    let queue = &site.queues[0];
    let patience = qctl::broker::Settings {
        timeout: Duration::from_millis(300),
        ..settings(&site.cluster.url())
    };
    let broker = Broker::connect(patience).await.unwrap();
    broker.stats(&site.queues, clock::now()).await.unwrap();
    // So that the server has the script.
    broker.pause(queue, clock::now()).await.unwrap();
    broker.resume(queue).await.unwrap();
    let node = &site.cluster.nodes()[0];
    let calls = || -> u64 {
        let told: String = node.query(&["INFO", "commandstats"]);
        let line = told
            .lines()
            .find(|line| line.starts_with("cmdstat_evalsha:"));
        let calls = line.and_then(|line| line.split(['=', ',']).nth(1)?.parse().ok());
        calls.unwrap_or(0)
    };
    let before = calls();
    node.freeze();
    let one = broker.pause(queue, clock::now()).await.unwrap_err();
    assert!(matches!(one, Error::Unreachable { .. }), "{one:?}");
    // The others are not held up by it.
    broker.stats(&site.queues[1..], clock::now()).await.unwrap();
    node.thaw();
    site.cluster.is_well();
    let paused = eventually(SOON, || (calls() > before).then(&calls));
    assert_eq!(paused, before + 1);
    let stats = async || broker.stats(&site.queues, clock::now()).await;
    assert!(stats().await.unwrap()[0].paused_at.is_some());
    assert_eq!(calls(), before + 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_server_does_not_answer_is_said_of_its_tasks_alone() {
    let Some(mut site) = Site::private().await else {
        return;
    };
    site.broker.stats(&site.queues, clock::now()).await.unwrap();
    let gone = Site::SPARE;
    let address = site.cluster.addresses()[gone].clone();
    site.cluster.node_mut(gone).kill9();
    let tasks: Vec<_> = (0..30)
        .map(|n| task_in(&site.queues[n % 3], &format!("n{n}")))
        .collect();
    let now = clock::now();
    let mut submission = site.broker.submission(&tasks, now);
    site.broker.submit(&mut submission).await;
    for (n, outcome) in submission.outcomes().enumerate() {
        match outcome {
            Err(error) if n % 3 == gone => {
                assert!(error.passing(), "{error}");
                assert!(error.to_string().contains(&address), "{error}");
            }
            outcome => assert!(outcome.is_ok(), "{n}: {outcome:?}"),
        }
    }
    site.cluster.node_mut(gone).start_again();
    tokio::task::block_in_place(|| site.cluster.is_well());
    site.broker.submit(&mut submission).await;
    let outcomes = submission.into_outcomes();
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    for queue in &site.queues {
        assert_eq!(site.pending(queue).len(), 10);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_whose_server_is_gone_for_good_is_found_at_its_new_one() {
    let Some(mut site) = Site::private().await else {
        return;
    };
    let queue = site.queues[Site::SPARE].clone();
    let enqueue = async |site: &Site<Box<Cluster>>, name: &str| {
        let task = task_in(&queue, name);
        site.broker.enqueue(&task, clock::now()).await
    };
    enqueue(&site, "before").await.unwrap();
    site.cluster.node_mut(Site::SPARE).kill9();
    let error = enqueue(&site, "during").await.unwrap_err();
    assert!(matches!(error, Error::Unanswered { .. }), "{error:?}");
    let slot = site.cluster.slot(&QueueKeys::new(&queue).pending());
    let heir = site.cluster.id(0);
    for node in &site.cluster.nodes()[..Site::SPARE] {
        node.cmd(&["CLUSTER", "SETSLOT", &slot.to_string(), "NODE", &heir]);
    }
    let deadline = std::time::Instant::now() + SOON;
    while let Err(error) = enqueue(&site, "after").await {
        assert!(error.passing(), "{error:?}");
        assert!(std::time::Instant::now() < deadline, "{error:?}");
    }
    let key = QueueKeys::new(&queue).pending();
    assert_eq!(ids_on(&site.cluster.nodes()[0], &key), ["after"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_outlives_the_death_of_the_whole_cluster() {
    let Some(mut site) = Site::private().await else {
        return;
    };
    let queues = site.queues.clone();
    let weights = queues.each_ref().map(|queue| (queue.as_str(), 1));
    let crew = Crew::at(&site.cluster.url()).weights(&weights).slots(3);
    let worker = tokio::task::block_in_place(|| {
        crew.route(until_stopped("long"))
            .route(succeed("t"))
            .start()
    });
    for (n, queue) in queues.iter().enumerate() {
        let task = task_in(queue, &format!("before{n}"));
        site.broker.enqueue(&task, clock::now()).await.unwrap();
        assert_eq!(worker.finished(&format!("before{n}")), Ended::Done);
    }
    for place in 0..3 {
        site.cluster.node_mut(place).kill9();
    }
    for queue in &queues {
        let gone = task_in(queue, "gone");
        let error = site.broker.enqueue(&gone, clock::now()).await.unwrap_err();
        assert!(matches!(error, Error::Unanswered { .. }), "{error:?}");
    }
    for place in 0..3 {
        site.cluster.node_mut(place).start_again();
    }
    tokio::task::block_in_place(|| site.cluster.is_well());
    for (n, queue) in queues.iter().enumerate() {
        let task = task_in(queue, &format!("after{n}"));
        site.broker.enqueue(&task, clock::now()).await.unwrap();
        assert_eq!(worker.finished(&format!("after{n}")), Ended::Done);
    }
    // It listens for cancellations again.
    let long = qctl::task::NewTask {
        kind: qctl::task::TaskType::new("long").unwrap(),
        ..task_in(&queues[0], "long")
    };
    site.broker.enqueue(&long, clock::now()).await.unwrap();
    worker.started("long");
    let deadline = std::time::Instant::now() + SOON;
    let ended = loop {
        site.broker.cancel(&long.id).await.unwrap();
        let events = worker.events();
        if let Some(ended) = events.iter().find_map(|event| ended_of(event, "long")) {
            break ended;
        }
        assert!(std::time::Instant::now() < deadline);
    };
    assert!(matches!(ended, Ended::Retry { .. }), "{ended:?}");
    worker.stop();
}
