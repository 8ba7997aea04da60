//! The library as a program uses it: by the names that the crate root exports, in its own process.

mod enqueue; // what a client stores, and what it refuses
mod example; // examples/welcome-email, from a request to a mail
mod failures; // failures as reported to a program, and what it decides
mod groups; // groups are merged by a function of the program
mod handlers; // what handlers get, and what their answers lead to
mod inspector; // looking into queues, and changing what is in them
mod interop; // the library and the real Asynq on one Redis
mod log; // what happens is written as `tracing` events
mod mux; // patterns and layers
mod scheduler; // periodic tasks: stored, fired, and kept what a provider lists
mod stopping; // how a worker ends

use qctl::broker::records::FoundTask;
use qctl::task::{QueueName, TaskId};
use qctl::{Client, Handler, RunningWorker, State, Worker, WorkerBuilder};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::block_in_place;
use tokio::time::timeout;

use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};
use crate::worker::shop::connect;

/// A private Redis and a client of it.
struct Place {
    redis: Redis,
    client: Client,
}

impl Place {
    async fn new() -> Self {
        Self::on(Redis::start()).await
    }

    async fn on(redis: Redis) -> Self {
        let client = Client::connect(&redis.url()).await.unwrap();
        Self { redis, client }
    }

    /// A worker with four slots.
    fn worker(&self) -> WorkerBuilder {
        Worker::builder(&self.client).concurrency(4)
    }

    async fn start(&self, handler: impl Handler) -> RunningWorker {
        self.worker().start(handler).await.unwrap()
    }

    /// A task as it lies in Redis.
    async fn find(&self, queue: &str, id: &str) -> Option<FoundTask> {
        let (queue, id) = (QueueName::new(queue).unwrap(), TaskId::new(id).unwrap());
        let broker = connect(&self.redis.url()).await;
        broker.find(&queue, &id).await.unwrap()
    }

    /// Waits until the task of the queue `default` is in this state; `None` is gone.
    async fn reaches(&self, id: &str, state: Option<State>) -> Option<FoundTask> {
        self.reaches_in("default", id, state).await
    }

    async fn reaches_in(&self, queue: &str, id: &str, state: Option<State>) -> Option<FoundTask> {
        let broker = connect(&self.redis.url()).await;
        let (queue, id) = (QueueName::new(queue).unwrap(), TaskId::new(id).unwrap());
        let runtime = Handle::current();
        block_in_place(|| {
            eventually(SOON, || {
                let found = runtime.block_on(broker.find(&queue, &id)).unwrap();
                (found.as_ref().map(|found| found.state) == state).then_some(found)
            })
        })
    }
}

/// What handlers send to a test.
struct Told<T>(UnboundedReceiver<T>);

fn told<T>() -> (UnboundedSender<T>, Told<T>) {
    let (tell, told) = unbounded_channel();
    (tell, Told(told))
}

impl<T> Told<T> {
    async fn next(&mut self) -> T {
        let next = timeout(SOON, self.0.recv()).await;
        next.expect("nothing is told")
            .expect("nobody tells any more")
    }
}
