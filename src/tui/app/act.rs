//! What keys do: move, open, go back, sort, search.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::prompt::{Prompt, Typing, What};
use super::stage::Change;
use super::{App, Level, equivalent, help, keys};
use crate::inspector::Selection;
use crate::inspector::query::Query;
use crate::tui::exam::Stage;
use crate::tui::message::Effect;
use crate::tui::place::{Kind, Place, Tab};
use crate::tui::target::Target;
use crate::view::{Role, command_line};

impl App {
    pub(super) fn key(&mut self, key: KeyEvent) -> Vec<Effect> {
        let interrupts =
            key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
        if key.code == KeyCode::Char('z') && key.modifiers.contains(KeyModifiers::CONTROL) {
            return vec![Effect::Suspend];
        }
        match self.prompt.take() {
            Some(prompt) if interrupts => self.refuse(prompt),
            Some(Prompt::Question(question)) => self.answer(question, key),
            Some(Prompt::Typing(typing)) => self.typed(typing, key),
            // While tasks are counted or read, a key that was meant for what follows must not do anything else.
            None if matches!(
                self.change,
                Some(Change::Counting { .. } | Change::Drafting(..))
            ) =>
            {
                if interrupts || matches!(key.code, KeyCode::Esc | KeyCode::Char('x')) {
                    self.stop()
                } else {
                    Vec::new()
                }
            }
            None if interrupts => vec![Effect::Quit],
            None => {
                let kind = self.level().place.kind();
                let binding = keys::find(key, kind, self.settings.read_only);
                binding.map_or_else(Vec::new, |binding| (binding.run)(self))
            }
        }
    }

    /// The rows that one screen down or up moves.
    pub(super) fn screenful(&self) -> isize {
        isize::try_from(self.room().height.saturating_sub(2).max(1)).unwrap_or(1)
    }

    pub(super) fn start_selection(&mut self) -> Vec<Effect> {
        let query = self.level().place.query();
        let text = query.map(Query::text).filter(|text| !text.is_empty());
        // What is typed next is a further condition.
        let text = text.map(|text| format!("{text} "));
        self.start_typing(What::Selection, text.unwrap_or_default())
    }

    pub(super) fn find_next(&mut self) -> Vec<Effect> {
        let from = self.level().cursor + 1;
        self.find(from)
    }

    pub(super) fn mark(&mut self) -> Vec<Effect> {
        self.level_mut().mark();
        self.go(1)
    }

    pub(super) fn mark_all(&mut self) -> Vec<Effect> {
        let level = self.level_mut();
        let all = !level.all;
        level.unmark();
        level.all = all;
        Vec::new()
    }

    /// Freezes the display, or goes on.
    pub(super) fn freeze(&mut self) -> Vec<Effect> {
        self.live = !self.live;
        Vec::new()
    }

    pub(super) fn copy(&mut self) -> Vec<Effect> {
        let command = self.equivalent();
        self.say(&format!("copied: {command}"), Role::Dim);
        vec![Effect::Copy(command)]
    }

    /// The command that shows what the screen shows.
    pub(in crate::tui) fn equivalent(&self) -> String {
        let level = self.level();
        match (&level.place, &level.output) {
            (Place::Output(queue, id), Some(output)) => {
                command_line::logs(queue, id, output.label().as_deref())
            }
            (place, _) => equivalent::place(place),
        }
    }

    /// Shows what the attempts of the task have printed.
    pub(super) fn open_output(&mut self) -> Vec<Effect> {
        match self.level().target().and_then(Target::task).cloned() {
            Some(task) => self.open(Place::Output(task.queue, task.id)),
            None => Vec::new(),
        }
    }

    /// Shows what the attempt so many places further has printed, from its end.
    pub(super) fn show_attempt(&mut self, step: isize) -> Vec<Effect> {
        let level = self.level_mut();
        if let Some(output) = &mut level.output {
            output.go(step);
            level.follows = true;
        }
        self.present();
        Vec::new()
    }

    /// Whether there is an attempt so many places further.
    pub(super) fn has_attempt(&self, step: isize) -> bool {
        let output = self.level().output.as_ref();
        output.is_some_and(|output| output.has(step))
    }

    pub(super) fn switch_width(&mut self) -> Vec<Effect> {
        self.wide = Some(!self.wide());
        self.lay_out();
        Vec::new()
    }

    /// Shows the tab so many places to the right, in a circle.
    pub(super) fn show_neighbor(&mut self, distance: usize) -> Vec<Effect> {
        self.show_tab(Tab::ALL[(self.tab as usize + distance) % Tab::ALL.len()])
    }

