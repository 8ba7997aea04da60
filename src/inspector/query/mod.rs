//! The selection language: one line of text that describes tasks, for the boxes of the page and the dashboard.
//!
//! ```text
//! queue:critical state:retry,archived type:email:* older:1h error:"connection refused" .payload.user_id == 42
//! ```
//!
//! A query is a [`Selection`] in words: keys are the long options of the command line. What begins like a jq filter is
//! one, to the end. `text_of` is the way back.

mod complete;
mod error;
mod key;
mod quote;
mod reader;
mod selected;
mod write;

#[cfg(test)]
mod tests;

pub use complete::{Known, Suggestion, complete};
pub use error::QueryError;
pub use write::text_of;

use super::Selection;
use crate::task::QueueName;
use key::Key;
use reader::{MAX_CHARACTERS, Reader, Term};
use selected::Selected;

/// A text in the selection language, and what it selects.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    text: String,
    selection: Selection,
}

impl Default for Query {
    /// Selects every task.
    fn default() -> Self {
        Selection::default().into()
    }
}

impl From<Selection> for Query {
    fn from(selection: Selection) -> Self {
        Self {
            text: text_of(&selection),
            selection,
        }
    }
}

/// The queues that a text begins with, whatever follows them: targets in the audit stream may be cut, or end in other words.
pub(super) fn queues_of(text: &str) -> Vec<QueueName> {
    let characters: Vec<char> = text.chars().take(MAX_CHARACTERS).collect();
    match Reader::new(&characters).term() {
        Ok(Some(Term::Values {
            key: Key::Queue,
            values,
            ..
        })) => {
            let names = values.into_iter();
            names
                .filter_map(|value| QueueName::new(value.text).ok())
                .collect()
        }
        Ok(_) | Err(_) => Vec::new(),
    }
}

impl Query {
    /// Reads a query. A blank text selects every task.
    ///
    /// # Errors
    /// The first mistake, with its column.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let characters: Vec<char> = text.chars().take(MAX_CHARACTERS + 1).collect();
        if characters.len() > MAX_CHARACTERS {
            return Err(QueryError::new(
                MAX_CHARACTERS,
                format!("a selection has at most {MAX_CHARACTERS} characters"),
                "use globs and a jq filter instead of long lists",
            ));
        }
        let mut reader = Reader::new(&characters);
        let mut selected = Selected::default();
        while let Some(term) = reader.term()? {
            match term {
                Term::Values { key, at, values } => selected.set(key, at, values)?,
                Term::Filter(filter) => selected.set_filter(filter)?,
            }
        }
        Ok(Self {
            text: text.trim().to_owned(),
            selection: selected.finish()?,
        })
    }

    /// What it selects.
    pub const fn selection(&self) -> &Selection {
        &self.selection
    }

    /// The text, as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }
}
