//! `asynq:`: the section that Go applications have in their own files for their Asynq server.
//!
//! Such a file belongs to the application, so no other section of it is read.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::checked::{self, Name};
use super::log::LogConfig;
use super::worker::WorkerConfig;
use crate::task::transition::RetryPolicy;
use crate::task::{Backoff, QueueName};

/// The section.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Asynq {
    concurrency: Option<i64>,
    #[serde(deserialize_with = "checked::retries")]
    retry_count: Option<i32>,
    #[serde(deserialize_with = "checked::seconds")]
    retry_delay: Option<Duration>,
    redis_pool_size: Option<u32>,
    queues: Queues,
    strict_priority: bool,
    #[serde(deserialize_with = "checked::seconds")]
    shutdown_timeout: Option<Duration>,
    log: LogConfig,
}

/// The section as qctl's settings, with notes for the user.
pub(super) struct Understood {
    pub worker: WorkerConfig,
    pub log: LogConfig,
    pub notes: Vec<String>,
}

impl Asynq {
    pub(super) fn understood(self) -> Understood {
        let mut notes = Vec::new();
        if self.redis_pool_size.is_some() {
            notes.push(
                "asynq.redis_pool_size has no effect: one connection serves all tasks".to_owned(),
            );
        }
        let (queues, idle): (Vec<_>, Vec<_>) = self
            .queues
            .0
            .into_iter()
            .partition(|(_, weight)| *weight > 0);
        for (name, _) in idle {
            notes.push(format!(
                "asynq.queues: {name} is not served, its weight is not above 0"
            ));
        }
        let mut log = self.log;
        let stream =
            |path: &std::path::PathBuf| ["stdout", "stderr"].iter().any(|s| path.as_os_str() == *s);
        if log.path.as_ref().is_some_and(stream) {
            log.path = None;
        }
        let backoff = self.retry_delay.map_or(Backoff::Asynq, Backoff::Constant);
        let queues = queues
            .into_iter()
            .filter_map(|(name, weight)| Some((name, u32::try_from(weight).ok()?)));
        Understood {
            worker: WorkerConfig {
                // As in Asynq, 0 and less is the number of processors.
                concurrency: self.concurrency.and_then(|n| usize::try_from(n).ok()),
                queues: queues.collect(),
                strict: self.strict_priority,
                shutdown_timeout: self.shutdown_timeout,
                retry: RetryPolicy {
                    max: self.retry_count,
                    backoff,
                    jitter: None,
                },
                ..WorkerConfig::default()
            },
            log,
            notes,
        }
    }
}

/// Queues as such files have them: weights by name, or a list of names, of `name: weight`, or of tables with a
/// name and a weight or priority. A name alone has the weight 1.
#[derive(Debug, Default)]
struct Queues(Vec<(QueueName, i64)>);

impl<'de> Deserialize<'de> for Queues {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(QueuesVisitor)
    }
}

struct QueuesVisitor;

impl<'de> Visitor<'de> for QueuesVisitor {
    type Value = Queues;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("weights by queue, such as {critical: 6, default: 3}, or a list of queues")
    }

    fn visit_unit<E>(self) -> Result<Queues, E> {
        Ok(Queues::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Queues, A::Error> {
        let weights = BTreeMap::<Name, i64>::deserialize(MapAccessDeserializer::new(map))?;
        let plain = |(name, weight): (Name, i64)| (name.0, weight);
        Ok(Queues(weights.into_iter().map(plain).collect()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Queues, A::Error> {
        let mut queues: Vec<(QueueName, i64)> = Vec::new();
        while let Some(Entry(name, weight)) = list.next_element()? {
            if queues.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom(format!("queue {name} is given twice")));
            }
            queues.push((name, weight));
        }
        Ok(Queues(queues))
    }
}

/// One entry of a list of queues.
struct Entry(QueueName, i64);

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a queue, such as critical, critical: 6, or {name: critical, weight: 6}")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Entry, E> {
        let name = QueueName::new(name).map_err(E::custom)?;
        Ok(Entry(name, 1))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry, A::Error> {
        let (mut name, mut weight) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "name" | "queue" => name = Some(map.next_value::<Name>()?.0),
                "weight" | "priority" => weight = Some(map.next_value()?),
                other if name.is_none() && weight.is_none() => {
                    name = Some(QueueName::new(other).map_err(A::Error::custom)?);
                    weight = Some(map.next_value()?);
                }
                other => {
                    return Err(A::Error::custom(format!(
                        "unknown key {other:?}, use name and weight"
                    )));
                }
            }
        }
        let name = name.ok_or_else(|| A::Error::custom("the queue has no name"))?;
        Ok(Entry(name, weight.unwrap_or(1)))
    }
}
