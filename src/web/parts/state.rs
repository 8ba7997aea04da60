//! A state as a coloured word with a dot.

use maud::{Markup, html};

use crate::task::State;

pub(crate) fn state(state: State) -> Markup {
    html! { span class={ "state state-" (state.name()) } { (state.name()) } }
}
