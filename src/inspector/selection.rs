//! Selects tasks: by id, or by queue, state, group and filter.

use std::str::FromStr;

use super::distinct::distinct;
use super::{Error, Filter, Inspector};
use crate::broker::{self, Container};
use crate::task::transition::{Action, after_orphaned};
use crate::task::{QueueName, State, TaskId};

/// A set of tasks, named by id or described.
///
/// ```
/// use qctl::inspector::Selection;
/// use qctl::task::State;
/// let archived = Selection::queue("critical")?.state(State::Archived);
/// # Ok::<(), qctl::task::NameError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Selection {
    /// Queues, by name or by a glob with `*` and `?`. None means all queues.
    pub queues: Vec<QueueName>,
    /// Ids of tasks; `None` when they are described instead.
    pub ids: Option<Vec<TaskId>>,
    /// States; none means the default states of the action.
    pub states: Vec<StateFilter>,
    /// The group they wait in.
    pub group: Option<String>,
    /// Further conditions on the tasks.
    pub filter: Filter,
    /// The largest number of tasks, the first in the order in which `ls` shows them.
    pub limit: Option<u64>,
}

/// A state as a selection names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StateFilter {
    /// Tasks in this state.
    In(State),
    /// Active tasks that no server holds: their lease has expired, or they have none.
    Orphaned,
}

/// A text that names no state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown task state {0:?}")]
pub struct UnknownStateFilter(String);

impl StateFilter {
    /// Every state in the order in which `ls` shows them, then `orphaned`.
    pub const ALL: [Self; 9] = [
        Self::In(State::Active),
        Self::In(State::Pending),
        Self::In(State::Scheduled),
        Self::In(State::Retry),
        Self::In(State::Archived),
        Self::In(State::Completed),
        Self::In(State::Aggregating),
        Self::In(State::Aside),
        Self::Orphaned,
    ];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::In(state) => state.name(),
            Self::Orphaned => "orphaned",
        }
    }

    /// The state of the tasks.
    pub const fn state(self) -> State {
        match self {
            Self::In(state) => state,
            Self::Orphaned => State::Active,
        }
    }
}

impl From<State> for StateFilter {
    fn from(state: State) -> Self {
        Self::In(state)
    }
}

impl FromStr for StateFilter {
    type Err = UnknownStateFilter;

    fn from_str(text: &str) -> Result<Self, UnknownStateFilter> {
        let mut all = Self::ALL.into_iter();
        all.find(|filter| filter.name() == text)
            .ok_or_else(|| UnknownStateFilter(text.to_owned()))
    }
}

/// A container of a queue whose tasks a selection covers.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) queue: QueueName,
    pub(super) container: Container,
    /// Whether only its orphaned tasks are selected.
    pub(super) orphaned: bool,
}

/// The containers that a selection covers.
#[derive(Debug, Default)]
pub(super) struct Places {
    pub(super) found: Vec<Place>,
    /// Why those of other groups are not known.
    pub(super) unreadable: Vec<broker::Error>,
}

impl Selection {
    /// All tasks of a queue, or of those that a glob matches.
    ///
    /// # Errors
    /// [`NameError`](crate::task::NameError) when the name is blank.
    pub fn queue(name: &str) -> Result<Self, crate::task::NameError> {
        Ok(Self {
            queues: vec![QueueName::new(name)?],
            ..Self::default()
        })
    }

    /// Tasks by id, in whatever queue.
    pub fn ids(ids: impl IntoIterator<Item = TaskId>) -> Self {
        Self {
            ids: Some(distinct(&Vec::from_iter(ids))),
            ..Self::default()
        }
    }

    /// These tasks, by their ids in their queues.
    pub(crate) fn of_tasks(tasks: &[(QueueName, TaskId)]) -> Self {
        let queues: Vec<QueueName> = tasks.iter().map(|(queue, _)| queue.clone()).collect();
        Self {
            queues: distinct(&queues),
            ..Self::ids(tasks.iter().map(|(_, id)| id.clone()))
        }
    }

    /// Only tasks in this state, or in those given before.
    #[must_use]
    pub fn state(mut self, state: impl Into<StateFilter>) -> Self {
        self.states.push(state.into());
        self
    }

    /// Only tasks that wait in this group.
    #[must_use]
    pub fn group(mut self, name: impl Into<String>) -> Self {
        self.group = Some(name.into());
        self
    }

