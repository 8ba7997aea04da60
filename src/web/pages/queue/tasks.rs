//! The first tasks of a queue, in one of its states.

use std::time::Duration;

use axum::http::StatusCode;
use maud::{Markup, html};

use crate::document::queue::QueueDocument;
use crate::inspector::browse::Bounds;
use crate::inspector::{Error, FoundTask, Inspector, Selection};
use crate::task::{QueueName, State};
use crate::web::failure::Failure;
use crate::web::links;
use crate::web::pages::tasks::list::list;
use crate::web::parts::absent::absent;
use crate::web::parts::bar::count;
use crate::web::parts::number::plural;
use crate::web::state::Shared;

/// The state whose tasks are shown unless another is chosen: the first of these that has tasks.
const BY_URGENCY: [State; 8] = [
    State::Active,
    State::Retry,
    State::Archived,
    State::Pending,
    State::Scheduled,
    State::Aggregating,
    State::Completed,
    State::Aside,
];

const BOUNDS: Bounds = Bounds {
    rows: 10,
    looks: 10,
    time: Duration::from_millis(300),
};

/// The state that an address chooses, or the one that matters most.
///
/// # Errors
/// If the address names none.
pub(super) fn chosen(asked: Option<&str>, queue: &QueueDocument) -> Result<State, Failure> {
    if let Some(asked) = asked {
        let state = asked.parse::<State>();
        return state.map_err(|error| Failure::refused(StatusCode::BAD_REQUEST, error.to_string()));
    }
    let filled = |state: &State| count(queue, *state) > Some(0);
    let first = BY_URGENCY.into_iter().find(filled);
    Ok(first.unwrap_or(State::Pending))
}

/// The first tasks of a queue in a state.
///
/// # Errors
/// As of [`Inspector::page`].
pub(super) async fn first(
    inspector: &Inspector,
    queue: &QueueName,
    state: State,
) -> Result<Vec<FoundTask>, Error> {
    let mut selection = Selection::default().state(state);
    selection.queues.push(queue.clone());
    Ok(inspector.page(&selection, None, BOUNDS).await?.tasks)
}

pub(super) fn tasks(
    shared: &Shared,
    queue: &QueueDocument,
    state: State,
    tasks: &[FoundTask],
) -> Markup {
    let name = queue.queue.as_deref().unwrap_or_default();
    html! {
        @if tasks.is_empty() {
            (absent(&format!("No {state} tasks"), &html! {}))
        } @else {
            (list(shared, tasks, false, shared.inspector().now()))
            p .further {
                a .button href=(links::tasks(shared, name, state)) {
                    @match count(queue, state) {
                        Some(count) if count > 1 => { "All " (plural(count, &format!("{state} task"))) }
                        Some(_) | None => { "Open in Tasks" }
                    }
                }
            }
        }
    }
}
