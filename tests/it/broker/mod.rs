//! Every operation of the broker on a real Redis, through the library: what it leaves there, key by key,
//! what it makes of data that no Asynq ever wrote, and how it fails.

mod aggregate;
mod aside;
mod cancel;
mod claim;
pub(crate) mod conformance;
mod conn;
mod deep_pending;
mod edit;
mod enqueue;
mod feed;
mod fence;
mod fixtures;
mod halfway;
mod inspect;
mod limits;
mod logs;
mod measure;
mod meter;
mod operate;
mod pages;
mod presence;
mod recovery;
mod remove;
mod rewriter;
mod scale;
mod schedulers;
mod schedules;
mod scripts;
mod settle;
mod settle_once;
mod tls;
mod upkeep;
mod wait;
mod waiting;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use qctl::broker::keys::QueueKeys;
use qctl::broker::records::FoundTask;
use qctl::broker::{
    Address, Broker, Claim, Container, Error, Revision, SchedulerEntry, Settings, Settled, Tls,
};
use qctl::task::transition::Settlement;
use qctl::task::{Message, NewTask, QueueName, State, TaskId, TaskType};
use redis::Value;

use crate::harness::cluster::Cluster;
use crate::harness::is_bookkeeping;
use crate::harness::redis::Redis;
use crate::harness::sentinel::Trio;

/// All tests live at this instant: far ahead, so that Redis does not expire the counters of the day,
/// and half a second in, so that rounding shows.
pub(crate) const NOW: i64 = 4_000_000_000;

/// [`NOW`] and a half, in nanoseconds.
const NOW_NS: &[u8] = b"4000000000500000000";

pub(crate) fn now() -> DateTime<Utc> {
    later(0)
}

/// So many seconds after [`now`].
pub(crate) fn later(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(NOW, 500_000_000).unwrap() + TimeDelta::seconds(seconds)
}

pub(crate) fn id(text: &str) -> TaskId {
    TaskId::new(text).unwrap()
}

pub(crate) fn ids(texts: &[&str]) -> Vec<TaskId> {
    texts.iter().copied().map(id).collect()
}

pub(crate) fn queue(text: &str) -> QueueName {
    QueueName::new(text).unwrap()
}

/// A task of type `t` with the payload `p` in the queue `default`.
pub(crate) fn task(text: &str) -> NewTask {
    NewTask {
        id: id(text),
        ..NewTask::new(TaskType::new("t").unwrap(), Some(b"p".to_vec()))
    }
}

/// As [`task`], with a uniqueness lock of a minute.
pub(crate) fn unique(text: &str) -> NewTask {
    task(text).with(|options| options.unique_for = Some(Duration::from_secs(60)))
}

pub(crate) fn grouped(text: &str, group: &str) -> NewTask {
    task(text).with(|options| options.group = Some(group.to_owned()))
}

pub(crate) fn settings(url: &str) -> Settings {
    Settings {
        address: Address::parse(url).unwrap(),
        tls: Tls::default(),
        timeout: Duration::from_secs(10),
    }
}

pub(crate) async fn connect(url: &str) -> Result<Broker, Error> {
    Broker::connect(settings(url)).await
}

/// Gives a task another payload.
pub(crate) async fn edit_payload(
    broker: &Broker,
    queue: &QueueName,
    text: &str,
    payload: &[u8],
) -> Result<(), Error> {
    let read = broker.messages(queue, &[id(text)]).await?.remove(0);
    let old = read.unwrap_or_default();
    let mut message = Message::from_bytes(&old).unwrap();
    message.payload = payload.to_vec();
    if !message.unique_key.is_empty() {
        message.unique_key = QueueKeys::new(queue).unique(&message.kind, Some(payload));
    }
    let revision = Revision {
        id: id(text),
        old,
        message,
        start_at: None,
    };
    broker
        .revise(queue, &[revision], &broker.batch())
        .await?
        .remove(0)
}

/// The entries of all schedulers that are alive.
pub(crate) async fn entries(broker: &Broker, now: DateTime<Utc>) -> Vec<SchedulerEntry> {
    let found = broker.schedulers(now).await.unwrap().into_iter();
    found.flat_map(|scheduler| scheduler.entries).collect()
}

/// Where the keys of a lab's queue lie.
pub(crate) trait Store {
    /// Sends a command whose second word is a key.
    fn send(&self, args: &[&str]);
}

