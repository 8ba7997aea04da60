//! Counts the tasks of a selection before anything is changed. Only tasks counted here are changed later.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};

use super::audit::{self, Operation, Target};
use super::edit::Edit;
use super::members::Block;
use super::part::Part;
use super::plan::Plan;
use super::selection::Place;
use super::{Error, Inspector, Judged, Listing, Options, Outcome, Selection};
use crate::broker::records::FoundTask;
use crate::broker::{Container, Walk, digest, step_size};
use crate::task::transition::Action;
use crate::task::{MAX_ARCHIVED, QueueName, State, TaskId};

/// Tasks kept as a sample.
const SAMPLE: usize = 3;

/// Ids looked up at once.
const LOOK_UPS: usize = 100;

/// Ids read at once.
const IDS: u64 = 5000;

/// A selection that is being counted.
#[derive(Debug)]
pub struct Count {
    inspector: Inspector,
    action: Action,
    /// What to change, for [`Action::Edit`].
    edit: Option<Edit>,
    options: Options,
    /// The selection as text.
    target: audit::Selected,
    source: Source,
    parts: Vec<Part>,
    outcome: Outcome,
    sample: Vec<FoundTask>,
    total: u64,
}

/// Where the tasks come from.
#[derive(Debug)]
enum Source {
    /// Ids, to be looked up.
    Ids {
        named: Vec<QueueName>,
        queues: Vec<QueueName>,
        left: VecDeque<TaskId>,
    },
    /// Whole containers: reading the ids is enough.
    Containers {
        places: VecDeque<Place>,
        walk: Option<Walk>,
        left: u64,
    },
    /// Tasks that must be read, because a filter decides.
    Listing(Box<Listing>),
}

impl Inspector {
    /// Prepares to count the tasks of a selection for a change.
    ///
    /// # Errors
    /// When the selection does not fit the action; when a queue does not exist; [`Error::ReadOnly`] unless it is a dry
    /// run.
    pub async fn count(
        &self,
        action: Action,
        selection: &Selection,
        options: Options,
    ) -> Result<Count, Error> {
        if action == Action::Edit {
            return Err(Error::NotForSelections(action));
        }
        self.count_for(action, selection, options).await
    }

    /// Prepares to count the tasks of a selection that are to be edited.
    ///
    /// # Errors
    /// As of [`Inspector::count`].
    pub async fn count_to_edit(
        &self,
        edit: Edit,
        selection: &Selection,
        options: Options,
    ) -> Result<Count, Error> {
        let count = self.count_for(Action::Edit, selection, options).await?;
        Ok(Count {
            edit: Some(edit),
            ..count
        })
    }

    async fn count_for(
        &self,
        action: Action,
        selection: &Selection,
        options: Options,
    ) -> Result<Count, Error> {
        selection.check()?;
        if !options.dry_run {
            self.access.allow(action.verb())?;
        }
        let (source, total) = match &selection.ids {
            Some(ids) => {
                let source = Source::Ids {
                    named: selection.queues.clone(),
                    queues: self.queues(&selection.queues).await?,
                    left: ids.iter().cloned().collect(),
                };
                (source, ids.len() as u64)
            }
            None => self.described(action, selection).await?,
        };
        Ok(Count {
            inspector: self.clone(),
            action,
            edit: None,
            options,
            target: audit::Selected::new(selection),
            source,
            parts: Vec::new(),
            outcome: Outcome::new(action, options.dry_run),
            sample: Vec::new(),
            total,
        })
    }

    /// Counts the tasks of a selection: what [`Inspector::count`] does in steps.
    ///
    /// # Errors
    /// As of [`Inspector::count`]; [`Error::Filter`] when the filter expression cannot be used; [`Error::WouldTrim`].
    pub async fn plan(
        &self,
        action: Action,
        selection: &Selection,
        options: Options,
    ) -> Result<Plan, Error> {
        let mut count = self.count(action, selection, options).await?;
        while count.step(self.now()).await?.is_some() {}
        count.finish().await
    }

