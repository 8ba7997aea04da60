//! A cell of a view as HTML: the facts that the terminal shows, with times that say the exact one.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::state::state;
use super::text::line;
use super::time::ago;
use crate::view::{Cell, Role, TimeStyle};

pub(crate) fn cell(cell: &Cell, now: DateTime<Utc>) -> Markup {
    let content = match cell.at() {
        Some(at) => ago(Some(at), now),
        None => line(&cell.draw(now, TimeStyle::Relative)),
    };
    let class = match cell.meaning() {
        Role::State(known) => return state(known),
        Role::Plain => return content,
        Role::Dim => "dim",
        Role::Strong => "strong",
        Role::Good => "good",
        Role::Warning => "warning",
        Role::Error => "error",
    };
    html! { span class=(class) { (content) } }
}
