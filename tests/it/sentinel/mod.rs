//! A primary that Sentinels watch: the same operations as elsewhere, and failovers of every kind.

mod failover;
mod operations;
mod refusals;
mod rights;
mod work;

use std::time::Instant;

use qctl::broker::{Broker, Error, Settings};
use qctl::clock;
use qctl::task::State;

use crate::broker::settings;
use crate::harness::SOON;
use crate::harness::redis::Redis;
use crate::harness::sentinel::Trio;
use crate::worker::shop::task;

/// Settings with the timeout that the program has.
fn patient(url: &str) -> Settings {
    Settings {
        timeout: std::time::Duration::from_secs(5),
        ..settings(url)
    }
}

async fn connect(trio: &Trio) -> Broker {
    Broker::connect(patient(&trio.url())).await.unwrap()
}

/// Whether a server has this task.
fn has(server: &Redis, id: &str) -> bool {
    server.query(&["EXISTS", &format!("asynq:{{default}}:t:{id}")])
}

async fn enqueue(broker: &Broker, id: &str) -> Result<(), qctl::broker::Error> {
    let enqueued = broker.enqueue(&task(id), clock::now()).await?;
    assert_eq!(enqueued.state, State::Pending);
    Ok(())
}

/// Enqueues the task until it is accepted; errors until then must be passing ones.
async fn accepted(broker: &Broker, id: &str) {
    let deadline = Instant::now() + SOON;
    while let Err(error) = enqueue(broker, id).await {
        if matches!(error, Error::IdTaken { .. }) {
            return;
        }
        assert!(error.passing() && Instant::now() < deadline, "{error}");
    }
}