    async fn described(
        &self,
        action: Action,
        selection: &Selection,
    ) -> Result<(Source, u64), Error> {
        let (broker, states) = (self.broker(), selection.states_for(action)?);
        let mut places = Vec::new();
        let mut total = 0;
        let mut found = self.places(selection, &states).await?;
        if let Some(error) = found.unreadable.pop() {
            return Err(error.into());
        }
        for place in found.found {
            let size = broker.count(&place.queue, &place.container).await?;
            if size > 0 {
                total += size;
                places.push(place);
            }
        }
        // Active tasks are changed by id, and whether one is orphaned is only known once it is read.
        let active = places.iter().any(|place| by_id(action, &place.container));
        let source = if selection.filter.is_empty() && !active {
            Source::Containers {
                places: places.into(),
                walk: None,
                left: selection.limit.unwrap_or(u64::MAX),
            }
        } else {
            Source::Listing(Box::new(Listing::new(broker.clone(), places, selection)))
        };
        Ok((source, total))
    }
}

/// Whether tasks of this container are changed by id.
const fn by_id(action: Action, container: &Container) -> bool {
    matches!(action, Action::Edit) || matches!(container, Container::State(State::Active))
}

impl Count {
    /// The number of tasks to look at.
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// Counts the next tasks. Returns how many were looked at, or `None` when there are no more.
    ///
    /// # Errors
    /// [`Error::Filter`] when the filter expression cannot be used; [`Error::Broker`] otherwise.
    pub async fn step(&mut self, now: DateTime<Utc>) -> Result<Option<u64>, Error> {
        match &mut self.source {
            Source::Ids { .. } => self.look_up().await,
            Source::Containers { .. } => self.count_ids().await,
            Source::Listing(listing) => {
                let Some(page) = listing.next_page(now).await? else {
                    return Ok(None);
                };
                for task in page.tasks {
                    self.add(&page.place, task);
                }
                Ok(Some(page.seen))
            }
        }
    }

    /// The plan to change what was counted.
    ///
    /// # Errors
    /// [`Error::WouldTrim`] when an archive would overflow and that is not allowed.
    pub async fn finish(mut self) -> Result<Plan, Error> {
        self.outcome.matched = self.outcome.failed + self.parts.iter().map(Part::len).sum::<u64>();
        self.outcome.queues = self.by_queue();
        let trims = self.trims().await?;
        if trims > 0 && !self.options.allow_trim {
            return Err(Error::WouldTrim {
                matched: self.outcome.matched,
                lost: trims,
            });
        }
        let mut judged = Judged::default();
        if let Source::Listing(listing) = &self.source {
            judged = listing.judged().clone();
            self.outcome.skipped.unknown_age = judged.unknown_age;
        }
        let target = Target {
            text: self.target.found_in(&self.outcome.queues),
            matched: self.outcome.matched,
        };
        let record = self.inspector.record(Operation::Tasks(self.action), target);
        let broker = self.inspector.broker;
        let plan = Plan::new(broker, self.options, self.parts, self.outcome);
        Ok(plan
            .recorded_by(record)
            .with_edit(self.edit)
            .with_sample(self.sample, judged)
            .with_trims(trims))
    }

    /// Looks up some ids.
    async fn look_up(&mut self) -> Result<Option<u64>, Error> {
        let Source::Ids {
            named,
            queues,
            left,
        } = &mut self.source
        else {
            return Ok(None);
        };
        let ids: Vec<TaskId> = left.drain(..left.len().min(LOOK_UPS)).collect();
        if ids.is_empty() {
            return Ok(None);
        }
        let located = self.inspector.locate(named, queues, &ids).await?;
        for (id, queue) in located {
            match queue {
                Ok(queue) => self.add_named(queue, id).await?,
                Err(error) => {
                    let queue = error.subject().0.cloned();
                    self.outcome.add_failure(id, queue, error);
                }
            }
        }
        Ok(Some(ids.len() as u64))
    }

