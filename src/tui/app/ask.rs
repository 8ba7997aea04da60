//! Questions before something is changed, and their answers.

use ratatui::crossterm::event::KeyEvent;

use super::prompt::{Answer, Naming, Prompt, Question, Yes};
use super::stage::{Change, Performing};
use super::{App, equivalent};
use crate::document::schedule::{ScheduleState, Source};
use crate::failure::Failure;
use crate::tui::message::{Effect, Operation, sentence};
use crate::tui::target::Target;
use crate::view::Role;

impl App {
    /// Asks whether something is to be done; in a protected context, whoever changes something there types its name.
    pub(super) fn ask(&mut self, what: String, command: String, yes: Yes) {
        let name = self.settings.protected.as_deref();
        let name = name.filter(|_| yes.changes());
        self.message = None;
        self.prompt = Some(Prompt::Question(Question {
            what,
            command,
            yes,
            naming: name.map(Naming::new),
        }));
    }

    pub(super) fn answer(&mut self, mut question: Question, key: KeyEvent) -> Vec<Effect> {
        match question.answer(key) {
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
                    Yes::Perform(Operation::EnqueueCopy(_)) => vec![Effect::KeepText],
                    Yes::Start(_) | Yes::Trim(_) | Yes::Perform(_) | Yes::Repair(..) => Vec::new(),
                }
            }
        }
    }

    pub(super) fn pause_queue(&mut self) -> Vec<Effect> {
        match self.level().target().and_then(Target::queue) {
            Some((name, true)) => self.ask_to_perform(Operation::ResumeQueue(name.clone())),
            Some((name, false)) => self.ask_to_perform(Operation::PauseQueue(name.clone())),
            None => Vec::new(),
        }
    }

    pub(super) fn run_schedule(&mut self) -> Vec<Effect> {
        self.change_schedule(|name, _| Operation::RunSchedule(name))
    }

    /// Pauses the schedule, or resumes it.
    pub(super) fn pause_schedule(&mut self) -> Vec<Effect> {
        self.change_schedule(|name, state| match state {
            ScheduleState::Paused => Operation::ResumeSchedule(name),
            ScheduleState::Active | ScheduleState::Ended | ScheduleState::Unreadable => {
                Operation::PauseSchedule(name)
            }
        })
    }

    pub(super) fn remove_schedule(&mut self) -> Vec<Effect> {
        self.change_schedule(|name, _| Operation::RemoveSchedule(name))
    }

    fn change_schedule(
        &mut self,
        operation: impl FnOnce(String, ScheduleState) -> Operation,
    ) -> Vec<Effect> {
        match self.level().target().cloned() {
            Some(Target::Schedule {
                source: Source::Asynq,
                ..
            }) => self.warn("an entry of a Go scheduler can only be changed by its own program"),
            Some(Target::Schedule { name, state, .. }) => {
                self.ask_to_perform(operation(name, state))
            }
            Some(
                Target::Queue { .. }
                | Target::Task(_)
                | Target::Server(_)
                | Target::Trouble { .. }
                | Target::Finding(_)
                | Target::AuditEntry { .. }
                | Target::Nothing,
            )
            | None => Vec::new(),
        }
    }

    /// Asks whether an operation is to be performed.
    pub(super) fn ask_to_perform(&mut self, operation: Operation) -> Vec<Effect> {
        let (what, command) = equivalent::operation(&operation, &self.queue_names());
        self.ask(what, command, Yes::Perform(operation));
        Vec::new()
    }

    pub(super) fn perform(&mut self, operation: Operation) -> Vec<Effect> {
        self.operations += 1;
        self.performing.push(Performing {
            number: self.operations,
            what: operation.under_way(),
            since: self.now,
        });
        vec![Effect::Perform(self.operations, operation)]
    }

    /// An operation has ended.
    pub(super) fn performed(
        &mut self,
        number: u64,
        result: Result<String, Failure>,
    ) -> Vec<Effect> {
        self.performing.retain(|one| one.number != number);
        match result {
            Ok(done) => self.say(&done, Role::Good),
            Err(failure) => self.say(&sentence(&failure), Role::Error),
        }
        self.reload()
    }

    /// What is being done, for whom leaves meanwhile.
    pub(in crate::tui) fn under_way(&self) -> &'static str {
        let last = self.performing.last();
        last.map_or("finishing what was begun…", |last| last.what)
    }
}
