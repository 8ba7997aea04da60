//! Roles as colors. The 16 colors of the terminal are used, so that its theme decides.

use chrono::{DateTime, Utc};
use owo_colors::AnsiColors;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use crate::output::style::look;
use crate::tui::layout::Piece;
use crate::view::{Role, text};

/// What a frame is drawn with.
pub(super) struct Brush {
    pub colored: bool,
    /// Columns of the screen.
    pub width: usize,
    pub now: DateTime<Utc>,
}

impl Brush {
    pub(super) fn style(&self, role: Role) -> Style {
        let look = look(role);
        let mut style = Style::new();
        if let Some(color) = look.color.filter(|_| self.colored) {
            style = style.fg(ansi(color));
        }
        if look.bold {
            style = style.add_modifier(Modifier::BOLD);
        }
        if look.dim {
            style = style.add_modifier(Modifier::DIM);
        }
        style
    }

    pub(super) fn span(&self, text: impl Into<String>, role: Role) -> Span<'static> {
        Span::styled(text.into(), self.style(role))
    }

    pub(super) fn line(&self, pieces: &[Piece]) -> Line<'static> {
        let spans = pieces
            .iter()
            .map(|piece| self.span(&*piece.text, piece.role));
        spans.collect()
    }

    /// Text from anywhere on one line, without control characters.
    pub(super) fn text(&self, words: &str, role: Role) -> Line<'static> {
        let words = text::escape(words);
        Line::from(self.span(text::truncate(&words, self.width), role))
    }

    /// A line with a part at its right end, which goes first if there is no room.
    pub(super) fn ends(
        &self,
        left: Vec<Span<'static>>,
        right: Vec<Span<'static>>,
    ) -> Line<'static> {
        let width = |spans: &[Span<'_>]| spans.iter().map(Span::width).sum::<usize>();
        let (used, wanted) = (width(&left), width(&right));
        let mut line = Line::from(left);
        if used + wanted < self.width {
            line.push_span(" ".repeat(self.width - used - wanted));
            line.extend(right);
        }
        line
    }
}

const fn ansi(color: AnsiColors) -> Color {
    match color {
        AnsiColors::Black => Color::Black,
        AnsiColors::Red => Color::Red,
        AnsiColors::Green => Color::Green,
        AnsiColors::Yellow => Color::Yellow,
        AnsiColors::Blue => Color::Blue,
        AnsiColors::Magenta => Color::Magenta,
        AnsiColors::Cyan => Color::Cyan,
        AnsiColors::White => Color::Gray,
        AnsiColors::BrightBlack => Color::DarkGray,
        AnsiColors::BrightRed => Color::LightRed,
        AnsiColors::BrightGreen => Color::LightGreen,
        AnsiColors::BrightYellow => Color::LightYellow,
        AnsiColors::BrightBlue => Color::LightBlue,
        AnsiColors::BrightMagenta => Color::LightMagenta,
        AnsiColors::BrightCyan => Color::LightCyan,
        AnsiColors::BrightWhite => Color::White,
        AnsiColors::Default => Color::Reset,
    }
}
