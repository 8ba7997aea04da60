//! A task as the script stores it, and what its codes say of it.

use chrono::{DateTime, TimeDelta, Utc};
use md5::{Digest as _, Md5};

use crate::broker::enqueue::one;
use crate::broker::enqueue::restore::{Mark, Restored};
use crate::broker::keys::QueueKeys;
use crate::broker::records::{LockEnd, Restorable};
use crate::broker::script::Call;
use crate::broker::{Error, nanoseconds};
use crate::task::new::Placement;
use crate::task::{Invalid, NewTask, State};

impl Restorable {
    /// A new task as it would be stored now, to look what is in its way.
    ///
    /// # Errors
    /// What is wrong with the task.
    pub(crate) fn new(task: &NewTask, now: DateTime<Utc>) -> Result<Self, Invalid> {
        let (message, lock) = one::message(task, now)?;
        let (state, group) = match task.placement(now) {
            Placement::Pending => (State::Pending, None),
            Placement::Scheduled(_) => (State::Scheduled, None),
            Placement::Group(group) => (State::Aggregating, Some(group.to_owned())),
        };
        let end = |seconds| now.checked_add_signed(TimeDelta::try_seconds(seconds)?);
        Ok(Self {
            queue: task.options.queue.clone(),
            id: task.id.clone(),
            kind: task.kind.to_string(),
            state,
            was_active: false,
            is_unreadable: false,
            message: message.to_bytes(),
            score: None,
            pending_since: None,
            group,
            unique_key: message.unique_key,
            lock: lock.map(|seconds| end(seconds).map_or(LockEnd::Never, LockEnd::At)),
            result: None,
        })
    }

    /// Differs, for all practical purposes, from that of any other task.
    pub(super) fn mark(&self) -> Mark {
        let mut hash = Md5::new();
        for part in [
            self.id.as_str().as_bytes(),
            self.state.name().as_bytes(),
            &self.message,
            &self.score.unwrap_or_default().to_be_bytes(),
        ] {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        let mut mark = Mark::default();
        mark.copy_from_slice(&hash.finalize()[..8]);
        mark
    }

    /// Whether the lock that it holds is one of its queue. A line may name any key.
    pub(crate) fn has_own_lock(&self) -> bool {
        let prefix = QueueKeys::new(&self.queue).unique_prefix();
        self.lock.is_none() || self.unique_key.starts_with(&prefix)
    }

    /// What a code of the script says.
    pub(super) fn outcome(&self, code: i64) -> Result<Restored, Error> {
        match code {
            1 | 5 => Ok(Restored::Stored),
            2 | 3 => Ok(Restored::Existing),
            4 => Ok(Restored::Gone),
            -1 => Err(self.duplicate()),
            _ => Err(self.id_taken()),
        }
    }

    /// The error if another task holds its lock.
    pub(crate) fn duplicate(&self) -> Error {
        Error::Duplicate {
            queue: self.queue.clone(),
            kind: self.kind.clone(),
        }
    }

    /// The error if another task has its id.
    pub(crate) fn id_taken(&self) -> Error {
        Error::IdTaken {
            queue: self.queue.clone(),
            id: self.id.clone(),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.message.len() + self.result.as_ref().map_or(0, Vec::len)
    }

    /// Adds the arguments of the script.
    pub(super) fn push_to(&self, call: &mut Call, mark: Mark, now: DateTime<Utc>) {
        call.push(&mark[..]);
        call.push(self.id.as_str());
        call.push(&self.message);
        call.push(self.state.name());
        // Rust writes infinities as `inf`, as Redis reads them.
        call.push(match self.score {
            Some(score) => score.to_string(),
            None => now.timestamp().to_string(),
        });
        call.push(nanoseconds(self.pending_since.unwrap_or(now)));
        call.push(self.group.as_deref().unwrap_or_default());
        call.push(&self.unique_key);
        call.push(match self.lock {
            Some(LockEnd::Never) => "never".to_owned(),
            Some(LockEnd::At(at)) if at > now => at.timestamp_millis().to_string(),
            Some(LockEnd::At(_)) | None => String::new(),
        });
        call.push(if self.result.is_some() { "1" } else { "0" });
        call.push(self.result.as_deref().unwrap_or_default());
    }
}
