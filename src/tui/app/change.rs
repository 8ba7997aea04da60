//! A change of tasks: what it is about, the question before it, and how it goes on.

use super::prompt::Yes;
use super::stage::Change;
use super::{App, Message, equivalent};
use crate::inspector::{Selection, StateFilter};
use crate::task::QueueName;
use crate::task::transition::{Action, after_orphaned};
use crate::tui::message::{ChangeOf, EditOf, Effect, Progress, sentence};
use crate::tui::target::{Mark, Target, TaskTarget};
use crate::view::Role;

pub(super) const BUSY: &str = "another change is running; x stops it";

impl App {
    /// Begins a change: counts its tasks, so that the question can say how many.
    pub(super) fn change(&mut self, action: Action) -> Vec<Effect> {
        self.begin(action, None)
    }

    /// The same, with what to change of [`Action::Edit`].
    pub(super) fn begin(&mut self, action: Action, edit: Option<Box<EditOf>>) -> Vec<Effect> {
        if self.change.is_some() {
            return self.warn(BUSY);
        }
        let selection = match self.selected(action) {
            Ok(Some(selection)) => selection,
            Ok(None) => return Vec::new(),
            Err(why) => return self.warn(&why),
        };
        self.count(ChangeOf {
            action,
            selection: Box::new(selection),
            allow_trim: false,
            edit,
        })
    }

    pub(super) fn count(&mut self, change: ChangeOf) -> Vec<Effect> {
        self.changes += 1;
        self.change = Some(Change::Counting {
            change: change.clone(),
            seen: 0,
            total: 0,
        });
        vec![Effect::Count(self.changes, change)]
    }

    /// The tasks that an action is for: all that match, or those that are marked, or the one at the cursor.
    pub(super) fn selected(&self, action: Action) -> Result<Option<Selection>, String> {
        let level = self.level();
        if let (Some(query), true) = (level.place.query(), level.all) {
            let mut selection = query.selection().clone();
            if selection.queues.is_empty() && selection.ids.is_none() {
                selection.queues.extend(QueueName::new("*").ok());
            }
            return Ok(Some(selection));
        }
        if !level.marks.is_empty() {
            let task = |mark: &Mark| match mark {
                Mark::Task(queue, id) => Some((queue.clone(), id.clone())),
                Mark::Finding(_) => None,
            };
            let tasks: Vec<_> = level.marks.iter().filter_map(task).collect();
            return Ok(Some(Selection::of_tasks(&tasks)));
        }
        let Some(task) = level.target().and_then(Target::task) else {
            return Ok(None);
        };
        permitted(task, action)?;
        let task = (task.queue.clone(), task.id.clone());
        Ok(Some(Selection::of_tasks(&[task])))
    }

    /// Whether the action is possible on what it would be for, as far as that is known before the tasks are counted.
    pub(in crate::tui) fn offers(&self, action: Action) -> bool {
        let level = self.level();
        if level.all {
            let query = level.place.query();
            return query.is_some_and(|query| possible(&query.selection().states, action));
        }
        if !level.marks.is_empty() {
            return true;
        }
        let task = level.target().and_then(Target::task);
        task.is_some_and(|task| permitted(task, action).is_ok())
    }

