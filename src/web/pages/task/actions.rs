//! What can be done to a task: a button for each action that its state allows.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::inspector::edit::Edit;
use crate::inspector::{FoundTask, Options, Selection};
use crate::task::transition::Action;
use crate::view::command_line;
use crate::web::changes::ticked;
use crate::web::parts::action::{key, title};
use crate::web::state::Shared;

/// What a button does by itself. Edit and Clone lead to forms.
const ACTIONS: [Action; 4] = [
    Action::Retry,
    Action::Archive,
    Action::Cancel,
    Action::Delete,
];

/// The buttons. What can be taken back, or was named exactly, is done at once; a deletion shows a preview.
pub(super) fn actions(shared: &Shared, task: &FoundTask, now: DateTime<Utc>) -> Markup {
    let (queue, id) = (task.queue.as_str(), task.id.as_str());
    let mut selection = Selection::ids([task.id.clone()]);
    selection.queues.push(task.queue.clone());
    let possible = ACTIONS
        .into_iter()
        .filter(|action| task.after(*action, now).is_ok());
    html! {
        form .row.push method="post" action=(shared.link("/changes", &[])) {
            input type="hidden" name="task" value=(ticked(queue, id));
            @for action in possible {
                @let command = command_line::change(action, &selection, &Options::default());
                @if action == Action::Delete {
                    button .button.danger form="delete" title=(command) data-key=(key(action)) {
                        (title(action)) " " kbd .scripted { (key(action)) }
                    }
                } @else {
                    button .button name="action" value=(action.verb()) title=(command) data-key=(key(action)) {
                        (title(action)) " " kbd .scripted { (key(action)) }
                    }
                }
            }
            (forms(shared, task, now))
            input type="hidden" name="at_once" value="1";
        }
    }
}

/// The links to the forms.
fn forms(shared: &Shared, task: &FoundTask, now: DateTime<Utc>) -> Markup {
    let address = [("queue", task.queue.as_str()), ("id", task.id.as_str())];
    let selection = Selection::of_tasks(&[(task.queue.clone(), task.id.clone())]);
    let command = command_line::edit(&selection, &Edit::default());
    html! {
        @if task.message.is_ok() {
            @if task.after(Action::Edit, now).is_ok() {
                a .button href=(shared.link("/task/edit", &address)) title=(command) data-key=(key(Action::Edit)) {
                    (title(Action::Edit)) " " kbd .scripted { (key(Action::Edit)) }
                }
            }
            a .button href=(shared.link("/task/clone", &address)) title="Enqueue a task like this one" data-key="N" {
                "Clone " kbd .scripted { "N" }
            }
        }
    }
}

/// The form of the button that deletes: it has no `at_once`.
pub(super) fn delete_form(shared: &Shared, task: &FoundTask) -> Markup {
    html! {
        form #delete method="post" action=(shared.link("/changes", &[])) {
            input type="hidden" name="task" value=(ticked(task.queue.as_str(), task.id.as_str()));
            input type="hidden" name="action" value=(Action::Delete.verb());
        }
    }
}
