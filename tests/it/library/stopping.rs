//! How a worker ends.

use std::sync::Arc;
use std::time::Duration;

use qctl::{Context, Handler, HandlerResult, Outcome, State, Task};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedSender;

use super::{Place, told};

/// Tells that it has begun, then waits for a permit.
#[derive(Clone)]
struct Gated {
    begun: UnboundedSender<()>,
    gate: Arc<Semaphore>,
}

impl Handler for Gated {
    async fn run(&self, _: Task, _: Context) -> HandlerResult {
        self.begun.send(()).ok();
        self.gate.acquire().await?.forget();
        Ok(Outcome::Done)
    }
}

struct Stage {
    place: Place,
    handler: Gated,
    begun: super::Told<()>,
}

/// A place with one pending task, `one`.
async fn stage() -> Stage {
    let place = Place::new().await;
    place
        .client
        .enqueue(Task::new("t", "").id("one"))
        .await
        .unwrap();
    let (tell, begun) = told();
    let handler = Gated {
        begun: tell,
        gate: Arc::new(Semaphore::new(0)),
    };
    Stage {
        place,
        handler,
        begun,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_lets_running_attempts_finish() {
    let mut stage = stage().await;
    let worker = stage.place.start(stage.handler.clone()).await;
    stage.begun.next().await;
    let stopping = tokio::spawn(worker.stop());
    stage
        .place
        .client
        .enqueue(Task::new("t", "").id("two"))
        .await
        .unwrap();
    stage.handler.gate.add_permits(9);
    stopping.await.unwrap().unwrap();
    assert_eq!(stage.place.reaches("one", None).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_gives_back_what_does_not_finish_in_time() {
    let mut stage = stage().await;
    let worker = stage
        .place
        .worker()
        .shutdown_timeout(Duration::from_millis(50))
        .stop_grace(Duration::ZERO);
    let worker = worker.start(stage.handler.clone()).await.unwrap();
    stage.begun.next().await;
    worker.stop().await.unwrap();
    let found = stage.place.find("default", "one").await.unwrap();
    assert_eq!(
        (found.state, found.message.unwrap().retried),
        (State::Pending, 0)
    );
    let servers: Vec<String> = stage
        .place
        .redis
        .query(&["ZRANGE", "asynq:servers", "0", "-1"]);
    assert_eq!(servers, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_works_until_a_future_is_ready() {
    let mut stage = stage().await;
    let worker = stage.place.start(stage.handler.clone()).await;
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let working = tokio::spawn(worker.stop_on(stopped));
    stage.begun.next().await;
    stage.handler.gate.add_permits(1);
    stage.place.reaches("one", None).await;
    stop.send(()).unwrap();
    working.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_handle_stops_the_worker() {
    let mut stage = stage().await;
    let worker = stage.place.start(stage.handler.clone()).await;
    stage.begun.next().await;
    drop(worker);
    stage.handler.gate.add_permits(9);
    stage.place.reaches("one", None).await;
    let gone = || {
        let servers = ["ZRANGE", "asynq:servers", "0", "-1"];
        stage
            .place
            .redis
            .query::<Vec<String>>(&servers)
            .is_empty()
            .then_some(())
    };
    tokio::task::block_in_place(|| crate::harness::eventually(crate::harness::SOON, gone));
}
