//! Runs so many no-op tasks of the queue `default` with a Rust library, and prints how many seconds that took:
//! from the start of the worker to the last task. Or merges the groups of that queue until SIGTERM.
//!
//! `bench qctl|asynq URL SLOTS TASKS`, `bench merge URL`; bench/go starts it.

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
    let (library, url, slots, tasks) = match &args[..] {
        [merge, url] if merge == "merge" => return self::merge(url).await,
        [library, url, slots, tasks] => (library, url, slots, tasks),
        _ => return Err("usage: bench qctl|asynq URL SLOTS TASKS, or bench merge URL".into()),
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

async fn merge(url: &str) -> Result<(), Box<dyn Error>> {
    let groups = qctl::Groups::new(async |_: String, _: Vec<qctl::Task>| {
        Ok::<_, qctl::BoxError>(qctl::Task::new("merged", ""))
    });
    let client = qctl::Client::connect(url).await?;
    let builder = qctl::Worker::builder(&client).groups(groups);
    let worker = builder.start(qctl::ServeMux::new()).await?;
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    terminate.recv().await;
    worker.stop().await?;
    Ok(())
}
