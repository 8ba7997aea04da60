//! A place in a list of tasks, as text: the link to the next page carries it, so that the server keeps nothing.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};

use super::selection::Place;
use crate::broker::{Container, StoredId};

/// Ids behind the place that are kept, and their bytes in all: if some have left the container, the others show where
/// the list continues. The last is kept however long it is.
const MAX_IDS: usize = 10;
const MAX_BYTES: usize = 500;

/// The longest text of a place. Links that are longer do not get through everywhere.
const MAX_TEXT: usize = 8192;

/// The largest place that is read. No container is larger.
const MAX_PASSED: u64 = 1 << 40;

/// A place in a list of tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    #[serde(rename = "a")]
    pub(super) at: At,
    /// Tasks that were shown before this place.
    #[serde(rename = "n", default)]
    pub(crate) shown: u64,
}

/// What a list goes through, and the place in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum At {
    #[serde(rename = "c")]
    Container(InContainer),
    /// The ids of the selection.
    #[serde(rename = "i")]
    Ids {
        #[serde(rename = "p")]
        passed: u64,
    },
}

/// A place in a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct InContainer {
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
    behind: Vec<Id>,
}

/// An id. Its bytes are not necessarily text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
struct Id(StoredId);

impl From<Id> for String {
    fn from(id: Id) -> Self {
        BASE64.encode(id.0)
    }
}

impl TryFrom<String> for Id {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        BASE64.decode(text).map(Self)
    }
}

/// A text that is not a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the link to this page of the list is damaged")]
pub(crate) struct BadPosition;

impl Position {
    /// Behind so many ids of a selection.
    pub(super) const fn in_ids(passed: u64) -> Self {
        Self {
            at: At::Ids { passed },
            shown: 0,
        }
    }

    pub(super) fn in_container(place: &Place, passed: u64, behind: &[StoredId]) -> Self {
        let mut bytes = 0;
        let kept = behind.iter().rev().take(MAX_IDS).take_while(|id| {
            let first = bytes == 0;
            bytes += id.len();
            first || bytes <= MAX_BYTES
        });
        let mut behind: Vec<Id> = kept.cloned().map(Id).collect();
        behind.reverse();
        let at = InContainer {
            queue: place.queue.to_string(),
            state: place.container.state().name().to_owned(),
            group: place.container.group().to_owned(),
            orphaned: place.orphaned,
            passed,
            behind,
        };
        Self {
            at: At::Container(at),
            shown: 0,
        }
    }

    /// Whether its text can be read again: names and ids of other clients may be too long.
    pub(super) fn fits(&self) -> bool {
        self.to_string().len() <= MAX_TEXT
    }

    const fn passed(&self) -> u64 {
        match &self.at {
            At::Container(at) => at.passed,
            At::Ids { passed } => *passed,
        }
    }
}

impl InContainer {
    pub(super) fn is_in(&self, place: &Place) -> bool {
        place.queue.as_str() == self.queue
            && place.container.state().name() == self.state
            && matches!(&place.container, Container::State(_)) == self.group.is_empty()
            && place.container.group() == self.group
            && place.orphaned == self.orphaned
    }

    /// How many ids of the container are behind it, and the last of them.
    pub(super) fn passed(&self) -> (u64, Vec<StoredId>) {
        let behind = self.behind.iter().map(|id| id.0.clone());
        (self.passed, behind.collect())
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
        let nowhere = match &position.at {
            At::Container(at) => at.passed > 0 && at.behind.is_empty(),
            At::Ids { .. } => false,
        };
        if position.passed() > MAX_PASSED || nowhere {
            return Err(BadPosition);
        }
        Ok(position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::{QueueName, State};

    fn place() -> Place {
        Place {
            queue: QueueName::new("a b/\u{1b}").unwrap(),
            container: Container::State(State::Retry),
            orphaned: false,
        }
    }

    fn read(position: &Position) -> InContainer {
        let read: Position = position.to_string().parse().unwrap();
        assert_eq!(read, *position);
        match read.at {
            At::Container(at) => at,
            At::Ids { .. } => panic!("{read:?}"),
        }
    }

    #[test]
    fn is_read_back_from_its_text() {
        let ids: Vec<StoredId> = (0..100_u8).map(|n| vec![n, 0xff]).collect();
        let read = read(&Position::in_container(&place(), 100, &ids));
        assert!(read.is_in(&place()));
        assert_eq!(read.passed(), (100, ids[90..].to_vec()));
        let in_ids = Position::in_ids(70);
        assert_eq!(in_ids.to_string().parse(), Ok(in_ids));
    }

    #[test]
    fn the_last_id_is_kept_however_long_it_is() {
        for length in [400, 600, 3000] {
            let ids = vec![b"x".repeat(length); 3];
            let position = Position::in_container(&place(), 3, &ids);
            assert!(position.fits(), "{length}");
            assert_eq!(read(&position).passed(), (3, ids[2..].to_vec()));
        }
        let ids = [b"x".repeat(10_000)];
        assert!(!Position::in_container(&place(), 1, &ids).fits());
    }

    #[test]
    fn its_text_is_short() {
        let ids = vec![uuid::Uuid::new_v4().to_string().into_bytes(); 20];
        let text = Position::in_container(&place(), 20, &ids).to_string();
        assert!(text.len() < 900, "{}", text.len());
    }

    #[test]
    fn damaged_text_is_refused() {
        let damaged = [
            String::new(),
            "!".to_owned(),
            BASE64.encode("{}"),
            BASE64.encode(r#"{"a":{"c":{"q":"a","s":"retry","p":5,"i":[]}}}"#),
            BASE64.encode(r#"{"a":{"c":{"q":"a","s":"retry","p":5,"i":["!"]}}}"#),
            BASE64.encode(r#"{"a":{"c":{"q":"a","s":"retry","p":9999999999999999,"i":["YQ"]}}}"#),
            BASE64.encode(r#"{"a":{"i":{"p":9999999999999999}}}"#),
            "A".repeat(10_000),
        ];
        for text in damaged {
            assert_eq!(text.parse::<Position>(), Err(BadPosition), "{text:.40}");
        }
    }
}
