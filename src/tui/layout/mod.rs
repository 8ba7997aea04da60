//! Tables and pages as lines of a given width. Lines consist of pieces with roles; `draw` chooses their colours.

pub(super) mod list;
pub(super) mod page;
pub(super) mod table;

use crate::view::{Role, text};

/// A text with a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub text: String,
    pub role: Role,
}

impl Piece {
    pub(super) fn new(text: impl Into<String>, role: Role) -> Self {
        Self {
            text: text.into(),
            role,
        }
    }
}

/// A line of the screen.
pub(super) type Pieces = Vec<Piece>;

/// The text of a line.
pub(super) fn plain(line: &[Piece]) -> String {
    line.iter().map(|piece| piece.text.as_str()).collect()
}

/// The text in exactly so many columns.
fn padded(text: &str, width: usize, right: bool) -> String {
    let cut = text::truncate(text, width);
    let room = " ".repeat(width.saturating_sub(text::width(&cut)));
    if right {
        room + &cut
    } else {
        cut.into_owned() + &room
    }
}
