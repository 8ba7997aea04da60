//! The hashes of tasks, as they are stored.

use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;

use crate::broker::keys::QueueKeys;
use crate::broker::{Broker, Error, STEP, StoredId, instant, script};
use crate::task::{Message, QueueName};

/// A longer message is not read: whether it can be decoded stays open.
pub(crate) const MAX_READ: u64 = 1024 * 1024;

/// Calls at the same time. Each reads up to two of these longest messages.
const TOGETHER: usize = 4;

/// What is stored at the key of a task.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Look {
    /// Nothing; the time is that of a lease without a task.
    Absent(Option<DateTime<Utc>>),
    /// A value of another type.
    OtherType(String),
    Hash(HashLook),
}

/// The hash of a task.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct HashLook {
    pub(crate) state: Vec<u8>,
    pub(crate) group: Option<Vec<u8>>,
    /// The key of its lock, from the hash or from the message.
    pub(crate) unique_key: Option<Vec<u8>>,
    pub(crate) pending_since: Option<Vec<u8>>,
    /// Bytes of the message; 0: there is none.
    pub(crate) message_bytes: u64,
    pub(crate) result_bytes: u64,
    /// The SHA-1 of a message that cannot be decoded.
    pub(crate) undecodable: Option<String>,
    /// There is nothing in it but a state.
    pub(crate) bare: bool,
    pub(crate) lease_ends_at: Option<DateTime<Utc>>,
}

type Row = (
    String,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
    u64,
    u64,
    Option<f64>,
);

impl Look {
    fn new(row: Row) -> Self {
        let (kind, state, group, unique_key, pending_since, message, bytes, result, lease) = row;
        let lease = lease.and_then(instant);
        let bare = match kind.as_str() {
            "none" => return Self::Absent(lease),
            "hash" => false,
            "bare" => true,
            other => return Self::OtherType(other.to_owned()),
        };
        let decoded = message.as_deref().map(Message::from_bytes);
        let undecodable = match (&message, &decoded) {
            (Some(bytes), Some(Err(_))) => Some(sha1_smol::Sha1::from(bytes).digest().to_string()),
            (_, Some(Ok(_)) | None) | (None, Some(Err(_))) => None,
        };
        let named = decoded
            .and_then(Result::ok)
            .map(|message| message.unique_key);
        let named = named.filter(|key| !key.is_empty()).map(String::into_bytes);
        Self::Hash(HashLook {
            state: state.unwrap_or_default(),
            group: group.filter(|group| !group.is_empty()),
            unique_key: unique_key.filter(|key| !key.is_empty()).or(named),
            pending_since,
            message_bytes: bytes,
            result_bytes: result,
            undecodable,
            bare,
            lease_ends_at: lease,
        })
    }
}

impl Broker {
    /// Looks at the hashes of tasks.
    pub(crate) async fn look(
        &self,
        queue: &QueueName,
        ids: &[StoredId],
    ) -> Result<Vec<Look>, Error> {
        let mut looks = Vec::with_capacity(ids.len());
        for some in ids.chunks(TOGETHER * STEP) {
            let steps = some.chunks(STEP).map(|step| self.look_step(queue, step));
            looks.extend(try_join_all(steps).await?.into_iter().flatten());
        }
        Ok(looks)
    }

    async fn look_step(&self, queue: &QueueName, ids: &[StoredId]) -> Result<Vec<Look>, Error> {
        let keys = QueueKeys::new(queue);
        let mut looks = Vec::with_capacity(ids.len());
        while looks.len() < ids.len() {
            let mut call = script::LOOK
                .on(&[keys.lease()])
                .arg(keys.task_prefix())
                .arg(MAX_READ);
            for id in &ids[looks.len()..] {
                call.push(id.as_slice());
            }
            let rows: Vec<Row> = call.run(&self.conn).await?;
            looks.extend(rows.into_iter().map(Look::new));
        }
        Ok(looks)
    }
}
