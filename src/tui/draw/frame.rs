//! The frame: tabs and connection, the title line.

use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::look::Brush;
use crate::tui::app::{App, Content, Load};
use crate::tui::output::Output;
use crate::tui::place::{Kind, Tab};
use crate::view::{Cell, Role, TimeStyle, text};

/// The tabs, and at the right what the dashboard is connected to.
pub(super) fn tabs(app: &App, brush: &Brush) -> Line<'static> {
    let mut left = Vec::new();
    for (number, tab) in Tab::ALL.into_iter().enumerate() {
        let label = format!(" {} {} ", number + 1, tab.title());
        let mut style = brush.style(Role::Plain);
        if tab == app.tab {
            style = style.add_modifier(Modifier::REVERSED | Modifier::BOLD);
        }
        left.push(Span::styled(label, style));
    }
    let state = connection(app, brush);
    let used = left.iter().chain(&state).map(Span::width).sum::<usize>();
    let room = brush.width.saturating_sub(used + 3);
    let mut right = Vec::new();
    if app.settings.read_only {
        right.push(brush.span("read-only  ", Role::Warning));
    } else if app.settings.protected.is_some() {
        right.push(brush.span("protected  ", Role::Warning));
    }
    let redis = app
        .settings
        .redis
        .split_once("://")
        .map_or(&*app.settings.redis, |(_, host)| host);
    let room = room.saturating_sub(right.iter().map(Span::width).sum());
    if room > 8 {
        let redis = text::escape(redis);
        right.push(brush.span(text::truncate(&redis, room), Role::Dim));
        right.push(Span::raw("  "));
    }
    right.extend(state);
    brush.ends(left, right)
}

/// Whether what is shown is fresh.
fn connection(app: &App, brush: &Brush) -> Vec<Span<'static>> {
    let (word, role) = if let Some(away) = &app.away {
        let span = (brush.now - away.since).to_std().unwrap_or_default();
        let since = text::duration(std::time::Duration::from_secs(span.as_secs()));
        (format!("Redis away for {since} "), Role::Error)
    } else if !app.live {
        ("frozen ".to_owned(), Role::Warning)
    } else if !app.focused {
        ("paused ".to_owned(), Role::Dim)
    } else {
        ("live ".to_owned(), Role::Good)
    };
    vec![brush.span(word, role)]
}

/// Where one is, what is selected, and how many there are.
pub(super) fn title(app: &App, brush: &Brush) -> Line<'static> {
    let draw = |cell: Cell| match cell.short_id() {
        Some(short) => short.to_owned(),
        None => cell.draw(brush.now, TimeStyle::Relative),
    };
    let names = app.path().iter().map(|level| draw(level.place.name()));
    let path = names.collect::<Vec<_>>().join(" › ");
    let level = app.level();
    let mut facts = Vec::new();
    if let Content::List(list) = &level.content {
        facts.push(list.count.clone());
    }
    if level.all {
        facts.push("all that match are marked".to_owned());
    } else if !level.marks.is_empty() {
        facts.push(format!("{} marked", level.marks.len()));
    }
    match level.place.kind() {
        Kind::Doctor | Kind::Finding => facts.push(app.exam.status(brush.now)),
        Kind::Output => facts.extend(level.output.as_ref().map(Output::status)),
        Kind::Queues
        | Kind::Queue
        | Kind::Tasks
        | Kind::Task
        | Kind::Workers
        | Kind::Server
        | Kind::Schedules
        | Kind::Schedule
        | Kind::Audit
        | Kind::AuditEntry
        | Kind::Help => {}
    }
    match level.load {
        Load::Running { ticks: 2.. } => facts.push("loading…".to_owned()),
        Load::Running { .. } | Load::Due | Load::Done { .. } => {}
    }
    facts.retain(|fact| !fact.is_empty());
    let right = facts.join(", ");
    let room = brush.width.saturating_sub(text::width(&right) + 3);
    let mut left = vec![brush.span(format!(" {}", text::truncate(&path, room)), Role::Strong)];
    if let Some(query) = level.place.query().filter(|query| !query.text().is_empty()) {
        let room = room.saturating_sub(text::width(&path) + 2);
        let selection = text::escape(query.text());
        left.push(brush.span(
            format!("  {}", text::truncate(&selection, room)),
            Role::Plain,
        ));
    }
    brush.ends(left, vec![brush.span(format!("{right} "), Role::Dim)])
}
