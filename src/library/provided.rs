//! Syncs the stored schedules of one provider with what the provider lists.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::Notify;

use super::error::Error;
use super::log::TARGET;
use super::periodic::AnyProvider;
use crate::backoff::{Backoff, Outage};
use crate::broker::Broker;
use crate::schedule::changed_by::{ChangedBy, Stamp};
use crate::schedule::entry::Schedule;
use crate::schedule::stored;
use crate::schedule::sync::{self, StepKind, Wanted};

/// A provider, and the schedules that are stored for it: those whose names begin with its name and a slash.
pub(super) struct Provided {
    pub(super) name: String,
    pub(super) provider: Arc<dyn AnyProvider>,
    pub(super) by: ChangedBy,
}

impl Provided {
    /// Asks the provider, checks its whole list, then stores it. Schedules that it no longer lists are removed.
    pub(super) async fn sync(&self, broker: &Broker) -> Result<(), Error> {
        // A provider may panic, even before it returns a future. The other providers and the ticks continue.
        let tasks = AssertUnwindSafe(async { self.provider.list().await }).catch_unwind();
        let tasks = tasks
            .await
            .unwrap_or_else(|_| Err("the provider panicked".into()));
        let tasks = tasks.map_err(Error::Provider)?;
        let now = broker.server_time().await?;
        let mut schedules: BTreeMap<String, Schedule> = BTreeMap::new();
        for task in tasks {
            let schedule = task.schedule(Some(&self.name), now)?;
            let name = schedule.name.to_string();
            // Asynq's manager accepts the same entry twice.
            if schedules.get(&name).is_some_and(|known| *known != schedule) {
                return Err(Error::Schedule {
                    name,
                    what: "the provider lists it twice".to_owned(),
                    hint: "give each periodic task a name of its own".to_owned(),
                });
            }
            schedules.insert(name, schedule);
        }
        let wanted: Vec<Wanted> = schedules
            .into_values()
            .map(|schedule| Wanted {
                schedule,
                paused: None,
            })
            .collect();
        let prefix = format!("{}/", self.name);
        let stored = stored::all(broker).await?;
        for change in sync::compare(&wanted, &stored, |name| name.starts_with(&prefix)) {
            sync::apply(broker, &change, Stamp { by: &self.by, now }).await?;
            if change.kind != StepKind::Keep {
                tracing::info!(target: TARGET, schedule = change.name, "schedule synced");
            }
        }
        Ok(())
    }

    /// Syncs at intervals, and when `lost` reports that Redis has lost its data.
    pub(super) async fn keep_synced(self, broker: Broker, interval: Duration, lost: Arc<Notify>) {
        let mut outage = Outage::default();
        let mut backoff = Backoff::new(Duration::from_millis(500), interval);
        let mut pause = interval;
        loop {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = lost.notified() => {}
            }
            pause = interval;
            match self.sync(&broker).await {
                Ok(()) => {
                    backoff.reset();
                    if outage.ends() {
                        tracing::info!(target: TARGET, provider = self.name, "schedules synced again");
                    }
                }
                Err(error) => {
                    if error.is_temporary() {
                        pause = backoff.next();
                    }
                    if outage.begins() {
                        let error: &dyn std::error::Error = &error;
                        tracing::error!(
                            target: TARGET,
                            provider = self.name,
                            error,
                            "schedules not synced, those of the last time stay"
                        );
                    }
                }
            }
        }
    }
}
