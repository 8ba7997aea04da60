//! The steps of a plan that edits tasks.

use std::collections::{HashMap, HashSet, VecDeque};

use futures_util::future::try_join_all;

use super::edit::{Edit, EditError};
use super::expression::ExpressionError;
use crate::broker::records::FoundTask;
use crate::broker::{Applied, Batch, Broker, Error, Relocation, Revision};
use crate::task::transition::{Action, Refusal};
use crate::task::{Message, QueueName, TaskId};

/// A task, its message as it is stored, and what that says.
type ReadTask = (TaskId, Vec<u8>, Message);

/// A task that cannot be edited, and why.
pub(super) type Refused = (TaskId, EditError);

/// A step of a plan that edits tasks.
pub(super) struct Edits<'a> {
    broker: &'a Broker,
    edit: &'a Edit,
    dry_run: bool,
    /// The step under way, until it is answered.
    step: &'a mut Option<EditStep>,
}

/// The new messages of some tasks.
#[derive(Debug)]
pub(super) struct EditStep {
    /// How many tasks of the queue it is about.
    tasks: usize,
    /// What has become of some of them.
    edited: Edited,
    revisions: Vec<Revision>,
    batch: Batch,
    /// Attempts at the same tasks that got no answer.
    earlier: Vec<Attempt>,
    /// Its changes may have been made.
    is_sent: bool,
}

/// Tasks that were sent, and how to find out what has become of them.
#[derive(Debug, Clone)]
struct Attempt {
    batch: Batch,
    ids: Vec<TaskId>,
}

impl EditStep {
    /// The tasks without an answer: they may have been changed.
    pub(super) fn unanswered(&self) -> u64 {
        if self.is_sent {
            self.revisions.len() as u64
        } else {
            0
        }
    }

    fn attempts(&self) -> Vec<Attempt> {
        let ids = self.revisions.iter().map(|revision| revision.id.clone());
        let this = Attempt {
            batch: self.batch.clone(),
            ids: ids.collect(),
        };
        self.earlier.iter().cloned().chain([this]).collect()
    }
}

/// The tasks of a step.
#[derive(Debug, Default)]
pub(super) struct Edited {
    pub(super) changed: Vec<TaskId>,
    /// Tasks that the edit leaves as they are. Nothing is written for them.
    pub(super) unchanged: Vec<TaskId>,
    pub(super) refused: Vec<Refused>,
}

impl Edited {
    fn add(&mut self, id: TaskId, outcome: Result<(), Error>) {
        match outcome {
            Ok(()) => self.changed.push(id),
            Err(error) => self.refused.push((id, EditError::Broker(error))),
        }
    }
}

impl From<Applied> for Edited {
    fn from(applied: Applied) -> Self {
        let refused = applied.refused.into_iter();
        Self {
            changed: applied.changed,
            refused: refused
                .map(|(id, error)| (id, EditError::Broker(error)))
                .collect(),
            unchanged: Vec::new(),
        }
    }
}

impl<'a> Edits<'a> {
    pub(super) fn new(
        broker: &'a Broker,
        edit: &'a Edit,
        dry_run: bool,
        step: &'a mut Option<EditStep>,
    ) -> Self {
        Self {
            broker,
            edit,
            dry_run,
            step,
        }
    }

    /// Edits the next tasks. Takes those that are done out of the queue.
    pub(super) async fn run(
        self,
        (queue, ids): (&QueueName, &mut VecDeque<TaskId>),
        limit: usize,
    ) -> (Edited, Result<(), Error>) {
        // What has become of the tasks of a move is looked up before it is repeated. A step of edits is sent again as it is: a
        // filter must not see a payload that it has made itself.
        if self.step.is_none() || self.is_move(queue) {
            let tasks = self.step.as_ref().map_or(limit, |step| step.tasks);
            let some: Vec<TaskId> = ids.iter().take(tasks).cloned().collect();
            let tried = self.step.as_ref().map(EditStep::attempts);
            match self.prepare(queue, some, tried.unwrap_or_default()).await {
                Ok(step) => *self.step = Some(step),
                Err(error) => return (Edited::default(), Err(error)),
            }
        }
        if let Some(step) = self.step.as_mut() {
            step.is_sent = !self.dry_run;
        }
        let Some(step) = self.step.as_ref() else {
            return (Edited::default(), Ok(()));
        };
        let outcomes = match self.write(queue, step).await {
            Ok(outcomes) => outcomes,
            Err(error) => return (Edited::default(), Err(error)),
        };
        let Some(step) = self.step.take() else {
            return (Edited::default(), Ok(()));
        };
        ids.drain(..step.tasks);
        let mut edited = step.edited;
        for (outcome, revision) in outcomes.into_iter().zip(step.revisions) {
            edited.add(revision.id, outcome);
        }
        (edited, Ok(()))
    }

    /// Reads tasks and makes their new messages.
    async fn prepare(
        &self,
        queue: &QueueName,
        ids: Vec<TaskId>,
        earlier: Vec<Attempt>,
    ) -> Result<EditStep, Error> {
        let (mut edited, tasks) = self.read(queue, &ids, &earlier).await?;
        let payloads = self.payloads(&tasks).await;
        let (mut revisions, mut same) = (Vec::with_capacity(tasks.len()), Vec::new());
        for ((id, old, before), payload) in tasks.into_iter().zip(payloads) {
            let message = match payload {
                Ok(payload) => self.edit.apply(&before, payload, queue),
                Err(error) => {
                    edited.refused.push((id, EditError::Payload(error)));
                    continue;
                }
            };
            let list = if message == before {
                &mut same
            } else {
                &mut revisions
            };
            list.push(Revision {
                message,
                id,
                old,
                start_at: self.edit.start_at,
            });
        }
        let looks = same.iter().map(|revision| self.look(queue, revision));
        let looks = try_join_all(looks).await?;
        for (look, revision) in looks.into_iter().zip(same) {
            match look {
                Ok(found) if revision.moves(&found) => revisions.push(revision),
                Ok(_) => edited.unchanged.push(revision.id),
                Err(error) => edited.add(revision.id, Err(error)),
            }
        }
        Ok(EditStep {
            tasks: ids.len(),
            edited,
            revisions,
            batch: self.broker.batch(),
            earlier,
            is_sent: false,
        })
    }

