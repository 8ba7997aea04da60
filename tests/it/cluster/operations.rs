//! The operations of the broker over queues on different servers.

use std::sync::Arc;
use std::time::Duration;

use qctl::broker::keys::{self, QueueKeys};
use qctl::broker::{Broker, Error, Settings, Tls};
use qctl::clock;
use qctl::task::{NewTask, State};
use tokio::time::timeout;

use super::{Site, task_in};
use crate::broker::conformance::run_all;
use crate::broker::{Lab, connect, id, queue, settings};
use crate::harness::cluster::Cluster;
use crate::harness::redis::{ClientCertificate, Redis};
use crate::harness::{SOON, eventually, is_bookkeeping};

#[tokio::test]
async fn one_feed_fills_queues_on_all_servers_in_order() {
    let Some(site) = Site::open("feed").await else {
        return;
    };
    let tasks: Vec<NewTask> = (0..750)
        .map(|n| {
            let queue = &site.queues[n % 3];
            let task = task_in(queue, &format!("n{n:03}"));
            // Those with a lock have calls of their own.
            NewTask {
                payload: Some(n.to_string().into_bytes()),
                ..task
            }
            .with(|options| options.unique_for = (n % 50 == 0).then_some(Duration::from_secs(60)))
        })
        .collect();
    let now = clock::now();
    let outcomes = site.broker.enqueue_many(&tasks, now).await;
    assert!(outcomes.iter().all(Result::is_ok));
    for (rest, queue) in site.queues.iter().enumerate() {
        let expected: Vec<String> = (0..750)
            .filter(|n| n % 3 == rest)
            .map(|n| format!("n{n:03}"))
            .collect();
        assert_eq!(site.pending(queue), expected);
    }
    // Each task is told of by its own place in the list.
    let mixed = [tasks[4].clone(), task_in(&site.queues[2], "new")];
    let outcomes = site.broker.enqueue_many(&mixed, now).await;
    assert!(matches!(outcomes[0], Err(Error::IdTaken { .. })));
    assert!(outcomes[1].is_ok());
}

#[tokio::test]
async fn every_operation_works_on_each_server_also_once_scripts_are_forgotten() {
    let Some(site) = Site::open("conforms").await else {
        return;
    };
    let mut labs = Vec::new();
    for queue in &site.queues {
        labs.push(Lab {
            redis: Arc::clone(&site.cluster),
            broker: connect(&site.cluster.url()).await.unwrap(),
            queue: queue.clone(),
            keys: QueueKeys::new(queue),
        });
    }
    for round in ["known", "forgotten"] {
        for (lab, node) in labs.iter().zip(site.cluster.nodes()) {
            run_all(lab).await;
            let left: Vec<String> = node.query(&["KEYS", "*"]);
            let is_ours =
                |key: &&String| key.starts_with(lab.keys.prefix()) && !is_bookkeeping(key);
            assert_eq!(left.iter().find(is_ours), None, "{round}");
        }
        for node in site.cluster.nodes() {
            node.cmd(&["SCRIPT", "FLUSH"]);
        }
    }
}

#[tokio::test]
async fn what_is_asked_of_many_queues_is_gathered_from_all_servers() {
    let Some(site) = Site::open("gather").await else {
        return;
    };
    for (n, queue) in site.queues.iter().enumerate() {
        let now = clock::now();
        for task in ["one".to_owned(), format!("of {n}")] {
            site.broker
                .enqueue(&task_in(queue, &task), now)
                .await
                .unwrap();
        }
    }
    let stats = site.broker.stats(&site.queues, clock::now()).await.unwrap();
    for (stats, queue) in stats.iter().zip(&site.queues) {
        assert_eq!(stats.queue, *queue);
        assert_eq!(stats.counts[&State::Pending], 2);
    }
    let names = site.broker.queues().await.unwrap();
    assert!(site.queues.iter().all(|queue| names.contains(queue)));
    for (task, queues) in [("one", 3), ("of 1", 1), ("other", 0)] {
        let found = site.broker.find_in(&site.queues, &id(task)).await.unwrap();
        assert_eq!(found.len(), queues, "{task}");
    }
}