    pub(super) fn show_tab(&mut self, tab: Tab) -> Vec<Effect> {
        if self.tab == tab {
            // The key of the present tab goes back to its beginning.
            self.stacks[tab as usize].truncate(1);
        }
        self.tab = tab;
        self.arrive()
    }

    /// A place is shown again: what it shows is old, and the screen may have changed.
    fn arrive(&mut self) -> Vec<Effect> {
        self.present();
        self.lay_out();
        if self.tab == Tab::Doctor && self.exam.stage == Stage::Due {
            return self.look_again();
        }
        self.reload()
    }

    pub(super) fn open(&mut self, place: Place) -> Vec<Effect> {
        let mut level = Level::new(place);
        if let Place::Help(kind) = level.place {
            let sheet = Box::new(help::sheet(kind, &self.settings));
            level.show_sheet(sheet, self.room(), self.look());
        }
        self.stacks[self.tab as usize].push(level);
        self.present();
        Vec::new()
    }

    pub(super) fn back(&mut self) -> Vec<Effect> {
        let stack = &mut self.stacks[self.tab as usize];
        if stack.len() > 1 {
            stack.pop();
            return self.arrive();
        }
        self.level_mut().unmark();
        Vec::new()
    }

    pub(super) fn help(&mut self) -> Vec<Effect> {
        let kind = self.level().place.kind();
        if kind == Kind::Help {
            self.back()
        } else {
            self.open(Place::Help(kind))
        }
    }

    pub(super) fn open_target(&mut self) -> Vec<Effect> {
        let place = match self.level().target().cloned() {
            // A queue that is open already leads to its tasks.
            Some(Target::Queue { .. }) if self.level().place.kind() == Kind::Queue => {
                return self.open_tasks();
            }
            Some(
                Target::Queue { name, .. }
                | Target::Trouble {
                    queue: Some((name, _)),
                    tasks: None,
                },
            ) => Place::Queue(name),
            Some(Target::Task(task)) => Place::Task(task.queue, task.id),
            Some(Target::Server(id)) => Place::Server(id),
            Some(Target::Finding(finding)) => Place::Finding(finding),
            Some(Target::Schedule { name, .. }) => Place::Schedule(name),
            Some(Target::Trouble {
                tasks: Some(query), ..
            }) => Place::Tasks(query),
            // What is not about a queue is about a worker.
            Some(Target::Trouble {
                queue: None,
                tasks: None,
            }) => Place::Workers,
            Some(Target::AuditEntry { id, .. }) => Place::AuditEntry(id),
            Some(Target::Nothing) | None => return Vec::new(),
        };
        self.open(place)
    }

    pub(super) fn open_tasks(&mut self) -> Vec<Effect> {
        let Some((name, _)) = self.level().target().and_then(Target::queue) else {
            return Vec::new();
        };
        let selection = Selection {
            queues: vec![name.clone()],
            ..Selection::default()
        };
        self.open(Place::Tasks(Box::new(selection.into())))
    }

    /// Moves the cursor, or scrolls.
    pub(super) fn go(&mut self, step: isize) -> Vec<Effect> {
        let room = self.room();
        if self.level_mut().go(step, room) {
            return self.reload();
        }
        Vec::new()
    }

    /// Goes to the next match of the search, from this line on.
    pub(super) fn find(&mut self, from: usize) -> Vec<Effect> {
        let room = self.room();
        let level = self.level_mut();
        if level.search.is_some() && !level.find(from, room) {
            let what = level.search.clone().unwrap_or_default();
            return self.warn(&format!("not found: {what}"));
        }
        Vec::new()
    }

    pub(super) fn next_order(&mut self) -> Vec<Effect> {
        let order = match self.level().place.kind() {
            Kind::Queues => {
                self.queue_order = self.queue_order.next();
                self.queue_order.name()
            }
            Kind::Schedules => {
                self.schedule_order = self.schedule_order.next();
                self.schedule_order.name()
            }
            Kind::Queue
            | Kind::Tasks
            | Kind::Task
            | Kind::Output
            | Kind::Workers
            | Kind::Server
            | Kind::Schedule
            | Kind::Doctor
            | Kind::Finding
            | Kind::Audit
            | Kind::AuditEntry
            | Kind::Help => return Vec::new(),
        };
        self.say(&format!("sorted by {order}"), Role::Dim);
        self.present();
        Vec::new()
    }

    pub(super) fn start_typing(&mut self, what: What, text: String) -> Vec<Effect> {
        self.message = None;
        self.prompt = Some(Prompt::Typing(Typing::new(what, text)));
        Vec::new()
    }
}
