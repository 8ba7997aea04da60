//! What is shown where there is nothing: why, and what to do.

use maud::{Markup, html};

/// Nothing is here. `next` says what to do: a sentence, a command or a link.
pub(crate) fn absent(title: &str, next: &Markup) -> Markup {
    html! {
        div .absent {
            h3 { (title) }
            (next)
        }
    }
}
