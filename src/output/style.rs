//! Colours: the only place that knows what a role looks like.

use owo_colors::{AnsiColors, OwoColorize as _, Style};

use crate::task::State;
use crate::view::Role;

/// How text of some role looks; for drawers that have styles of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Look {
    /// Its colour, or the terminal's own.
    pub color: Option<AnsiColors>,
    /// Heavier.
    pub bold: bool,
    /// Fainter.
    pub dim: bool,
}

/// What a role looks like.
pub(crate) const fn look(role: Role) -> Look {
    let plain = Look {
        color: None,
        bold: false,
        dim: false,
    };
    let color = match role {
        Role::Plain => return plain,
        Role::Dim => return Look { dim: true, ..plain },
        Role::Strong => {
            return Look {
                bold: true,
                ..plain
            };
        }
        Role::State(state) => state_color(state),
        Role::Good => AnsiColors::Green,
        Role::Warning => AnsiColors::Yellow,
        Role::Error => AnsiColors::Red,
    };
    Look {
        color: Some(color),
        ..plain
    }
}

const fn state_color(state: State) -> AnsiColors {
    match state {
        State::Active | State::Completed => AnsiColors::Green,
        State::Pending => AnsiColors::Cyan,
        State::Scheduled => AnsiColors::Blue,
        State::Retry => AnsiColors::Yellow,
        State::Archived => AnsiColors::Red,
        State::Aggregating => AnsiColors::Magenta,
    }
}

/// The text in the look of its role, if colours are wanted.
pub(super) fn paint(text: &str, role: Role, colored: bool) -> String {
    let look = look(role);
    if !colored || look == Look::default() {
        return text.to_owned();
    }
    let mut style = Style::new();
    if let Some(color) = look.color {
        style = style.color(color);
    }
    if look.bold {
        style = style.bold();
    }
    if look.dim {
        style = style.dimmed();
    }
    text.style(style).to_string()
}
