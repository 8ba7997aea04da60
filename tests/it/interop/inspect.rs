//! That both see the same: tasks with every option, numbers, servers, schedules.

use std::collections::BTreeMap;
use std::time::Duration;

use qctl::broker::{Container, EnqueueEvent, Presence, RunningTask, SchedulerEntry};
use qctl::clock;
use qctl::task::transition::Settlement;
use qctl::task::{NewTask, State};
use serde_json::{Value, json};

use super::{Both, enqueue, request, task, with_every_option, without_the_clock};
use crate::harness::{SOON, eventually, is_bookkeeping};

/// Every field of a hash and every key, the times apart, is what the other side would have written.
fn data(both: &Both) -> BTreeMap<String, Vec<String>> {
    let mut keys: Vec<String> = both.redis.query(&["KEYS", "*"]);
    // Go leaves no receipts.
    keys.retain(|key| !is_bookkeeping(key));
    let value = |key: &String| -> Vec<String> {
        let kind: String = both.redis.query(&["TYPE", key]);
        match kind.as_str() {
            "hash" => {
                let mut fields: BTreeMap<String, Vec<u8>> = both.redis.query(&["HGETALL", key]);
                for varying in ["msg", "pending_since"] {
                    fields.entry(varying.to_owned()).and_modify(Vec::clear);
                }
                fields
                    .into_iter()
                    .map(|field| format!("{field:?}"))
                    .collect()
            }
            "list" => both.redis.query(&["LRANGE", key, "0", "-1"]),
            "zset" => both.redis.query(&["ZRANGE", key, "0", "-1"]),
            "set" => {
                let mut members: Vec<String> = both.redis.query(&["SMEMBERS", key]);
                members.sort();
                members
            }
            _ => both
                .redis
                .query::<Option<String>>(&["GET", key])
                .into_iter()
                .collect(),
        }
    };
    keys.iter().map(|key| (key.clone(), value(key))).collect()
}

#[tokio::test]
async fn either_reads_what_the_other_enqueued() {
    let (Some(mut ours), Some(mut theirs)) = (Both::start().await, Both::start().await) else {
        return;
    };
    for task in with_every_option() {
        enqueue(&ours, &task).await;
        theirs.peer.call(&request(&task));
        let (queue, id) = (task.options.queue.as_str(), task.id.as_str());
        let go = [
            without_the_clock(ours.info(queue, id)),
            without_the_clock(theirs.info(queue, id)),
        ];
        let now = clock::now();
        let found = [
            without_the_clock(ours.found(&task.options.queue, id, now).await),
            without_the_clock(theirs.found(&task.options.queue, id, now).await),
        ];
        for seen in [&go[1], &found[0], &found[1]] {
            assert_eq!(seen, &go[0], "{id}");
        }
    }
    let (mut ours, theirs) = (data(&ours), data(&theirs));
    // The one thing we write that Asynq forgets: the lock in the hash of a grouped task.
    let grouped = ours.get_mut("asynq:{default}:t:group-unique").unwrap();
    grouped.retain(|field| !field.contains("unique_key"));
    assert_eq!(ours, theirs);
}

#[tokio::test]
async fn pages_have_the_same_order() {
    let Some(mut both) = Both::start().await else {
        return;
    };
    for n in 0..5 {
        enqueue(&both, &task(&n.to_string())).await;
    }
    let claimed = both
        .broker
        .claim(&both.queue, 2, clock::now())
        .await
        .unwrap();
    assert_eq!(claimed.claims.len(), 2);
    for state in [State::Pending, State::Active] {
        let mut walk = both.broker.walk(&both.queue, Container::State(state));
        let mut ours = walk.tasks().await.unwrap();
        ours.extend(walk.tasks().await.unwrap());
        let ours: Vec<_> = ours.iter().map(|task| task.id.as_str()).collect();
        let theirs = both.listed(state, "");
        let theirs: Vec<_> = theirs
            .iter()
            .map(|task| task["id"].as_str().unwrap())
            .collect();
        assert_eq!(ours, theirs, "{state}");
    }
}

