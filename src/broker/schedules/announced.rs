//! The entries of schedulers, and the tasks that they have enqueued. Keys and messages are Asynq's.

use std::time::Duration;

use chrono::{DateTime, Utc};
use prost::Message as _;

use crate::broker::work::presence::Timestamp;
use crate::broker::{Broker, Error, keys, script};

/// An entry of a scheduler: what to enqueue, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchedulerEntry {
    pub id: String,
    /// The cron spec as registered.
    pub spec: String,
    /// The type of the tasks.
    pub kind: String,
    pub payload: Vec<u8>,
    /// In Go's notation, such as `Queue("critical")`.
    pub options: Vec<String>,
    pub next_at: Option<DateTime<Utc>>,
    pub previous_at: Option<DateTime<Utc>>,
}

/// A scheduler that is alive, with its entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchedulerFound {
    /// `host:pid:uuid` of a Go scheduler.
    pub id: String,
    /// May be empty.
    pub entries: Vec<SchedulerEntry>,
}

/// A task that an entry has enqueued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnqueueEvent {
    pub task_id: String,
    pub enqueued_at: Option<DateTime<Utc>>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct EntryMessage {
    #[prost(string, tag = "1")]
    id: String,
    #[prost(string, tag = "2")]
    spec: String,
    #[prost(string, tag = "3")]
    task_type: String,
    #[prost(bytes = "vec", tag = "4")]
    task_payload: Vec<u8>,
    #[prost(string, repeated, tag = "5")]
    enqueue_options: Vec<String>,
    #[prost(message, optional, tag = "6")]
    next_enqueue_time: Option<Timestamp>,
    #[prost(message, optional, tag = "7")]
    prev_enqueue_time: Option<Timestamp>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct EventMessage {
    #[prost(string, tag = "1")]
    task_id: String,
    #[prost(message, optional, tag = "2")]
    enqueue_time: Option<Timestamp>,
}

/// How long events are kept after the last one. Asynq keeps those of a crashed scheduler forever.
pub(crate) const HISTORY_TTL: Duration = Duration::from_secs(90 * 24 * 3600);

/// Entries that one call writes: few enough not to hold Redis up.
const PAGE: usize = 1_000;

impl Broker {
    /// Announces the entries of a scheduler for `ttl`, rounded up to whole seconds.
    pub async fn announce_entries(
        &self,
        scheduler_id: &str,
        entries: &[SchedulerEntry],
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let key = keys::scheduler(scheduler_id);
        let ttl = ttl.as_secs() + u64::from(ttl.subsec_nanos() > 0);
        let ttl = ttl.max(1);
        let expires_at = now.timestamp().saturating_add_unsigned(ttl);
        let mut list = redis::cmd("ZADD");
        list.arg(keys::SCHEDULERS).arg(expires_at).arg(&key);
        self.conn.command::<()>(&list).await?;
        let draft = keys::scheduler_draft(scheduler_id);
        let pages = entries.len().div_ceil(PAGE).max(1);
        for page in 0..pages {
            let offset = page * PAGE;
            let call = script::WRITE_ENTRIES.on(&[key.clone(), draft.clone()]);
            let mut call = call.arg(ttl).arg(offset).arg(u8::from(page + 1 == pages));
            for entry in entries.iter().skip(offset).take(PAGE) {
                call = call.arg(encode(entry));
            }
            call.run::<()>(&self.conn).await?;
        }
        Ok(())
    }

    /// How long the entries of a scheduler stay announced.
    pub async fn entries_last(&self, scheduler_id: &str) -> Result<Duration, Error> {
        let mut left = redis::cmd("PTTL");
        left.arg(keys::scheduler(scheduler_id));
        // Negative: there are none.
        let left: i64 = self.conn.command(&left).await?;
        Ok(Duration::from_millis(u64::try_from(left).unwrap_or(0)))
    }

    /// The schedulers that are alive.
    pub async fn schedulers(&self, now: DateTime<Utc>) -> Result<Vec<SchedulerFound>, Error> {
        let mut found = Vec::new();
        for key in self.alive(keys::SCHEDULERS, now).await? {
            let mut read = redis::cmd("LRANGE");
            read.arg(&key).arg(0).arg(-1);
            let stored: Vec<Vec<u8>> = self.announced(&read).await?;
            found.push(SchedulerFound {
                id: keys::scheduler_of(&String::from_utf8_lossy(&key)).to_owned(),
                entries: stored.iter().filter_map(|bytes| decode(bytes)).collect(),
            });
        }
        Ok(found)
    }

    /// Records that an entry has enqueued a task. The newest 1000 events of an entry are kept.
    pub async fn record_event(
        &self,
        entry_id: &str,
        event: &EnqueueEvent,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let message = EventMessage {
            task_id: event.task_id.clone(),
            enqueue_time: Some(Timestamp::from(event.enqueued_at)),
        };
        script::RECORD_EVENT
            .on(&[keys::scheduler_history(entry_id)])
            .arg(now.timestamp())
            .arg(message.encode_to_vec())
            .arg(HISTORY_TTL.as_secs())
            .run(&self.conn)
            .await
    }

    /// The last events of an entry, newest first.
    pub async fn events(&self, entry_id: &str, limit: usize) -> Result<Vec<EnqueueEvent>, Error> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut range = redis::cmd("ZREVRANGE");
        range
            .arg(keys::scheduler_history(entry_id))
            .arg(0)
            .arg(limit - 1);
        let stored: Vec<Vec<u8>> = self.conn.command(&range).await?;
        let events = stored
            .iter()
            .filter_map(|bytes| EventMessage::decode(bytes.as_slice()).ok());
        Ok(events
            .map(|event| EnqueueEvent {
                task_id: event.task_id,
                enqueued_at: event.enqueue_time.and_then(Timestamp::instant),
            })
            .collect())
    }

    /// Deletes the events of an entry.
    pub async fn forget_events(&self, entry_id: &str) -> Result<(), Error> {
        self.conn
            .command(redis::cmd("DEL").arg(keys::scheduler_history(entry_id)))
            .await
    }
}

fn encode(entry: &SchedulerEntry) -> Vec<u8> {
    EntryMessage {
        id: entry.id.clone(),
        spec: entry.spec.clone(),
        task_type: entry.kind.clone(),
        task_payload: entry.payload.clone(),
        // Go's inspector crashes on an option without a parenthesis.
        enqueue_options: entry
            .options
            .iter()
            .filter(|option| option.contains('('))
            .cloned()
            .collect(),
        next_enqueue_time: Some(Timestamp::from(entry.next_at)),
        prev_enqueue_time: Some(Timestamp::from(entry.previous_at)),
    }
    .encode_to_vec()
}

fn decode(bytes: &[u8]) -> Option<SchedulerEntry> {
    let message = EntryMessage::decode(bytes).ok()?;
    Some(SchedulerEntry {
        id: message.id,
        spec: message.spec,
        kind: message.task_type,
        payload: message.task_payload,
        options: message.enqueue_options,
        next_at: message.next_enqueue_time.and_then(Timestamp::instant),
        previous_at: message.prev_enqueue_time.and_then(Timestamp::instant),
    })
}
