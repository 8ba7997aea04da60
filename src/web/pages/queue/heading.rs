//! The heading of a queue: its name, whether it is paused, and what can be done to it.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::document::queue::QueueDocument;
use crate::web::parts::icon::{Icon, icon};
use crate::web::parts::number::plural;
use crate::web::parts::text::line;
use crate::web::parts::time::ago;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

pub(super) fn heading(
    shared: &Shared,
    viewer: &Viewer,
    queue: &QueueDocument,
    now: DateTime<Utc>,
) -> Markup {
    let name = queue.queue.as_deref().unwrap_or_default();
    html! {
        div .row {
            h1 { (line(name)) }
            (paused(queue, now))
            @if viewer.may_change {
                div .row.push {
                    (pause_or_resume(shared, name, queue.paused))
                    (menu(shared, name, queue.size))
                }
            }
        }
    }
}

/// A mark on a paused queue.
pub(super) fn paused(queue: &QueueDocument, now: DateTime<Utc>) -> Markup {
    html! {
        span #queue-paused {
            @if queue.paused {
                span .tag.warning {
                    "paused"
                    @if queue.paused_at.is_some() { " " (ago(queue.paused_at, now)) }
                }
            }
        }
    }
}

/// The button that pauses or resumes.
pub(super) fn pause_or_resume(shared: &Shared, name: &str, paused: bool) -> Markup {
    let (path, word) = if paused {
        ("/queue/resume", "Resume queue")
    } else {
        ("/queue/pause", "Pause queue")
    };
    html! {
        form #queue-switch method="post" action=(shared.link(path, &[])) {
            input type="hidden" name="queue" value=(name);
            button .button.primary[paused] { (word) }
        }
    }
}

/// What is dangerous. The count is sent back, so that a page that is out of date deletes no more than it shows.
fn menu(shared: &Shared, name: &str, size: Option<u64>) -> Markup {
    let tasks = size.map_or_else(|| "all its tasks".to_owned(), |size| plural(size, "task"));
    html! {
        details .menu {
            summary .button aria-label="More actions" title="More actions" { (icon(Icon::More)) }
            div {
                form .stack method="post" action=(shared.link("/queue/drop", &[])) {
                    h3 { "Delete this queue" }
                    p { "Deletes the queue with " strong { (tasks) } ", its counters and its history. This cannot be undone." }
                    input type="hidden" name="queue" value=(name);
                    input type="hidden" name="tasks" value=[size];
                    div .field {
                        label for="confirm" { "Type the name of the queue to confirm" }
                        input #confirm name="confirm" required autocomplete="off" autocapitalize="off" spellcheck="false";
                    }
                    button .button.danger.primary { "Delete queue" }
                }
            }
        }
    }
}
