//! Schedules by name, and all there are: the stored ones, and the entries that Go schedulers announce.

use chrono::{DateTime, TimeDelta, Utc};
use wildmatch::WildMatch;

use super::announced;
use crate::broker::{self, Broker, Fact};
use crate::document::schedule::{ScheduleDocument, ScheduleState};
use crate::inspector::Inspector;
use crate::inspector::error::Error;
use crate::inspector::missing::Missing;
use crate::inspector::queues::{is_glob, matches};
use crate::schedule::broken_file::{self, BrokenFile};
use crate::schedule::entry::Schedule;
use crate::schedule::scheduler::ANNOUNCER;
use crate::schedule::stored::{self, Stored};
use crate::task::QueueName;

/// Schedules, the stored ones first.
#[derive(Debug)]
pub(crate) struct ScheduleList {
    pub schedules: Vec<ScheduleDocument>,
    /// A stored schedule should fire, and no scheduler is running.
    pub unattended: bool,
    /// Why the stored schedules are not among them, if the user has no right to read those.
    pub stored_unknown: Option<String>,
    /// Watched files with errors: their schedules are not stored.
    pub broken_files: Vec<BrokenFile>,
}

/// How long a scheduler may need to notice the first schedule.
const NOTICE: TimeDelta = TimeDelta::seconds(2);

impl Inspector {
    /// The schedules of these names that enqueue into these queues (names or globs). An empty list means all.
    ///
    /// # Errors
    /// [`broker::Error::ScheduleNotFound`] for the first name that does not exist.
    pub(crate) async fn schedules(
        &self,
        names: &[String],
        queues: &[QueueName],
        now: DateTime<Utc>,
    ) -> Result<ScheduleList, Error> {
        let kept = match self.kept(now).await {
            // Without the right to qctl's keys, the entries of Go schedulers are shown. A name may be that of a stored schedule.
            Err(error) if !names.is_empty() => return Err(error.into()),
            kept => self.broker().unless_denied(Fact::Schedules, kept)?,
        };
        let unknown = || self.broker().unknown(Fact::Schedules);
        let stored_unknown = kept.is_none().then(unknown).flatten();
        let (stored, broken_files) = kept.unwrap_or_default();
        let running = self.broker().schedulers(now).await?;
        let fired = running.iter().any(|one| one.id == ANNOUNCER);
        let mut schedules: Vec<ScheduleDocument> = stored
            .into_iter()
            .map(|stored| ScheduleDocument::new(stored, now))
            .collect();
        let unattended = !fired && schedules.iter().any(|one| is_due_to_fire(one, now));
        for scheduler in running.into_iter().filter(|one| one.id != ANNOUNCER) {
            let entries = scheduler.entries.into_iter();
            schedules
                .extend(entries.map(|entry| ScheduleDocument::announced(&scheduler.id, entry)));
        }
        let missing = |name: &&String| !schedules.iter().any(|one| one.is_called(name));
        if let Some(missing) = names.iter().find(missing) {
            return Err(broker::Error::ScheduleNotFound(missing.clone()).into());
        }
        schedules.retain(|one| names.is_empty() || names.iter().any(|name| one.is_called(name)));
        schedules.retain(|one| {
            let queue = one.queue.as_deref().unwrap_or_default();
            queues.is_empty() || queues.iter().any(|named| matches(named, queue))
        });
        Ok(ScheduleList {
            schedules,
            unattended,
            stored_unknown,
            broken_files,
        })
    }

    /// What qctl's own keys hold: stored schedules, and watched files with errors.
    async fn kept(
        &self,
        now: DateTime<Utc>,
    ) -> Result<(Vec<Stored>, Vec<BrokenFile>), broker::Error> {
        let stored = stored::all(self.broker()).await?;
        Ok((stored, broken_file::all(self.broker(), now).await?))
    }

    /// The stored schedule of this name.
    ///
    /// # Errors
    /// [`Error::ScheduleOfGo`] for an entry of a Go scheduler, [`broker::Error::ScheduleNotFound`] if the name does
    /// not exist.
    pub(super) async fn stored_schedule(
        &self,
        name: &str,
        now: DateTime<Utc>,
    ) -> Result<Stored, Error> {
        if let Some(stored) = known(self.broker(), name).await? {
            return Ok(stored);
        }
        Err(match announced::find(self.broker(), name, now).await? {
            Some(found) => Error::ScheduleOfGo {
                name: found.entry.id,
                scheduler_id: found.scheduler_id,
            },
            None => broker::Error::ScheduleNotFound(name.to_owned()).into(),
        })
    }

    /// The stored schedules of these names or globs, each once. An empty list means all.
    ///
    /// # Errors
    /// Those of [`Self::stored_schedule`], for the first name or glob without a stored schedule.
    pub(crate) async fn stored_schedules(
        &self,
        names: &[String],
        now: DateTime<Utc>,
    ) -> Result<Vec<Stored>, Error> {
        self.find_stored(names, Missing::Refused, now).await
    }

    /// The same, without the names and globs that no stored schedule has.
    ///
    /// # Errors
    /// Those of Redis; [`Error::ScheduleOfGo`].
    pub(crate) async fn existing_schedules(
        &self,
        names: &[String],
        now: DateTime<Utc>,
    ) -> Result<Vec<Stored>, Error> {
        self.find_stored(names, Missing::Skipped, now).await
    }

    async fn find_stored(
        &self,
        names: &[String],
        missing: Missing,
        now: DateTime<Utc>,
    ) -> Result<Vec<Stored>, Error> {
        if names.is_empty() {
            return Ok(stored::all(self.broker()).await?);
        }
        let mut found: Vec<Stored> = Vec::new();
        for name in names {
            let schedules = match self.stored_like(name, now).await {
                Err(error) if missing == Missing::Skipped && is_missing(&error) => continue,
                schedules => schedules?,
            };
            for schedule in schedules {
                if !found.iter().any(|one| one.name == schedule.name) {
                    found.push(schedule);
                }
            }
        }
        Ok(found)
    }

    /// The stored schedule of this name, or those that match the glob.
    async fn stored_like(&self, name: &str, now: DateTime<Utc>) -> Result<Vec<Stored>, Error> {
        let missing = match self.stored_schedule(name, now).await {
            Err(error) if is_missing(&error) && is_glob(name) => error,
            found => return Ok(vec![found?]),
        };
        let mut all = stored::all(self.broker()).await?;
        all.retain(|one| WildMatch::new(name).matches(&one.name));
        if all.is_empty() {
            return Err(missing);
        }
        Ok(all)
    }
}

/// Whether the schedule is active, and a running scheduler would have announced it by now.
fn is_due_to_fire(one: &ScheduleDocument, now: DateTime<Utc>) -> bool {
    let noticed = |changed| now - changed > NOTICE;
    one.state == ScheduleState::Active && one.changed_at.is_none_or(noticed)
}

const fn is_missing(error: &Error) -> bool {
    matches!(error, Error::Broker(broker::Error::ScheduleNotFound(_)))
}

/// The schedule of this name, if there is one.
pub(super) async fn known(broker: &Broker, name: &str) -> Result<Option<Stored>, Error> {
    match stored::one(broker, name).await {
        Ok(stored) => Ok(Some(stored)),
        Err(broker::Error::ScheduleNotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The definition of a stored schedule.
pub(crate) fn readable(stored: &Stored) -> Result<&Schedule, Error> {
    stored
        .schedule
        .as_ref()
        .map_err(|reason| Error::ScheduleUnreadable {
            name: stored.name.clone(),
            reason: reason.clone(),
        })
}
