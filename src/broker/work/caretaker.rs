//! Which of the workers looks after the queues that it does not process.

use std::time::Duration;

use crate::broker::{Broker, Error, keys};

/// How long the role is kept without being renewed: longer than the pauses between rounds of upkeep.
const TERM: Duration = Duration::from_secs(90);

impl Broker {
    /// Takes the role for a worker if no other has it, or renews it. Returns whether the worker has it now; without the right to
    /// the key, every worker has.
    pub async fn take_care(&self, worker: &str) -> Result<bool, Error> {
        let mut take = redis::pipe();
        let term = usize::try_from(TERM.as_millis()).unwrap_or(usize::MAX);
        let set = take.cmd("SET").arg(keys::CARETAKER).arg(worker);
        set.arg("NX").arg("PX").arg(term).ignore();
        take.get(keys::CARETAKER);
        let (holder,): (Option<Vec<u8>>,) = match self.conn.pipeline(&take).await {
            Err(Error::NotPermitted { .. }) => return Ok(true),
            holder => holder?,
        };
        let has = holder.is_some_and(|holder| holder == worker.as_bytes());
        if has {
            let mut renew = redis::cmd("PEXPIRE");
            renew.arg(keys::CARETAKER).arg(term);
            let _: bool = self.conn.command(&renew).await?;
        }
        Ok(has)
    }

    /// Leaves the role to the next worker that asks for it.
    pub async fn leave_care(&self, worker: &str) -> Result<(), Error> {
        let get = redis::Cmd::get(keys::CARETAKER);
        let holder: Option<Vec<u8>> = self.conn.command(&get).await?;
        if holder.is_some_and(|holder| holder == worker.as_bytes()) {
            let _: u64 = self.conn.command(&redis::Cmd::del(keys::CARETAKER)).await?;
        }
        Ok(())
    }
}
