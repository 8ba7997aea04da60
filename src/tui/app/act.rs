//! What each key does.

use super::prompt::{Answer, Prompt, Question, Typing, What, Yes, answer};
use super::stage::Change;
use super::{App, Level, equivalent};
use crate::document::schedule::{ScheduleState, Source};
use crate::inspector::Selection;
use crate::inspector::query::Query;
use crate::tui::keys::{Act, ScheduleAct};
use crate::tui::message::{Effect, Operation};
use crate::tui::panes::help;
use crate::tui::place::{Kind, Place, Tab, Target};
use crate::view::{Role, text};
use ratatui::crossterm::event::KeyEvent;

impl App {
    pub(super) fn act(&mut self, act: Act) -> Vec<Effect> {
        let (_, height) = self.room();
        let page = isize::try_from(height.saturating_sub(2).max(1)).unwrap_or(1);
        match act {
            Act::Go(tab) => self.show_tab(tab),
            Act::NextTab => self.show_tab(neighbour(self.tab, 1)),
            Act::PreviousTab => self.show_tab(neighbour(self.tab, Tab::ALL.len() - 1)),
            Act::Up => return self.go(-1),
            Act::Down => return self.go(1),
            Act::PageUp => return self.go(-page),
            Act::PageDown => return self.go(page),
            Act::Top => return self.go(isize::MIN / 2),
            Act::Bottom => return self.go(isize::MAX / 2),
            Act::Open => self.open_target(),
            Act::Back => self.back(),
            Act::Tasks => self.open_tasks(),
            Act::Select => {
                let query = self.level().place.query();
                let text = query.map(Query::text).filter(|text| !text.is_empty());
                // What is typed next is a further condition.
                let text = text.map(|text| format!("{text} "));
                self.start_typing(What::Selection, text.unwrap_or_default());
            }
            Act::Search => self.start_typing(What::Search, String::new()),
            Act::Command => self.start_typing(What::Command, String::new()),
            Act::NextMatch => {
                let from = self.level().cursor + 1;
                self.find(from);
            }
            Act::Mark => {
                self.level_mut().mark();
                return self.go(1);
            }
            Act::MarkAll => {
                let level = self.level_mut();
                let all = !level.all;
                level.unmark();
                level.all = all;
            }
            Act::Sort => self.next_order(),
            Act::Wide => self.switch_width(),
            Act::Live => self.live = !self.live,
            Act::Reload => return self.reload(),
            Act::Copy => {
                let command = self.equivalent();
                self.say(&format!("copied: {command}"), Role::Dim);
                return vec![Effect::Copy(command)];
            }
            Act::Help => self.help(),
            Act::Quit => return vec![Effect::Quit],
            Act::Stop => return self.stop(),
            Act::Change(action) => return self.change(action),
            Act::PauseQueue => self.pause_queue(),
            Act::Schedule(act) => return self.change_schedule(act),
        }
        Vec::new()
    }

    /// The command that shows what the screen shows.
    pub(in crate::tui) fn equivalent(&self) -> String {
        equivalent::place(&self.level().place)
    }

    fn switch_width(&mut self) {
        self.wide = Some(!self.wide());
        self.lay_out();
    }

    fn show_tab(&mut self, tab: Tab) {
        if self.tab == tab {
            // The key of the present tab goes back to its beginning.
            self.stacks[tab as usize].truncate(1);
        }
        self.tab = tab;
        self.arrive();
    }

    /// A place is shown again: what it shows is old, and the screen may have changed.
    fn arrive(&mut self) {
        self.lay_out();
        self.reload();
    }

    pub(super) fn open(&mut self, place: Place) {
        let mut level = Level::new(place);
        if let Place::Help(kind) = level.place {
            let sheet = Box::new(help::sheet(kind, self.settings.read_only));
            level.show_sheet(sheet, self.room(), self.look());
        }
        self.stacks[self.tab as usize].push(level);
    }

    fn back(&mut self) {
        let stack = &mut self.stacks[self.tab as usize];
        if stack.len() > 1 {
            stack.pop();
            self.arrive();
        } else {
            self.level_mut().unmark();
        }
    }

    fn help(&mut self) {
        let kind = self.level().place.kind();
        if kind == Kind::Help {
            self.back();
        } else {
            self.open(Place::Help(kind));
        }
    }

