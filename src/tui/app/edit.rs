//! Edits: a task in the editor of the user, and moves to another queue.

use super::change::{BUSY, permitted};
use super::prompt::What;
use super::stage::Change;
use super::{App, Message};
use crate::failure::Failure;
use crate::inspector::Selection;
use crate::inspector::draft::Draft;
use crate::inspector::edit::Edit;
use crate::task::QueueName;
use crate::task::transition::Action;
use crate::tui::message::{ChangeOf, EditOf, Effect, sentence};
use crate::tui::target::Target;
use crate::view::Role;

impl App {
    /// Reads the task at the cursor for the editor.
    pub(super) fn edit(&mut self) -> Vec<Effect> {
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
        if let Err(why) = permitted(&task, Action::Edit) {
            return self.warn(&why);
        }
        self.changes += 1;
        self.change = Some(Change::Drafting(task.queue.clone(), task.id.clone()));
        vec![Effect::Draft(self.changes, task.queue, task.id)]
    }

    /// Whether one task can be edited.
    pub(super) fn offers_editor(&self) -> bool {
        let level = self.level();
        !level.all && level.marks.is_empty() && self.offers(Action::Edit)
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
        edit: Result<Option<Box<EditOf>>, Failure>,
    ) -> Vec<Effect> {
        if number != self.changes || !matches!(self.change, Some(Change::Drafting(..))) {
            // It was given up by a key that was pressed while the editor closed.
            return vec![Effect::KeepText];
        }
        let Some(Change::Drafting(queue, id)) = self.change.take() else {
            return Vec::new();
        };
        match edit {
            Ok(Some(edit)) => self.count(ChangeOf {
                action: Action::Edit,
                selection: Box::new(Selection::of_tasks(&[(queue, id)])),
                allow_trim: false,
                edit: Some(edit),
            }),
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