    /// Adds a task that was selected by id.
    async fn add_named(&mut self, queue: QueueName, id: TaskId) -> Result<(), Error> {
        if self.sample.len() < SAMPLE
            && let Some(task) = self.inspector.broker.find(&queue, &id).await?
        {
            self.sample.push(task);
        }
        let same =
            |part: &&mut Part| matches!(part, Part::Ids { queue: known, .. } if *known == queue);
        match self.parts.iter_mut().find(same) {
            Some(Part::Ids { ids, .. }) => ids.push_back(id),
            Some(Part::Pages { .. }) | None => self.parts.push(Part::Ids {
                queue,
                ids: [id].into(),
                named: true,
            }),
        }
        Ok(())
    }

    /// Reads some ids of whole containers.
    async fn count_ids(&mut self) -> Result<Option<u64>, Error> {
        let Source::Containers { places, walk, left } = &mut self.source else {
            return Ok(None);
        };
        let broker = &self.inspector.broker;
        while let Some(place) = places.front() {
            if *left == 0 {
                return Ok(None);
            }
            if walk.is_none() {
                *walk = Some(broker.walk(&place.queue, place.container.clone()));
                self.parts.push(Part::new_pages(place));
                if self.sample.len() < SAMPLE {
                    let tasks = broker
                        .walk(&place.queue, place.container.clone())
                        .tasks()
                        .await?;
                    let more = (SAMPLE - self.sample.len()).min(to_usize(*left));
                    self.sample.extend(tasks.into_iter().take(more));
                }
            }
            let ids = match walk {
                Some(walk) => walk.ids(IDS.min(*left)).await?,
                None => &[],
            };
            if ids.is_empty() {
                places.pop_front();
                *walk = None;
                continue;
            }
            let to = self.action.as_move().filter(|_| !self.options.ids);
            if let Some(Part::Pages { members, .. }) = self.parts.last_mut() {
                for id in ids {
                    members.add(id);
                }
                for block in to.iter().flat_map(|to| ids.chunks(step_size(*to))) {
                    members.add_block(Block {
                        count: block.len(),
                        digest: digest(&place.container, block),
                    });
                }
            }
            let count = ids.len() as u64;
            *left = left.saturating_sub(count);
            return Ok(Some(count));
        }
        Ok(None)
    }

    /// Adds a task that was read.
    fn add(&mut self, place: &Place, task: FoundTask) {
        let last = self.parts.last().filter(|part| part.is_of(place));
        if last.is_none() {
            self.parts.push(if by_id(self.action, &place.container) {
                Part::Ids {
                    queue: place.queue.clone(),
                    ids: VecDeque::new(),
                    named: false,
                }
            } else {
                Part::new_pages(place)
            });
        }
        match self.parts.last_mut() {
            Some(Part::Pages { members, .. }) => members.add(task.id.as_str().as_bytes()),
            Some(Part::Ids { ids, .. }) => ids.push_back(task.id.clone()),
            None => {}
        }
        if self.sample.len() < SAMPLE {
            self.sample.push(task);
        }
    }

    /// The number of tasks in each queue, most tasks first.
    fn by_queue(&self) -> Vec<(QueueName, u64)> {
        let mut counts: BTreeMap<&QueueName, u64> = BTreeMap::new();
        for part in &self.parts {
            *counts.entry(part.queue()).or_default() += part.len();
        }
        let counts = counts.into_iter().filter(|(_, tasks)| *tasks > 0);
        let mut counts: Vec<_> = counts
            .map(|(queue, tasks)| (queue.clone(), tasks))
            .collect();
        counts.sort_by_key(|(_, tasks)| Reverse(*tasks));
        counts
    }

    /// Tasks that an archive would lose, because it overflows.
    async fn trims(&self) -> Result<u64, Error> {
        if self.action != Action::Archive {
            return Ok(0);
        }
        let (mut lost, archive) = (0, Container::State(State::Archived));
        for (queue, more) in &self.outcome.queues {
            let archived = self.inspector.broker.count(queue, &archive).await?;
            lost += (archived + more).saturating_sub(MAX_ARCHIVED);
        }
        Ok(lost)
    }
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
