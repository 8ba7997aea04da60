//! The tasks of a selection, page by page, in the order in which `ls` shows them.

mod named;
#[cfg(feature = "page")]
mod paged;

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};

use self::named::Named;
use super::filter::Verdict;
use super::selection::Place;
use super::{Error, Filter, Inspector, Selection};
use crate::broker::records::FoundTask;
use crate::broker::{self, Broker, Walk};
use crate::task::{State, TaskId};

/// A walk through the containers of a selection, or through its ids.
#[derive(Debug)]
pub struct Listing {
    broker: Broker,
    /// The ids of the selection, which has no places then.
    named: Option<Named>,
    places: VecDeque<Place>,
    walk: Option<(Place, Walk)>,
    /// The ids of the last page of the walk that have been dealt with.
    reached: usize,
    filter: Filter,
    /// Tasks that may still be returned.
    left: u64,
    judged: Judged,
}

/// Tasks of unknown age that are named.
const MAX_NAMED: usize = 3;

/// What a filter has come across so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Judged {
    /// Tasks that were looked at.
    pub tasks: u64,
    /// Tasks left out because it is unknown for how long they have been in their state.
    pub unknown_age: u64,
    /// The first of these.
    pub first_of_unknown_age: Vec<TaskId>,
    /// Tasks left out because that is unknown of all tasks in their state, by state: active and scheduled ones.
    pub without_age: BTreeMap<State, u64>,
    /// Tasks left out because the expression failed on them.
    pub failed: u64,
    /// The first failure of the expression.
    pub first_failure: Option<String>,
    /// Containers that could not be listed: their keys hold something else.
    pub unreadable: Vec<String>,
    /// Why there is no task for some ids of the selection: no queue has them, or several.
    pub not_found: Vec<Error>,
}

impl Judged {
    /// Counts a task. Returns whether it matches.
    pub(super) fn add(&mut self, id: &TaskId, verdict: &Verdict) -> bool {
        self.tasks += 1;
        match verdict {
            Verdict::Matches => return true,
            Verdict::Differs => {}
            Verdict::UnknownAge => {
                self.unknown_age += 1;
                if self.first_of_unknown_age.len() < MAX_NAMED {
                    self.first_of_unknown_age.push(id.clone());
                }
            }
            Verdict::NoAge(state) => *self.without_age.entry(*state).or_default() += 1,
            Verdict::Failed(error) => {
                self.failed += 1;
                self.first_failure.get_or_insert(error.to_string());
            }
        }
        false
    }
}

/// Tasks of one container.
pub(super) struct ListedPage {
    pub(super) place: Place,
    pub(super) tasks: Vec<FoundTask>,
    /// Tasks that were looked at, including those left out.
    pub(super) seen: u64,
}

impl Inspector {
    /// The tasks of a selection in the order in which `ls` shows them, or in that of its ids. Without a state, those in
    /// all states.
    ///
    /// # Errors
    /// When the selection has both ids and filters, or a queue does not exist.
    pub async fn list(&self, selection: &Selection) -> Result<Listing, Error> {
        selection.check_listed()?;
        if let Some(ids) = &selection.ids {
            return Listing::of_ids(self, selection, ids).await;
        }
        let states = selection.states_or(&State::ALL)?;
        let places = self.places(selection, &states).await?;
        let mut listing = Listing::new(self.broker.clone(), places.found, selection);
        listing.note_unreadable(&places.unreadable);
        Ok(listing)
    }
}

impl Listing {
    pub(super) fn new(broker: Broker, places: Vec<Place>, selection: &Selection) -> Self {
        Self {
            broker,
            named: None,
            places: places.into(),
            walk: None,
            reached: 0,
            filter: selection.filter.clone(),
            left: selection.limit.unwrap_or(u64::MAX),
            judged: Judged::default(),
        }
    }

