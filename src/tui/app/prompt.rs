//! What is asked at the bottom of the screen: a line to type, or a question.

use std::collections::BTreeSet;

use ratatui::crossterm::event::{KeyCode, KeyEvent};

use super::line::Line;
use crate::tui::message::{ChangeOf, Operation};
use crate::tui::target::FindingKey;

/// What is asked.
#[derive(Debug, Clone)]
pub(in crate::tui) enum Prompt {
    Typing(Typing),
    Question(Question),
}

/// A line that is being typed.
#[derive(Debug, Clone)]
pub(in crate::tui) struct Typing {
    pub what: What,
    pub line: Line,
    /// What Tab could insert, or what is wrong with the line.
    pub hint: Hint,
}

/// What a line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum What {
    Selection,
    Search,
    Command,
    /// The queue that tasks are moved to.
    Queue,
}

impl What {
    /// The text in front of the line.
    pub(in crate::tui) const fn sign(self) -> &'static str {
        match self {
            Self::Selection => "select: ",
            Self::Search => "search: ",
            Self::Command => ":",
            Self::Queue => "move to queue: ",
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::tui) enum Hint {
    #[default]
    None,
    Suggestions(Vec<String>),
    Mistake(String),
}

/// A question before something is changed.
#[derive(Debug, Clone)]
pub(in crate::tui) struct Question {
    /// `retry 12 tasks`.
    pub what: String,
    /// The equivalent command.
    pub command: String,
    pub yes: Yes,
    /// What is typed instead of `y`, if the context is protected.
    pub naming: Option<Naming>,
}

/// The name of a protected context, which has to be typed.
#[derive(Debug, Clone)]
pub(in crate::tui) struct Naming {
    pub name: String,
    pub line: Line,
    /// Another name was entered.
    pub wrong: bool,
}

/// What happens after the answer yes.
#[derive(Debug, Clone)]
pub(in crate::tui) enum Yes {
    /// The change that was counted starts, with so many tasks.
    Start(u64),
    /// The same change is counted again, and may delete the oldest tasks of an archive.
    Trim(ChangeOf),
    Perform(Operation),
    /// So many things that the doctor has found are repaired.
    Repair(BTreeSet<FindingKey>, u64),
}

impl Yes {
    /// Whether something is changed at once; otherwise another question follows.
    pub(super) const fn changes(&self) -> bool {
        match self {
            Self::Trim(_) => false,
            Self::Start(_) | Self::Perform(_) | Self::Repair(..) => true,
        }
    }
}

/// The answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
}

impl Question {
    /// The answer that a key gives, if it does.
    pub(super) fn answer(&mut self, key: KeyEvent) -> Option<Answer> {
        match &mut self.naming {
            Some(naming) => naming.key(key),
            None => answer(key),
        }
    }
}

impl Naming {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            line: Line::default(),
            wrong: false,
        }
    }

    fn key(&mut self, key: KeyEvent) -> Option<Answer> {
        self.wrong = false;
        match (key.code, self.line.text().trim()) {
            (KeyCode::Esc, _) | (KeyCode::Enter, "") => Some(Answer::No),
            (KeyCode::Enter, typed) if typed == self.name => Some(Answer::Yes),
            (KeyCode::Enter, _) => {
                self.wrong = true;
                None
            }
            (_, _) => {
                self.line.key(key);
                None
            }
        }
    }
}

/// The answer that a key gives. Enter is no: nothing is changed by a key that was meant for something else.
#[expect(clippy::wildcard_enum_match_arm, reason = "other keys give none")]
pub(super) fn answer(key: KeyEvent) -> Option<Answer> {
    match key.code {
        KeyCode::Char('y' | 'Y') => Some(Answer::Yes),
        KeyCode::Char('n' | 'N' | 'q') | KeyCode::Esc | KeyCode::Enter => Some(Answer::No),
        _ => None,
    }
}
