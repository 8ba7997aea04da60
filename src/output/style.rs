//! The color of each role.

use owo_colors::{AnsiColors, OwoColorize as _, Style};

use crate::task::State;
use crate::view::Role;

/// The color and weight of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Look {
    /// `None`: the default color of the terminal.
    pub color: Option<AnsiColors>,
    pub bold: bool,
    pub dim: bool,
}

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
        State::Archived | State::Aside => AnsiColors::Red,
        State::Aggregating => AnsiColors::Magenta,
    }
}

/// The text in the style of its role, if `colored`.
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
