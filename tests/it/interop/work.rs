//! Working the other's tasks: how each of our settlements looks to Go, and Go's server on what we enqueued.

use std::collections::BTreeMap;
use std::time::Duration;

use qctl::clock;
use qctl::task::transition::{
    AttemptError, Failure, Outcome, RetryPolicy, Settlement, Verdict, judge,
};
use qctl::task::{NewTask, Start, TaskId, TaskType};
use serde_json::{Value, json};

use super::{Both, enqueue, request, task};
use crate::harness::SOON;
use crate::harness::eventually;

fn kind(text: &str, kind: &str) -> NewTask {
    NewTask {
        kind: TaskType::new(kind).unwrap(),
        ..task(text)
    }
}

/// Claims what Go has enqueued and ends the attempt.
async fn end(both: &mut Both, new: &NewTask, outcome: Outcome) -> Settlement {
    both.peer.call(&request(new));
    let now = clock::now();
    let claim = both
        .broker
        .claim(&both.queue, 1, now)
        .await
        .unwrap()
        .claims
        .remove(0);
    assert_eq!(claim.id, new.id);
    let lease = both.info("default", new.id.as_str());
    assert_eq!(lease["state"], "active");
    let settlement = judge(&claim.message, outcome, &RetryPolicy::default(), now, 0.0);
    let batch = [(claim, settlement)];
    both.broker.settle(&both.queue, &batch, now).await.unwrap();
    let [(_, settlement)] = batch;
    settlement
}

#[tokio::test]
async fn go_sees_every_end_of_an_attempt() {
    let Some(mut both) = Both::start().await else {
        return;
    };
    let boom = |verdict| Outcome::Failed(Failure::new("größe: bad\nline".into(), verdict));
    end(
        &mut both,
        &task("done"),
        Outcome::Succeeded(Vec::new().into()),
    )
    .await;
    assert_eq!(both.state("done"), None);
    let kept = task("kept").with(|options| options.retention = Duration::from_secs(600));
    let settlement = end(
        &mut both,
        &kept,
        Outcome::Succeeded(b"\0\xff".to_vec().into()),
    )
    .await;
    let Settlement::Complete { message, .. } = settlement else {
        panic!("{settlement:?}");
    };
    let info = both.info("default", "kept");
    assert_eq!(
        (&info["state"], &info["result_base64"]),
        (&json!("completed"), &json!("AP8="))
    );
    assert_eq!(info["completed_at"], message.completed_at);
    let settlement = end(&mut both, &task("retried"), boom(Verdict::Retry)).await;
    let Settlement::Retry { at, .. } = settlement else {
        panic!("{settlement:?}");
    };
    let info = both.info("default", "retried");
    assert_eq!(
        (&info["state"], &info["retried"]),
        (&json!("retry"), &json!(1))
    );
    assert_eq!(info["last_err"], "größe: bad\nline");
    assert_eq!(info["next_process_at"], at.timestamp());
    end(&mut both, &task("released"), boom(Verdict::Release)).await;
    assert_eq!(both.info("default", "released")["retried"], 0);
    end(&mut both, &task("given-up"), boom(Verdict::GiveUp)).await;
    let info = both.info("default", "given-up");
    assert_eq!(
        (&info["state"], info["last_failed_at"].is_i64()),
        (&json!("archived"), true)
    );
    end(&mut both, &task("requeued"), Outcome::Interrupted).await;
    assert_eq!(both.state("requeued").as_deref(), Some("pending"));
    let info = both
        .peer
        .call(&json!({"op": "queue_info", "queue": "default"}));
    assert_eq!(
        (&info["processed_total"], &info["failed_total"]),
        (&json!(4), &json!(2))
    );
    assert_eq!((&info["active"], &info["pending"]), (&json!(0), &json!(1)));
}

fn serve(both: &mut Both, handlers: &Value) {
    both.peer.call(&json!({
        "op": "serve", "concurrency": 4, "queues": {"default": 1}, "task_check_ms": 10, "delayed_check_ms": 50,
        "retry_delay_s": 1000, "handlers": handlers,
    }));
}

fn worth_working() -> [NewTask; 6] {
    let headers = BTreeMap::from([
        ("größe".to_owned(), "測".to_owned()),
        ("empty".into(), String::new()),
    ]);
    [
        kind("full", "größe:測").with(|options| options.headers = headers),
        NewTask {
            payload: None,
            ..task("none")
        },
        NewTask {
            payload: Some((0..=255).collect()),
            ..task("binary")
        },
        kind("fails", "fail").with(|options| options.max_retry = 0),
        kind("kept", "succeed").with(|options| options.retention = Duration::from_secs(600)),
        NewTask {
            start: Start::At(clock::now() + Duration::from_secs(1)),
            ..task("later")
        },
    ]
}

