//! Copies: the new task that a changed original stands for, and how it is enqueued.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::sleep;

use super::Draft;
use super::text::NONE;
use super::typed::{Mistake, Typed, changed, set, text};
use crate::broker::{self, Broker, Enqueued};
use crate::inspector::audit::{Counted, Counts, Operation, Target};
use crate::inspector::edit::{Edit, NewPayload};
use crate::inspector::resends::Resends;
use crate::inspector::{Error, Inspector};
use crate::task::time::from_second;
use crate::task::{NewTask, Start, State, TaskOptions, TaskType, parse};

impl Inspector {
    /// Enqueues a copy, once: its id stands for the form or the text from which it was made. While Redis does not answer, it is
    /// sent again, for at most so long.
    ///
    /// # Errors
    /// [`EnqueuedBefore`](broker::Error::EnqueuedBefore) if it was enqueued before, even if it is gone since;
    /// [`Unanswered`](broker::Error::Unanswered) if it is not known whether it is enqueued now.
    pub(crate) async fn enqueue_copy(
        &self,
        copy: &NewTask,
        limit: Duration,
    ) -> Result<Enqueued, Error> {
        let target = Target::task(&copy.options.queue, &copy.id);
        let enqueue = |broker: Broker| async move { Ok(enqueue(&broker, copy, limit).await?) };
        self.change(Operation::EnqueueCopy, target, enqueue).await
    }
}

async fn enqueue(
    broker: &Broker,
    copy: &NewTask,
    limit: Duration,
) -> Result<Enqueued, broker::Error> {
    let mut resends = Resends::within(limit);
    let mut ended = broker.enqueue_once(copy, broker.now(), false).await;
    while let Err(unanswered @ broker::Error::Unanswered { .. }) = &ended
        && let Some(pause) = resends.next()
    {
        sleep(pause).await;
        ended = match broker.enqueue_once(copy, broker.now(), true).await {
            // It is still unknown what became of the first call.
            Err(error) if error.passing() => Err(unanswered.clone()),
            ended => ended,
        };
    }
    ended
}

impl Counted for Enqueued {
    fn counts(&self) -> Counts {
        Counts {
            changed: 1,
            failed: 0,
        }
    }
}

/// What only a new task has, or may be without.
struct Own {
    start: Start,
    unique_for: Option<Duration>,
    group: Option<String>,
}

impl Own {
    /// Sets an option; false if it is not one of these.
    fn set(&mut self, key: &str, value: &str) -> Result<bool, String> {
        match (key, value) {
            ("at", NONE) => self.start = Start::Now,
            ("unique", NONE) => self.unique_for = None,
            ("unique", span) => self.unique_for = Some(parse::duration(span).map_err(text)?),
            ("group", NONE) => self.group = None,
            ("group", name) => self.group = Some(name.to_owned()),
            (_, _) => return Ok(false),
        }
        Ok(true)
    }
}

impl Draft {
    /// A new task like this one, with these options, and with another payload unless that is `None`.
    ///
    /// # Errors
    /// Everything that cannot be read.
    pub(super) fn copied(
        &self,
        options: &[Typed<'_>],
        payload: Result<Option<Vec<u8>>, Mistake>,
        now: DateTime<Utc>,
    ) -> Result<NewTask, Vec<Mistake>> {
        let scheduled = self.start_at.filter(|_| self.state == State::Scheduled);
        let mut own = Own {
            start: scheduled.map_or(Start::Now, Start::At),
            unique_for: None,
            group: Some(self.message.group.clone()).filter(|group| !group.is_empty()),
        };
        let mut edit = Edit::default();
        let mut mistakes: Vec<Mistake> = Vec::new();
        for (key, before) in &self.options() {
            let Some(value) = changed(options, key, before) else {
                continue;
            };
            let read = match own.set(key, value) {
                Ok(false) => set(&mut edit, key, value, now),
                read => read.map(drop),
            };
            mistakes.extend(read.err().map(|why| (*key, why)));
        }
        match payload {
            Ok(payload) => edit.payload = payload.map(NewPayload::Bytes),
            Err(mistake) => mistakes.push(mistake),
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        self.like_this(edit, own).map_err(|why| vec![("", why)])
    }

    fn like_this(&self, edit: Edit, own: Own) -> Result<NewTask, String> {
        let old = &self.message;
        let kind = TaskType::new(old.kind.clone()).map_err(|error| format!("the type: {error}"))?;
        let span = |seconds: i64| Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
        let deadline = edit.deadline.unwrap_or(old.deadline);
        let payload = match edit.payload {
            Some(NewPayload::Bytes(bytes)) => bytes,
            Some(NewPayload::Jq(_)) | None => old.payload.clone(),
        };
        let task = NewTask {
            start: edit.start_at.map_or(own.start, Start::At),
            options: TaskOptions {
                queue: edit.queue.unwrap_or_else(|| self.queue.clone()),
                max_retry: edit.max_retry.unwrap_or(old.max_retry),
                timeout: Some(span(edit.timeout.unwrap_or(old.timeout))),
                deadline: Some(deadline)
                    .filter(|second| *second != 0)
                    .and_then(from_second),
                unique_for: own.unique_for,
                retention: span(edit.retention.unwrap_or(old.retention)),
                group: own.group,
                headers: old.headers.clone(),
            },
            // As a client that is given no payload.
            ..NewTask::new(kind, Some(payload).filter(|bytes| !bytes.is_empty()))
        };
        task.check().map_err(text)?;
        Ok(task)
    }
}
