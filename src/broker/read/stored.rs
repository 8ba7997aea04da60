//! Reads tasks with everything that is stored about them, so that they can be stored again as they are.

use std::time::Duration;

use super::tasks::found;
use crate::broker::keys::QueueKeys;
use crate::broker::records::{LockLife, StoredTask};
use crate::broker::{Broker, Container, Error, STEP, StoredId, script};
use crate::task::QueueName;

/// A row of the script: state, score, message, result, pending since, waits until, lease, group, lock.
type Row = (
    Vec<u8>,
    Option<f64>,
    Vec<u8>,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
    Option<f64>,
    Option<Vec<u8>>,
    Option<i64>,
);

impl Broker {
    /// Reads the first of these tasks of a container: at most a hundred, and fewer if they are large. There is one answer for
    /// each id that was looked at, `None` where no task is left.
    pub async fn stored(
        &self,
        queue: &QueueName,
        container: &Container,
        ids: &[StoredId],
    ) -> Result<Vec<Option<StoredTask>>, Error> {
        let keys = QueueKeys::new(queue);
        let ids = &ids[..ids.len().min(STEP)];
        let rows: Vec<Option<Row>> = script::READ_STORED
            .on(&[
                container.key(&keys),
                keys.lease(),
                keys.scheduled(),
                keys.retry(),
                keys.archived(),
                keys.completed(),
                keys.aside(),
            ])
            .arg(keys.task_prefix())
            .arg(keys.group_prefix())
            .arg(keys.unique_prefix())
            .arg(container.state().name())
            .arg(ids)
            .run(&self.conn)
            .await?;
        let rows = rows.into_iter().zip(ids);
        Ok(rows
            .map(|(row, id)| row.and_then(|row| stored(queue, id, row)))
            .collect())
    }
}

fn stored(queue: &QueueName, id: &StoredId, row: Row) -> Option<StoredTask> {
    let (state, score, message, result, pending_since, waits_until, lease, group, left) = row;
    let row = (
        id.clone(),
        score,
        Some(message.clone()),
        Some(state),
        result,
        pending_since,
        waits_until,
        lease,
    );
    Some(StoredTask {
        found: found(queue, row, None)?,
        message,
        score,
        group: group.and_then(|group| String::from_utf8(group).ok()),
        lock: left.map(|left| {
            u64::try_from(left).map_or(LockLife::Ever, |left| {
                LockLife::For(Duration::from_millis(left))
            })
        }),
    })
}
