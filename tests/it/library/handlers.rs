//! What handlers get, and what their answers lead to.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use qctl::{
    Context, Error, Handler, HandlerError, HandlerResult, Outcome, State, StopReason, Task,
};
use tokio::sync::Semaphore;

use super::{Place, told};
use crate::worker::shop::seconds_until;

const KEPT: Duration = Duration::from_secs(600);

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_gets_the_task_and_what_is_known_of_the_attempt() {
    let place = Place::new().await;
    let task = Task::new("t", b"\xff\x00").id("one").header("k", "v");
    let task = task.max_retry(7).timeout(Duration::from_secs(90));
    place.client.enqueue(task).await.unwrap();
    let (tell, mut told) = told();
    let worker = place.start(move |task: Task, cx: Context| {
        let tell = tell.clone();
        async move {
            assert_eq!(cx.stop_reason(), None);
            tell.send((task, cx)).ok();
            Ok(Outcome::Done)
        }
    });
    let worker = worker.await;
    let (task, cx) = told.next().await;
    assert_eq!((task.kind(), task.payload()), ("t", b"\xff\x00".as_slice()));
    assert_eq!(
        *task.headers(),
        BTreeMap::from([("k".to_owned(), "v".to_owned())])
    );
    assert_eq!(
        (cx.task_id(), cx.queue(), cx.retried(), cx.max_retry()),
        ("one", "default", 0, 7)
    );
    assert!((80..=90).contains(&seconds_until(cx.deadline())));
    assert!(cx.time_left() <= Duration::from_secs(90));
    worker.stop().await.unwrap();
}