    pub(super) fn progress(&mut self, number: u64, progress: Progress) -> Vec<Effect> {
        // A count that was given up has more to say.
        if number != self.changes || self.change.is_none() {
            return Vec::new();
        }
        match progress {
            Progress::Counted(count, of) => {
                if let Some(Change::Counting { seen, total, .. }) = &mut self.change {
                    (*seen, *total) = (count, of);
                }
            }
            Progress::Planned(0) => {
                self.change = None;
                self.say("no tasks to change", Role::Dim);
            }
            Progress::Planned(count) => self.ask_to_start(count),
            Progress::WouldTrim(why) => {
                if let Some(Change::Counting { change, .. }) = self.change.take() {
                    let change = ChangeOf {
                        allow_trim: true,
                        ..change
                    };
                    let (what, command) = (
                        format!("{why}; archive anyway"),
                        equivalent::change(&change),
                    );
                    self.ask(what, command, Yes::Trim(change));
                }
            }
            Progress::Changed(count, of) => {
                if let Some(Change::Running {
                    done, total, away, ..
                }) = &mut self.change
                {
                    (*done, *total, *away) = (count, of, None);
                }
            }
            Progress::Away(why) => {
                if let Some(Change::Running { away, .. }) = &mut self.change {
                    *away = Some(why);
                }
            }
            Progress::Ended(done, failure) => {
                self.change = None;
                match failure {
                    Some(failure) => {
                        self.say(&format!("{done}: {}", failure.what), Role::Warning);
                    }
                    None => self.say(&done, Role::Good),
                }
                for level in self.stacks.iter_mut().flatten() {
                    level.unmark();
                }
                return self.reload();
            }
            Progress::Failed(failure) => {
                self.change = None;
                self.say(&sentence(&failure), Role::Error);
                return self.reload();
            }
        }
        Vec::new()
    }

    fn ask_to_start(&mut self, count: u64) {
        let Some(Change::Counting { change, .. }) = &self.change else {
            return;
        };
        let (what, command) = (
            equivalent::what(change, count, &self.queue_names()),
            equivalent::change(change),
        );
        self.ask(what, command, Yes::Start(count));
    }

    /// The answer was yes.
    pub(super) fn agreed(&mut self, yes: Yes) -> Vec<Effect> {
        match yes {
            Yes::Perform(operation) => self.perform(operation),
            Yes::Trim(change) => self.count(change),
            Yes::Start(total) => {
                let Some(Change::Counting { change, .. }) = &self.change else {
                    return Vec::new();
                };
                self.run((change.action.verb(), "task"), total);
                vec![Effect::Start]
            }
            Yes::Repair(findings, total) => {
                self.changes += 1;
                self.run(("repair", "finding"), total);
                vec![Effect::Repair(self.changes, findings)]
            }
        }
    }

    /// A change of so many things begins.
    fn run(&mut self, (verb, noun): (&'static str, &'static str), total: u64) {
        self.change = Some(Change::Running {
            verb,
            noun,
            done: 0,
            total,
            since: self.now,
            away: None,
            stopping: false,
        });
    }

    /// Stops a count, or a change after its present step.
    pub(super) fn stop(&mut self) -> Vec<Effect> {
        match &mut self.change {
            None => Vec::new(),
            Some(Change::Drafting(..)) => {
                self.change = None;
                self.message = Some(Message::new("nothing was changed", Role::Dim));
                Vec::new()
            }
            Some(Change::Counting { .. }) => {
                self.change = None;
                self.message = Some(Message::new("stopped; nothing was changed", Role::Dim));
                vec![Effect::Stop]
            }
            Some(Change::Running { stopping, .. }) => {
                *stopping = true;
                vec![Effect::Stop]
            }
        }
    }
}

/// Whether a state allows an action; the reason completes a sentence.
pub(super) fn permitted(task: &TaskTarget, action: Action) -> Result<(), String> {
    let after = if task.orphaned {
        after_orphaned(action)
    } else {
        task.state.after(action)
    };
    match after {
        Ok(_) => Ok(()),
        Err(refusal) => Err(format!(
            "cannot {} this task: it is {refusal}",
            action.verb()
        )),
    }
}

/// Whether an action is possible on tasks in these states, or, if none is named, in some state.
fn possible(states: &[StateFilter], action: Action) -> bool {
    if states.is_empty() {
        return !action.default_states().is_empty();
    }
    states.iter().all(|filter| match filter {
        StateFilter::In(state) => state.after(action).is_ok(),
        StateFilter::Orphaned => after_orphaned(action).is_ok(),
    })
}
