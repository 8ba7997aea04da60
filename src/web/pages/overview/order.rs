//! The order of the queues: by trouble, or by a column.

use std::cmp::Reverse;

use crate::document::queue::QueueDocument;
use crate::web::parts::sort::Direction;
use crate::web::state::Shared;

/// What the queues are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Name,
    Pending,
    Active,
    Retry,
    Archived,
    Latency,
    Errors,
}

impl Key {
    /// The columns that queues can be sorted by, from left to right.
    pub(super) const ALL: [Self; 7] = [
        Self::Name,
        Self::Pending,
        Self::Active,
        Self::Retry,
        Self::Archived,
        Self::Latency,
        Self::Errors,
    ];

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Name => "Queue",
            Self::Pending => "Pending",
            Self::Active => "Active",
            Self::Retry => "Retry",
            Self::Archived => "Archived",
            Self::Latency => "Latency",
            Self::Errors => "Errors",
        }
    }

    pub(super) const fn is_number(self) -> bool {
        !matches!(self, Self::Name)
    }

    /// As a parameter of an address.
    const fn name(self) -> &'static str {
        match self {
            Self::Name => "queue",
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Retry => "retry",
            Self::Archived => "archived",
            Self::Latency => "latency",
            Self::Errors => "errors",
        }
    }

    /// Names begin with the first letter, figures with the largest.
    const fn first_direction(self) -> Direction {
        match self {
            Self::Name => Direction::Ascending,
            Self::Pending
            | Self::Active
            | Self::Retry
            | Self::Archived
            | Self::Latency
            | Self::Errors => Direction::Descending,
        }
    }
}

/// A column and a direction; without a column, by trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order(Option<(Key, Direction)>);

impl Order {
    /// From the parameters of an address. What is unknown there means by trouble.
    pub(super) fn new(key: &str, direction: &str) -> Self {
        let key = Key::ALL.into_iter().find(|each| each.name() == key);
        Self(key.map(|key| {
            let first = key.first_direction();
            let turned = direction == first.other().name();
            (key, if turned { first.other() } else { first })
        }))
    }

    /// The direction of a column, if the queues are sorted by it.
    pub(super) fn direction_of(self, key: Key) -> Option<Direction> {
        let (sorted, direction) = self.0?;
        (sorted == key).then_some(direction)
    }

    /// The address that sorts by a column, or the other way round if the queues are sorted by it.
    pub(super) fn link(self, shared: &Shared, key: Key, name: &str) -> String {
        let direction = self
            .direction_of(key)
            .map_or(key.first_direction(), Direction::other);
        let parameters = [
            ("sort", key.name()),
            ("dir", direction.name()),
            ("name", name),
        ];
        let given = if name.is_empty() { 2 } else { 3 };
        shared.link("/", &parameters[..given])
    }

    /// Sorts the queues. Those that are equal stay by name.
    pub(super) fn sort(self, queues: &mut [QueueDocument]) {
        queues.sort_by(|one, other| one.queue.cmp(&other.queue));
        let Some((key, direction)) = self.0 else {
            queues.sort_by_key(|queue| {
                Reverse((
                    queue.latency_seconds,
                    queue.retry,
                    queue.pending,
                    queue.archived,
                ))
            });
            return;
        };
        match key {
            Key::Name => {}
            Key::Pending => queues.sort_by_key(|queue| queue.pending),
            Key::Active => queues.sort_by_key(|queue| queue.active),
            Key::Retry => queues.sort_by_key(|queue| queue.retry),
            Key::Archived => queues.sort_by_key(|queue| queue.archived),
            Key::Latency => queues.sort_by_key(|queue| queue.latency_seconds),
            Key::Errors => queues.sort_by(|one, other| {
                let rate = |queue: &QueueDocument| queue.error_rate.unwrap_or(-1.0);
                rate(one).total_cmp(&rate(other))
            }),
        }
        if direction == Direction::Descending {
            queues.reverse();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(name: &str, pending: u64) -> QueueDocument {
        QueueDocument {
            queue: Some(name.to_owned()),
            pending: Some(pending),
            ..QueueDocument::default()
        }
    }

    fn sorted(key: &str, direction: &str) -> Vec<String> {
        let mut queues = [queue("b", 1), queue("a", 3), queue("c", 2)];
        Order::new(key, direction).sort(&mut queues);
        queues.into_iter().filter_map(|queue| queue.queue).collect()
    }

    #[test]
    fn queues_are_sorted_by_each_way() {
        assert_eq!(sorted("pending", ""), ["a", "c", "b"]);
        assert_eq!(sorted("pending", "asc"), ["b", "c", "a"]);
        assert_eq!(sorted("queue", ""), ["a", "b", "c"]);
        assert_eq!(sorted("queue", "desc"), ["c", "b", "a"]);
        assert_eq!(sorted("<script>", "up"), ["a", "c", "b"]);
    }
}
