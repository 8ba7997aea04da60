//! A state as a colored word with a shape of its own, for those who cannot tell the colors apart.

use maud::{Markup, html};

use crate::task::State;

pub(crate) fn state(state: State) -> Markup {
    html! {
        span class={ "state state-" (state.name()) } {
            svg width="8" height="8" viewBox="0 0 8 8" aria-hidden="true" fill="currentColor" {
                path d=(shape(state)) fill-rule="evenodd" {}
            }
            (state.name())
        }
    }
}

/// On a grid of 8 by 8.
const fn shape(state: State) -> &'static str {
    match state {
        // A ring, a disc, a diamond, a triangle, a square, a tick, bars, a cross.
        State::Pending => {
            "M4 0a4 4 0 1 1 0 8 4 4 0 0 1 0-8M4 1.6a2.4 2.4 0 1 0 0 4.8 2.4 2.4 0 0 0 0-4.8"
        }
        State::Active => "M4 0a4 4 0 1 1 0 8 4 4 0 0 1 0-8",
        State::Scheduled => "M4 0l4 4-4 4-4-4z",
        State::Retry => "M4 .3 8 7.7H0z",
        State::Archived => "M.5.5h7v7h-7z",
        State::Completed => "M2.9 7.4 0 4.5l1.2-1.2 1.7 1.7L6.8 1.1 8 2.3z",
        State::Aggregating => "M0 .5h8v1.8H0zM0 3.1h8v1.8H0zM0 5.7h8v1.8H0z",
        State::Aside => "M1.3 0 4 2.7 6.7 0 8 1.3 5.3 4 8 6.7 6.7 8 4 5.3 1.3 8 0 6.7 2.7 4 0 1.3z",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_has_a_word_and_a_shape_of_its_own() {
        for state in State::ALL {
            let others = State::ALL.iter().filter(|other| **other != state);
            assert!(others.clone().all(|other| shape(*other) != shape(state)));
            assert!(super::state(state).0.contains(state.name()));
        }
    }
}
