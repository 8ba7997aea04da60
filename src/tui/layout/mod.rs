//! Tables and pages as lines of a given width. Lines consist of pieces with roles; `draw` chooses their colors.

pub(super) mod list;
pub(super) mod page;
pub(super) mod table;

use crate::view::{Role, text};

/// Columns in front of the content, for the cursor and the mark.
pub(super) const GUTTER: usize = 2;

/// The columns and rows of the content.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Without the gutter.
    pub width: usize,
    pub height: usize,
}

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

/// A text in lines of so many columns, at least one.
pub(super) fn wrapped(text: &str, width: usize) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let (line, left) = rest?.split_at(fitting(rest?, width.max(2)));
        rest = Some(left).filter(|left| !left.is_empty());
        Some(line)
    })
}

/// The bytes of the beginning of the text that fit into so many columns: up to the end of a word, unless the line would be
/// less than half full.
fn fitting(text: &str, width: usize) -> usize {
    if text.len() <= width {
        return text.len();
    }
    let mut used = 0;
    let mut word = None;
    for (place, c) in text.char_indices() {
        used += text::char_width(c);
        if used > width && place > 0 {
            // A space at the end of a line may stick out: it is not seen.
            let end = if c == ' ' { Some(place + 1) } else { word };
            return end.unwrap_or(place);
        }
        if c == ' ' && used * 2 > width {
            word = Some(place + 1);
        }
    }
    text.len()
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
