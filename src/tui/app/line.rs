//! A line of text that is being typed.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::view::text::printable;

/// The longest line, in bytes: what is pasted may be anything.
const MAX_BYTES: usize = 4_096;

/// A line of text with a cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::tui) struct Line {
    text: String,
    /// In bytes, at the start of a character.
    cursor: usize,
}

impl Line {
    /// A line with the cursor at its end.
    pub(in crate::tui) fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            cursor: text.len(),
            text,
        }
    }

    pub(in crate::tui) fn text(&self) -> &str {
        &self.text
    }

    /// The text before the cursor and after it.
    pub(in crate::tui) fn split(&self) -> (&str, &str) {
        self.text.split_at(self.cursor)
    }

    /// Inserts a text without its control characters; a line break becomes a space.
    pub(in crate::tui) fn insert(&mut self, text: &str) {
        let plain = text
            .chars()
            .map(|c| if c.is_whitespace() { ' ' } else { c });
        for c in plain.filter(|c| printable(*c)) {
            if self.text.len() + c.len_utf8() > MAX_BYTES {
                return;
            }
            self.text.insert(self.cursor, c);
            self.cursor += c.len_utf8();
        }
    }

    /// Replaces the bytes from `start` to the cursor.
    pub(in crate::tui) fn complete(&mut self, start: usize, text: &str) {
        if self.text.is_char_boundary(start) && start <= self.cursor {
            self.text.replace_range(start..self.cursor, "");
            self.cursor = start;
            self.insert(text);
        }
    }

    /// Edits the line as readline does.
    pub(in crate::tui) fn key(&mut self, key: KeyEvent) {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match (key.code, control) {
            (KeyCode::Char('a'), true) | (KeyCode::Home, _) => self.cursor = 0,
            (KeyCode::Char('e'), true) | (KeyCode::End, _) => self.cursor = self.text.len(),
            (KeyCode::Char('u'), true) => self.complete(0, ""),
            (KeyCode::Char('k'), true) => self.text.truncate(self.cursor),
            (KeyCode::Char('w'), true) => {
                let before = self.split().0.trim_end();
                let start = before.rfind(' ').map_or(0, |space| space + 1);
                self.complete(start, "");
            }
            (KeyCode::Char('b'), true) | (KeyCode::Left, _) => self.cursor = self.before(),
            (KeyCode::Char('f'), true) | (KeyCode::Right, _) => self.cursor = self.after(),
            (KeyCode::Char('h'), true) | (KeyCode::Backspace, _) => {
                let before = self.before();
                self.complete(before, "");
            }
            (KeyCode::Char('d'), true) | (KeyCode::Delete, _) => {
                let after = self.after();
                self.text.replace_range(self.cursor..after, "");
            }
            (KeyCode::Char(c), false) => self.insert(c.encode_utf8(&mut [0; 4])),
            (_, _) => {}
        }
    }

    /// The start of the character before the cursor.
    fn before(&self) -> usize {
        let last = self.split().0.char_indices().next_back();
        last.map_or(0, |(place, _)| place)
    }

    /// The end of the character after the cursor.
    fn after(&self) -> usize {
        let next = self.split().1.chars().next();
        self.cursor + next.map_or(0, char::len_utf8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(line: &mut Line, keys: &[KeyCode]) {
        for key in keys {
            line.key(KeyEvent::from(*key));
        }
    }

    #[test]
    fn edits_whole_characters() {
        let mut line = Line::new("héllo wörld");
        typed(
            &mut line,
            &[KeyCode::Left, KeyCode::Backspace, KeyCode::Char('é')],
        );
        assert_eq!(line.text(), "héllo wöréd");
        line.key(KeyEvent::new(KeyCode::Char('w'), KeyModifiers::CONTROL));
        assert_eq!(line.split(), ("héllo ", "d"));
        typed(&mut line, &[KeyCode::Home, KeyCode::Right, KeyCode::Delete]);
        assert_eq!(line.text(), "hllo d");
        line.key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL));
        assert_eq!(line.text(), "llo d");
    }

    #[test]
    fn what_is_pasted_is_one_line_without_control_characters() {
        let mut line = Line::default();
        line.insert("a\nb\u{1b}[2J\u{202e}c");
        assert_eq!(line.text(), "a b[2Jc");
        line.insert(&"x".repeat(10_000));
        assert_eq!(line.text().len(), MAX_BYTES);
    }
}
