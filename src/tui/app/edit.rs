//! Edits and copies: a task in the editor of the user, and moves to another queue.

use super::change::{BUSY, permitted};
use super::prompt::What;
use super::stage::Change;
use super::{App, Message};
use crate::failure::Failure;
use crate::inspector::Selection;
use crate::inspector::draft::{Draft, Purpose};
use crate::inspector::edit::Edit;
use crate::task::QueueName;
use crate::task::transition::Action;
use crate::tui::message::{ChangeOf, EditOf, Effect, Operation, Written, sentence};
use crate::tui::target::Target;
use crate::view::Role;

impl App {
    /// Reads the task at the cursor, to edit it.
    pub(super) fn edit(&mut self) -> Vec<Effect> {
        self.read_for(Purpose::Edit)
    }

    /// Reads the task at the cursor, to enqueue a copy of it.
    pub(super) fn clone_task(&mut self) -> Vec<Effect> {
        self.read_for(Purpose::Copy)
    }

    fn read_for(&mut self, purpose: Purpose) -> Vec<Effect> {
        if self.change.is_some() {
            return self.warn(BUSY);
        }
        let level = self.level();
        if level.all || !level.marks.is_empty() {
            return self.warn("the editor opens one task: remove the marks first (Esc)");
        }
        let Some(task) = level.target().and_then(Target::task).cloned() else {
            return Vec::new();
        };
        if purpose == Purpose::Edit
            && let Err(why) = permitted(&task, Action::Edit)
        {
            return self.warn(&why);
        }
        self.changes += 1;
        self.change = Some(Change::Drafting(task.queue.clone(), task.id.clone()));
        vec![Effect::Draft(self.changes, purpose, task.queue, task.id)]
    }

    /// Whether one task can be edited.
    pub(super) fn offers_editor(&self) -> bool {
        self.offers_clone() && self.offers(Action::Edit)
    }

    /// Whether one task can be copied.
    pub(super) fn offers_clone(&self) -> bool {
        let level = self.level();
        let task = level.target().and_then(Target::task);
        !level.all && level.marks.is_empty() && task.is_some()
    }

    /// The task was read.
    pub(super) fn drafted(
        &mut self,
        number: u64,
        draft: Result<Box<Draft>, Failure>,
    ) -> Vec<Effect> {
        // It was given up meanwhile.
        if number != self.changes || !matches!(self.change, Some(Change::Drafting(..))) {
            return Vec::new();
        }
        match draft {
            Ok(draft) => vec![Effect::OpenEditor(number, draft)],
            Err(failure) => {
                self.change = None;
                self.say(&sentence(&failure), Role::Error);
                self.reload()
            }
        }
    }

    /// The editor was closed.
    pub(super) fn edited(
        &mut self,
        number: u64,
        written: Result<Option<Box<Written>>, Failure>,
    ) -> Vec<Effect> {
        if number != self.changes || !matches!(self.change, Some(Change::Drafting(..))) {
            // It was given up by a key that was pressed while the editor closed.
            return vec![Effect::KeepText];
        }
        let Some(Change::Drafting(queue, id)) = self.change.take() else {
            return Vec::new();
        };
        match written.map(|written| written.map(|written| *written)) {
            Ok(Some(Written::Edit(edit))) => self.count(ChangeOf {
                action: Action::Edit,
                selection: Box::new(Selection::of_tasks(&[(queue, id)])),
                allow_trim: false,
                edit: Some(Box::new(edit)),
            }),
            Ok(Some(Written::Copy(copy))) => {
                self.ask_to_perform(Operation::EnqueueCopy(Box::new(copy)))
            }
            Ok(None) => {
                self.say("the text has no changes: nothing was changed", Role::Dim);
                self.reload()
            }
            Err(failure) => {
                self.say(&sentence(&failure), Role::Error);
                self.reload()
            }
        }
    }

    /// What was typed has changed nothing, and is kept. That is said until something else is.
    pub(super) fn text_kept(&mut self, kept: String) {
        let before = self.message.take();
        let before = before.map_or_else(String::new, |message| message.text + "; ");
        self.message = Some(Message {
            text: before + &kept,
            role: Role::Warning,
            left: None,
        });
        self.kept.push(kept);
    }

    /// Asks for the queue that the tasks are to be moved to.
    pub(super) fn start_move(&mut self) -> Vec<Effect> {
        if self.change.is_some() {
            return self.warn(BUSY);
        }
        match self.selected(Action::Edit) {
            Ok(Some(_)) => self.start_typing(What::Queue, String::new()),
            Ok(None) => Vec::new(),
            Err(why) => self.warn(&why),
        }
    }

    /// Moves the tasks to this queue, after a count and a question.
    pub(super) fn move_to(&mut self, queue: QueueName) -> Vec<Effect> {
        let edit = Edit {
            queue: Some(queue),
            ..Edit::default()
        };
        let edit = EditOf {
            edit,
            before: Edit::default(),
        };
        self.begin(Action::Edit, Some(Box::new(edit)))
    }
}