    /// Reads tasks. Returns what has become of those that need not be sent, and the others with their messages.
    async fn read(
        &self,
        queue: &QueueName,
        ids: &[TaskId],
        earlier: &[Attempt],
    ) -> Result<(Edited, Vec<ReadTask>), Error> {
        let mut edited = Edited::default();
        let mut tasks = Vec::with_capacity(ids.len());
        let mut finished = self.finish_moves(queue, !earlier.is_empty()).await?;
        let moved = self.moved(earlier).await?;
        let messages = self.broker.messages(queue, ids).await?;
        if earlier.is_empty() {
            finished = self.finish_moves(queue, messages.contains(&None)).await?;
        }
        for (id, stored) in ids.iter().zip(messages) {
            let (queue, id) = (queue.clone(), id.clone());
            let Some(stored) = stored.filter(|_| !moved.contains(&id)) else {
                let not_found = Error::TaskNotFound {
                    queue: Some(queue),
                    id: id.clone(),
                };
                let outcome = finished.remove(&id).unwrap_or(Err(not_found));
                edited.add(
                    id.clone(),
                    if moved.contains(&id) { Ok(()) } else { outcome },
                );
                continue;
            };
            if !self.edit.applies_to(&stored) {
                edited.add(id.clone(), Err(Error::Changed { queue, id }));
            } else if let Ok(message) = Message::from_bytes(&stored) {
                tasks.push((id, stored, message));
            } else {
                edited.add(id.clone(), Err(Error::OutOfPlace { queue, id }));
            }
        }
        Ok((edited, tasks))
    }

    /// The tasks that earlier attempts have moved.
    async fn moved(&self, attempts: &[Attempt]) -> Result<HashSet<TaskId>, Error> {
        let mut moved = HashSet::new();
        let Some(to) = &self.edit.queue else {
            return Ok(moved);
        };
        for Attempt { batch, ids } in attempts {
            let are_moved = self.broker.moved(to, batch, ids.len()).await?;
            let ids = ids.iter().zip(are_moved).filter(|(_, is_moved)| *is_moved);
            moved.extend(ids.map(|(id, _)| id.clone()));
        }
        Ok(moved)
    }

    fn is_move(&self, queue: &QueueName) -> bool {
        self.edit.queue.as_ref().is_some_and(|to| to != queue)
    }

    /// Finishes moves that were cut short, such as those of a step without an answer.
    async fn finish_moves(
        &self,
        queue: &QueueName,
        some_are_missing: bool,
    ) -> Result<HashMap<TaskId, Result<(), Error>>, Error> {
        if self.dry_run || self.edit.queue.is_none() || !some_are_missing {
            return Ok(HashMap::new());
        }
        let finished = self.broker.finish_moves(queue).await?;
        Ok(finished.into_iter().collect())
    }

    async fn write(
        &self,
        queue: &QueueName,
        EditStep {
            revisions, batch, ..
        }: &EditStep,
    ) -> Result<Vec<Result<(), Error>>, Error> {
        if self.dry_run {
            let looks = revisions.iter().map(|revision| self.look(queue, revision));
            let looks = try_join_all(looks).await?;
            return Ok(looks.into_iter().map(|look| look.map(drop)).collect());
        }
        match self.edit.queue.as_ref().filter(|to| *to != queue) {
            Some(to) => {
                let relocation = Relocation { from: queue, to };
                self.broker.relocate(relocation, revisions, batch).await
            }
            None => self.broker.revise(queue, revisions, batch).await,
        }
    }

    /// The task as it is, or why it cannot be edited.
    async fn look(
        &self,
        queue: &QueueName,
        revision: &Revision,
    ) -> Result<Result<FoundTask, Error>, Error> {
        let id = revision.id.clone();
        let Some(found) = self.broker.find(queue, &id).await? else {
            let queue = Some(queue.clone());
            return Ok(Err(Error::TaskNotFound { queue, id }));
        };
        let refusal = found.after(Action::Edit, self.broker.now()).err();
        let not_scheduled = revision
            .start_at
            .filter(|_| found.next_process_at().is_none());
        let refusal = refusal.or(not_scheduled.map(|_| Refusal::NotScheduled));
        Ok(match refusal {
            None => Ok(found),
            Some(refusal) => Err(Error::WrongState {
                verb: Action::Edit.verb(),
                queue: queue.clone(),
                id,
                state: found.state,
                refusal,
            }),
        })
    }

    /// The new payload of each task; `None` if it stays.
    async fn payloads(&self, tasks: &[ReadTask]) -> Vec<Result<Option<Vec<u8>>, ExpressionError>> {
        match &self.edit.payload {
            None => vec![Ok(None); tasks.len()],
            Some(payload) => {
                let mut all = Vec::with_capacity(tasks.len());
                for (_, _, message) in tasks {
                    all.push(payload.instead_of(&message.payload).await.map(Some));
                }
                all
            }
        }
    }
}
