//! What a viewer asks for: an action on ticked tasks or on all that match, or a repair of what the doctor has found.

use axum::http::StatusCode;

use crate::inspector::doctor::Code;
use crate::inspector::edit::Edit;
use crate::inspector::query::{self, Query};
use crate::inspector::{Options, Selection};
use crate::task::transition::Action;
use crate::task::{QueueName, TaskId};
use crate::view::command_line;
use crate::web::failure::Failure;
use crate::web::parts::action::title;

/// What a change is to do, and who asks for it.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) what: What,
    /// The name of the viewer.
    pub(crate) by: String,
}

/// What a change is to do.
#[derive(Debug, Clone)]
pub(crate) enum What {
    Tasks(Box<TaskChange>),
    Repair(Repair),
}

/// An action on the tasks of a selection.
#[derive(Debug, Clone)]
pub(crate) struct TaskChange {
    pub(crate) action: Action,
    pub(crate) selection: Selection,
    /// Where the tasks go, for [`Action::Edit`]: the only edit of many tasks that the page makes.
    pub(crate) move_to: Option<QueueName>,
    /// Allow an archive that overflows to delete its oldest tasks.
    pub(crate) allow_trim: bool,
}

/// A repair of what the doctor has found of a code.
#[derive(Debug, Clone)]
pub(crate) struct Repair {
    pub(crate) code: Code,
    /// Absent: wherever it was found.
    pub(crate) queue: Option<QueueName>,
}

/// A form, read.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) change: TaskChange,
    /// The task on whose page the form is: it is changed at once.
    pub(crate) only: Option<(QueueName, TaskId)>,
}

impl What {
    /// The verb with what it is about.
    pub(crate) fn title(&self) -> String {
        match self {
            Self::Tasks(change) if change.action == Action::Edit => "Move tasks".to_owned(),
            Self::Tasks(change) => format!("{} tasks", title(change.action)),
            Self::Repair(repair) => format!("Repair {}", repair.code.name()),
        }
    }

    /// Where the changes are: a selection, or a queue.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Tasks(change) => change.text(),
            Self::Repair(repair) => match &repair.queue {
                Some(queue) => queue.to_string(),
                None => "all queues".to_owned(),
            },
        }
    }

    /// What is counted.
    pub(crate) const fn noun(&self) -> &'static str {
        match self {
            Self::Tasks(_) => "task",
            Self::Repair(_) => "finding",
        }
    }

    /// The command that does the same.
    pub(crate) fn command(&self) -> String {
        match self {
            Self::Tasks(change) if let Some(edit) = change.edit() => {
                command_line::edit(&change.selection, &edit)
            }
            Self::Tasks(change) => {
                let options = Options {
                    allow_trim: change.allow_trim,
                    ..Options::default()
                };
                command_line::change(change.action, &change.selection, &options)
            }
            Self::Repair(repair) => {
                let queues = Vec::from_iter(&repair.queue);
                command_line::doctor_fix(&[repair.code.name()], &queues)
            }
        }
    }
}

impl TaskChange {
    /// The move.
    pub(crate) fn edit(&self) -> Option<Edit> {
        let queue = self.move_to.clone()?;
        Some(Edit {
            queue: Some(queue),
            ..Edit::default()
        })
    }

    /// The selection in words.
    pub(crate) fn text(&self) -> String {
        query::text_of(&self.selection)
    }
}

impl Repair {
    /// Whether a finding of this code in this queue is repaired.
    pub(crate) fn concerns(&self, code: Code, queue: Option<&QueueName>) -> bool {
        code == self.code && (self.queue.is_none() || self.queue.as_ref() == queue)
    }
}

/// The value of the box in front of a task.
pub(crate) fn ticked(queue: &str, id: &str) -> String {
    serde_json::json!([queue, id]).to_string()
}

