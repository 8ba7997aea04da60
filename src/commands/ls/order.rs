//! Sorts the rows of a list by keys of their documents.

use std::cmp::Ordering;
use std::str::FromStr;

use chrono::DateTime;
use serde::Serialize;
use serde_json::Value;

/// A key, and the direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SortKey {
    name: String,
    descending: bool,
}

impl SortKey {
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

impl FromStr for SortKey {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.strip_prefix('-').unwrap_or(text);
        if name.is_empty() || name.starts_with('-') {
            return Err("not a key; use for example queue, or -pending for descending");
        }
        Ok(Self {
            name: name.to_owned(),
            descending: name.len() < text.len(),
        })
    }
}

/// Sorts rows by these keys; rows with equal values stay in their order, those without a value come last.
pub(super) fn sort<R: Serialize>(rows: &mut Vec<R>, keys: &[SortKey]) -> serde_json::Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    let mut keyed = Vec::with_capacity(rows.len());
    for row in rows.drain(..) {
        let mut document = serde_json::to_value(&row)?;
        let values: Vec<Value> = keys.iter().map(|key| document[&key.name].take()).collect();
        keyed.push((values, row));
    }
    keyed.sort_by(|(one, _), (other, _)| {
        let pairs = keys.iter().zip(one.iter().zip(other));
        let mut orders = pairs.map(|(key, (one, other))| compare(key, one, other));
        orders
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    });
    rows.extend(keyed.into_iter().map(|(_, row)| row));
    Ok(())
}

fn compare(key: &SortKey, one: &Value, other: &Value) -> Ordering {
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
    let order = if key.descending {
        order.reverse()
    } else {
        order
    };
    absent.then(order)
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
    use serde_json::json;

    use super::*;

    fn sorted(keys: &[&str], rows: &[Value]) -> Vec<u64> {
        let keys: Vec<SortKey> = keys.iter().map(|key| key.parse().unwrap()).collect();
        let mut rows = rows.to_vec();
        sort(&mut rows, &keys).unwrap();
        rows.iter().map(|row| row["n"].as_u64().unwrap()).collect()
    }

    #[test]
    fn rows_are_sorted_by_the_type_of_their_values() {
        let rows = [
            json!({"n": 1, "count": 10, "at": "2026-01-01T09:00:00.5Z", "name": "b"}),
            json!({"n": 2, "count": 9, "at": "2026-01-01T09:00:00Z", "name": "b"}),
            json!({"n": 3, "count": null, "at": null, "name": "a"}),
        ];
        assert_eq!(sorted(&[], &rows), [1, 2, 3]);
        assert_eq!(sorted(&["count"], &rows), [2, 1, 3]);
        assert_eq!(sorted(&["-count"], &rows), [1, 2, 3]);
        assert_eq!(sorted(&["at"], &rows), [2, 1, 3]);
        assert_eq!(sorted(&["name", "count"], &rows), [3, 2, 1]);
        assert_eq!(sorted(&["name"], &rows), [3, 1, 2]);
    }

    #[test]
    fn a_key_has_a_name() {
        for text in ["", "-", "--count"] {
            assert!(text.parse::<SortKey>().is_err(), "{text:?}");
        }
    }
}
