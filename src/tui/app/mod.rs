//! The state of the dashboard: events in, effects out. No I/O and no clock, so that everything can be tested.
//!
//! | file | holds |
//! | --- | --- |
//! | `level` | a place that was opened: its rows, cursor and marks |
//! | `keys`, `binding` | the table of actions, which also makes the key bar and the help |
//! | `help` | the keys of a place |
//! | `show` | what the present place shows |
//! | `act` | what keys do to what is shown |
//! | `typing`, `line` | a selection, a search or a command that is being typed |
//! | `prompt`, `ask` | what is asked at the bottom, and what follows from the answer |
//! | `change`, `stage` | a change of tasks, from the count to its end |
//! | `edit` | a task, or a copy of it, in the editor; moves to another queue |
//! | `repair` | looks for what is wrong, and repairs it |
//! | `equivalent` | the command that does the same |

mod act;
mod ask;
mod binding;
mod change;
mod edit;
mod equivalent;
mod help;
mod keys;
mod level;
mod line;
mod prompt;
mod repair;
mod show;
mod stage;
#[cfg(test)]
mod tests;
mod typing;

pub(super) use binding::Binding;
pub(super) use keys::bindings;
pub(super) use level::{Content, Level, Load};
pub(super) use line::Line;
pub(super) use prompt::{Hint, Naming, Prompt, Question};
pub(super) use stage::{Change, Performing};

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::exam::Exam;
use super::layout::table::Look;
use super::layout::{GUTTER, Room};
use super::message::{Effect, Event};
use super::panes::queues::QueueOrder;
use super::panes::schedules::ScheduleOrder;
use super::place::{Found, Tab};
use crate::document::overview::Overview;
use crate::view::Role;

/// What is known before the dashboard starts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// The address of Redis, without the password.
    pub redis: String,
    pub read_only: bool,
    /// The context whose name each change asks for.
    pub protected: Option<String>,
    pub colored: bool,
    /// The commands that `:` runs.
    pub verbs: Vec<Verb>,
}

/// A command of the program, for completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verb {
    /// Such as `cron pause`.
    pub name: String,
    /// Such as `--queue`.
    pub options: Vec<String>,
}

/// Rows of the screen around the content: tabs, title, bar, keys.
pub(super) const FRAME: u16 = 4;

/// Seconds for which a message is shown.
const MESSAGE: u32 = 8;

/// From this width on, lists show more columns by themselves.
const WIDE: u16 = 200;

/// A message in the bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub text: String,
    pub role: Role,
    /// Seconds; `None`: until there is another one.
    left: Option<u32>,
}

impl Message {
    fn new(text: impl Into<String>, role: Role) -> Self {
        Self {
            text: text.into(),
            role,
            left: Some(MESSAGE),
        }
    }
}

/// Redis does not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Away {
    pub since: DateTime<Utc>,
    pub why: String,
}

/// The state of the dashboard.
#[derive(Debug)]
pub(super) struct App {
    pub settings: Settings,
    pub now: DateTime<Utc>,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    pub tab: Tab,
    /// The places that were opened in each tab; none is empty.
    stacks: [Vec<Level>; Tab::ALL.len()],
    pub prompt: Option<Prompt>,
    pub change: Option<Change>,
    /// Changes that were begun; the last one has this number.
    changes: u64,
    /// Operations that have not ended, the last one last.
    pub performing: Vec<Performing>,
    /// Operations that were begun; the last one has this number.
    operations: u64,
    pub message: Option<Message>,
    pub away: Option<Away>,
    /// Whether data is loaded again and again.
    pub live: bool,
    pub focused: bool,
    /// What `w` has chosen; otherwise the width of the terminal decides.
    wide: Option<bool>,
    pub queue_order: QueueOrder,
    pub schedule_order: ScheduleOrder,
    overview: Option<Arc<Overview>>,
    schedules: Option<Found>,
    pub exam: Exam,
    /// Commands that were run, the last one last.
    commands: Vec<String>,
    /// Where texts are that were typed and have changed nothing, a sentence for each.
    pub kept: Vec<String>,
}