/// What the payload names.
async fn answer(task: Task, _: Context) -> HandlerResult {
    let hour = Duration::from_secs(3600);
    match std::str::from_utf8(task.payload())? {
        "done" => Ok(Outcome::Done),
        "fails" => Err("boom".into()),
        "retry-after" => Ok(Outcome::RetryAfter(hour)),
        "retry-after-error" => Err(HandlerError::retry_after(hour, "boom")),
        "skip" => Ok(Outcome::SkipRetry),
        "skip-error" => Err(HandlerError::skip_retry("boom")),
        "release" => Ok(Outcome::Release(hour)),
        "release-error" => Err(HandlerError::release(hour, "boom")),
        "revoke" => Ok(Outcome::Revoke),
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_lead_to_states() {
    let place = Place::new().await;
    let (retry, archived) = (Some(State::Retry), Some(State::Archived));
    let asked = "the handler asked for another attempt";
    // Payload, state, retries counted, last error, whether the delay is the handler's hour.
    let table = [
        ("done", Some(State::Completed), 0, "", false),
        ("fails", retry, 1, "boom", false),
        ("retry-after", retry, 1, asked, true),
        ("retry-after-error", retry, 1, "boom", true),
        ("skip", archived, 0, "skip retry for the task", false),
        ("skip-error", archived, 0, "boom", false),
        ("release", retry, 0, "released by the handler", true),
        ("release-error", retry, 0, "boom", true),
        ("revoke", None, 0, "", false),
        ("panics", retry, 1, "the handler panicked: panics", false),
    ];
    for (payload, ..) in table {
        let task = Task::new("t", payload).id(payload).retention(KEPT);
        place.client.enqueue(task).await.unwrap();
    }
    let worker = place.start(answer).await;
    for (payload, state, retried, error, delayed) in table {
        let found = place.reaches(payload, state).await;
        let Some(found) = found else { continue };
        let message = found.message.unwrap();
        assert_eq!(
            (message.retried, &*message.last_error),
            (retried, error),
            "{payload}"
        );
        let delay = found.score.map(seconds_until);
        assert_eq!(
            delay.is_some_and(|delay| (3590..=3601).contains(&delay)),
            delayed,
            "{payload}: {delay:?}"
        );
    }
    worker.stop().await.unwrap();
    let failed: u64 = place.redis.query(&["GET", "asynq:{default}:failed"]);
    let processed: u64 = place.redis.query(&["GET", "asynq:{default}:processed"]);
    assert_eq!((processed, failed), (8, 6));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_is_there_while_the_attempt_runs_and_after_it() {
    let place = Place::new().await;
    let task = Task::new("t", "").id("one").retention(KEPT);
    place.client.enqueue(task).await.unwrap();
    let (tell, mut told) = told();
    let go_on = Arc::new(Semaphore::new(0));
    let gate = Arc::clone(&go_on);
    let worker = place.start(move |_: Task, cx: Context| {
        let (tell, gate) = (tell.clone(), Arc::clone(&gate));
        async move {
            cx.write_result("half").await?;
            tell.send(cx.clone()).ok();
            gate.acquire().await?.forget();
            cx.write_result(b"\xffall").await?;
            Ok(Outcome::Done)
        }
    });
    let worker = worker.await;
    told.next().await;
    let found = place.find("default", "one").await.unwrap();
    assert_eq!(
        (found.state, found.result.as_deref()),
        (State::Active, Some(b"half".as_slice()))
    );
    go_on.add_permits(1);
    let found = place.reaches("one", Some(State::Completed)).await.unwrap();
    assert_eq!(found.result.as_deref(), Some(b"\xffall".as_slice()));
    worker.stop().await.unwrap();
}

/// Waits for the request to stop and says why; then tries to write a result.
#[derive(Clone)]
struct Listener(tokio::sync::mpsc::UnboundedSender<(StopReason, Result<(), Error>)>);

impl Handler for Listener {
    async fn run(&self, _: Task, cx: Context) -> HandlerResult {
        let reason = cx.stop_requested().await;
        assert_eq!(cx.stop_reason(), Some(reason));
        let written = cx.write_result("late").await;
        self.0.send((reason, written)).ok();
        Err("stopped".into())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_hears_that_it_must_end_and_why() {
    let place = Place::new().await;
    let task = Task::new("t", "")
        .id("late")
        .timeout(Duration::from_secs(1));
    place.client.enqueue(task).await.unwrap();
    let (tell, mut told) = told();
    let worker = place.start(Listener(tell)).await;
    let (reason, written) = told.next().await;
    assert_eq!(reason, StopReason::TimedOut);
    assert!(matches!(
        written,
        Err(Error::AttemptOver(StopReason::TimedOut))
    ));
    let found = place.reaches("late", Some(State::Retry)).await.unwrap();
    assert_eq!(found.message.unwrap().last_error, "timed out after 1s");
    assert_eq!(found.result, None);

    place
        .client
        .enqueue(Task::new("t", "").id("cancelled"))
        .await
        .unwrap();
    place.reaches("cancelled", Some(State::Active)).await;
    place.redis.cmd(&["PUBLISH", "asynq:cancel", "cancelled"]);
    assert_eq!(told.next().await.0, StopReason::Cancelled);
    let found = place
        .reaches("cancelled", Some(State::Retry))
        .await
        .unwrap();
    assert_eq!(found.message.unwrap().last_error, "cancelled");

    place
        .client
        .enqueue(Task::new("t", "").id("aborted"))
        .await
        .unwrap();
    place.reaches("aborted", Some(State::Active)).await;
    worker.abort().await.unwrap();
    assert_eq!(told.next().await.0, StopReason::Aborted);
    let found = place.find("default", "aborted").await.unwrap();
    assert_eq!(
        (found.state, found.message.unwrap().retried),
        (State::Pending, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_does_not_listen_is_dropped_after_the_grace() {
    struct Guard(tokio::sync::mpsc::UnboundedSender<()>);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.send(()).ok();
        }
    }
    let place = Place::new().await;
    let task = Task::new("t", "")
        .id("deaf")
        .timeout(Duration::from_secs(1));
    place.client.enqueue(task).await.unwrap();
    let (tell, mut told) = told();
    let worker = place
        .worker()
        .stop_grace(Duration::ZERO)
        .start(move |_: Task, _: Context| {
            let guard = Guard(tell.clone());
            async move {
                let _guard = guard;
                std::future::pending::<HandlerResult>().await
            }
        });
    let worker = worker.await.unwrap();
    told.next().await;
    place.reaches("deaf", Some(State::Retry)).await;
    worker.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_neither_ends_the_worker_nor_costs_a_slot() {
    let place = Place::new().await;
    for n in 0..8 {
        let task = Task::new("t", "panics").id(n.to_string()).max_retry(0);
        place.client.enqueue(task).await.unwrap();
    }
    place
        .client
        .enqueue(Task::new("t", "done").id("last"))
        .await
        .unwrap();
    let worker = place.worker().concurrency(1).start(answer).await.unwrap();
    place.reaches("last", None).await;
    for n in 0..8 {
        place.reaches(&n.to_string(), Some(State::Archived)).await;
    }
    worker.stop().await.unwrap();
}
