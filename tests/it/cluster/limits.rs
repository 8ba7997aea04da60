//! Limits across workers whose places lie on another server than the tasks, and one of the two goes away.

use std::time::Duration;

use qctl::broker::keys;
use qctl::clock;

use super::{Site, task_in};
use crate::harness::cluster::Cluster;
use crate::harness::{SOON, eventually};
use crate::worker::crew::{AtWork, Crew, succeed};
use crate::worker::shared_limits::limited;
use crate::worker::stalled_limits::{Hall, LIMIT};

/// The place of the server that has the places, and that of a server with tasks.
fn apart(cluster: &Cluster) -> (usize, usize) {
    let of_places = cluster.place(&keys::places("mail"));
    (of_places, (of_places + 1) % 3)
}

/// How many places have been handed back on this server.
fn returns(site: &Site<Box<Cluster>>, place: usize) -> u64 {
    let stats: String = site.cluster.nodes()[place].query(&["INFO", "commandstats"]);
    let line = stats
        .lines()
        .find_map(|line| line.strip_prefix("cmdstat_zrem:calls="));
    let calls = line.and_then(|line| line.split(',').next()?.parse().ok());
    calls.unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_is_away_does_not_keep_the_places_of_its_handler_busy() {
    let Some(mut site) = Site::private().await else {
        return;
    };
    let (of_places, of_tasks) = apart(&site.cluster);
    let queue = site.queues[of_tasks].clone();
    let elsewhere = ["elsewhere".to_owned()];
    let now = clock::now();
    let taken = site.broker.take_places("mail", 1, &elsewhere, now).await;
    assert_eq!(taken, Ok(1));
    site.broker
        .enqueue(&task_in(&queue, "t"), now)
        .await
        .unwrap();
    let worker = tokio::task::block_in_place(|| {
        let crew = Crew::at(&site.cluster.url()).weights(&[(queue.as_str(), 1)]);
        crew.route(limited(succeed("t"), 1)).start()
    });
    let line = keys::QueueKeys::new(&queue).waiting("t");
    eventually(SOON, || {
        let waiting: u64 = site.cluster.query(&["ZCARD", &line]);
        (waiting == 1).then_some(())
    });
    site.cluster.node_mut(of_tasks).kill9();
    let before = returns(&site, of_places);
    site.broker.free_places("mail", &elsewhere).await.unwrap();
    // The others give it up after seconds.
    eventually(SOON, || {
        let nodes: String = site.cluster.nodes()[of_places].query(&["CLUSTER", "NODES"]);
        nodes.contains("master,fail ").then_some(())
    });
    let returns = returns(&site, of_places) - before;
    assert!((2..40).contains(&returns), "{returns}");
    site.cluster.node_mut(of_tasks).start_again();
    tokio::task::block_in_place(|| {
        site.cluster.is_well();
        worker.finished("t");
        worker.stop();
    });
}

/// Their leases hold, so the tasks run on, although their places expire. They count as soon as the places are back.
#[tokio::test(flavor = "multi_thread")]
async fn a_limit_holds_again_for_new_tasks_once_its_places_are_back() {
    const TASKS: usize = 12;
    const LEASE: u64 = 6;
    let Some(mut site) = Site::private().await else {
        return;
    };
    let (of_places, of_tasks) = apart(&site.cluster);
    let queue = site.queues[of_tasks].clone();
    for n in 0..TASKS {
        let task = task_in(&queue, &n.to_string());
        site.broker.enqueue(&task, clock::now()).await.unwrap();
    }
    let hall = Hall::new();
    let url = site.cluster.url();
    let start = |()| {
        let crew = Crew::at(&url).weights(&[(queue.as_str(), 1)]).slots(LIMIT);
        crew.leases(LEASE).route(hall.route()).start()
    };
    let workers = tokio::task::block_in_place(|| [(); 3].map(start));
    assert_eq!(hall.holds(LIMIT), LIMIT);
    site.cluster.node_mut(of_places).kill9();
    let expired = clock::now() + Duration::from_secs(LEASE + 2);
    eventually(SOON, || (clock::now() > expired).then_some(()));
    assert_eq!(hall.holds(LIMIT), LIMIT, "nothing has ended or begun");
    site.cluster.node_mut(of_places).start_again();
    tokio::task::block_in_place(|| site.cluster.is_well());
    let key = keys::places("mail");
    let places = || -> Vec<(String, i64)> {
        site.cluster
            .query(&["ZRANGE", &key, "0", "-1", "WITHSCORES"])
    };
    let is_held = |(_, end): &&(String, i64)| *end > clock::now().timestamp();
    eventually(SOON, || {
        (places().iter().filter(is_held).count() >= LIMIT).then_some(())
    });
    assert_eq!(hall.begun(), LIMIT);
    hall.let_out(TASKS);
    tokio::task::block_in_place(|| {
        for n in 0..TASKS {
            let ended = |worker: &AtWork| worker.has_finished(&n.to_string());
            eventually(SOON, || workers.iter().any(ended).then_some(()));
        }
        for worker in workers {
            worker.stop();
        }
    });
    assert_eq!((hall.begun(), hall.most()), (TASKS, LIMIT));
    assert_eq!(places(), []);
}
