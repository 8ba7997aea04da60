//! Changes tasks by id, whatever container they are in.
//!
//! `State::after` decides which states an action applies to; the scripts receive their names.

use std::collections::{HashMap, HashSet, VecDeque};

use chrono::{DateTime, Utc};

use crate::broker::change::pages::Pages;
use crate::broker::keys::QueueKeys;
use crate::broker::read::whereabouts::Whereabouts;
use crate::broker::receipt::ReceiptPage;
use crate::broker::{Broker, Container, Error, STEP, nanoseconds, script};
use crate::task::transition::{Action, Move, after_orphaned};
use crate::task::{QueueName, State, TaskId};

/// The result of an action on tasks.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Tasks that were changed, or would be.
    pub changed: Vec<TaskId>,
    /// Tasks that were not, and why.
    pub refused: Vec<(TaskId, Error)>,
}

/// The code of a task that is too deep in `pending` to be removed on its own.
const DEEP: i64 = -2;

/// The code of an id without a task.
const NO_TASK: i64 = 0;

/// The code of a task that is not in the container of its state.
const OUT_OF_PLACE: i64 = -1;

/// The place of a task that is in no container, as the scripts name it.
const NOWHERE: &str = "nowhere";

/// An action on tasks of one queue by id, under way.
///
/// `run` may be called again after an error: what was answered is not sent again, and a call without an answer has
/// a receipt.
#[derive(Debug)]
pub struct ById {
    broker: Broker,
    queue: QueueName,
    action: Move,
    /// The scripts write nothing, and return what they would do.
    dry_run: bool,
    /// Ids that no call has reached yet.
    left: VecDeque<TaskId>,
    sent: Option<Sent>,
    /// Tasks that are too deep in `pending` to be removed on their own.
    deep: HashSet<TaskId>,
    /// Tasks that are not in the container of their state, with their codes.
    astray: VecDeque<(TaskId, i64)>,
    /// Where those are, once they have been searched for.
    places: Option<HashMap<TaskId, Whereabouts>>,
    walk: Option<Search>,
    applied: Applied,
}

/// A call that was sent, until it is answered.
#[derive(Debug)]
struct Sent {
    ids: Vec<TaskId>,
    /// The container where the ids are; empty: that of their state.
    place: &'static str,
    receipt: ReceiptPage,
    /// An attempt got no answer, so the tasks may have been changed.
    unanswered: bool,
}

/// A walk through a container for some of its ids: `pending`, where they are too deep for a script, or a group, whose name
/// an id without a task does not tell.
#[derive(Debug)]
struct Search {
    pages: Pages,
    wanted: HashMap<Vec<u8>, TaskId>,
    /// The code of ids that are not there. `None`: they are searched for elsewhere.
    code: Option<i64>,
}

impl Broker {
    /// Applies an action to tasks of one queue, in bounded steps.
    ///
    /// A task that is not in the container of its state is searched for in the others, and taken from there; a task in no
    /// container is changed too. An id without a task can be deleted.
    pub async fn apply(
        &self,
        queue: &QueueName,
        action: Move,
        ids: &[TaskId],
        now: DateTime<Utc>,
    ) -> Result<Applied, Error> {
        let mut change = self.by_id(queue, action, ids.to_vec(), false);
        change.run(now).await?;
        Ok(change.take_applied())
    }

    /// Prepares an action on tasks of one queue. A dry run calls the same scripts, which then write nothing.
    pub(crate) fn by_id(
        &self,
        queue: &QueueName,
        action: Move,
        ids: Vec<TaskId>,
        dry_run: bool,
    ) -> ById {
        ById {
            broker: self.clone(),
            queue: queue.clone(),
            action,
            dry_run,
            left: ids.into(),
            sent: None,
            deep: HashSet::new(),
            astray: VecDeque::new(),
            places: None,
            walk: None,
            applied: Applied::default(),
        }
    }
}

