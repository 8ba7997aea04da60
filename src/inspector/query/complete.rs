//! Completes a query at the cursor.

use std::ops::Range;

use super::key::Key;
use super::quote::quoted;
use super::reader::{MAX_CHARACTERS, begins_filter};
use crate::inspector::StateFilter;

/// The largest number of suggestions.
const MAX_SUGGESTIONS: usize = 20;

/// Names that exist, to complete values with.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// Names of queues.
    pub queues: &'a [String],
    /// Types of tasks.
    pub types: &'a [String],
    /// Names of groups.
    pub groups: &'a [String],
}

/// A text that may stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The characters of the query that it replaces.
    pub replaces: Range<usize>,
    /// What to put there.
    pub text: String,
    /// Which tasks a key selects; empty for values.
    pub meaning: &'static str,
}

/// Suggestions for the word at the cursor; `cursor` is the number of characters in front of it.
pub fn complete(text: &str, cursor: usize, known: &Known<'_>) -> Vec<Suggestion> {
    let text: Vec<char> = text.chars().take(MAX_CHARACTERS).collect();
    let (before, after) = text.split_at(cursor.min(text.len()));
    let Some(word) = Word::last(before) else {
        return Vec::new();
    };
    let replaces = word.start..before.len() + word.rest(after);
    let typed: String = before[word.start..].iter().collect();
    let typed = typed.trim_start_matches('"').to_lowercase();
    let fits = |name: &str| name.to_lowercase().starts_with(&typed);
    let suggest = |text, meaning| Suggestion {
        replaces: replaces.clone(),
        text,
        meaning,
    };
    let Some(key) = word.key else {
        let keys = Key::ALL.into_iter().filter(|key| fits(key.name()));
        return keys
            .map(|key| suggest(format!("{}:", key.name()), key.meaning()))
            .collect();
    };
    let states = StateFilter::ALL.map(|state| state.name().to_owned());
    let values = match key {
        Key::State => &states,
        Key::Queue => known.queues,
        Key::Type => known.types,
        Key::Group => known.groups,
        Key::Error | Key::Older | Key::Newer | Key::Limit | Key::Id | Key::Filter => &[],
    };
    let values = values.iter().filter(|value| fits(value));
    values
        .take(MAX_SUGGESTIONS)
        .map(|value| suggest(quoted(value, key.is_list()), ""))
        .collect()
}

/// The word in front of the cursor.
struct Word {
    /// The key of a value; `None` while the key itself is typed.
    key: Option<Key>,
    /// The index at which the key or the value begins.
    start: usize,
}

impl Word {
    /// The last word of a text; `None` in a jq filter and after an unknown key.
    fn last(text: &[char]) -> Option<Self> {
        let mut at = 0;
        loop {
            at += leading(&text[at..], char::is_whitespace);
            let rest = &text[at..];
            if begins_filter(rest) {
                return None;
            }
            let name = leading(rest, is_of_key);
            if name == rest.len() {
                return Some(Self {
                    key: None,
                    start: at,
                });
            }
            let word: String = rest[..name].iter().collect();
            let key = Key::read(&word).filter(|_| rest[name] == ':');
            let mut start = at + name + 1;
            let (mut quoted, mut escaped) = (false, false);
            at = start;
            while let Some(c) = text.get(at).filter(|c| quoted || !c.is_whitespace()) {
                let list = key.is_some_and(Key::is_list);
                quoted ^= *c == '"' && !escaped;
                escaped = quoted && *c == '\\' && !escaped;
                at += 1;
                if *c == ',' && !quoted && list {
                    start = at;
                }
            }
            if at == text.len() {
                return key.map(|key| Self {
                    key: Some(key),
                    start,
                });
            }
        }
    }

    /// The length of the part of the word that is behind the cursor.
    fn rest(&self, after: &[char]) -> usize {
        match self.key {
            None => {
                let name = leading(after, is_of_key);
                name + usize::from(after.get(name) == Some(&':'))
            }
            Some(key) => leading(after, |c| {
                let ends = c.is_whitespace() || c == ',' && key.is_list();
                !ends
            }),
        }
    }
}

/// The number of characters that a text begins with and that are accepted.
fn leading(text: &[char], accepts: impl Fn(char) -> bool) -> usize {
    text.iter().take_while(|c| accepts(**c)).count()
}

const fn is_of_key(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '-'
}