    fn open_target(&mut self) {
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
            Some(Target::Schedule { name, .. }) => Place::Schedule(name),
            Some(Target::Trouble {
                tasks: Some(query), ..
            }) => Place::Tasks(query),
            // What is not about a queue is about a worker.
            Some(Target::Trouble {
                queue: None,
                tasks: None,
            }) => Place::Workers,
            Some(Target::Nothing) | None => return,
        };
        self.open(place);
    }

    fn open_tasks(&mut self) {
        if let Some((name, _)) = self.level().target().and_then(Target::queue) {
            let selection = Selection {
                queues: vec![name.clone()],
                ..Selection::default()
            };
            self.open(Place::Tasks(Box::new(selection.into())));
        }
    }

    /// Moves the cursor, or scrolls.
    pub(super) fn go(&mut self, step: isize) -> Vec<Effect> {
        let (_, height) = self.room();
        if self.level_mut().go(step, height) {
            return self.reload();
        }
        Vec::new()
    }

    pub(super) fn find(&mut self, from: usize) {
        let (_, height) = self.room();
        let level = self.level_mut();
        if level.search.is_some() && !level.find(from, height) {
            let what = level.search.clone().unwrap_or_default();
            self.say(&format!("not found: {what}"), Role::Warning);
        }
    }

    fn next_order(&mut self) {
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
            | Kind::Workers
            | Kind::Server
            | Kind::Schedule
            | Kind::Audit
            | Kind::Help => return,
        };
        self.say(&format!("sorted by {order}"), Role::Dim);
        self.sort();
    }

    pub(super) fn start_typing(&mut self, what: What, text: String) {
        self.message = None;
        self.prompt = Some(Prompt::Typing(Typing::new(what, text)));
    }

    pub(super) fn answer(&mut self, question: Question, key: KeyEvent) -> Vec<Effect> {
        match answer(key) {
            Some(Answer::Yes) => self.agreed(question.yes),
            Some(Answer::No) => self.refuse(Prompt::Question(question)),
            None => {
                self.prompt = Some(Prompt::Question(question));
                Vec::new()
            }
        }
    }

    /// Closes what was asked. Nothing is changed.
    pub(super) fn refuse(&mut self, prompt: Prompt) -> Vec<Effect> {
        match prompt {
            Prompt::Typing(_) => Vec::new(),
            Prompt::Question(question) => {
                self.say("nothing was changed", Role::Dim);
                match question.yes {
                    Yes::Start(_) | Yes::Trim(_)
                        if !matches!(self.change, Some(Change::Running { .. })) =>
                    {
                        self.change = None;
                        vec![Effect::Stop]
                    }
                    Yes::Start(_) | Yes::Trim(_) | Yes::Perform(_) => Vec::new(),
                }
            }
        }
    }

    fn pause_queue(&mut self) {
        let Some((name, paused)) = self.level().target().and_then(Target::queue) else {
            return;
        };
        let name = name.clone();
        let queue = text::escape(name.as_str()).into_owned();
        let (what, operation) = if paused {
            (
                format!("resume queue {queue}"),
                Operation::ResumeQueue(name),
            )
        } else {
            (format!("pause queue {queue}"), Operation::PauseQueue(name))
        };
        self.ask_to_perform(what, operation);
    }

    fn change_schedule(&mut self, act: ScheduleAct) -> Vec<Effect> {
        let Some(Target::Schedule {
            name,
            state,
            source,
        }) = self.level().target().cloned()
        else {
            return Vec::new();
        };
        if source == Source::Asynq {
            return self.warn("an entry of a Go scheduler can only be changed by its own program");
        }
        let shown = text::escape(&name).into_owned();
        let (what, operation) = match (act, state) {
            (ScheduleAct::Run, _) => (
                format!("enqueue the task of schedule {shown} now"),
                Operation::RunSchedule(name),
            ),
            (ScheduleAct::Remove, _) => (
                format!("remove schedule {shown} and its history"),
                Operation::RemoveSchedule(name),
            ),
            (ScheduleAct::Pause, ScheduleState::Paused) => (
                format!("resume schedule {shown}"),
                Operation::ResumeSchedule(name),
            ),
            (
                ScheduleAct::Pause,
                ScheduleState::Active | ScheduleState::Ended | ScheduleState::Unreadable,
            ) => (
                format!("pause schedule {shown}"),
                Operation::PauseSchedule(name),
            ),
        };
        self.ask_to_perform(what, operation);
        Vec::new()
    }

    fn ask_to_perform(&mut self, what: String, operation: Operation) {
        self.ask(Question {
            what,
            command: equivalent::operation(&operation),
            yes: Yes::Perform(operation),
        });
    }
}

/// The tab so many places to the right, in a circle.
fn neighbour(tab: Tab, distance: usize) -> Tab {
    Tab::ALL[(tab as usize + distance) % Tab::ALL.len()]
}
