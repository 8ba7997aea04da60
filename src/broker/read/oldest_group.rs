//! The group that has been waiting for the longest.

use chrono::{DateTime, Utc};

use crate::broker::keys::QueueKeys;
use crate::broker::{Broker, Error, instant};
use crate::task::QueueName;
use crate::task::time::plausible_past;

/// The first member of a group with its score, or why it cannot be read.
type First = redis::RedisResult<Vec<(Vec<u8>, f64)>>;

impl Broker {
    /// The group whose first task joined before the first tasks of the others, and when. It takes a command for each group, and
    /// one for each page of their names. Groups that cannot be read are left out.
    pub(crate) async fn oldest_group(
        &self,
        queue: &QueueName,
        now: DateTime<Utc>,
    ) -> Result<Option<(String, DateTime<Utc>)>, Error> {
        let keys = QueueKeys::new(queue);
        let mut oldest: Option<(String, DateTime<Utc>)> = None;
        let mut scan = self.scan_set(keys.groups());
        while let Some(names) = scan.next_names().await? {
            if names.is_empty() {
                continue;
            }
            let mut read = redis::pipe();
            read.ignore_errors();
            for name in &names {
                read.zrange_withscores(keys.group(name), 0, 0);
            }
            let first: Vec<First> = self.conn.pipeline(&read).await?;
            for (name, first) in names.into_iter().zip(first) {
                let first = first.ok().and_then(|first| Some(first.first()?.1));
                let since = first.and_then(instant);
                let since = since.and_then(|at| plausible_past(at, now));
                if let Some(since) = since
                    && oldest.as_ref().is_none_or(|(_, oldest)| since < *oldest)
                {
                    oldest = Some((name, since));
                }
            }
        }
        Ok(oldest)
    }
}
