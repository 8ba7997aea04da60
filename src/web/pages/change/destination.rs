//! The page that asks for the queue to which tasks are moved.

use maud::{Markup, html};

use crate::task::QueueName;
use crate::task::transition::Action;
use crate::web::pages::frame::{Frame, Tab, page};
use crate::web::parts::number::plural;
use crate::web::parts::text::{line, short};
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// The name of the field in forms.
const FIELD: &str = "move_to";

/// Queues that are offered.
const MAX_OFFERED: usize = 200;

/// The page, unless the form is for another action or names a queue.
pub(super) fn asking(
    shared: &Shared,
    viewer: &Viewer,
    fields: &[(String, String)],
) -> Option<Markup> {
    let value = |name: &str| {
        let field = fields.iter().find(|(known, _)| known == name);
        field.map(|(_, value)| value.trim())
    };
    if value("action") != Some(Action::Edit.verb()) {
        return None;
    }
    let typed = value(FIELD);
    let wrong = match typed.map(QueueName::new) {
        Some(Ok(_)) => return None,
        Some(Err(error)) => Some(error.to_string()),
        None => None,
    };
    let query = value("q").unwrap_or_default();
    let back = shared.link("/tasks", &[("q", query)]);
    let ticked = fields.iter().filter(|(name, _)| name == "task").count();
    let body = html! {
        section .problem {
            h1 { "Move tasks" }
            p {
                @if value("all").is_some() { "All tasks that match " span .mono { (short(query, 400)) } }
                @else { (plural(ticked as u64, "ticked task")) }
                ". They keep their state and their times, and the unique locks that they hold move along."
            }
            form .stack method="post" action=(shared.link("/changes", &[])) {
                @for (name, value) in fields.iter().filter(|(name, _)| name != FIELD) {
                    input type="hidden" name=(name) value=(value);
                }
                (field(shared, typed.unwrap_or_default(), wrong.as_deref()))
                div .row {
                    button .button.primary { "Preview" }
                    a .button href=(back) { "Back" }
                }
            }
        }
    };
    let frame = Frame {
        title: "Move tasks",
        tab: Some(Tab::Tasks),
        selection: query,
        ..Frame::default()
    };
    Some(page(shared, viewer, &frame, &body))
}

/// The field, with the queues that the overview knows.
fn field(shared: &Shared, typed: &str, wrong: Option<&str>) -> Markup {
    let known = shared.sampler().latest().overview;
    let known = known.iter().flat_map(|overview| &overview.queues);
    html! {
        div .field {
            label for=(FIELD) { "To the queue" }
            input #(FIELD) .mono name=(FIELD) value=(typed) list="queues" required autocomplete="off" autocapitalize="off"
                spellcheck="false" aria-describedby="destination-said" aria-invalid=[wrong.map(|_| "true")];
            span #destination-said {
                @if let Some(wrong) = wrong { span .error role="alert" { (line(wrong)) } }
            }
            datalist #queues {
                @for queue in known.take(MAX_OFFERED) { option value=(queue.name) {} }
            }
        }
    }
}
