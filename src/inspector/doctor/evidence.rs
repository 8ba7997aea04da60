//! What is known of ids: their hashes, their places, and what is wrong with them.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};

use super::code::Code;
use super::judge::judge;
use crate::broker::doctor::{HashLook, Look, Spot};
use crate::broker::{Broker, StoredId};
use crate::inspector::Error;
use crate::task::QueueName;

/// Ids that are looked at together.
const LOOKS: usize = 1_000;

/// What is known of an id.
#[derive(Debug, Clone)]
pub(super) struct Evidence {
    pub(super) id: StoredId,
    pub(super) look: Look,
    pub(super) spots: Vec<Spot>,
    pub(super) codes: Vec<Code>,
}

/// Collects what is known of ids, which are searched for in these groups too. An id whose hash changes meanwhile is being
/// moved, and left out.
///
/// # Errors
/// Those of Redis.
pub(super) async fn evidence(
    broker: &Broker,
    queue: &QueueName,
    ids: &[StoredId],
    mut groups: BTreeSet<String>,
) -> Result<Vec<Evidence>, Error> {
    let hasher = RandomState::new();
    // The hashes of looks take less memory.
    let mut before = Vec::with_capacity(ids.len());
    for some in ids.chunks(LOOKS) {
        for look in broker.look(queue, some).await? {
            if let Look::Hash(HashLook {
                group: Some(name), ..
            }) = &look
            {
                groups.extend(String::from_utf8(name.clone()).ok());
            }
            before.push(hasher.hash_one(&look));
        }
    }
    let mut spots = broker.spots(queue, ids, &groups).await?;
    let after = broker.look(queue, ids).await?;
    let now = broker.now();
    let mut found = Vec::new();
    for ((id, before), look) in ids.iter().zip(before).zip(after) {
        if before == hasher.hash_one(&look) {
            let spots = spots.remove(id).unwrap_or_default();
            found.push(Evidence {
                id: id.clone(),
                codes: judge(id, &spots, &look, now),
                look,
                spots,
            });
        }
    }
    Ok(found)
}