    /// Only tasks that the filter matches.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// Only the first `limit` tasks.
    #[must_use]
    pub const fn limit(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The states to look into; `default` when none is named.
    pub(super) fn states_or(&self, default: &[State]) -> Result<Vec<StateFilter>, Error> {
        if self.group.is_some() {
            let aggregating = StateFilter::In(State::Aggregating);
            let other = self.states.iter().any(|state| *state != aggregating);
            return if other {
                Err(Error::GroupAndState)
            } else {
                Ok(vec![aggregating])
            };
        }
        let states = if self.states.is_empty() {
            default.iter().copied().map(StateFilter::In).collect()
        } else {
            distinct(&self.states)
        };
        let plain: Vec<State> = states.iter().map(|filter| filter.state()).collect();
        let has_age = plain.iter().any(|state| state.has_age());
        if self.filter.asks_for_age() && !states.is_empty() && !has_age {
            return Err(Error::NoAge(distinct(&plain)));
        }
        Ok(states)
    }

    /// The states that an action on this selection touches.
    ///
    /// # Errors
    /// When the selection says too little or too much for the action, or the action leaves one of the states alone.
    pub(super) fn states_for(&self, action: Action) -> Result<Vec<StateFilter>, Error> {
        if self.queues.is_empty() {
            return Err(Error::NoTarget(action));
        }
        let states = self.states_or(action.default_states())?;
        if states.is_empty() {
            return Err(Error::NoState(action));
        }
        for filter in &states {
            let after = match filter {
                StateFilter::In(state) => state.after(action),
                StateFilter::Orphaned => after_orphaned(action),
            };
            if let Err(refusal) = after {
                return Err(Error::StateRefused {
                    action,
                    state: filter.state(),
                    refusal,
                });
            }
        }
        Ok(states)
    }

    /// Whether an action may be asked for on all these tasks.
    ///
    /// # Errors
    /// Why not, before any task is looked at.
    pub fn allows(&self, action: Action) -> Result<(), Error> {
        match self.ids {
            Some(_) => self.check(),
            None => self.states_for(action).map(drop),
        }
    }

    /// Refuses ids combined with other conditions.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.ids.is_some() && self.limit.is_some() {
            return Err(Error::IdsAndFilters);
        }
        self.check_listed()
    }

    /// The same for a list, of which a limit shows the first tasks.
    pub(super) fn check_listed(&self) -> Result<(), Error> {
        let described = !self.states.is_empty() || self.group.is_some();
        if self.ids.is_some() && (described || !self.filter.is_empty()) {
            return Err(Error::IdsAndFilters);
        }
        Ok(())
    }
}

impl Inspector {
    /// The containers that a selection covers, in the order in which `ls` shows them.
    pub(super) async fn places(
        &self,
        selection: &Selection,
        states: &[StateFilter],
    ) -> Result<Places, Error> {
        let mut places = Places::default();
        for queue in self.queues(&selection.queues).await? {
            for filter in states {
                let group = selection.group.as_deref();
                self.add_places(&mut places, &queue, (*filter, group))
                    .await?;
            }
        }
        Ok(places)
    }

    /// Adds the containers of a queue for a state: several for `aggregating` unless the group is named.
    pub(super) async fn add_places(
        &self,
        places: &mut Places,
        queue: &QueueName,
        (filter, group): (StateFilter, Option<&str>),
    ) -> Result<(), Error> {
        let place = |container| Place {
            queue: queue.clone(),
            container,
            orphaned: filter == StateFilter::Orphaned,
        };
        match (filter.state(), group) {
            (State::Aggregating, Some(group)) => {
                places.found.push(place(Container::Group(group.to_owned())));
            }
            (State::Aggregating, None) => match self.group_names(queue).await {
                Err(error @ broker::Error::WrongType { .. }) => places.unreadable.push(error),
                groups => {
                    let groups = groups?.into_iter().map(Container::Group);
                    places.found.extend(groups.map(place));
                }
            },
            (state, _) => places.found.push(place(Container::State(state))),
        }
        Ok(())
    }

    pub(super) async fn group_names(
        &self,
        queue: &QueueName,
    ) -> Result<Vec<String>, broker::Error> {
        let mut names = Vec::new();
        let mut pages = self.broker.groups(queue);
        while let Some(groups) = pages.next().await? {
            names.extend(groups.into_iter().map(|group| group.group));
        }
        // A scan may return a name twice.
        Ok(distinct(&names))
    }
}
