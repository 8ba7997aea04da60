//! Draws the state: tabs and connection, title, content, bar, keys.

mod bar;
mod content;
mod frame;
mod keys;
mod look;

use chrono::{DateTime, Utc};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};

use self::look::Brush;
use super::app::App;

/// Draws one frame.
pub(super) fn draw(app: &App, frame: &mut Frame<'_>, now: DateTime<Utc>) {
    let brush = Brush {
        colored: app.settings.colored,
        width: frame.area().width.into(),
        now,
    };
    let bar = bar::lines(app, &brush);
    let bar_rows = u16::try_from(bar.len()).unwrap_or(1);
    let rows = [
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(0),
        Constraint::Length(bar_rows),
        Constraint::Length(1),
    ];
    let [tabs, title, content, bar_area, keys_area] = Layout::vertical(rows).areas(frame.area());
    frame.render_widget(frame::tabs(app, &brush), tabs);
    frame.render_widget(frame::title(app, &brush), title);
    for (row, line) in (content.y..content.bottom()).zip(content::lines(app, content, &brush)) {
        let area = ratatui::layout::Rect {
            y: row,
            height: 1,
            ..content
        };
        frame.render_widget(line, area);
    }
    frame.render_widget(ratatui::text::Text::from(bar), bar_area);
    frame.render_widget(keys::bar(app, &brush), keys_area);
    if let Some(column) = bar::cursor(app, &brush) {
        frame.set_cursor_position((column, bar_area.bottom().saturating_sub(1)));
    }
}
