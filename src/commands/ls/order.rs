//! Sorts the rows of a list by keys of their documents, or by columns of their table.

use std::cmp::Ordering;
use std::str::FromStr;

use chrono::DateTime;
use serde_json::Value;

use crate::error::Failure;
use crate::nearest::nearest;
use crate::view::{Cell, Column, Row};

/// A key, and the direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SortKey {
    name: String,
    direction: Direction,
}

/// Where the values of a key come from.
enum Source<R> {
    /// A key of the document.
    Key(&'static str),
    /// The cells of a column that shows no single key.
    Cells(fn(&R) -> Cell),
}

/// What rows are sorted by, one after the other.
pub(super) struct Order<R>(Vec<(Source<R>, Direction)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Ascending,
    Descending,
}

impl<R: Row> Order<R> {
    /// The order that the keys name: keys of the document, or titles of these columns.
    ///
    /// # Errors
    /// A name that is neither.
    pub(super) fn new(keys: &[SortKey], columns: &[Column<R>]) -> Result<Self, Failure> {
        let order = keys.iter().map(|key| {
            let source = Source::named(&key.name, columns).ok_or_else(|| unknown(key, columns))?;
            Ok((source, key.direction))
        });
        order.collect::<Result<_, _>>().map(Self)
    }
}

impl<R: Row> Source<R> {
    fn named(name: &str, columns: &[Column<R>]) -> Option<Self> {
        let key = |name: &str| R::FIELDS.iter().find(|key| **key == name).copied();
        if let Some(key) = key(name) {
            return Some(Self::Key(key));
        }
        let column = Column::named(columns, name)?;
        let shown = key(&column.name()).or(column.key);
        Some(shown.map_or(Self::Cells(column.cell), Self::Key))
    }
}

fn unknown<R: Row>(key: &SortKey, columns: &[Column<R>]) -> Failure {
    let titles: Vec<String> = columns.iter().map(Column::name).collect();
    let known = titles
        .iter()
        .map(String::as_str)
        .chain(R::FIELDS.iter().copied());
    let hint = match nearest(&key.name, known) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("use some of {}, or keys of -o json", titles.join(",")),
    };
    let what = format!(
        "{} have no column or key {:?} to sort by",
        R::PLURAL,
        key.name
    );
    Failure::usage(what, hint)
}

impl FromStr for SortKey {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.strip_prefix('-').unwrap_or(text);
        if name.is_empty() || name.starts_with('-') {
            return Err("not a key; use for example queue, or -pending for descending");
        }
        let direction = if name.len() < text.len() {
            Direction::Descending
        } else {
            Direction::Ascending
        };
        Ok(Self {
            name: name.to_owned(),
            direction,
        })
    }
}

/// Sorts rows; rows with equal values stay in their order, those without a value come last.
pub(super) fn sort<R: Row>(rows: &mut Vec<R>, Order(order): &Order<R>) -> serde_json::Result<()> {
    if order.is_empty() {
        return Ok(());
    }
    let mut keyed = Vec::with_capacity(rows.len());
    for row in rows.drain(..) {
        let document = serde_json::to_value(&row)?;
        let values: Vec<Value> = order
            .iter()
            .map(|(source, _)| match source {
                Source::Key(key) => document[key].clone(),
                Source::Cells(cell) => cell(&row).value(),
            })
            .collect();
        keyed.push((values, row));
    }
    keyed.sort_by(|(one, _), (other, _)| {
        let pairs = order.iter().zip(one.iter().zip(other));
        let mut orders =
            pairs.map(|((_, direction), (one, other))| compare(*direction, one, other));
        orders
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    });
    rows.extend(keyed.into_iter().map(|(_, row)| row));
    Ok(())
}

fn compare(direction: Direction, one: &Value, other: &Value) -> Ordering {
    let absent = one.is_null().cmp(&other.is_null());
    let order = match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            let number = |number: &serde_json::Number| number.as_f64().unwrap_or_default();
            number(one).total_cmp(&number(other))
        }
        (Value::String(one), Value::String(other)) => texts(one, other),
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        (one, other) => one.to_string().cmp(&other.to_string()),
    };
    absent.then(match direction {
        Direction::Ascending => order,
        Direction::Descending => order.reverse(),
    })
}

/// Times are compared as times: `09:00:00.5Z` is after `09:00:00Z`.
fn texts(one: &str, other: &str) -> Ordering {
    match [one, other].map(DateTime::parse_from_rfc3339) {
        [Ok(one), Ok(other)] => one.cmp(&other),
        _ => one.cmp(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::document;

    document! {
        struct Line {
            n: u64,
            count: Option<u64>,
            at: Option<DateTime<chrono::Utc>>,
            name: &'static str,
            size_bytes: u64,
        }
    }

    impl Row for Line {
        const PLURAL: &'static str = "lines";

        fn columns() -> Vec<Column<Self>> {
            vec![
                Column::number("HOW MANY", |line: &Self| {
                    line.count.map_or_else(Cell::unknown, Cell::count)
                })
                .short("MANY"),
                Column::whole("SINCE", |line: &Self| Cell::time(line.at)),
                Column::text("NAME", |_| Cell::text("all alike")),
                Column::text("SIZE", |line: &Self| {
                    Cell::text(line.size_bytes.to_string())
                })
                .sorted_by("size_bytes"),
            ]
        }

        fn id(&self) -> Option<&str> {
            None
        }
    }

    fn sorted(keys: &[&str]) -> Vec<u64> {
        let line = |n, count, at: Option<&str>, name, size_bytes| Line {
            n,
            count,
            at: at.map(|at| at.parse().unwrap()),
            name,
            size_bytes,
        };
        let mut lines = vec![
            line(1, Some(10), Some("2026-01-01T09:00:00.5Z"), "b", 10),
            line(2, Some(9), Some("2026-01-01T09:00:00Z"), "b", 9),
            line(3, None, None, "a", 8),
        ];
        let keys: Vec<SortKey> = keys.iter().map(|key| key.parse().unwrap()).collect();
        let order = Order::new(&keys, &Line::columns()).unwrap();
        sort(&mut lines, &order).unwrap();
        lines.iter().map(|line| line.n).collect()
    }

    #[test]
    fn rows_are_sorted_by_the_type_of_their_values() {
        assert_eq!(sorted(&[]), [1, 2, 3]);
        assert_eq!(sorted(&["count"]), [2, 1, 3]);
        assert_eq!(sorted(&["-count"]), [1, 2, 3]);
        assert_eq!(sorted(&["at"]), [2, 1, 3]);
        assert_eq!(sorted(&["name", "count"]), [3, 2, 1]);
        assert_eq!(sorted(&["name"]), [3, 1, 2]);
    }

    #[test]
    fn a_column_sorts_by_what_it_shows() {
        assert_eq!(sorted(&["how_many"]), [2, 1, 3]);
        assert_eq!(sorted(&["-MANY"]), [1, 2, 3]);
        assert_eq!(sorted(&["Since"]), [2, 1, 3]);
        // Not as text, and a key of the document comes before a column.
        assert_eq!(sorted(&["size"]), [3, 2, 1]);
        assert_eq!(sorted(&["NAME"]), [3, 1, 2]);
    }

    #[test]
    fn a_key_has_a_name() {
        for text in ["", "-", "--count"] {
            assert!(text.parse::<SortKey>().is_err(), "{text:?}");
        }
    }
}
