//! What can be done to a task: a button for each action that its state allows.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::inspector::{FoundTask, Options, Selection};
use crate::task::transition::Action;
use crate::view::command_line;
use crate::web::changes::ticked;
use crate::web::parts::action::{key, title};
use crate::web::state::Shared;

/// What a button may do. Tasks are edited in the terminal.
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
            input type="hidden" name="at_once" value="1";
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
