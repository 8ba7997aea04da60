//! The order of the queues: by trouble, or by a column.

use std::cmp::{Ordering, Reverse};

use maud::{Markup, html};

use crate::document::overview::QueueRow;
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
    Workers,
}

impl Key {
    /// The columns that queues can be sorted by, from left to right.
    pub(super) const ALL: [Self; 8] = [
        Self::Name,
        Self::Pending,
        Self::Active,
        Self::Retry,
        Self::Archived,
        Self::Latency,
        Self::Errors,
        Self::Workers,
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
            Self::Workers => "Workers",
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
            Self::Workers => "workers",
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
            | Self::Errors
            | Self::Workers => Direction::Descending,
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

    /// The same order as fields of a form.
    pub(super) fn fields(self) -> Markup {
        html! {
            @if let Some((key, direction)) = self.0 {
                input type="hidden" name="sort" value=(key.name());
                input type="hidden" name="dir" value=(direction.name());
            }
        }
    }

    /// Sorts the queues. Those that are equal stay by name.
    pub(super) fn sort(self, queues: &mut [&QueueRow]) {
        queues.sort_by(|one, other| one.name.cmp(&other.name));
        let Some((key, direction)) = self.0 else {
            queues.sort_by_key(|row| (row.severity.is_none(), row.severity, Reverse(weight(row))));
            return;
        };
        // Names are in their order already. Equal rows stay by name in both directions.
        if key == Key::Name {
            if direction == Direction::Descending {
                queues.reverse();
            }
            return;
        }
        queues.sort_by(|one, other| {
            let order = key.compare(one, other);
            match direction {
                Direction::Ascending => order,
                Direction::Descending => order.reverse(),
            }
        });
    }
}

/// What makes one queue worse than another of the same severity.
fn weight(row: &QueueRow) -> impl Ord + use<> {
    let figures = &row.figures;
    (
        figures.latency_seconds,
        figures.retry,
        figures.pending,
        figures.archived,
    )
}

impl Key {
    fn compare(self, one: &QueueRow, other: &QueueRow) -> Ordering {
        let (left, right) = (&one.figures, &other.figures);
        match self {
            Self::Name => one.name.cmp(&other.name),
            Self::Pending => left.pending.cmp(&right.pending),
            Self::Active => left.active.cmp(&right.active),
            Self::Retry => left.retry.cmp(&right.retry),
            Self::Archived => left.archived.cmp(&right.archived),
            Self::Latency => left.latency_seconds.cmp(&right.latency_seconds),
            Self::Errors => {
                let rate = |rate: Option<f64>| rate.unwrap_or(-1.0);
                rate(left.error_rate).total_cmp(&rate(right.error_rate))
            }
            Self::Workers => one.servers.cmp(&other.servers),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::trouble::Severity;
    use crate::task::QueueName;

    fn queue(name: &str, pending: u64) -> QueueRow {
        let mut row = QueueRow::new(QueueName::new(name).unwrap());
        row.figures.pending = Some(pending);
        row
    }

    fn sorted(key: &str, direction: &str) -> Vec<String> {
        let mut rows = [queue("b", 1), queue("a", 3), queue("c", 2), queue("d", 2)];
        rows[2].severity = Some(Severity::Warning);
        let mut queues: Vec<_> = rows.iter().collect();
        Order::new(key, direction).sort(&mut queues);
        queues.iter().map(|row| row.name.to_string()).collect()
    }

    #[test]
    fn queues_are_sorted_by_each_way() {
        assert_eq!(sorted("pending", ""), ["a", "c", "d", "b"]);
        assert_eq!(sorted("pending", "asc"), ["b", "c", "d", "a"]);
        assert_eq!(sorted("queue", ""), ["a", "b", "c", "d"]);
        assert_eq!(sorted("queue", "desc"), ["d", "c", "b", "a"]);
        // By trouble.
        assert_eq!(sorted("<script>", "up"), ["c", "a", "d", "b"]);
    }
}