#[tokio::test]
async fn removing_a_queue_leaves_nothing_of_it_and_all_of_the_others() {
    let Some(site) = Site::open("remo[v]e*").await else {
        return;
    };
    let now = clock::now();
    for queue in &site.queues {
        let unique = task_in(queue, "one")
            .with(|options| options.unique_for = Some(Duration::from_secs(60)));
        site.broker.enqueue(&unique, now).await.unwrap();
        site.broker.pause(queue, now).await.unwrap();
        // A lock that no task has: only the search for keys finds it.
        let stray = format!("{}unique:stray", QueueKeys::new(queue).prefix());
        site.cluster.query::<()>(&["SET", &stray, "gone"]);
    }
    let keys = |place: usize| {
        let prefix = QueueKeys::new(&site.queues[place]).prefix().to_owned();
        let keys: Vec<String> = site.cluster.nodes()[place].query(&["KEYS", "*"]);
        keys.iter()
            .filter(|key| key.starts_with(&prefix) && !is_bookkeeping(key))
            .count()
    };
    for place in 0..3 {
        assert_eq!(keys(place), 5);
    }
    for place in 0..3 {
        let queue = &site.queues[place];
        let removed = site.broker.drop_queue(queue, true, now, |_| ()).await;
        removed.unwrap();
        assert_eq!(keys(place), 0);
        assert!((place + 1..3).all(|other| keys(other) == 5));
        let known = site.broker.expect_queue(queue).await;
        assert!(matches!(known, Err(Error::QueueNotFound(_))));
    }
}

