//! The page in place of a change that needs the name of a protected context: it asks for the name, and holds the rest of what
//! was sent.

use maud::{Markup, html};

use super::frame::{Frame, page};
use crate::web::links;
use crate::web::parts::context_name::{FIELD, asking};
use crate::web::parts::text::{line, short};
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// A form that was sent without the name of the context.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unconfirmed<'a> {
    /// The name of the context.
    pub(crate) name: &'a str,
    /// What was typed instead; absent if nothing was asked for.
    pub(crate) typed: Option<&'a str>,
    /// The path to which the form was sent, below the root path.
    pub(crate) action: &'a str,
    pub(crate) fields: &'a [(String, String)],
}

impl Unconfirmed<'_> {
    fn value(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|(known, _)| known == name);
        field.map(|(_, value)| value.as_str())
    }

    /// The page with what would be changed.
    fn back(&self, shared: &Shared) -> String {
        match (self.value("queue"), self.value("id"), self.value("name")) {
            (Some(queue), Some(id), _) => links::task(shared, queue, id),
            (Some(queue), None, _) => links::queue(shared, queue),
            (None, _, Some(schedule)) => links::schedule(shared, schedule),
            (None, Some(change), None) => shared.link("/change", &[("id", change)]),
            (None, None, None) => shared.link("/", &[]),
        }
    }
}

pub(crate) fn unconfirmed(shared: &Shared, viewer: &Viewer, change: &Unconfirmed<'_>) -> Markup {
    let verb = verb(change.action);
    let others = || change.fields.iter().filter(|(name, _)| name != FIELD);
    let shown = || {
        let of_task = change.value("queue").is_some();
        let shown = others().filter(|(name, value)| SHOWN.contains(&&**name) && !value.is_empty());
        // The id of a change says nothing.
        shown.filter(move |(name, _)| name != "id" || of_task)
    };
    let body = html! {
        section .problem {
            h1 { (verb) }
            p { "The context " strong { (line(change.name)) } " is protected: each change needs its name." }
            @if shown().next().is_some() {
                dl .facts { @for (name, value) in shown() { dt { (label(name)) } dd .mono { (short(value, 200)) } } }
            }
            form .stack method="post" action=(shared.link(change.action, &[])) {
                // HTML drops the first line break of a text area, and a hidden field keeps none.
                @for (name, value) in others() {
                    textarea name=(name) hidden { "\n" (value) }
                }
                (asking(change.name, change.typed))
                div .row {
                    button .button.primary { (verb) }
                    a .button href=(change.back(shared)) { "Back" }
                }
            }
        }
    };
    let frame = Frame {
        title: verb,
        ..Frame::default()
    };
    page(shared, viewer, &frame, &body)
}

/// Fields that say what is changed.
const SHOWN: [&str; 4] = ["queue", "id", "name", "count"];

fn label(name: &str) -> &str {
    match name {
        "queue" => "Queue",
        "id" => "Id",
        "name" => "Schedule",
        "count" => "Tasks or findings",
        other => other,
    }
}

/// What the routes do, in words.
fn verb(action: &str) -> &'static str {
    match action {
        "/queue/pause" => "Pause queue",
        "/queue/resume" => "Resume queue",
        "/queue/drop" => "Delete queue",
        "/workers/cancel" => "Cancel task",
        "/schedule/run" => "Run schedule now",
        "/schedule/pause" => "Pause schedule",
        "/schedule/resume" => "Resume schedule",
        "/schedule/remove" => "Remove schedule",
        "/schedule/save" => "Save schedule",
        "/change/start" => "Start the change",
        "/task/save" => "Save task",
        "/task/enqueue" => "Enqueue a copy",
        _ => "Change Redis",
    }
}
