//! Icons, drawn in the color of the text beside them.

use maud::{Markup, html};

/// The icons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Icon {
    Search,
    Copy,
    Theme,
    Warning,
    Error,
    Good,
    Info,
    More,
}

impl Icon {
    /// The path, on a grid of 16 by 16, as a stroke.
    const fn path(self) -> &'static str {
        match self {
            Self::Search => "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9M10.3 10.3 14 14",
            Self::Copy => "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
            Self::Theme => "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2v11.6",
            Self::Warning => "M8 2.2 14.4 13.5H1.6zM8 6.5v3.2M8 11.4v.4",
            Self::Good => "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2M5.3 8.2l2 2 3.5-4",
            Self::Error => "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2M8 4.8v4M8 10.9v.4",
            Self::Info => "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2M8 7.4v3.8M8 4.9v.4",
            Self::More => "M3.5 8h.01M8 8h.01M12.5 8h.01",
        }
    }
}

/// An icon. The text beside it, or the label of its button, says the same.
pub(crate) fn icon(icon: Icon) -> Markup {
    let width = if icon == Icon::More { "2.6" } else { "1.4" };
    html! {
        svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" fill="none" stroke="currentColor"
            stroke-width=(width) stroke-linecap="round" stroke-linejoin="round" {
            path d=(icon.path()) {}
        }
    }
}
