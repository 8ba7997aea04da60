//! Servers that are alive and the tasks they run: written by each server every few seconds, read by tools.
//! Messages and keys are Asynq's, so that its tools show our workers and ours show its servers.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;
use prost::Message as _;

use crate::broker::read::tasks::TOGETHER;
use crate::broker::records::{ServerFound, WorkerFound};
use crate::broker::{Broker, Error, keys, script};

/// Expiry of an announcement, as in Asynq. It is renewed every five seconds.
pub(crate) const ANNOUNCEMENT_LIFETIME: Duration = Duration::from_secs(10);

/// A longer payload is not announced: it would be written with every heartbeat.
pub const ANNOUNCED_PAYLOAD: usize = 4 * 1024;

/// Protobuf's timestamp.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub(crate) struct Timestamp {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

/// Go's zero time, which stands for "never".
const NEVER: Timestamp = Timestamp {
    seconds: -62_135_596_800,
    nanos: 0,
};

impl Timestamp {
    pub(crate) fn from(at: Option<DateTime<Utc>>) -> Self {
        at.map_or(NEVER, |at| Self {
            seconds: at.timestamp(),
            nanos: i32::try_from(at.timestamp_subsec_nanos()).unwrap_or(0),
        })
    }

    pub(crate) fn instant(self) -> Option<DateTime<Utc>> {
        let nanos = u32::try_from(self.nanos).unwrap_or(0);
        DateTime::from_timestamp(self.seconds, nanos).filter(|_| self != NEVER)
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct ServerInfo {
    #[prost(string, tag = "1")]
    host: String,
    #[prost(int32, tag = "2")]
    pid: i32,
    #[prost(string, tag = "3")]
    server_id: String,
    #[prost(int32, tag = "4")]
    concurrency: i32,
    #[prost(btree_map = "string, int32", tag = "5")]
    queues: BTreeMap<String, i32>,
    #[prost(bool, tag = "6")]
    strict_priority: bool,
    #[prost(string, tag = "7")]
    status: String,
    #[prost(message, optional, tag = "8")]
    start_time: Option<Timestamp>,
    #[prost(int32, tag = "9")]
    active_worker_count: i32,
}

#[derive(Clone, PartialEq, prost::Message)]
struct WorkerInfo {
    #[prost(string, tag = "1")]
    host: String,
    #[prost(int32, tag = "2")]
    pid: i32,
    #[prost(string, tag = "3")]
    server_id: String,
    #[prost(string, tag = "4")]
    task_id: String,
    #[prost(string, tag = "5")]
    task_type: String,
    #[prost(bytes = "vec", tag = "6")]
    task_payload: Vec<u8>,
    #[prost(string, tag = "7")]
    queue: String,
    #[prost(message, optional, tag = "8")]
    start_time: Option<Timestamp>,
    #[prost(message, optional, tag = "9")]
    deadline: Option<Timestamp>,
}

/// The announcement of a server.
#[derive(Debug, Clone)]
pub struct Presence {
    /// Host name.
    pub host: String,
    /// Process id.
    pub pid: i32,
    /// A random id of this server instance.
    pub server_id: String,
    /// Worker slots.
    pub concurrency: i32,
    /// Weight of each queue, as configured.
    pub queues: BTreeMap<String, i32>,
    /// Queues are served in strict order of weight.
    pub strict: bool,
    /// When it started.
    pub started_at: DateTime<Utc>,
}

/// The announcement of a running task.
#[derive(Debug, Clone)]
pub struct RunningTask {
    /// The task's id.
    pub id: String,
    /// Its type.
    pub kind: String,
    /// Its payload; left out of the announcement when it is longer than [`ANNOUNCED_PAYLOAD`].
    pub payload: Vec<u8>,
    /// Its queue.
    pub queue: String,
    /// When this attempt started.
    pub started_at: DateTime<Utc>,
    /// When this attempt must end.
    pub deadline: DateTime<Utc>,
}

impl Presence {
    fn keys(&self) -> [String; 2] {
        [
            keys::server(&self.host, self.pid, &self.server_id),
            keys::workers(&self.host, self.pid, &self.server_id),
        ]
    }

    fn info(&self, status: &str, running: usize) -> Vec<u8> {
        ServerInfo {
            host: self.host.clone(),
            pid: self.pid,
            server_id: self.server_id.clone(),
            concurrency: self.concurrency,
            queues: self.queues.clone(),
            strict_priority: self.strict,
            status: status.to_owned(),
            start_time: Some(Timestamp::from(Some(self.started_at))),
            active_worker_count: i32::try_from(running).unwrap_or(i32::MAX),
        }
        .encode_to_vec()
    }

    fn worker_info(&self, task: &RunningTask) -> Vec<u8> {
        WorkerInfo {
            host: self.host.clone(),
            pid: self.pid,
            server_id: self.server_id.clone(),
            task_id: task.id.clone(),
            task_type: task.kind.clone(),
            task_payload: match task.payload.len() {
                0..=ANNOUNCED_PAYLOAD => task.payload.clone(),
                _ => Vec::new(),
            },
            queue: task.queue.clone(),
            start_time: Some(Timestamp::from(Some(task.started_at))),
            deadline: Some(Timestamp::from(Some(task.deadline))),
        }
        .encode_to_vec()
    }
}

impl Broker {
    /// Announces a server and its running tasks, and removes announcements that have expired.
    pub async fn announce(
        &self,
        presence: &Presence,
        status: &str,
        running: &[RunningTask],
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let keys = presence.keys();
        let expires_at = (now + ANNOUNCEMENT_LIFETIME).timestamp();
        let mut list = redis::pipe();
        for (set, key) in [keys::SERVERS, keys::WORKERS].into_iter().zip(&keys) {
            list.zadd(set, key, expires_at).ignore();
            list.zrembyscore(set, "-inf", now.timestamp() - 1).ignore();
        }
        self.conn.pipeline::<()>(&list).await?;
        let mut call = script::WRITE_PRESENCE
            .on(&keys)
            .arg(ANNOUNCEMENT_LIFETIME.as_secs())
            .arg(presence.info(status, running.len()));
        for task in running {
            call = call.arg(&task.id).arg(presence.worker_info(task));
        }
        call.run(&self.conn).await
    }

    /// Removes the announcements of a server.
    pub async fn withdraw(&self, presence: &Presence) -> Result<(), Error> {
        let keys = presence.keys();
        let mut clear = redis::pipe();
        for (set, key) in [keys::SERVERS, keys::WORKERS].into_iter().zip(&keys) {
            clear.zrem(set, key).ignore();
            clear.del(key).ignore();
        }
        self.conn.pipeline(&clear).await
    }

    /// The running servers, by start time.
    pub async fn servers(&self, now: DateTime<Utc>) -> Result<Vec<ServerFound>, Error> {
        let mut stored: Vec<Option<Vec<u8>>> = Vec::new();
        for some in self.alive(keys::SERVERS, now).await?.chunks(TOGETHER) {
            let read = some.iter().map(async |key| {
                let get = redis::Cmd::get(key);
                self.announced(&get).await
            });
            stored.extend(try_join_all(read).await?);
        }
        let decode = |bytes: Vec<u8>| ServerInfo::decode(bytes.as_slice()).ok();
        let mut servers = Vec::new();
        for info in stored.into_iter().flatten().filter_map(decode) {
            servers.push(ServerFound {
                host: info.host,
                pid: info.pid,
                server_id: info.server_id,
                concurrency: info.concurrency,
                queues: info.queues,
                strict: info.strict_priority,
                status: info.status,
                started_at: info.start_time.and_then(Timestamp::instant),
                active_workers: info.active_worker_count,
            });
        }
        servers.sort_by(|a, b| (a.started_at, &a.server_id).cmp(&(b.started_at, &b.server_id)));
        Ok(servers)
    }

    /// The running tasks, as announced by their servers, by start time.
    pub async fn workers(&self, now: DateTime<Utc>) -> Result<Vec<WorkerFound>, Error> {
        let mut workers = Vec::new();
        for key in self.alive(keys::WORKERS, now).await? {
            let stored: Vec<Vec<u8>> = self.announced(redis::cmd("HVALS").arg(&key)).await?;
            for info in stored
                .iter()
                .filter_map(|bytes| WorkerInfo::decode(bytes.as_slice()).ok())
            {
                workers.push(WorkerFound {
                    host: info.host,
                    pid: info.pid,
                    server_id: info.server_id,
                    task_id: info.task_id,
                    kind: info.task_type,
                    payload: info.task_payload,
                    queue: info.queue,
                    started_at: info.start_time.and_then(Timestamp::instant),
                    deadline: info.deadline.and_then(Timestamp::instant),
                });
            }
        }
        workers.sort_by(|a, b| (a.started_at, &a.task_id).cmp(&(b.started_at, &b.task_id)));
        Ok(workers)
    }

    /// The members of a global set that have not expired. Expired members stay: the user may have no right to write.
    pub(crate) async fn alive(&self, set: &str, now: DateTime<Utc>) -> Result<Vec<Vec<u8>>, Error> {
        let mut range = redis::cmd("ZRANGEBYSCORE");
        range.arg(set).arg(now.timestamp()).arg("+inf");
        self.conn.command(&range).await
    }

    /// Reads an announcement. A key of another type is skipped, so that it does not hide the other announcements.
    pub(crate) async fn announced<T: redis::FromRedisValue + Default>(
        &self,
        read: &redis::Cmd,
    ) -> Result<T, Error> {
        match self.conn.command(read).await {
            Err(Error::Refused { .. }) => Ok(T::default()),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The protocol's test vector.
    #[test]
    fn never_is_gos_zero_time() {
        let bytes = Timestamp::from(None).encode_to_vec();
        assert_eq!(
            bytes,
            [
                0x08, 0x80, 0x92, 0xb8, 0xc3, 0x98, 0xfe, 0xff, 0xff, 0xff, 0x01
            ]
        );
        assert_eq!(Timestamp::decode(bytes.as_slice()).unwrap().instant(), None);
    }
}