impl ById {
    /// Sends what is left.
    pub(crate) async fn run(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        loop {
            if self.sent.is_some() {
                self.send(now).await?;
            } else if self.walk.is_some() {
                self.walk_on(now).await?;
            } else if !self.left.is_empty() {
                let ids = self.left.drain(..self.left.len().min(STEP)).collect();
                self.prepare(ids, "");
            } else if !self.deep.is_empty() {
                let deep = std::mem::take(&mut self.deep);
                self.search(Container::State(State::Pending), deep, None)
                    .await?;
            } else if let Some(places) = &self.places {
                let Some((id, code)) = self.astray.front() else {
                    return self.tell_foreign_keys().await;
                };
                let place = places.get(id).cloned();
                self.change_at(place, id.clone(), *code).await?;
                self.astray.pop_front();
            } else if self.astray.is_empty() {
                return self.tell_foreign_keys().await;
            } else {
                let ids: Vec<TaskId> = self.astray.iter().map(|(id, _)| id.clone()).collect();
                self.places = Some(self.broker.whereabouts(&self.queue, &ids).await?);
            }
        }
    }

    /// Tells the keys that hold something else than a task from those that do not exist.
    async fn tell_foreign_keys(&mut self) -> Result<(), Error> {
        let not_found = |error: &Error| matches!(error, Error::TaskNotFound { .. });
        let refused = self.applied.refused.iter_mut();
        let missing: Vec<_> = refused.filter(|(_, error)| not_found(error)).collect();
        let ids: Vec<TaskId> = missing.iter().map(|(id, _)| id.clone()).collect();
        let held = self.broker.held(&self.queue, &ids).await?;
        for ((id, error), _) in missing.into_iter().zip(held).filter(|(_, held)| *held) {
            *error = Error::NotATask {
                queue: self.queue.clone(),
                id: id.clone(),
            };
        }
        Ok(())
    }

    /// What has been done since the last call.
    pub(crate) fn take_applied(&mut self) -> Applied {
        std::mem::take(&mut self.applied)
    }

    /// The tasks of a call without an answer: they may have been changed.
    pub(crate) fn unanswered(&self) -> u64 {
        if self.dry_run {
            return 0;
        }
        let sent = self.sent.as_ref().filter(|sent| sent.unanswered);
        let walk = self.walk.as_ref().map(|walk| walk.pages.unanswered());
        sent.map_or(0, |sent| sent.ids.len() as u64) + walk.unwrap_or(0)
    }

    fn prepare(&mut self, ids: Vec<TaskId>, place: &'static str) {
        self.sent = Some(Sent {
            ids,
            place,
            receipt: self.broker.receipts.open(),
            unanswered: false,
        });
    }

    /// Sends the prepared call, and notes what it has done.
    async fn send(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        let Some(sent) = &self.sent else {
            return Ok(());
        };
        let codes: Result<Vec<i64>, Error> = self.call(sent, now).run(&self.broker.conn).await;
        if let (Err(Error::Unreachable { .. }), Some(sent)) = (&codes, &mut self.sent) {
            sent.unanswered = true;
        }
        let (codes, Some(mut sent)) = (codes?, self.sent.take()) else {
            return Ok(());
        };
        self.broker.receipts.close(&sent.receipt);
        // A script that has scanned enough of a list handles only the first ones.
        for id in sent.ids.drain(codes.len().min(sent.ids.len())..).rev() {
            self.left.push_front(id);
        }
        for (id, code) in sent.ids.into_iter().zip(codes) {
            if sent.place.is_empty() {
                self.sort(id, code);
            } else {
                self.note(id, code);
            }
        }
        Ok(())
    }

    /// Notes the result of a task that was looked for in the container of its state.
    fn sort(&mut self, id: TaskId, code: i64) {
        match code {
            DEEP => {
                self.deep.insert(id);
            }
            OUT_OF_PLACE => self.astray.push_back((id, code)),
            // An id without a task can only be deleted.
            NO_TASK if self.action == Move::Delete => self.astray.push_back((id, code)),
            code => self.note(id, code),
        }
    }

