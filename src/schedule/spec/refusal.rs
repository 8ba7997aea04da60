//! Errors of a cron spec: where, what is wrong, and what to write instead.

use std::ops::Range;

/// A spec that cannot be parsed. The message quotes an escaped, short part of the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} (character {position} of {excerpt})")]
pub struct BadSpec {
    /// The position of the wrong character, from 1, in the text without white space around it.
    pub position: usize,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub hint: String,
    excerpt: String,
}

/// A part of a spec, with its position.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    spec: &'a str,
    start: usize,
    pub(super) text: &'a str,
}

/// Characters around the error that are quoted.
const EXCERPT: usize = 60;

/// Characters of a word that are quoted.
const WORD: usize = 24;

impl<'a> Piece<'a> {
    pub(super) const fn whole(spec: &'a str) -> Self {
        Self {
            spec,
            start: 0,
            text: spec,
        }
    }

    /// The part at these bytes of this one.
    pub(super) fn part(self, bytes: Range<usize>) -> Self {
        Self {
            start: self.start + bytes.start,
            text: &self.text[bytes],
            ..self
        }
    }

    /// Everything from this byte on.
    pub(super) fn from(self, byte: usize) -> Self {
        self.part(byte..self.text.len())
    }

    /// The parts between separators, empty ones included.
    pub(super) fn split(self, is_separator: impl Fn(char) -> bool) -> Vec<Self> {
        let mut parts = Vec::new();
        let mut start = 0;
        for (at, found) in self.text.char_indices() {
            if is_separator(found) {
                parts.push(self.part(start..at));
                start = at + found.len_utf8();
            }
        }
        parts.push(self.from(start));
        parts
    }

    /// The text in quotes, escaped and cut.
    pub(super) fn quoted(self) -> String {
        excerpt(self.text, 0, WORD)
    }

    pub(super) fn refuse(self, what: impl Into<String>, hint: impl Into<String>) -> BadSpec {
        let position = self.spec[..self.start].chars().count() + 1;
        BadSpec {
            position,
            what: what.into(),
            hint: hint.into(),
            excerpt: excerpt(self.spec, position - 1, EXCERPT),
        }
    }
}

/// At most `length` characters around the character `focus`, with an ellipsis where text is omitted.
fn excerpt(text: &str, focus: usize, length: usize) -> String {
    let count = text.chars().count();
    let first = focus
        .saturating_sub(length / 2)
        .min(count.saturating_sub(length));
    let shown: String = text.chars().skip(first).take(length).collect();
    let before = if first > 0 { "…" } else { "" };
    let after = if first + length < count { "…" } else { "" };
    format!("{before}{shown:?}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_know_where_they_stand() {
        let whole = Piece::whole("é,b/c");
        let parts = whole.split(|c| c == ',');
        let [first, second] = parts.as_slice() else {
            panic!("{parts:?}");
        };
        assert_eq!((first.text, second.text), ("é", "b/c"));
        let last = second.split(|c| c == '/')[1];
        assert_eq!((last.text, last.refuse("", "").position), ("c", 5));
    }

    #[test]
    fn long_and_wild_texts_are_cut_and_escaped() {
        let text = format!("{}\u{1b}[2J{}", "a".repeat(500), "b".repeat(500));
        let refusal = Piece::whole(&text).from(500).refuse("odd", "");
        assert_eq!(refusal.position, 501);
        let told = refusal.to_string();
        assert!(
            told.starts_with("odd (character 501 of …\"aaaa") && told.ends_with("bbb\"…)"),
            "{told}"
        );
        assert!(told.contains("\\u{1b}[2J") && told.len() < 120, "{told}");
    }
}
