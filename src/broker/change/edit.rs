//! Edits tasks.

use crate::broker::change::by_id::numbered;
use crate::broker::keys::QueueKeys;
use crate::broker::{Broker, Error, script};
use crate::task::transition::Refusal;
use crate::task::{Message, QueueName, State, TaskId};

impl Broker {
    /// Replaces the payload of a scheduled task. Its uniqueness lock, if it holds one, moves to the new payload for the
    /// remaining time.
    pub async fn update_payload(
        &self,
        queue: &QueueName,
        id: &TaskId,
        payload: &[u8],
    ) -> Result<(), Error> {
        let not_found = || Error::TaskNotFound {
            queue: Some(queue.clone()),
            id: id.clone(),
        };
        let changed = || Error::Changed {
            queue: queue.clone(),
            id: id.clone(),
        };
        let keys = QueueKeys::new(queue);
        let mut read = redis::cmd("HGET");
        read.arg(keys.task(id)).arg("msg");
        let stored: Option<Vec<u8>> = self.conn.command(&read).await?;
        let stored = stored.ok_or_else(not_found)?;
        let mut message = Message::from_bytes(&stored).map_err(|_| changed())?;
        let kind = message.kind.clone();
        message.payload = payload.to_vec();
        let lock = keys.unique(&kind, Some(payload));
        if !message.unique_key.is_empty() {
            message.unique_key.clone_from(&lock);
        }
        let code: i64 = script::UPDATE_PAYLOAD
            .on(&[keys.task(id), lock])
            .arg(id.as_str())
            .arg(message.to_bytes())
            .arg(stored)
            .run(&self.conn)
            .await?;
        match code {
            1 => Ok(()),
            0 => Err(not_found()),
            -1 => Err(Error::Duplicate {
                queue: queue.clone(),
                kind,
            }),
            -2 => Err(changed()),
            other => Err(Error::WrongState {
                verb: "edit",
                queue: queue.clone(),
                id: id.clone(),
                state: numbered(other - 10).unwrap_or(State::Active),
                refusal: Refusal::NotScheduled,
            }),
        }
    }
}
