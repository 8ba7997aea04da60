//! Tasks of one queue that are changed in the same way.

use std::collections::VecDeque;

use super::members::Members;
use super::selection::Place;
use crate::broker::Container;
use crate::task::{QueueName, TaskId};

/// Tasks of one queue that are changed in the same way.
#[derive(Debug)]
pub(super) enum Part {
    /// Tasks of one container.
    Pages {
        queue: QueueName,
        container: Container,
        members: Members,
    },
    /// Tasks known by id.
    Ids {
        queue: QueueName,
        ids: VecDeque<TaskId>,
        /// The user gave these ids, so each one that cannot be changed is reported.
        named: bool,
    },
}

impl Part {
    pub(super) fn new_pages(place: &Place) -> Self {
        Self::Pages {
            queue: place.queue.clone(),
            container: place.container.clone(),
            members: Members::new(),
        }
    }

    pub(super) const fn queue(&self) -> &QueueName {
        match self {
            Self::Pages { queue, .. } | Self::Ids { queue, .. } => queue,
        }
    }

    /// Number of tasks.
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Pages { members, .. } => members.len(),
            Self::Ids { ids, .. } => ids.len() as u64,
        }
    }

    /// Whether it holds tasks of this place.
    pub(super) fn is_of(&self, place: &Place) -> bool {
        match self {
            Self::Pages {
                queue, container, ..
            } => *queue == place.queue && *container == place.container,
            Self::Ids { queue, named, .. } => !named && *queue == place.queue,
        }
    }
}
