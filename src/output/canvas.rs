//! What a page is drawn with.

use chrono::{DateTime, Utc};

use crate::view::settings::Format;
use crate::view::{Head, TimeStyle};

pub(super) struct Canvas {
    pub(super) now: DateTime<Utc>,
    pub(super) time: TimeStyle,
    pub(super) width: Option<usize>,
    /// Cut every line at the width, not only tables.
    pub(super) cut: bool,
    pub(super) colored: bool,
    pub(super) headed: bool,
    pub(super) format: Format,
}

impl Canvas {
    pub(super) fn shows(&self, head: &Head) -> bool {
        !head.wide || self.format == Format::Wide
    }
}
