//! The parameter that names queues.

use crate::task::QueueName;
use crate::web::failure::Failure;
use crate::web::names;

/// The parameters of a list.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct Named {
    /// A name, a glob, or several separated by commas; absent: all queues.
    pub(super) queue: Option<String>,
}

impl Named {
    pub(super) fn queues(&self) -> Result<Vec<QueueName>, Failure> {
        let names = self.queue.iter();
        names.map(|name| names::any(name)).collect()
    }
}
