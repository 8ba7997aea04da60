//! A page of a list of tasks, for faces that show one page at a time, and the number of tasks that match.
//!
//! The work for a page is bounded: a filter that matches few tasks ends the page early, and the position says where
//! to go on.

use std::time::Duration;

use tokio::time::Instant;

use super::listing::Judged;
use super::position::Position;
use super::selection::{Places, StateFilter};
use super::{Error, Inspector, Listing, Selection};
use crate::broker::records::{Figure, FoundTask, QueueStats};
use crate::task::State;

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
    /// Ids of the selection without a task, or with several.
    pub not_found: Vec<Error>,
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
        if selection.ids.is_some() {
            return self.named(selection, bounds).await;
        }
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
            next = listing.position();
        }
        if let Some(next) = &mut next {
            next.shown = shown;
        }
        Ok(TaskPage {
            tasks,
            next,
            judged: listing.judged().clone(),
            not_found: Vec::new(),
        })
    }

    /// The number of tasks of a selection. Without a filter the sizes of the containers say it.
    ///
    /// # Errors
    /// As of [`Inspector::list`].
    pub(crate) async fn matching(
        &self,
        selection: &Selection,
        time: Duration,
    ) -> Result<Matching, Error> {
        let limit = selection.limit.unwrap_or(u64::MAX);
        if let Some(ids) = &selection.ids {
            return Ok(Matching::Exactly(ids.len() as u64));
        }
        let start = Instant::now();
        let orphaned = selection.states.contains(&StateFilter::Orphaned);
        if selection.filter.is_empty() && !orphaned {
            let mut total = 0;
            for place in self.filled_places(selection).await?.found {
                match self.broker().count(&place.queue, &place.container).await {
                    Err(error) if error.is_wrong_type() => {}
                    count => total += count?,
                }
            }
            return Ok(Matching::Exactly(total.min(limit)));
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

    async fn filled_listing(&self, selection: &Selection, limit: u64) -> Result<Listing, Error> {
        let places = self.filled_places(selection).await?;
        let limited = selection.clone().limit(limit);
        let mut listing = Listing::new(self.broker().clone(), places.found, &limited);
        listing.note_unreadable(&places.unreadable);
        Ok(listing)
    }

    /// Tasks by id, without pages.
    async fn named(&self, selection: &Selection, bounds: Bounds) -> Result<TaskPage, Error> {
        selection.check()?;
        let ids = selection.ids.as_deref().unwrap_or_default();
        let rows = usize::try_from(bounds.rows).unwrap_or(usize::MAX);
        let queues = self.queues(&selection.queues).await?;
        let mut page = TaskPage {
            tasks: Vec::new(),
            next: None,
            judged: Judged::default(),
            not_found: Vec::new(),
        };
        let some = &ids[..ids.len().min(rows)];
        for (id, queue) in self.locate(&selection.queues, &queues, some).await? {
            match queue {
                Ok(queue) => page.tasks.extend(self.broker().find(&queue, &id).await?),
                Err(error) => page.not_found.push(error),
            }
        }
        Ok(page)
    }

    /// The containers of a selection that are not empty. There may be thousands of queues, so that their statistics,
    /// read together, are asked first.
    async fn filled_places(&self, selection: &Selection) -> Result<Places, Error> {
        selection.check()?;
        let states = selection.states_or(&State::ALL)?;
        let queues = self.queues(&selection.queues).await?;
        let figures = self.broker().stats(&queues, self.now()).await?;
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

/// Whether a queue has tasks in this state, as far as it can be known.
fn is_filled(queue: &QueueStats, filter: StateFilter) -> bool {
    let state = filter.state();
    let figure = match state {
        State::Aggregating => Figure::Groups,
        state => Figure::Count(state),
    };
    queue.counts.get(&state).is_none_or(|count| *count > 0) || !queue.knows(figure)
}
