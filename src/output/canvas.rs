//! The settings that a page is drawn with.

use chrono::{DateTime, Utc};

use crate::view::settings::Format;
use crate::view::{Head, TimeStyle};

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a property of its own of what is drawn on"
)]
pub(super) struct Canvas {
    pub(super) now: DateTime<Utc>,
    pub(super) time: TimeStyle,
    pub(super) width: Option<usize>,
    /// Cut every line at the width, not only tables: the screen is redrawn in place.
    pub(super) cut: bool,
    /// stdout is a terminal.
    pub(super) terminal: bool,
    pub(super) colored: bool,
    pub(super) headed: bool,
    /// Print data only: no footers.
    pub(super) bare: bool,
    pub(super) format: Format,
}

impl Canvas {
    pub(super) fn shows(&self, head: &Head) -> bool {
        !head.wide || self.format == Format::Wide
    }

    /// The width that tables must fit into.
    pub(super) fn table_width(&self) -> Option<usize> {
        self.width
            .filter(|_| self.cut || self.format != Format::Wide)
    }

    /// Whether UUIDs are shortened.
    pub(super) fn shortens_ids(&self) -> bool {
        self.terminal && self.format == Format::Table
    }
}