    /// The tasks of these ids, in the queues of the selection.
    pub(super) async fn of_ids(
        inspector: &Inspector,
        selection: &Selection,
        ids: &[TaskId],
    ) -> Result<Self, Error> {
        Ok(Self {
            named: Some(Named::new(inspector, selection, ids).await?),
            ..Self::new(inspector.broker().clone(), Vec::new(), selection)
        })
    }

    /// The next tasks, all in one queue and state unless they are selected by id; `None` when there are no more. A page
    /// is empty if none of its tasks matches the filter, or none of its ids has a task.
    ///
    /// # Errors
    /// [`Error::Filter`] when the expression cannot be used; [`Error::Broker`] otherwise.
    pub async fn next(&mut self, now: DateTime<Utc>) -> Result<Option<Vec<FoundTask>>, Error> {
        let Some(named) = &mut self.named else {
            return Ok(self.next_page(now).await?.map(|page| page.tasks));
        };
        let Some(looked_up) = named.look_up(self.left).await? else {
            return Ok(None);
        };
        let mut tasks = Vec::with_capacity(looked_up.len());
        for found in looked_up {
            match found {
                Ok(task) => tasks.push(task),
                Err(error) => self.judged.not_found.push(error),
            }
        }
        let count = tasks.len() as u64;
        self.left -= count;
        self.judged.tasks += count;
        Ok(Some(tasks))
    }

    /// The time by the clock of the Redis server.
    pub fn now(&self) -> DateTime<Utc> {
        self.broker.now()
    }

    /// Notes why some containers are not listed.
    pub(super) fn note_unreadable(&mut self, errors: &[broker::Error]) {
        let errors = errors.iter().map(ToString::to_string);
        self.judged.unreadable.extend(errors);
    }

    /// What the filter has come across so far.
    pub const fn judged(&self) -> &Judged {
        &self.judged
    }

    /// The next tasks of a selection without ids, and where they are.
    pub(super) async fn next_page(
        &mut self,
        now: DateTime<Utc>,
    ) -> Result<Option<ListedPage>, Error> {
        while self.left > 0 {
            let Some((place, walk)) = &mut self.walk else {
                let Some(place) = self.places.pop_front() else {
                    return Ok(None);
                };
                let walk = self.broker.walk(&place.queue, place.container.clone());
                self.walk = Some((place, walk));
                continue;
            };
            let found = match walk.tasks().await {
                // The tasks of other containers are listed nevertheless.
                Err(error @ broker::Error::WrongType { .. }) => {
                    self.judged.unreadable.push(error.to_string());
                    Vec::new()
                }
                found => found?,
            };
            if found.is_empty() {
                self.walk = None;
                continue;
            }
            let place = place.clone();
            let seen = found.len() as u64;
            let tasks = self.choose(found, place.orphaned, now).await?;
            self.reached = self.last_reached(tasks.last());
            return Ok(Some(ListedPage { place, tasks, seen }));
        }
        Ok(None)
    }

    /// The ids of the last page that have been dealt with: all, unless the limit was reached with the task `last`.
    fn last_reached(&self, last: Option<&FoundTask>) -> usize {
        let Some((_, walk)) = &self.walk else {
            return 0;
        };
        let last = last.filter(|_| self.left == 0);
        let is_last =
            |id: &Vec<u8>| last.is_some_and(|task| TaskId::from_stored(id.clone()) == task.id);
        let place = walk.page().iter().position(is_last);
        place.map_or(walk.page().len(), |place| place + 1)
    }

    /// Leaves out tasks that do not match, and those beyond the limit.
    async fn choose(
        &mut self,
        mut tasks: Vec<FoundTask>,
        orphaned: bool,
        now: DateTime<Utc>,
    ) -> Result<Vec<FoundTask>, Error> {
        if orphaned {
            tasks.retain(|task| task.orphaned(now));
        }
        let mut chosen = Vec::with_capacity(tasks.len());
        for (task, verdict) in self.filter.judge(tasks, now).await? {
            if self.left == 0 {
                break;
            }
            if self.judged.add(&task.id, &verdict) {
                self.left -= 1;
                chosen.push(task);
            }
        }
        Ok(chosen)
    }
}
