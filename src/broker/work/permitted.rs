//! Whether the user may run what the scripts of workers write with. Redis looks at rights command by command: a script that
//! lacks the right to its last command ends half-way, again and again.

use crate::broker::keys::{self, QueueKeys};
use crate::broker::{Broker, Error, script};
use crate::task::QueueName;

impl Broker {
    /// Fails if the user has no right to a command that the scripts of workers write with. What else is wrong shows when
    /// tasks are claimed.
    ///
    /// # Errors
    /// [`Error::NotPermitted`].
    pub async fn expect_rights_of_a_worker(&self, queue: &QueueName) -> Result<(), Error> {
        let Some(key) = keys::never(&QueueKeys::new(queue).pending()) else {
            return Ok(());
        };
        let refused = script::PERMITTED.on(&[key]).run(&self.conn).await;
        let refused: Vec<(String, String)> = refused.unwrap_or_default();
        self.conn.lacks(&refused).map_or(Ok(()), Err)
    }
}
