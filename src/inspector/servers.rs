//! Servers and the tasks they are running, as reported by each server every few seconds.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::Inspector;
use super::error::Error;
use super::queues::matches;
use super::trouble::Heartbeats;
use crate::broker::{self, Fact, records::ServerFound};
use crate::document::server::{ServerDocument, SilentServer, WorkerDocument};
use crate::document::task::{Running, TaskDocument};
use crate::task::{QueueName, State};

impl Inspector {
    /// The servers that process these queues (names or globs), or all servers.
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

    /// The servers that fell silent, of those that no other server has removed yet; none if it cannot be known.
    pub(crate) async fn silent_servers(
        &self,
        now: DateTime<Utc>,
    ) -> Result<Vec<SilentServer>, Error> {
        Ok(self.heartbeats(now).await?.silent(now))
    }

    /// The announcements of servers; none if it cannot be known.
    pub(super) async fn heartbeats(&self, now: DateTime<Utc>) -> Result<Heartbeats, Error> {
        let mut heartbeats = Heartbeats::default();
        if let Some(found) = self.unless_hidden(self.broker().heartbeats().await)? {
            heartbeats.see(&found, now);
        }
        Ok(heartbeats)
    }

    /// All servers; `None` if it cannot be known, which must not hide what is known of queues and tasks.
    pub(super) async fn known_servers(
        &self,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<ServerFound>>, Error> {
        self.unless_hidden(self.broker().servers(now).await)
    }

    /// Which server runs which task.
    pub(crate) async fn running(&self, now: DateTime<Utc>) -> Result<RunningTasks, Error> {
        let workers = self.unless_hidden(self.broker().workers(now).await)?;
        let workers = workers.into_iter().flatten().map(WorkerDocument::from);
        Ok(workers.collect())
    }

    /// What servers announce; `None` if the ACL allows queues but not these keys, or they hold something else.
    fn unless_hidden<T>(&self, read: Result<T, broker::Error>) -> Result<Option<T>, Error> {
        match read {
            Err(error) if error.is_wrong_type() => Ok(None),
            read => Ok(self.broker().unless_denied(Fact::Servers, read)?),
        }
    }
}

/// Running tasks by queue and id, as servers report them.
#[derive(Debug, Default)]
pub(crate) struct RunningTasks(HashMap<(String, String), Running>);

impl FromIterator<WorkerDocument> for RunningTasks {
    fn from_iter<T: IntoIterator<Item = WorkerDocument>>(workers: T) -> Self {
        let running = workers.into_iter().map(|worker| {
            let server = worker.server();
            let started_at = worker.started_at;
            let task = (worker.queue, worker.task_id);
            (task, Running { server, started_at })
        });
        Self(running.collect())
    }
}

impl RunningTasks {
    /// Adds to a task which server runs it.
    pub(crate) fn describe(&self, task: &mut TaskDocument) {
        if task.state == State::Active && !self.0.is_empty() {
            let key = (task.queue.clone(), task.id.clone());
            task.running = self.0.get(&key).cloned();
        }
    }
}

/// The number of servers that process a queue.
pub(super) fn serving(servers: &[ServerFound], queue: &QueueName) -> u64 {
    let serve = servers
        .iter()
        .filter(|server| server.queues.contains_key(queue.as_str()));
    u64::try_from(serve.count()).unwrap_or(u64::MAX)
}

fn is_meant(named: &[QueueName], queue: &str) -> bool {
    named.iter().any(|name| matches(name, queue))
}