#[tokio::test]
async fn go_works_what_we_enqueued() {
    let Some(mut both) = Both::start().await else {
        return;
    };
    let tasks = worth_working();
    serve(
        &mut both,
        &json!({
            "fail": {"do": "fail", "error": "oops"}, "succeed": {"do": "succeed", "result_base64": "cg=="},
            "*": {"do": "succeed"},
        }),
    );
    for task in &tasks {
        enqueue(&both, task).await;
    }
    let mut seen = BTreeMap::new();
    for _ in &tasks {
        let event = both
            .peer
            .wait_for_event(SOON, |event| event["phase"] == "started");
        seen.insert(event["id"].as_str().unwrap().to_owned(), event);
    }
    for task in &tasks {
        let (event, request) = (&seen[task.id.as_str()], request(task));
        assert_eq!(event["type"], request["type"]);
        let payload = request["payload_base64"].as_str().unwrap_or_default();
        assert_eq!(
            event["payload_base64"].as_str().unwrap_or_default(),
            payload
        );
        let headers: BTreeMap<String, String> =
            serde_json::from_value(event["headers"].clone()).unwrap_or_default();
        assert_eq!(headers, task.options.headers);
        assert_eq!(event["max_retry"], task.options.max_retry);
    }
    eventually(SOON, || (both.state("kept")? == "completed").then_some(()));
    eventually(SOON, || (both.state("fails")? == "archived").then_some(()));
    eventually(SOON, || both.state("full").is_none().then_some(()));
    let found = both.found(&both.queue.clone(), "kept", clock::now()).await;
    assert_eq!(found["result_base64"], "cg==");
    let found = both.found(&both.queue.clone(), "fails", clock::now()).await;
    assert_eq!(found["last_err"], "oops");
}

#[tokio::test]
async fn go_releases_the_lock_of_what_it_worked() {
    let Some(mut both) = Both::start().await else {
        return;
    };
    let unique = task("one").with(|options| options.unique_for = Some(Duration::from_secs(600)));
    enqueue(&both, &unique).await;
    serve(&mut both, &json!({"*": {"do": "succeed"}}));
    eventually(SOON, || both.state("one").is_none().then_some(()));
    enqueue(&both, &unique).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancellation_crosses_both_ways() {
    let Some(mut both) = Both::start().await else {
        return;
    };
    serve(&mut both, &json!({"*": {"do": "until_cancelled"}}));
    enqueue(&both, &task("theirs")).await;
    both.peer
        .wait_for_event(SOON, |event| event["phase"] == "started");
    let id = TaskId::new("theirs").unwrap();
    assert_eq!(both.broker.cancel(&id).await, Ok(Some(1)));
    let ended = both
        .peer
        .wait_for_event(SOON, |event| event["phase"] == "ended");
    assert_eq!(ended["context_error"], "context canceled");
    eventually(SOON, || (both.state("theirs")? == "retry").then_some(()));
    let mut listener = both.broker.cancellations().await.unwrap();
    both.peer.call(&json!({"op": "cancel", "id": "größe 測"}));
    assert_eq!(listener.next().await.as_deref(), Some("größe 測"));
}

/// What a killed Go server leaves active is ours to recover, and the lease of a living one is not.
#[tokio::test]
async fn a_killed_go_server_leaves_tasks_that_we_recover() {
    let Some(mut both) = Both::start().await else {
        return;
    };
    serve(&mut both, &json!({"*": {"do": "until_cancelled"}}));
    enqueue(&both, &task("one")).await;
    both.peer
        .wait_for_event(SOON, |event| event["phase"] == "started");
    let servers = eventually(SOON, || {
        let servers = both.peer.call(&json!({"op": "servers"}));
        servers[0]["workers"].get(0).is_some().then_some(servers)
    });
    let workers = both.broker.workers(clock::now()).await.unwrap();
    assert_eq!(
        json!(workers[0].task_id),
        servers[0]["workers"][0]["task_id"]
    );
    let found = &both.broker.servers(clock::now()).await.unwrap()[0];
    assert_eq!(
        json!([found.server_id, found.concurrency, found.status]),
        json!([servers[0]["id"], 4, "active"])
    );
    both.peer.kill9();
    let now = clock::now();
    assert!(
        both.broker
            .expired(&both.queue, now)
            .await
            .unwrap()
            .claims
            .is_empty()
    );
    let later = now + Duration::from_secs(120);
    let claim = both
        .broker
        .expired(&both.queue, later)
        .await
        .unwrap()
        .claims
        .remove(0);
    let outcome = Outcome::Failed(AttemptError::LeaseExpired.into());
    let settlement = judge(&claim.message, outcome, &RetryPolicy::default(), later, 0.0);
    both.broker
        .settle(&both.queue, &[(claim, settlement)], later)
        .await
        .unwrap();
    let found = both.found(&both.queue, "one", later).await;
    assert_eq!(
        json!([found["state"], found["retried"], found["last_err"]]),
        json!(["retry", 1, "asynq: task lease expired"])
    );
}

#[tokio::test]
async fn go_merges_what_we_grouped_and_reads_what_we_merged() {
    let Some(mut both) = Both::start().await else {
        return;
    };
    both.peer.call(&json!({
        "op": "serve", "concurrency": 1, "queues": {"default": 1}, "task_check_ms": 10, "handlers": {},
        "aggregator": {"type": "merged", "grace_s": 1, "max_size": 2},
    }));
    for (id, payload) in [("one", b"a"), ("two", b"b")] {
        let group = Some("g".to_owned());
        enqueue(
            &both,
            &NewTask {
                payload: Some(payload.to_vec()),
                ..task(id)
            }
            .with(|options| options.group = group),
        )
        .await;
    }
    let event = both
        .peer
        .wait_for_event(SOON, |event| event["phase"] == "aggregated");
    let mut payloads: Vec<String> =
        serde_json::from_value(event["payloads_base64"].clone()).unwrap();
    payloads.sort();
    assert_eq!(
        (&event["group"], payloads),
        (&json!("g"), vec!["YQ==".to_owned(), "Yg==".to_owned()])
    );
    eventually(SOON, || both.state("one").is_none().then_some(()));
}