impl App {
    pub(super) fn new(settings: Settings, size: (u16, u16), now: DateTime<Utc>) -> Self {
        Self {
            settings,
            now,
            size,
            tab: Tab::Queues,
            stacks: Tab::ALL.map(|tab| vec![Level::new(tab.place())]),
            prompt: None,
            change: None,
            changes: 0,
            performing: Vec::new(),
            operations: 0,
            message: None,
            away: None,
            live: true,
            focused: true,
            wide: None,
            queue_order: QueueOrder::default(),
            schedule_order: ScheduleOrder::default(),
            overview: None,
            schedules: None,
            exam: Exam::default(),
            commands: Vec::new(),
            kept: Vec::new(),
        }
    }

    /// Takes an event, and says what is to be done.
    pub(super) fn handle(&mut self, event: Event, now: DateTime<Utc>) -> Vec<Effect> {
        self.now = now;
        let mut effects = match event {
            Event::Key(key) => self.key(key),
            Event::Paste(text) => self.paste(&text),
            Event::Scroll(lines) => self.go(lines.into()),
            Event::Resize(columns, rows) => {
                self.size = (columns, rows);
                self.lay_out();
                Vec::new()
            }
            Event::Focus(focused) => {
                self.focused = focused;
                Vec::new()
            }
            Event::Tick => {
                self.tick();
                Vec::new()
            }
            Event::Loaded(place, loaded) => {
                self.loaded(&place, loaded);
                Vec::new()
            }
            Event::Looked(look) => {
                self.exam.note(look, self.now);
                self.present();
                Vec::new()
            }
            Event::Progress(number, progress) => self.progress(number, progress),
            Event::Performed(number, result) => self.performed(number, result),
            Event::Drafted(number, draft) => self.drafted(number, draft),
            Event::Edited(number, edit) => self.edited(number, edit),
            Event::TextKept(kept) => {
                self.text_kept(kept);
                Vec::new()
            }
            Event::Returned(result) => {
                if let Err(why) = result {
                    self.say(&why, Role::Error);
                }
                self.reload()
            }
        };
        effects.extend(self.load());
        effects
    }

    /// The place that is shown.
    pub(super) fn level(&self) -> &Level {
        let stack = &self.stacks[self.tab as usize];
        &stack[stack.len() - 1]
    }

    fn level_mut(&mut self) -> &mut Level {
        let stack = &mut self.stacks[self.tab as usize];
        let last = stack.len() - 1;
        &mut stack[last]
    }

    /// The places from the tab to the one shown.
    pub(super) fn path(&self) -> &[Level] {
        &self.stacks[self.tab as usize]
    }

    pub(super) fn wide(&self) -> bool {
        self.wide.unwrap_or(self.size.0 >= WIDE)
    }

    fn look(&self) -> Look {
        Look::new(self.now, self.wide())
    }

    fn room(&self) -> Room {
        let (columns, rows) = self.size;
        Room {
            width: usize::from(columns).saturating_sub(GUTTER),
            height: rows.saturating_sub(FRAME).into(),
        }
    }

    fn say(&mut self, text: &str, role: Role) {
        self.message = Some(Message::new(text, role));
    }

    fn warn(&mut self, text: &str) -> Vec<Effect> {
        self.say(text, Role::Warning);
        Vec::new()
    }

    fn tick(&mut self) {
        if let Some(left) = self
            .message
            .as_mut()
            .and_then(|message| message.left.as_mut())
        {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.message = None;
            }
        }
        match &mut self.level_mut().load {
            Load::Due => {}
            Load::Running { ticks } => *ticks += 1,
            Load::Done { left } => *left = left.saturating_sub(1),
        }
    }
}