impl Form {
    /// Reads the fields of a form: `action`; `task` for each ticked task, or `all` and `q`; `move_to`; `allow_trim`; `at_once`.
    pub(crate) fn read(fields: &[(String, String)]) -> Result<Self, Failure> {
        let value = |name: &str| {
            let field = fields.iter().find(|(known, _)| known == name);
            field.map(|(_, value)| value.as_str())
        };
        let named = value("action").unwrap_or_default();
        let action = Action::ALL.into_iter().find(|one| one.verb() == named);
        let action = action.ok_or_else(|| refused(format!("there is no action {named:?}")))?;
        let mut tasks = Vec::new();
        for (_, text) in fields.iter().filter(|(name, _)| name == "task") {
            tasks.push(task(text)?);
        }
        let selection = if value("all").is_some() {
            let query = Query::parse(value("q").unwrap_or_default());
            let query = query.map_err(|error| refused(error.what).with_hint(error.hint))?;
            query.selection().clone()
        } else if tasks.is_empty() {
            let hint = "go back, and tick tasks, or all that match";
            return Err(refused("no tasks are selected").with_hint(hint));
        } else {
            Selection::of_tasks(&tasks)
        };
        let only = match &tasks[..] {
            [only] if value("at_once").is_some() => Some(only.clone()),
            _ => None,
        };
        let move_to = value("move_to").filter(|_| action == Action::Edit);
        let move_to = move_to.map(|name| QueueName::new(name.trim())).transpose();
        let change = TaskChange {
            action,
            selection,
            move_to: move_to.map_err(|error| refused(error.to_string()))?,
            allow_trim: value("allow_trim").is_some(),
        };
        Ok(Self { change, only })
    }
}

fn task(text: &str) -> Result<(QueueName, TaskId), Failure> {
    let read = serde_json::from_str::<(String, String)>(text).ok();
    let task = read.and_then(|(queue, id)| {
        // Other clients store blank ids too.
        let id = TaskId::from_stored(id.into_bytes());
        Some((QueueName::new(queue).ok()?, id))
    });
    task.ok_or_else(|| refused(format!("{text:?} is not a task of this page")))
}

fn refused(what: impl Into<String>) -> Failure {
    Failure::refused(StatusCode::BAD_REQUEST, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[(&str, &str)]) -> Result<Form, Failure> {
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Form::read(&fields)
    }

    #[test]
    fn ticked_tasks_are_selected_by_id_in_their_queues() {
        let (first, second) = (ticked("a b", "1"), ticked("low", "\"\u{0}"));
        let form = read(&[("action", "retry"), ("task", &first), ("task", &second)]).unwrap();
        assert_eq!(form.change.action, Action::Retry);
        let selection = form.change.selection;
        let queues: Vec<_> = selection.queues.iter().map(QueueName::as_str).collect();
        assert_eq!(queues, ["a b", "low"]);
        assert_eq!(selection.ids.map(|ids| ids.len()), Some(2));
        assert!(form.only.is_none() && !form.change.allow_trim);
        let form = read(&[("action", "delete"), ("task", &first), ("at_once", "1")]).unwrap();
        assert!(form.only.is_some());
    }

    #[test]
    fn all_that_match_are_selected_by_the_query() {
        let fields = [
            ("action", "archive"),
            ("all", "1"),
            ("q", "queue:low state:retry"),
        ];
        let form = read(&fields).unwrap();
        assert_eq!(
            form.change.selection,
            *Query::parse("queue:low state:retry").unwrap().selection()
        );
    }

    #[test]
    fn what_is_no_form_of_the_page_is_refused() {
        for fields in [
            &[("action", "explode"), ("task", "[\"a\",\"1\"]")][..],
            &[("action", "retry")],
            &[("action", "retry"), ("q", "state:retry")],
            &[("action", "retry"), ("task", "a/1")],
            &[("action", "retry"), ("task", "[\" \",\"1\"]")],
            &[("action", "retry"), ("all", "1"), ("q", "state:")],
        ] {
            assert!(read(fields).is_err(), "{fields:?}");
        }
    }
}