async fn one_in_each_state(both: &Both) {
    let now = clock::now();
    for n in 0..5 {
        enqueue(both, &task(&n.to_string())).await;
    }
    let claims = both.broker.claim(&both.queue, 4, now).await.unwrap().claims;
    for (n, claim) in claims.into_iter().enumerate() {
        let message = claim.message.clone();
        let settlement = match n {
            0 => Settlement::Retry {
                message,
                at: now + Duration::from_secs(600),
                counted: true,
            },
            1 => Settlement::Archive { message },
            2 => Settlement::Complete {
                message,
                result: b"r".to_vec(),
                expires_at: now + Duration::from_secs(600),
            },
            _ => continue,
        };
        both.broker
            .settle(&both.queue, &[(claim, settlement)], now)
            .await
            .unwrap();
    }
    let group = Some("g".to_owned());
    enqueue(both, &task("grouped").with(|options| options.group = group)).await;
    let start = qctl::task::Start::At(now + Duration::from_secs(600));
    enqueue(
        both,
        &NewTask {
            start,
            ..task("later")
        },
    )
    .await;
}

#[tokio::test]
async fn numbers_are_equal() {
    let Some(mut both) = Both::start().await else {
        return;
    };
    one_in_each_state(&both).await;
    both.broker.pause(&both.queue, clock::now()).await.unwrap();
    // The day may end between the two questions; they are asked again then.
    eventually(SOON, || {
        let info = both
            .peer
            .call(&json!({"op": "queue_info", "queue": "default"}));
        (info["processed"] != 0).then_some(())
    });
    let now = clock::now();
    let queues = std::slice::from_ref(&both.queue);
    let stats = both.broker.stats(queues, now).await.unwrap().remove(0);
    let info = both
        .peer
        .call(&json!({"op": "queue_info", "queue": "default"}));
    let asynqs = |(state, _): &(&State, &u64)| **state != State::Aside;
    for (state, count) in stats.counts.iter().filter(asynqs) {
        assert_eq!(info[state.name()], json!(count), "{state}");
        assert_eq!(*count, 1, "{state}");
    }
    let ours = json!([
        stats.size(),
        stats.groups,
        stats.processed_today,
        stats.failed_today,
        stats.processed_total,
        stats.failed_total,
        stats.paused_at.is_some(),
        both.broker.memory(&both.queue).await.unwrap(),
    ]);
    let theirs = json!([
        info["size"],
        info["groups"],
        info["processed"],
        info["failed"],
        info["processed_total"],
        info["failed_total"],
        info["paused"],
        info["memory_usage"],
    ]);
    assert_eq!(ours, theirs);
    let latency = stats.latency.unwrap().as_secs_f64();
    let difference = info["latency_s"].as_f64().unwrap() - latency;
    assert!((0.0..5.0).contains(&difference), "{difference}");
    let days = both.broker.history(&both.queue, 3, now).await.unwrap();
    let days: Vec<_> = days
        .iter()
        .map(|day| json!({"date": day.date.to_string(), "processed": day.processed, "failed": day.failed}))
        .collect();
    let history = json!({"op": "history", "queue": "default", "days": 3});
    assert_eq!(Value::from(days), both.peer.call(&history));
    let groups = both.broker.groups(&both.queue).next().await;
    let groups = groups.unwrap().unwrap();
    let theirs = both.peer.call(&json!({"op": "groups", "queue": "default"}));
    assert_eq!(
        json!([{"group": groups[0].group, "size": groups[0].size}]),
        theirs
    );
}

#[tokio::test]
async fn memory_is_estimated_alike() {
    let Some(mut both) = Both::start().await else {
        return;
    };
    for n in 0..73_usize {
        let payload = Some(vec![b'x'; n * 37 % 1000]);
        let group = (n % 3 == 0).then(|| "g".to_owned());
        enqueue(
            &both,
            &NewTask {
                payload,
                ..task(&n.to_string())
            }
            .with(|options| options.group = group),
        )
        .await;
    }
    both.broker
        .claim(&both.queue, 21, clock::now())
        .await
        .unwrap();
    let info = both
        .peer
        .call(&json!({"op": "queue_info", "queue": "default"}));
    assert_eq!(
        json!(both.broker.memory(&both.queue).await.unwrap()),
        info["memory_usage"]
    );
}

