//! Arguments that several commands share, and how their texts become values.

use wildmatch::WildMatch;

use crate::broker::{Broker, Error};
pub(crate) use crate::inspector::distinct;
use crate::task::QueueName;

/// The queues that were named, or all there are. A name with `*` or `?` that is no queue's own name
/// stands for all that it matches; there must be one.
pub(crate) async fn queues(broker: &Broker, named: &[QueueName]) -> Result<Vec<QueueName>, Error> {
    if named.is_empty() {
        return broker.queues().await;
    }
    let mut found = Vec::new();
    for name in named {
        match broker.expect_queue(name).await {
            Ok(()) => found.push(name.clone()),
            Err(error @ Error::QueueNotFound(_)) if name.as_str().contains(['*', '?']) => {
                let glob = WildMatch::new(name.as_str());
                let all = broker.queues().await?;
                let before = found.len();
                found.extend(all.into_iter().filter(|queue| glob.matches(queue.as_str())));
                if found.len() == before {
                    return Err(error);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(distinct(&found))
}