    fn call(&self, sent: &Sent, now: DateTime<Utc>) -> script::Call {
        let keys = QueueKeys::new(&self.queue);
        let script = match self.action {
            Move::Retry => &script::RUN,
            Move::Archive => &script::ARCHIVE,
            Move::Delete => &script::DELETE,
        };
        let receipt = (!self.dry_run).then(|| sent.receipt.receipt(0));
        let call = script
            .on(&keys.by_id())
            .arg(keys.task_prefix())
            .arg(keys.group_prefix())
            .arg(changeable(self.action.into()))
            .arg(sent.place)
            .arg(u8::from(self.dry_run))
            .receipt(&keys, receipt.as_ref());
        let call = match self.action {
            Move::Retry => call.arg(nanoseconds(now)),
            Move::Archive => call.arg(now.timestamp()),
            Move::Delete => call,
        };
        sent.ids.iter().fold(call, |call, id| call.arg(id.as_str()))
    }

    /// Prepares to change a task that is not in the container of its state, or has no hash, where it is.
    async fn change_at(
        &mut self,
        place: Option<Whereabouts>,
        id: TaskId,
        code: i64,
    ) -> Result<(), Error> {
        match place {
            Some(Whereabouts::In(Container::State(state))) => self.prepare(vec![id], state.name()),
            Some(Whereabouts::In(group)) => {
                self.search(group, HashSet::from([id]), Some(code)).await?;
            }
            None if code == OUT_OF_PLACE => self.prepare(vec![id], NOWHERE),
            Some(Whereabouts::BeingMerged) | None => self.note(id, code),
        }
        Ok(())
    }

    async fn search(
        &mut self,
        container: Container,
        wanted: HashSet<TaskId>,
        code: Option<i64>,
    ) -> Result<(), Error> {
        let pages = self
            .broker
            .pages(&self.queue, container, self.action, self.dry_run);
        let wanted = wanted.into_iter().map(|id| (id.as_str().into(), id));
        self.walk = Some(Search {
            wanted: wanted.collect(),
            pages: pages.await?,
            code,
        });
        Ok(())
    }

    /// Changes the next tasks of a walk.
    async fn walk_on(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        let Some(Search { pages, wanted, .. }) = &mut self.walk else {
            return Ok(());
        };
        if !wanted.is_empty()
            && let Some(step) = pages
                .step(usize::MAX, now, |id| wanted.contains_key(id))
                .await?
        {
            let changed = step.changed.iter().filter_map(|id| wanted.remove(id));
            self.applied.changed.extend(changed);
            return Ok(());
        }
        if let Some(Search { wanted, code, .. }) = self.walk.take() {
            for id in wanted.into_values() {
                match code {
                    Some(code) => self.note(id, code),
                    None => self.astray.push_back((id, OUT_OF_PLACE)),
                }
            }
        }
        Ok(())
    }

    /// Records the result code of a task.
    fn note(&mut self, id: TaskId, code: i64) {
        match refused(&self.queue, self.action.into(), &id, code) {
            None => self.applied.changed.push(id),
            Some(error) => self.applied.refused.push((id, error)),
        }
    }
}

/// The states that an action applies to, as the scripts read them: `,retry,archived,orphaned,`.
pub(super) fn changeable(action: Action) -> String {
    let states = State::ALL.into_iter();
    let states = states.filter(|state| *state != State::Active && state.after(action).is_ok());
    let names = states.map(State::name);
    let orphaned = after_orphaned(action).is_ok().then_some("orphaned");
    names
        .chain(orphaned)
        .fold(String::from(","), |text, name| text + name + ",")
}

/// The error for a result code; `None` if the task was changed.
fn refused(queue: &QueueName, action: Action, id: &TaskId, code: i64) -> Option<Error> {
    let (queue, id) = (queue.clone(), id.clone());
    match code {
        1 => None,
        0 => Some(Error::TaskNotFound {
            queue: Some(queue),
            id,
        }),
        code => Some(
            match numbered(code - 10).map(|state| (state, state.after(action))) {
                Some((state, Err(refusal))) => Error::WrongState {
                    verb: action.verb(),
                    queue,
                    id,
                    state,
                    refusal,
                },
                Some((_, Ok(_))) | None => Error::OutOfPlace { queue, id },
            },
        ),
    }
}

/// A state by its number in Asynq's API.
pub(super) fn numbered(number: i64) -> Option<State> {
    let index = usize::try_from(number).ok()?.checked_sub(1)?;
    State::ALL.get(index).copied()
}