impl Store for Redis {
    fn send(&self, args: &[&str]) {
        self.cmd(args);
    }
}

impl Store for Trio {
    fn send(&self, args: &[&str]) {
        self.primary().cmd(args);
    }
}

impl Store for Arc<Cluster> {
    fn send(&self, args: &[&str]) {
        self.query::<Value>(args);
    }
}

/// A store, a broker connected to it, and a queue to work on: `default` on a Redis of its own, unless the
/// test says otherwise.
pub(crate) struct Lab<S = Redis> {
    pub(crate) redis: S,
    pub(crate) broker: Broker,
    pub(crate) queue: QueueName,
    pub(crate) keys: QueueKeys,
}

impl<S> Lab<S> {
    pub(crate) async fn enqueue(&self, task: &NewTask) {
        self.broker.enqueue(task, now()).await.unwrap();
    }

    /// Enqueues a task and claims it.
    pub(crate) async fn active(&self, task: &NewTask) -> Claim {
        self.enqueue(task).await;
        let mut claimed = self.broker.claim(&self.queue, 1, now()).await.unwrap();
        claimed.claims.pop().unwrap()
    }

    pub(crate) async fn settle(&self, claim: Claim, settlement: Settlement) {
        let batch = [(claim, settlement)];
        let settled = self.broker.settle(&self.queue, &batch, now()).await;
        assert_eq!(settled, Ok(vec![Settled::Written]));
    }

    /// The first tasks of a container, in the order in which `ls` shows them.
    pub(crate) async fn tasks(&self, container: &Container) -> Vec<FoundTask> {
        let mut walk = self.broker.walk(&self.queue, container.clone());
        walk.tasks().await.unwrap()
    }

    pub(crate) async fn find(&self, text: &str) -> Option<FoundTask> {
        self.broker.find(&self.queue, &id(text)).await.unwrap()
    }
}

impl Lab {
    pub(crate) async fn start() -> Self {
        Self::on(Redis::start()).await
    }

    pub(crate) async fn on(redis: Redis) -> Self {
        let broker = connect(&redis.url()).await.unwrap();
        let queue = QueueName::default();
        let keys = QueueKeys::new(&queue);
        Self {
            redis,
            broker,
            queue,
            keys,
        }
    }

    pub(crate) fn list(&self, key: &str) -> Vec<String> {
        self.redis.query(&["LRANGE", key, "0", "-1"])
    }

    /// Members by score. A score with a fraction fails, as Asynq writes none.
    pub(crate) fn zset(&self, key: &str) -> Vec<(String, i64)> {
        let members: Vec<(String, String)> =
            self.redis.query(&["ZRANGE", key, "0", "-1", "WITHSCORES"]);
        members
            .into_iter()
            .map(|(member, score)| (member, score.parse().unwrap()))
            .collect()
    }

    pub(crate) fn hash(&self, id: &str) -> BTreeMap<String, Vec<u8>> {
        let key = format!("{}{id}", self.keys.task_prefix());
        self.redis.query(&["HGETALL", &key])
    }

    /// The fields of a task other than its message, which is returned apart.
    pub(crate) fn stored(&self, id: &str) -> (Message, BTreeMap<String, Vec<u8>>) {
        let mut hash = self.hash(id);
        let message = Message::from_bytes(&hash.remove("msg").unwrap()).unwrap();
        (message, hash)
    }

    pub(crate) fn state(&self, id: &str) -> String {
        let state = self.hash(id).remove("state").unwrap();
        String::from_utf8(state).unwrap()
    }

    pub(crate) fn number(&self, key: &str) -> Option<i64> {
        self.redis.query(&["GET", key])
    }

    /// All keys there are, sorted; the prefix of the queue is left out.
    pub(crate) fn left(&self) -> Vec<String> {
        let keys: Vec<Vec<u8>> = self.redis.query(&["KEYS", "*"]);
        let prefix = self.keys.prefix();
        let mut left: Vec<String> = keys
            .iter()
            .map(|key| {
                let key = String::from_utf8_lossy(key);
                key.strip_prefix(prefix).unwrap_or(&key).to_owned()
            })
            .filter(|key| !key.contains("qctl:receipt:"))
            .collect();
        left.sort();
        left
    }

