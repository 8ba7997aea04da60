//! Servers and the tasks they are running, as reported by each server every few seconds.

use chrono::{DateTime, Utc};

use super::Inspector;
use super::error::Error;
use super::queues::matches;
use crate::document::server::{ServerDocument, WorkerDocument};
use crate::task::QueueName;

impl Inspector {
    /// The servers that serve these queues (names or globs), or all.
    pub(crate) async fn servers(
        &self,
        queues: &[QueueName],
        now: DateTime<Utc>,
    ) -> Result<Vec<ServerDocument>, Error> {
        let mut servers = self.broker().servers(now).await?;
        servers.retain(|server| {
            queues.is_empty() || server.queues.keys().any(|queue| is_meant(queues, queue))
        });
        Ok(servers.iter().map(ServerDocument::from).collect())
    }

    /// The running tasks of these queues (names or globs), or of all.
    pub(crate) async fn workers(
        &self,
        queues: &[QueueName],
        now: DateTime<Utc>,
    ) -> Result<Vec<WorkerDocument>, Error> {
        let mut workers = self.broker().workers(now).await?;
        workers.retain(|worker| queues.is_empty() || is_meant(queues, &worker.queue));
        Ok(workers.into_iter().map(WorkerDocument::from).collect())
    }
}

fn is_meant(named: &[QueueName], queue: &str) -> bool {
    named.iter().any(|name| matches(name, queue))
}
