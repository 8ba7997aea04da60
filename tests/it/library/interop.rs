//! The library and the real Asynq on one Redis.

use std::time::Duration;

use qctl::{Context, Groups, HandlerError, Outcome, ServeMux, State, Task};
use serde_json::{Value, json};

use super::{Place, told};
use crate::harness::peer::Peer;
use crate::harness::redis::Redis;
use crate::worker_interop::{base64, reaches, serve, started};

async fn both() -> Option<(Place, Peer)> {
    let redis = Redis::start();
    let peer = Peer::start(&redis)?;
    Some((Place::on(redis).await, peer))
}

fn enqueue(peer: &mut Peer, id: &str, more: Value) {
    let mut request =
        json!({"op": "enqueue", "type": "t", "id": id, "payload_base64": base64(id.as_bytes())});
    request
        .as_object_mut()
        .unwrap()
        .append(&mut serde_json::from_value(more).unwrap());
    peer.call(&request);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_library_works_what_go_enqueued_and_go_sees_what_became_of_it() {
    let Some((place, mut peer)) = both().await else {
        return;
    };
    enqueue(
        &mut peer,
        "kept",
        json!({"retention_s": 600, "headers": {"k": "vé"}, "unique_s": 600}),
    );
    enqueue(&mut peer, "skipped", json!({}));
    enqueue(&mut peer, "later", json!({"max_retry": 5}));
    let (tell, mut told) = told();
    let worker = place.start(move |task: Task, cx: Context| {
        let tell = tell.clone();
        async move {
            tell.send(task.clone()).ok();
            match cx.task_id() {
                "skipped" => Err(HandlerError::skip_retry("größe")),
                "later" => Ok(Outcome::RetryAfter(Duration::from_secs(600))),
                _ => {
                    cx.write_result(b"\xff\x00").await?;
                    Ok(Outcome::Done)
                }
            }
        }
    });
    let worker = worker.await;
    let tasks = [told.next().await, told.next().await, told.next().await];
    let kept = tasks.iter().find(|task| task.payload() == b"kept").unwrap();
    assert_eq!(kept.headers()["k"], "vé");
    let (kept, skipped, later) = tokio::task::block_in_place(|| {
        (
            reaches(&mut peer, "kept", "completed"),
            reaches(&mut peer, "skipped", "archived"),
            reaches(&mut peer, "later", "retry"),
        )
    });
    assert_eq!(kept["result_base64"], base64(b"\xff\x00"), "{kept}");
    assert_eq!(skipped["last_err"], "größe", "{skipped}");
    assert_eq!(
        (&later["retried"], &later["max_retry"]),
        (&json!(1), &json!(5)),
        "{later}"
    );
    // The lock went with the success.
    enqueue(
        &mut peer,
        "again",
        json!({"payload_base64": base64(b"kept"), "unique_s": 600}),
    );
    worker.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn go_works_what_the_library_enqueued() {
    let Some((place, mut peer)) = both().await else {
        return;
    };
    serve(
        &mut peer,
        &json!({"*": {"do": "succeed", "result_base64": "/wA="}}),
    );
    let task = Task::new("email:süß", b"\xff\x00")
        .id("one")
        .header("k", "vé")
        .max_retry(3);
    let task = task
        .timeout(Duration::from_secs(90))
        .retention(Duration::from_secs(600));
    place.client.enqueue(task).await.unwrap();
    let one = tokio::task::block_in_place(|| started(&mut peer, "one"));
    assert_eq!(
        (&one["type"], &one["payload_base64"]),
        (&json!("email:süß"), &base64(b"\xff\x00"))
    );
    assert_eq!(
        (&one["headers"], &one["max_retry"]),
        (&json!({"k": "vé"}), &json!(3))
    );
    let found = place.reaches("one", Some(State::Completed)).await.unwrap();
    assert_eq!(found.result.as_deref(), Some(b"\xff\x00".as_slice()));
    let nil = Task::without_payload("nil").unique(Duration::from_secs(60));
    place
        .client
        .enqueue(nil.process_in(Duration::from_secs(600)))
        .await
        .unwrap();
    let duplicate = json!({"op": "enqueue", "type": "nil", "unique_s": 60});
    assert_eq!(peer.try_call(&duplicate).unwrap_err().kind, "duplicate");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_library_merges_what_go_put_into_a_group() {
    let Some((place, mut peer)) = both().await else {
        return;
    };
    for id in ["a", "b"] {
        enqueue(&mut peer, id, json!({"group": "g"}));
    }
    let (tell, mut told) = told();
    let merge = async |group: String, tasks: Vec<Task>| {
        let payloads: Vec<&[u8]> = tasks.iter().map(Task::payload).collect();
        Ok(Task::new("digest", payloads.join(&b',')).id(group))
    };
    let mux = ServeMux::new().handle("digest", move |task: Task, _: Context| {
        tell.send(task.payload().to_vec()).ok();
        async { Ok(Outcome::Done) }
    });
    let groups = Groups::new(merge).max_size(2);
    let worker = place.worker().groups(groups).start(mux).await.unwrap();
    assert_eq!(told.next().await, b"a,b");
    worker.stop().await.unwrap();
    assert!(crate::worker_interop::info(&mut peer, "a").is_none());
}