    /// All data there is, to see that something changes nothing.
    pub(crate) fn snapshot(&self) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let keys: Vec<Vec<u8>> = self.redis.query(&["KEYS", "*"]);
        keys.into_iter()
            .filter(|key| !is_bookkeeping(&String::from_utf8_lossy(key)))
            .map(|key| {
                let kind: String = self.redis.query(&[b"TYPE".as_slice(), &key]);
                // The order of fields may change by itself.
                let content = if kind == "hash" {
                    let fields: BTreeMap<Vec<u8>, Vec<u8>> =
                        self.redis.query(&[b"HGETALL".as_slice(), &key]);
                    format!("{fields:?}").into_bytes()
                } else {
                    self.redis.query(&[b"DUMP".as_slice(), &key])
                };
                (key, content)
            })
            .collect()
    }

    /// Puts a task as Asynq would leave it into the container of its state, past the broker.
    pub(crate) fn fill_one(&self, state: State, text: &str) {
        self.fill(state, 1, text);
    }

    /// Puts `count` tasks into the container of a state; their ids are `prefix` and a number, or `prefix`
    /// itself if there is but one.
    pub(crate) fn fill(&self, state: State, count: usize, prefix: &str) {
        let key = match state {
            State::Pending => self.keys.pending(),
            State::Active => self.keys.active(),
            State::Scheduled => self.keys.scheduled(),
            State::Retry => self.keys.retry(),
            State::Archived => self.keys.archived(),
            State::Completed => self.keys.completed(),
            State::Aside => self.keys.aside(),
            State::Aggregating => panic!("groups have names: use `fill_group`"),
        };
        let list = matches!(state, State::Pending | State::Active);
        self.fill_container(
            &key,
            if list { "LPUSH" } else { "ZADD" },
            state,
            (count, prefix),
        );
    }

    pub(crate) fn fill_group(&self, group: &str, count: usize) {
        let key = self.keys.group(group);
        self.fill_container(&key, "ZADD", State::Aggregating, (count, group));
        self.redis.cmd(&["SADD", &self.keys.groups(), group]);
    }

    fn fill_container(&self, key: &str, push: &str, state: State, (count, prefix): (usize, &str)) {
        // The message without its id, which follows: the order of protobuf's fields is free.
        let message = Message {
            kind: "t".into(),
            queue: self.queue.to_string(),
            payload: b"p".to_vec(),
            ..Message::default()
        };
        let script = "
            for n = 1, tonumber(ARGV[1]) do
              local id = ARGV[1] == '1' and ARGV[2] or string.format('%s%05d', ARGV[2], n)
              local task = ARGV[3] .. id
              local message = ARGV[4] .. string.char(26, #id) .. id
              redis.call('HSET', task, 'msg', message, 'state', ARGV[5])
              if ARGV[5] == 'aggregating' then redis.call('HSET', task, 'group', ARGV[2]) end
              if ARGV[6] == 'LPUSH' then
                redis.call('LPUSH', KEYS[1], id)
              else
                redis.call('ZADD', KEYS[1], ARGV[7], id)
              end
            end";
        self.redis.cmd(&[
            b"EVAL".as_slice(),
            script.as_bytes(),
            b"1",
            key.as_bytes(),
            count.to_string().as_bytes(),
            prefix.as_bytes(),
            self.keys.task_prefix().as_bytes(),
            &message.to_bytes(),
            state.name().as_bytes(),
            push.as_bytes(),
            NOW.to_string().as_bytes(),
        ]);
    }

    /// A full Redis: whatever needs memory is refused.
    pub(crate) fn fill_up(&self) {
        self.redis.cmd(&["CONFIG", "SET", "maxmemory", "1"]);
    }

    pub(crate) fn free(&self) {
        self.redis.cmd(&["CONFIG", "SET", "maxmemory", "0"]);
    }
}

/// The fields of a hash, for comparing.
pub(crate) fn fields(fields: &[(&str, &[u8])]) -> BTreeMap<String, Vec<u8>> {
    fields
        .iter()
        .map(|(field, value)| ((*field).to_owned(), value.to_vec()))
        .collect()
}

/// Members with their scores, for comparing.
pub(crate) fn scored(members: &[(&str, i64)]) -> Vec<(String, i64)> {
    members
        .iter()
        .map(|(member, score)| ((*member).to_owned(), *score))
        .collect()
}
