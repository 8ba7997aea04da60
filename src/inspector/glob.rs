//! Names of queues that may be globs.

use wildmatch::WildMatch;

use crate::task::QueueName;

/// Whether a name or a glob stands for this queue.
pub(crate) fn matches(named: &QueueName, queue: &str) -> bool {
    named.as_str() == queue
        || is_glob(named.as_str()) && WildMatch::new(named.as_str()).matches(queue)
}

/// Whether a name may stand for several.
pub(crate) fn is_glob(name: &str) -> bool {
    name.contains(['*', '?'])
}