#[tokio::test]
async fn a_cancellation_is_heard_whatever_server_somebody_listens_to() {
    let Some(site) = Site::open("cancel").await else {
        return;
    };
    let mut listeners = Vec::new();
    for _ in 0..8 {
        listeners.push(site.broker.cancellations().await.unwrap());
    }
    let listening = site.cluster.nodes().iter().filter(|node| {
        let counts: Vec<(String, u64)> = node.query(&["PUBSUB", "NUMSUB", keys::CANCEL_CHANNEL]);
        counts[0].1 > 0
    });
    assert!(listening.count() > 1, "all on one server");
    for n in 0..10 {
        let name = format!("cancel {n}");
        assert!(site.broker.cancel(&id(&name)).await.unwrap() >= Some(8));
        for listener in &mut listeners {
            // Other tests cancel too.
            let heard = async { while listener.next().await.unwrap() != name {} };
            tokio::pin!(heard);
            let mut tries = 0;
            // Servers pass a message on to each other once, and promise nothing while they get acquainted.
            while timeout(SOON / 20, &mut heard).await.is_err() {
                tries += 1;
                assert!(tries < 20, "{name} was not heard");
                site.broker.cancel(&id(&name)).await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn waiting_for_a_queue_ends_when_it_gets_a_task() {
    let Some(site) = Site::open("wait").await else {
        return;
    };
    for queue in &site.queues {
        let waiter = site.broker.waiter(queue);
        let waiting = tokio::spawn(async move {
            while !waiter.pending().await? {}
            Ok::<_, Error>(())
        });
        let task = task_in(queue, "one");
        site.broker.enqueue(&task, clock::now()).await.unwrap();
        timeout(SOON, waiting).await.unwrap().unwrap().unwrap();
    }
}

#[tokio::test]
async fn all_servers_together_make_the_facts() {
    let Some(site) = Site::open("facts").await else {
        return;
    };
    let facts = site.broker.server_facts().await.unwrap().unwrap();
    let field = |node: usize, name: &str| -> u64 {
        let info: String = site.cluster.nodes()[node].query(&["INFO"]);
        let line = info.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap().trim().parse().unwrap()
    };
    let least: u64 = (0..3).map(|node| field(node, "used_memory:")).sum();
    // Others work on the same servers.
    assert!(facts.used_memory.unwrap() > least / 2);
    assert_eq!(facts.max_memory, Some(0));
    assert!(facts.clients.unwrap() >= 3);
    assert!(facts.version.contains('.'));
}

#[tokio::test]
async fn one_server_is_enough_to_find_the_others() {
    let Some(site) = Site::open("seed").await else {
        return;
    };
    for address in site.cluster.addresses() {
        let url = format!("redis-cluster://127.0.0.1:1,{address}");
        let broker = connect(&url).await.unwrap();
        for (n, queue) in site.queues.iter().enumerate() {
            let task = task_in(queue, &format!("{n} by {address}"));
            broker.enqueue(&task, clock::now()).await.unwrap();
        }
    }
    for queue in &site.queues {
        assert_eq!(site.pending(queue).len(), 3);
    }
}

#[tokio::test]
async fn one_server_of_a_cluster_is_not_taken_for_all() {
    let Some(site) = Site::open("alone").await else {
        return;
    };
    let home = site.cluster.place("asynq:queues");
    let alone = connect(&site.cluster.nodes()[home].url()).await.unwrap();
    let task = task_in(&site.queues[(home + 1) % 3], "one");
    let error = alone.enqueue(&task, clock::now()).await.unwrap_err();
    assert!(matches!(error, Error::OneOfCluster { .. }), "{error:?}");
    assert!(!error.passing());
}

#[tokio::test]
async fn all_servers_are_logged_in_to() {
    let server = || {
        Redis::with()
            .config("user app on >pa/ss ~* &* +@all")
            .config("user default off")
    };
    let Some(cluster) = tokio::task::spawn_blocking(move || Cluster::with(server))
        .await
        .unwrap()
    else {
        return;
    };
    let login = |login: &str| cluster.url().replace("://", &format!("://{login}"));
    let broker = connect(&login("app:pa%2Fss@")).await.unwrap();
    for name in cluster.names("login") {
        let task = task_in(&queue(&name), "one");
        broker.enqueue(&task, clock::now()).await.unwrap();
    }
    for wrong in ["", "app:wrong@"] {
        let error = connect(&login(wrong)).await.unwrap_err();
        assert!(matches!(error, Error::Login { .. }), "{error:?}");
        assert!(!error.to_string().contains("wrong@"), "{error}");
    }
}

#[tokio::test]
async fn a_cluster_can_be_encrypted() {
    // Servers then tell each other, and us, of their encrypted ports.
    let with = Redis::with()
        .config("cluster-enabled yes")
        .config("tls-cluster yes");
    let Some(redis) = with.tls(ClientCertificate::Required).start_or_skip() else {
        return;
    };
    let slots = (0..16_384).map(|slot| slot.to_string());
    let add = ["CLUSTER".to_owned(), "ADDSLOTS".to_owned()].into_iter();
    redis.cmd(&add.chain(slots).collect::<Vec<_>>());
    eventually(SOON, || {
        let info: String = redis.query(&["CLUSTER", "INFO"]);
        info.contains("cluster_state:ok").then_some(())
    });
    let files = redis.tls();
    let read = |path: &std::path::Path| std::fs::read(path).unwrap();
    let address = format!("rediss-cluster://127.0.0.1:{}", files.port);
    let settings = |ca: &std::path::Path| Settings {
        tls: Tls {
            ca: Some(read(ca)),
            identity: Some((read(&files.cert), read(&files.key))),
            server_name: Some("localhost".to_owned()),
            insecure: false,
        },
        ..settings(&address)
    };
    let broker = Broker::connect(settings(&files.ca)).await.unwrap();
    broker
        .enqueue(&task_in(&queue("q"), "one"), clock::now())
        .await
        .unwrap();
    broker.cancellations().await.unwrap();
    let stranger = Broker::connect(settings(&files.stranger_ca)).await;
    assert!(matches!(stranger, Err(Error::Unreachable { .. })));
}

#[tokio::test]
async fn a_server_that_is_no_cluster_is_told_from_one() {
    let alone = Redis::start();
    let url = alone.url().replace("redis://", "redis-cluster://");
    let error = connect(&url).await.unwrap_err();
    let Error::Refused { address, reason } = error else {
        panic!("{error:?}");
    };
    assert_eq!(address, url);
    assert!(reason.contains("cluster support disabled"), "{reason}");
}
