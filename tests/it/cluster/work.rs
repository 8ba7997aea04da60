//! Workers and the program over queues on different servers.

use qctl::clock;
use qctl::task::{QueueName, State};
use qctl::worker::Ended;
use serde_json::{Value, json};

use super::{Site, task_in};
use crate::harness::peer::Peer;
use crate::harness::{SOON, eventually};
use crate::worker::crew::{Crew, count, ended_of, succeed, until_stopped};

fn weights(queues: &[QueueName; 3]) -> [(&str, u32); 3] {
    queues.each_ref().map(|queue| (queue.as_str(), 1))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_works_off_queues_on_all_servers() {
    let Some(site) = Site::open("work").await else {
        return;
    };
    let tasks: Vec<_> = (0..300)
        .map(|n| task_in(&site.queues[n % 3], &format!("n{n}")))
        .collect();
    let sent = site.broker.enqueue_many(&tasks, clock::now()).await;
    assert!(sent.iter().all(Result::is_ok));
    let url = site.cluster.url();
    let queues = site.queues.clone();
    let events = tokio::task::spawn_blocking(move || {
        let crew = Crew::at(&url).slots(8).weights(&weights(&queues));
        crew.route(succeed("t")).work_off()
    });
    let events = events.await.unwrap();
    assert_eq!(count(&events, |ended| *ended == Ended::Done), 300);
    for stats in site.broker.stats(&site.queues, clock::now()).await.unwrap() {
        assert_eq!((stats.processed_total, stats.size()), (100, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_worker_is_woken_by_a_task_on_any_server() {
    let Some(site) = Site::open("idle").await else {
        return;
    };
    let crew = Crew::at(&site.cluster.url()).weights(&weights(&site.queues));
    let worker = tokio::task::block_in_place(|| crew.route(succeed("t")).start());
    for n in 0..9 {
        let name = format!("n{n}");
        let task = task_in(&site.queues[n % 3], &name);
        site.broker.enqueue(&task, clock::now()).await.unwrap();
        assert_eq!(worker.finished(&name), Ended::Done);
    }
    worker.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_task_is_stopped_by_the_worker_that_runs_it() {
    let Some(site) = Site::open("stopped").await else {
        return;
    };
    let crew = Crew::at(&site.cluster.url()).weights(&weights(&site.queues));
    let worker = tokio::task::block_in_place(|| crew.slots(3).route(until_stopped("t")).start());
    for (n, queue) in site.queues.iter().enumerate() {
        let name = format!("stopped{n}");
        let task = task_in(queue, &name);
        site.broker.enqueue(&task, clock::now()).await.unwrap();
        worker.started(&name);
        // It may take the worker a moment to listen, and who does not listen hears nothing.
        let ended = eventually(SOON, || {
            let cancel = site.qctl(&["cancel", &name]).run_unchecked();
            assert!(matches!(cancel.code, Some(0 | 6)), "{cancel:?}");
            let events = worker.events();
            events.iter().find_map(|event| ended_of(event, &name))
        });
        assert!(matches!(ended, Ended::Retry { .. }), "{ended:?}");
    }
    worker.stop();
}

/// The values of a key in documents, sorted.
fn all(documents: &Value, key: &str) -> Vec<String> {
    let documents = documents.as_array().unwrap().iter();
    let mut values: Vec<String> = documents
        .map(|document| document[key].as_str().unwrap().to_owned())
        .collect();
    values.sort();
    values
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_shows_and_changes_queues_on_all_servers() {
    let Some(site) = Site::open("program").await else {
        return;
    };
    let text: String = (0..30)
        .map(|n| {
            let queue = site.queues[n % 3].as_str();
            json!({"type": "t", "queue": queue, "id": format!("n{n}")}).to_string() + "\n"
        })
        .collect();
    let fed = site.qctl(&["enqueue", "--from", "-"]).stdin(text);
    fed.stdout("enqueued 30 tasks\n").run();
    let mut names: Vec<String> = site.queues.iter().map(ToString::to_string).collect();
    names.sort();
    let run = |qctl: crate::harness::qctl::Qctl| qctl.run_unchecked().expect_code(0);
    let listed = run(site.qctl(&["ls", "--json"])).json();
    let listed = all(&listed, "queue");
    assert!(names.iter().all(|name| listed.contains(name)), "{listed:?}");
    let stats = site.qctl(&["stats", "--json"]).args(&names);
    let stats = run(stats).json();
    assert_eq!(stats["total"]["pending"], 30, "{stats}");
    assert!(stats["redis"]["used_memory_bytes"].as_u64().unwrap() > 0);
    let inspected = run(site.qctl(&["inspect", "n7", "--json"])).json();
    assert_eq!(inspected["queue"], site.queues[1].as_str());
    let archived = site.qctl_on_all(&["archive", "--state", "pending", "--yes"]);
    archived.stdout("archived 30 tasks\n").run();
    let retried = site.qctl_on_all(&["retry", "--yes"]);
    retried.stdout("retried 30 tasks\n").run();
    run(site.qctl(&["pause"]).args(&names));
    let counted = site.broker.stats(&site.queues, clock::now()).await.unwrap();
    assert!(counted.iter().all(|stats| stats.paused_at.is_some()));
    assert!(
        counted
            .iter()
            .all(|stats| stats.counts[&State::Pending] == 10)
    );
    run(site.qctl(&["resume"]).args(&names));
    let deleted = site.qctl_on_all(&["delete", "--state", "pending", "--yes"]);
    deleted.stdout("deleted 30 tasks\n").run();
    for name in &names {
        run(site.qctl(&["drop", name, "--yes"]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn go_and_qctl_share_a_cluster() {
    let Some(site) = Site::open("go").await else {
        return;
    };
    let Some(mut peer) = Peer::on_cluster(&site.cluster) else {
        return;
    };
    let names = site.queues.each_ref().map(QueueName::as_str);
    for name in names {
        peer.call(
            &json!({"op": "enqueue", "type": "t", "queue": name, "id": format!("{name} go")}),
        );
    }
    let crew = Crew::at(&site.cluster.url()).weights(&weights(&site.queues));
    let worker = tokio::task::block_in_place(|| crew.route(succeed("t")).start());
    for name in names {
        assert_eq!(worker.finished(&format!("{name} go")), Ended::Done);
    }
    worker.stop();
    let served: serde_json::Map<String, Value> = names
        .iter()
        .map(|name| ((*name).to_owned(), json!(1)))
        .collect();
    peer.call(&json!({
        "op": "serve", "concurrency": 3, "queues": served, "task_check_ms": 10,
        "shutdown_timeout_ms": 100, "handlers": {"*": {"do": "succeed"}},
    }));
    let args = ["enqueue", "t", "--retention", "1h", "-q"];
    for name in names {
        let id = format!("{name} ours");
        let enqueue = site.qctl(&args).args([name, "--id", &id]);
        enqueue.run_unchecked().expect_code(0);
        eventually(SOON, || {
            let info = peer.try_call(&json!({"op": "task_info", "queue": name, "id": id}));
            info.ok().filter(|info| info["state"] == "completed")
        });
    }
}