#[tokio::test]
async fn go_lists_our_server_and_what_it_runs() {
    let Some(mut both) = Both::start().await else {
        return;
    };
    let now = clock::now();
    let presence = Presence {
        host: "host".into(),
        pid: 7,
        server_id: "our-id".into(),
        concurrency: 5,
        queues: BTreeMap::from([("default".into(), 3)]),
        strict: true,
        started_at: now,
    };
    let running = RunningTask {
        id: "one".into(),
        kind: "t".into(),
        payload: b"p".to_vec(),
        queue: "default".into(),
        started_at: now,
        deadline: now + Duration::from_secs(60),
    };
    both.broker
        .announce(&presence, "active", &[running], now)
        .await
        .unwrap();
    let second = now.timestamp();
    let expected = json!([{
        "id": "our-id", "host": "host", "pid": 7, "concurrency": 5, "queues": {"default": 3}, "strict": true,
        "status": "active", "started": second, "workers": [{
            "task_id": "one", "type": "t", "payload_base64": "cA==", "queue": "default", "started": second,
            "deadline": second + 60,
        }],
    }]);
    assert_eq!(both.peer.call(&json!({"op": "servers"})), expected);
    both.broker.withdraw(&presence).await.unwrap();
    assert_eq!(both.peer.call(&json!({"op": "servers"})), json!([]));
}

#[tokio::test]
async fn go_shows_our_schedules_and_their_events() {
    let Some(mut both) = Both::start().await else {
        return;
    };
    let now = clock::now();
    let entry = SchedulerEntry {
        id: "nightly".into(),
        spec: "0 3 * * *".into(),
        kind: "report:build".into(),
        payload: b"{}".to_vec(),
        options: vec![
            "Queue(\"q\")".into(),
            "nonsense".into(),
            "MaxRetry(5)".into(),
        ],
        next_at: Some(now + Duration::from_secs(60)),
        previous_at: None,
    };
    let ttl = Duration::from_secs(20);
    both.broker
        .announce_entries("host:1:id", std::slice::from_ref(&entry), ttl, now)
        .await
        .unwrap();
    let event = EnqueueEvent {
        task_id: "one".into(),
        enqueued_at: Some(now),
    };
    both.broker
        .record_event("nightly", &event, now)
        .await
        .unwrap();
    let expected = json!([{
        "id": "nightly", "spec": "0 3 * * *", "type": "report:build", "payload_base64": "e30=",
        "options": ["Queue(\"q\")", "MaxRetry(5)"], "next": now.timestamp() + 60, "prev": null,
    }]);
    assert_eq!(
        both.peer.call(&json!({"op": "scheduler_entries"})),
        expected
    );
    let events = both
        .peer
        .call(&json!({"op": "scheduler_events", "id": "nightly"}));
    assert_eq!(
        events,
        json!([{"task_id": "one", "enqueued_at": now.timestamp()}])
    );
}

#[tokio::test]
async fn we_show_their_schedules_and_their_events() {
    let Some(mut both) = Both::start().await else {
        return;
    };
    let id = both.peer.call(&json!({
        "op": "schedule", "spec": "@every 1s", "type": "t", "payload_base64": "eA==", "queue": "q", "max_retry": 5,
    }));
    let id = id.as_str().unwrap();
    eventually(SOON, || {
        let events = both.peer.call(&json!({"op": "scheduler_events", "id": id}));
        let entries = both.peer.call(&json!({"op": "scheduler_entries"}));
        (events[0].is_object() && entries[0]["prev"].is_i64()).then_some(())
    });
    let entries = crate::broker::entries(&both.broker, clock::now()).await;
    let entry = &entries[0];
    assert_eq!(
        (&*entry.id, &*entry.spec, &*entry.kind),
        (id, "@every 1s", "t")
    );
    assert_eq!(entry.options, ["Queue(\"q\")", "MaxRetry(5)"]);
    assert!(entry.next_at > entry.previous_at && entry.previous_at.is_some());
    let events = both.broker.events(id, 1).await.unwrap();
    let task = qctl::task::TaskId::new(&events[0].task_id).unwrap();
    let queue = qctl::task::QueueName::new("q").unwrap();
    assert!(both.broker.find(&queue, &task).await.unwrap().is_some());
    both.peer.call(&json!({"op": "stop_scheduler"}));
    assert_eq!(both.broker.schedulers(clock::now()).await, Ok(Vec::new()));
}
