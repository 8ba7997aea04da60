//! Splits a query into its terms: keys with values, and the jq filter at its end.

use super::error::QueryError;
use super::key::Key;
use super::quote::quoted;
use crate::inspector::StateFilter;
use crate::nearest::nearest;

/// The longest query, in characters. The address of a page can hold about as much.
pub(super) const MAX_CHARACTERS: usize = 4096;

/// A part of a query.
#[derive(Debug)]
pub(super) enum Term {
    /// A key and its values, of which there is at least one.
    Values {
        key: Key,
        /// The index of the key.
        at: usize,
        values: Vec<Value>,
    },
    /// A jq filter without a key.
    Filter(Value),
}

/// A value without its quotation marks.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) text: String,
    /// The index at which it begins.
    pub(super) at: usize,
    /// The index behind its last character.
    pub(super) end: usize,
    /// The index of each character.
    indexes: Vec<usize>,
}

impl Value {
    /// The index in the query of a character of the value, counted from 0.
    pub(super) fn index_of(&self, character: usize) -> usize {
        self.indexes.get(character).copied().unwrap_or(self.end)
    }
}

/// Reads the terms of a query.
pub(super) struct Reader<'a> {
    text: &'a [char],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(text: &'a [char]) -> Self {
        Self { text, at: 0 }
    }

    /// The next term; `None` at the end.
    pub(super) fn term(&mut self) -> Result<Option<Term>, QueryError> {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        let at = self.at;
        let Some(rest) = self.text.get(at..).filter(|rest| !rest.is_empty()) else {
            return Ok(None);
        };
        if begins_filter(rest) {
            return Ok(Some(Term::Filter(self.filter())));
        }
        let word = self.take_while(|c| c != ':' && c != '"' && !c.is_whitespace());
        if self.peek() != Some(':') {
            let rest = self.take_while(|c| !c.is_whitespace());
            return Err(bare_word(at, &(word + &rest)));
        }
        let Some(key) = Key::read(&word) else {
            let rest = self.take_while(|c| !c.is_whitespace());
            return Err(unknown_key(at, &word, &rest));
        };
        self.at += 1;
        let mut values = vec![self.value(key)?];
        while self.peek() == Some(',') && key.is_list() {
            self.at += 1;
            values.push(self.value(key)?);
        }
        Ok(Some(Term::Values { key, at, values }))
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn take_while(&mut self, accepts: impl Fn(char) -> bool) -> String {
        let from = self.at;
        while self.peek().is_some_and(&accepts) {
            self.at += 1;
        }
        self.text[from..self.at].iter().collect()
    }

    /// A filter without quotation marks: all that is left.
    fn filter(&mut self) -> Value {
        let at = self.at;
        let text = self.take_while(|_| true).trim_end().to_owned();
        let end = at + text.chars().count();
        Value {
            text,
            at,
            end,
            indexes: (at..end).collect(),
        }
    }

    /// A value. An empty one needs quotation marks.
    fn value(&mut self, key: Key) -> Result<Value, QueryError> {
        let at = self.at;
        let (mut text, mut indexes) = (String::new(), Vec::new());
        // The index of the open quotation mark.
        let mut open = None;
        while let Some(c) = self.peek() {
            let index = self.at;
            let ends = c.is_whitespace() || c == ',' && key.is_list();
            match (open, c) {
                (None, _) if ends => break,
                (None, '"') => open = Some(index),
                (Some(_), '"') => open = None,
                (Some(_), '\\') => {
                    text.push(self.escaped()?);
                    indexes.push(index);
                }
                (_, c) => {
                    text.push(c);
                    indexes.push(index);
                }
            }
            self.at += 1;
        }
        if let Some(open) = open {
            let hint = "add one at the end of the value; inside it, write \\\"";
            return Err(QueryError::new(
                open,
                "this quotation mark is not closed",
                hint,
            ));
        }
        if self.at == at {
            let what = format!("{}: needs a value", key.name());
            return Err(QueryError::new(
                at,
                what,
                format!("write {}", key.example()),
            ));
        }
        let end = indexes.last().map_or(at, |last| last + 1);
        Ok(Value {
            text,
            at,
            end,
            indexes,
        })
    }

    /// The character that an escape stands for. The reader is left at the last character of the escape.
    fn escaped(&mut self) -> Result<char, QueryError> {
        let at = self.at;
        let unknown = || {
            let hint = "use \\\", \\\\, \\n, \\r, \\t or \\u{1b}";
            QueryError::new(at, "unknown escape after a backslash", hint)
        };
        self.at += 1;
        match self.peek() {
            Some(c @ ('"' | '\\')) => Ok(c),
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some('u') => {
                self.at += 1;
                let number = self.take_while(|c| c == '{' || c.is_ascii_hexdigit());
                let closed = self.peek() == Some('}');
                let number = number.strip_prefix('{').filter(|_| closed);
                let number = number.and_then(|hex| u32::from_str_radix(hex, 16).ok());
                number.and_then(char::from_u32).ok_or_else(unknown)
            }
            Some(_) | None => Err(unknown()),
        }
    }
}

/// Whether a jq filter begins here: with `.`, `(`, or the word `any` or `all`.
pub(super) fn begins_filter(text: &[char]) -> bool {
    if matches!(text.first(), Some('.' | '(')) {
        return true;
    }
    let begins = |word: &str| word.chars().eq(text.iter().copied().take(3));
    let ends = |c: &char| c.is_whitespace() || matches!(c, '(' | '|' | '=');
    (begins("any") || begins("all")) && text.get(3).is_none_or(ends)
}

/// The mistake of a word that has no key.
fn bare_word(at: usize, word: &str) -> QueryError {
    let hint = if word.parse::<StateFilter>().is_ok() {
        format!("did you mean state:{word}?")
    } else if let Some(key) = Key::read(word) {
        format!("write {}", key.example())
    } else {
        let word = quoted(word, true);
        format!("did you mean type:{word} or id:{word}?")
    };
    QueryError::new(at, format!("{word:?} has no key"), hint)
}

/// The mistake of a word before a colon that is not a key. Types often contain colons, so one may be meant.
fn unknown_key(at: usize, word: &str, rest: &str) -> QueryError {
    let hint = match nearest(word, Key::ALL.map(Key::name)) {
        Some(key) => format!("did you mean {key}{rest}?"),
        None => format!("did you mean type:{word}{rest}? Keys are {}", Key::names()),
    };
    QueryError::new(at, format!("there is no key {word:?}"), hint)
}
