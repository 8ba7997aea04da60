//! The bar below a list of tasks: what can be done to those that are ticked, or to all that match.

use maud::{Markup, html};

use crate::inspector::query::Query;
use crate::task::transition::Action;
use crate::web::parts::action::title;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// The actions that take several tasks.
const ACTIONS: [Action; 5] = [
    Action::Retry,
    Action::Archive,
    Action::Cancel,
    Action::Edit,
    Action::Delete,
];

/// The bar; without actions if the viewer may not change anything.
pub(super) fn bar(shared: &Shared, viewer: &Viewer, query: &Query) -> Markup {
    let allowed = ACTIONS.map(|action| (action, query.selection().allows(action)));
    let count = shared.link("/tasks/count", &[("q", query.text())]);
    html! {
        div #actions .actions role="group" aria-label="Actions" {
            span #matching data-count=(count) aria-live="polite" {
                noscript { a href=(count) { "How many match?" } }
            }
            @if viewer.may_change {
                label .all {
                    input #all type="checkbox" name="all" value="1";
                    "All that match"
                }
                span #ticked .dim.scripted { "none ticked" }
                div .row.push {
                    @for (action, allowed) in &allowed {
                        button .button.danger[*action == Action::Delete] name="action" value=(action.verb())
                            title=[allowed.as_ref().err().map(|why| format!("Not for all that match: {why}"))]
                            data-all=[allowed.is_ok().then_some("")] { (word(*action)) }
                    }
                }
            }
        }
    }
}

/// The word on a button. Of all edits, many tasks are only moved.
const fn word(action: Action) -> &'static str {
    match action {
        Action::Edit => "Move…",
        Action::Retry | Action::Archive | Action::Cancel | Action::Delete => title(action),
    }
}
