//! A page of a list of tasks, for faces that show one page at a time, and the number of tasks that match.
//!
//! The work for a page is bounded: a filter that matches few tasks ends the page early, and the position says where
//! to go on.

use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::time::Instant;

use super::listing::Judged;
use super::position::Position;
use super::selection::{Places, StateFilter};
use super::{Error, Inspector, Listing, Selection};
use crate::broker::Container;
use crate::broker::records::{Figure, FoundTask, QueueStats};
use crate::task::{QueueName, State};

/// Queues asked at the same time.
const TOGETHER: usize = 100;

/// The size of a page, and the work that may go into it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub rows: u64,
    /// Tasks to look at.
    pub looks: u64,
    pub time: Duration,
}

/// A page of a list.
#[derive(Debug)]
pub(crate) struct TaskPage {
    pub tasks: Vec<FoundTask>,
    /// Where the list goes on; `None` at its end.
    pub next: Option<Position>,
    pub judged: Judged,
}

/// The number of tasks that match a selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Matching {
    Exactly(u64),
    /// Counting took too long.
    AtLeast(u64),
}

impl Inspector {
    /// One page of the tasks of a selection, in the order in which `ls` shows them, from a position on.
    ///
    /// # Errors
    /// As of [`Inspector::list`].
    pub(crate) async fn page(
        &self,
        selection: &Selection,
        from: Option<&Position>,
        bounds: Bounds,
    ) -> Result<TaskPage, Error> {
        let start = Instant::now();
        let shown = from.map_or(0, |from| from.shown);
        let left = selection.limit.unwrap_or(u64::MAX).saturating_sub(shown);
        let mut listing = self
            .filled_listing(selection, left.min(bounds.rows))
            .await?;
        if let Some(from) = from {
            listing.go_to(from);
        }
        let mut tasks = Vec::new();
        while listing.judged().tasks < bounds.looks && start.elapsed() < bounds.time {
            match listing.next(self.now()).await? {
                Some(some) => tasks.extend(some),
                None => break,
            }
        }
        let shown = shown + tasks.len() as u64;
        let mut next = None;
        if selection.limit.is_none_or(|limit| shown < limit) && listing.has_more().await? {
            next = listing.position().filter(Position::fits);
        }
        if let Some(next) = &mut next {
            next.shown = shown;
        }
        Ok(TaskPage {
            tasks,
            next,
            judged: listing.judged().clone(),
        })
    }

    /// The number of tasks of a selection. Without a filter the figures of the queues say it.
    ///
    /// # Errors
    /// As of [`Inspector::list`].
    pub(crate) async fn matching(
        &self,
        selection: &Selection,
        time: Duration,
    ) -> Result<Matching, Error> {
        let limit = selection.limit.unwrap_or(u64::MAX);
        let start = Instant::now();
        let orphaned = selection.states.contains(&StateFilter::Orphaned);
        if selection.filter.is_empty() && !orphaned && selection.ids.is_none() {
            return Ok(match self.sizes(selection, start + time).await? {
                Matching::Exactly(total) => Matching::Exactly(total.min(limit)),
                Matching::AtLeast(total) if total >= limit => Matching::Exactly(limit),
                Matching::AtLeast(total) => Matching::AtLeast(total),
            });
        }
        let mut listing = self.filled_listing(selection, limit).await?;
        let mut total = 0;
        while let Some(tasks) = listing.next(self.now()).await? {
            total += tasks.len() as u64;
            if start.elapsed() > time {
                return Ok(Matching::AtLeast(total));
            }
        }
        Ok(Matching::Exactly(total))
    }

    /// The number of tasks in the containers of a selection. What cannot be read counts as none.
    async fn sizes(&self, selection: &Selection, until: Instant) -> Result<Matching, Error> {
        let states = selection.states_or(&State::ALL)?;
        let queues = self.queues(&selection.queues).await?;
        let mut total = 0;
        if let Some(group) = &selection.group {
            let group = Container::Group(group.clone());
            for some in queues.chunks(TOGETHER) {
                let sizes = some.iter().map(|queue| self.size(queue, &group));
                total += try_join_all(sizes).await?.iter().sum::<u64>();
            }
            return Ok(Matching::Exactly(total));
        }
        let broker = self.broker();
        let mut figures = broker.all_ungrouped_stats(&queues, self.now()).await?;
        for queue in &figures {
            let counts = states
                .iter()
                .map(|filter| queue.counts.get(&filter.state()));
            total += counts.flatten().sum::<u64>();
        }
        if !states.contains(&StateFilter::In(State::Aggregating)) {
            return Ok(Matching::Exactly(total));
        }
        for queue in figures.iter_mut().filter(|queue| queue.groups > 0) {
            if Instant::now() > until {
                return Ok(Matching::AtLeast(total));
            }
            broker.count_grouped(queue).await?;
            total += queue.counts.get(&State::Aggregating).unwrap_or(&0);
        }
        Ok(Matching::Exactly(total))
    }

    /// The number of tasks in a container; 0 if it cannot be read.
    async fn size(&self, queue: &QueueName, container: &Container) -> Result<u64, Error> {
        match self.broker().count(queue, container).await {
            Err(error) if error.is_wrong_type() => Ok(0),
            size => Ok(size?),
        }
    }

    async fn filled_listing(&self, selection: &Selection, limit: u64) -> Result<Listing, Error> {
        selection.check_listed()?;
        let limited = selection.clone().limit(limit);
        if let Some(ids) = &selection.ids {
            return Listing::of_ids(self, &limited, ids).await;
        }
        let places = self.filled_places(selection).await?;
        let mut listing = Listing::new(self.broker().clone(), places.found, &limited);
        listing.note_unreadable(&places.unreadable);
        Ok(listing)
    }

    /// The containers of a selection that are not empty. There may be thousands of queues, so that their statistics,
    /// read together, are asked first.
    async fn filled_places(&self, selection: &Selection) -> Result<Places, Error> {
        let states = selection.states_or(&State::ALL)?;
        let queues = self.queues(&selection.queues).await?;
        let figures = self
            .broker()
            .all_ungrouped_stats(&queues, self.now())
            .await?;
        let mut places = Places::default();
        for queue in &figures {
            for filter in states.iter().filter(|filter| is_filled(queue, **filter)) {
                let group = selection.group.as_deref();
                self.add_places(&mut places, &queue.queue, (*filter, group))
                    .await?;
            }
        }
        Ok(places)
    }
}

/// Whether a queue has tasks in this state, as far as it can be known without counting those in groups.
fn is_filled(queue: &QueueStats, filter: StateFilter) -> bool {
    let (count, figure) = match filter.state() {
        State::Aggregating => (Some(queue.groups), Figure::Groups),
        state => (queue.counts.get(&state).copied(), Figure::Count(state)),
    };
    count.is_none_or(|count| count > 0) || !queue.knows(figure)
}
