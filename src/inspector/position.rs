//! A place in a list of tasks, as text: the link to the next page carries it, so that the server keeps nothing.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};

use super::selection::Place;
use crate::broker::{Container, StoredId};

/// Ids behind the place that are kept, and their bytes in all: if some have left the container, the others show where
/// the list continues.
const MAX_IDS: usize = 10;
const MAX_BYTES: usize = 500;

/// The longest text that is read.
const MAX_TEXT: usize = 8192;

/// The largest place that is read. No container is larger.
const MAX_PASSED: u64 = 1 << 40;

/// A place in a list of tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    #[serde(rename = "q")]
    queue: String,
    #[serde(rename = "s")]
    state: String,
    #[serde(rename = "g", default)]
    group: String,
    #[serde(rename = "o", default)]
    orphaned: bool,
    /// Ids of the container that are behind the place.
    #[serde(rename = "p")]
    passed: u64,
    /// The last of them.
    #[serde(rename = "i")]
    behind: Vec<Vec<u8>>,
    /// Tasks that were shown before this place.
    #[serde(rename = "n", default)]
    pub(crate) shown: u64,
}

/// A text that is not a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the link to this page of the list is damaged")]
pub(crate) struct BadPosition;

impl Position {
    pub(super) fn new(place: &Place, passed: u64, behind: &[StoredId]) -> Self {
        let mut bytes = 0;
        let last = behind.iter().rev().take(MAX_IDS).take_while(|id| {
            bytes += id.len();
            bytes <= MAX_BYTES
        });
        let mut behind: Vec<StoredId> = last.cloned().collect();
        behind.reverse();
        Self {
            queue: place.queue.to_string(),
            state: place.container.state().name().to_owned(),
            group: place.container.group().to_owned(),
            orphaned: place.orphaned,
            passed,
            behind,
            shown: 0,
        }
    }

    pub(super) fn is_in(&self, place: &Place) -> bool {
        place.queue.as_str() == self.queue
            && place.container.state().name() == self.state
            && matches!(&place.container, Container::State(_)) == self.group.is_empty()
            && place.container.group() == self.group
            && place.orphaned == self.orphaned
    }

    /// How many ids of the container are behind it, and the last of them.
    pub(super) fn in_container(&self) -> (u64, Vec<StoredId>) {
        (self.passed, self.behind.clone())
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_vec(self).map_err(|_| fmt::Error)?;
        f.write_str(&BASE64.encode(json))
    }
}

impl FromStr for Position {
    type Err = BadPosition;

    fn from_str(text: &str) -> Result<Self, BadPosition> {
        if text.len() > MAX_TEXT {
            return Err(BadPosition);
        }
        let json = BASE64.decode(text).map_err(|_| BadPosition)?;
        let position: Self = serde_json::from_slice(&json).map_err(|_| BadPosition)?;
        let nowhere = position.passed > 0 && position.behind.is_empty();
        if position.passed > MAX_PASSED || nowhere {
            return Err(BadPosition);
        }
        Ok(position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::{QueueName, State};

    #[test]
    fn is_read_back_from_its_text() {
        let place = Place {
            queue: QueueName::new("a b/\u{1b}").unwrap(),
            container: Container::State(State::Retry),
            orphaned: false,
        };
        let ids: Vec<StoredId> = (0..100_u8).map(|n| vec![n, 0xff]).collect();
        let position = Position::new(&place, 100, &ids);
        let read: Position = position.to_string().parse().unwrap();
        assert_eq!(read, position);
        assert!(read.is_in(&place));
        assert_eq!(read.in_container(), (100, ids[90..].to_vec()));
        let long = vec![b"x".repeat(400); 3];
        assert_eq!(Position::new(&place, 3, &long).behind.len(), 1);
    }

    #[test]
    fn damaged_text_is_refused() {
        let damaged = [
            String::new(),
            "!".to_owned(),
            BASE64.encode("{}"),
            BASE64.encode(r#"{"q":"a","s":"retry","p":5,"i":[]}"#),
            BASE64.encode(r#"{"q":"a","s":"retry","p":9999999999999999,"i":[[97]]}"#),
            "A".repeat(10_000),
        ];
        for text in damaged {
            assert_eq!(text.parse::<Position>(), Err(BadPosition), "{text:.40}");
        }
    }
}
