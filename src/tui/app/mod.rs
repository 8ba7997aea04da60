//! The state of the dashboard: events in, effects out. No I/O and no clock, so that everything can be tested.
//!
//! | file | holds |
//! | --- | --- |
//! | `level` | a place that was opened: its rows, cursor and marks |
//! | `keys`, `binding` | the table of actions, which also makes the key bar and the help |
//! | `help` | the keys of a place |
//! | `act` | what keys do to what is shown |
//! | `typing`, `line` | a selection, a search or a command that is being typed |
//! | `prompt`, `ask` | what is asked at the bottom, and what follows from the answer |
//! | `change`, `stage` | a change of tasks, from the count to its end |
//! | `repair` | looks for what is wrong, and repairs it |
//! | `equivalent` | the command that does the same |

mod act;
mod ask;
mod binding;
mod change;
mod equivalent;
mod help;
mod keys;
mod level;
mod line;
mod prompt;
mod repair;
mod stage;
#[cfg(test)]
mod tests;
mod typing;

pub(super) use binding::Binding;
pub(super) use keys::bindings;
pub(super) use level::{Content, Level, Load};
pub(super) use line::Line;
pub(super) use prompt::{Hint, Prompt, Question, Typing};
pub(super) use stage::Change;

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::exam::Exam;
use super::layout::table::Look;
use super::layout::{GUTTER, Room};
use super::message::{Effect, Event, Loaded, Problem, sentence};
use super::panes::findings;
use super::panes::queues::{self, QueueOrder};
use super::panes::schedules::{self, ScheduleOrder};
use super::place::{Found, Place, Tab};
use crate::document::overview::Overview;
use crate::view::Role;

/// What is known before the dashboard starts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// The address of Redis, without the password.
    pub redis: String,
    pub read_only: bool,
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

/// Seconds between two loads.
const INTERVAL: u32 = 2;

/// Seconds for which a message is shown.
const MESSAGE: u32 = 8;

/// From this width on, lists show more columns by themselves.
const WIDE: u16 = 200;

/// A message in the bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub text: String,
    pub role: Role,
    left: u32,
}

impl Message {
    fn new(text: impl Into<String>, role: Role) -> Self {
        Self {
            text: text.into(),
            role,
            left: MESSAGE,
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
            Event::Performed(result) => {
                match result {
                    Ok(done) => self.say(&done, Role::Good),
                    Err(failure) => self.say(&sentence(&failure), Role::Error),
                }
                self.reload()
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
        if let Some(message) = &mut self.message {
            message.left = message.left.saturating_sub(1);
            if message.left == 0 {
                self.message = None;
            }
        }
        match &mut self.level_mut().load {
            Load::Due => {}
            Load::Running { ticks } => *ticks += 1,
            Load::Done { left } => *left = left.saturating_sub(1),
        }
    }

    /// Asks for the data of the place that is shown, if it is due.
    fn load(&mut self) -> Option<Effect> {
        let polls = self.live && self.focused;
        let level = self.level_mut();
        let still = matches!(&level.content, Content::List(list) if list.still);
        let due = match level.load {
            Load::Due => true,
            Load::Running { .. } => false,
            Load::Done { left } => left == 0 && polls && !still,
        };
        let is_loaded = !matches!(
            level.place,
            Place::Doctor | Place::Finding(_) | Place::Help(_)
        );
        if !due || !is_loaded {
            return None;
        }
        level.load = Load::Running { ticks: 0 };
        Some(Effect::Load(level.place.clone(), level.limit))
    }

    /// Loads the place that is shown again, now.
    fn reload(&mut self) -> Vec<Effect> {
        self.level_mut().load = Load::Due;
        Vec::new()
    }

    fn loaded(&mut self, place: &Place, loaded: Result<Loaded, Problem>) {
        if self.level().place != *place {
            return;
        }
        let level = self.level_mut();
        if let Load::Running { ticks } = level.load {
            // What takes long to load is loaded less often.
            let left = INTERVAL.max(ticks * 4);
            level.load = Load::Done { left };
        }
        match loaded {
            Ok(loaded) => {
                level.failure = None;
                self.away = None;
                match loaded {
                    Loaded::Queues(overview) => self.overview = Some(overview),
                    Loaded::Schedules(found) => self.schedules = Some(found),
                    Loaded::List(list) => {
                        let room = self.room();
                        self.level_mut().show_list(list, room);
                    }
                    Loaded::Sheet(sheet) => {
                        let (room, look) = (self.room(), self.look());
                        self.level_mut().show_sheet(sheet, room, look);
                    }
                }
                self.present();
            }
            Err(problem) if problem.passing => {
                let since = self.away.take().map_or(self.now, |away| away.since);
                let why = sentence(&problem.failure);
                self.away = Some(Away { since, why });
            }
            Err(problem) => {
                level.failure = Some(sentence(&problem.failure));
                self.away = None;
            }
        }
    }

    /// Shows what is kept here: queues and schedules in the chosen order, and what the doctor has found.
    fn present(&mut self) {
        let list = match &self.level().place {
            Place::Queues => {
                let overview = self.overview.as_ref();
                overview.map(|overview| queues::list(overview, self.queue_order))
            }
            Place::Schedules => {
                let found = self.schedules.as_ref();
                found.map(|found| schedules::list(found, self.schedule_order))
            }
            Place::Doctor => Some(findings::list(&self.exam)),
            Place::Finding(key) => {
                let sheet = Box::new(findings::sheet(key, &self.exam));
                let (room, look) = (self.room(), self.look());
                self.level_mut().show_sheet(sheet, room, look);
                None
            }
            Place::Queue(_)
            | Place::Tasks(_)
            | Place::Task(..)
            | Place::Workers
            | Place::Server(_)
            | Place::Schedule(_)
            | Place::Audit
            | Place::Help(_) => None,
        };
        if let Some(list) = list {
            let room = self.room();
            self.level_mut().show_list(list, room);
        }
    }

    /// Lays out the present sheet anew: the width has changed.
    fn lay_out(&mut self) {
        let (room, look) = (self.room(), self.look());
        let level = self.level_mut();
        match std::mem::replace(&mut level.content, Content::Empty) {
            Content::Sheet { sheet, .. } => level.show_sheet(sheet, room, look),
            content @ (Content::Empty | Content::List(_)) => {
                level.content = content;
                level.keep_visible(room);
            }
        }
    }
}
