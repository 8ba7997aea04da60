//! Runs so many no-op tasks of the queue `default` with a Rust library, and prints how many seconds that took:
//! from the start of the worker to the last task.
//!
//! `bench qctl|asynq URL SLOTS TASKS`; bench/go starts it.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::sync::Notify;

/// Counts tasks, and says when all are done.
#[derive(Clone)]
struct Count {
    left: Arc<AtomicUsize>,
    all: Arc<Notify>,
}

impl Count {
    fn one(&self) {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.all.notify_one();
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [library, url, slots, tasks] = &args[..] else {
        return Err("usage: bench qctl|asynq URL SLOTS TASKS".into());
    };
    let slots = slots.parse()?;
    let count = Count {
        left: Arc::new(AtomicUsize::new(tasks.parse()?)),
        all: Arc::default(),
    };
    let start = Instant::now();
    match library.as_str() {
        "qctl" => {
            let client = qctl::Client::connect(url).await?;
            let handled = count.clone();
            let mux = qctl::ServeMux::new().handle("noop", move |_: qctl::Task, _: qctl::Context| {
                handled.one();
                async { Ok(qctl::Outcome::Done) }
            });
            let worker = qctl::Worker::builder(&client).concurrency(slots).start(mux).await?;
            count.all.notified().await;
            println!("{}", start.elapsed().as_secs_f64());
            worker.stop().await?;
        }
        "asynq" => {
            let handled = count.clone();
            let mut mux = asynq::serve_mux::ServeMux::new();
            mux.handle_async_func("noop", move |_| {
                handled.one();
                async { Ok(()) }
            });
            let redis = asynq::backend::RedisConnectionType::single(url.as_str())?;
            let config = asynq::config::ServerConfig::new().concurrency(slots);
            let mut server = asynq::server::Server::new(redis, config).await?;
            tokio::select! {
                // It ends at a signal only.
                ended = server.start(mux) => ended?,
                () = count.all.notified() => {}
            }
            println!("{}", start.elapsed().as_secs_f64());
        }
        other => return Err(format!("no library is called {other:?}").into()),
    }
    Ok(())
}
