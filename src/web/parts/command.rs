//! Commands for the terminal, with a button that copies them.

use maud::{Markup, html};

use super::icon::{Icon, icon};

/// A command. `id` is unique on the page.
pub(crate) fn command(id: &str, command: &str) -> Markup {
    html! {
        span .command {
            code id=(id) { (command) }
            (copy(id, "Copy the command"))
        }
    }
}

/// A button that copies the text of the element `of`; `label` says what that is.
pub(crate) fn copy(of: &str, label: &str) -> Markup {
    html! {
        button .button.quiet.short.copy.scripted type="button" data-copy=(of) aria-label=(label) title=(label) {
            (icon(Icon::Copy))
        }
    }
}
