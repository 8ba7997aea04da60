//! Loads what the present place shows, and shows it.

use super::{App, Away, Content, Load};
use crate::tui::message::{Effect, Loaded, Problem, sentence};
use crate::tui::output::Output;
use crate::tui::panes::{findings, output, queues, schedules};
use crate::tui::place::{Place, Sheet};

/// Seconds between two loads.
const INTERVAL: u32 = 2;

impl App {
    /// Asks for the data of the place that is shown, if it is due.
    pub(super) fn load(&mut self) -> Option<Effect> {
        let polls = self.live && self.focused;
        let level = self.level_mut();
        let still = match &level.content {
            Content::List(list) => list.still,
            Content::Sheet { sheet, .. } => sheet.target.is_over(),
            Content::Empty => false,
        };
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
    pub(super) fn reload(&mut self) -> Vec<Effect> {
        self.level_mut().load = Load::Due;
        Vec::new()
    }

    pub(super) fn loaded(&mut self, place: &Place, loaded: Result<Loaded, Problem>) {
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
                    Loaded::Output(printed) => {
                        let level = self.level_mut();
                        match &mut level.output {
                            Some(output) => output.note(*printed, level.follows),
                            None => level.output = Some(Output::new(*printed)),
                        }
                    }
                    Loaded::Sheet(sheet) => self.show_sheet(*sheet),
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

    /// Shows what is kept here: queues and schedules in the chosen order, what the doctor has found, and what an attempt has
    /// printed.
    pub(super) fn present(&mut self) {
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
                self.show_sheet(findings::sheet(key, &self.exam));
                None
            }
            Place::Output(..) => {
                if let Some(output) = &self.level().output {
                    self.show_sheet(output::sheet(output));
                }
                None
            }
            Place::Queue(_)
            | Place::Tasks(_)
            | Place::Task(..)
            | Place::Workers
            | Place::Server(_)
            | Place::Schedule(_)
            | Place::Audit
            | Place::AuditEntry(_)
            | Place::Help(_) => None,
        };
        if let Some(list) = list {
            let room = self.room();
            self.level_mut().show_list(list, room);
        }
    }

    fn show_sheet(&mut self, sheet: Sheet) {
        let (room, look) = (self.room(), self.look());
        self.level_mut().show_sheet(Box::new(sheet), room, look);
    }

    /// Lays out the present sheet anew: the width has changed.
    pub(super) fn lay_out(&mut self) {
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
