//! What is wrong, all queues, and one of them.

use std::cmp::Reverse;

use super::columns;
use crate::document::overview::{DayCount, Overview, QueueRow};
use crate::document::queue::{QueueDetails, QueueDocument};
use crate::document::trouble::{Severity, TroubleDocument};
use crate::inspector::query::Query;
use crate::task::QueueName;
use crate::tui::place::{List, Section, Sheet};
use crate::tui::target::Target;
use crate::view::{Align, Cell, Column, Cut, Head, Role, Table, View as _, text};

/// Findings that are listed; the queues should be seen below them.
const MAX_TROUBLE: usize = 8;

/// The order of queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::tui) enum QueueOrder {
    /// Queues in trouble first.
    #[default]
    Trouble,
    Name,
    Pending,
    Retry,
    Archived,
    Failed,
}

impl QueueOrder {
    pub(in crate::tui) const fn next(self) -> Self {
        match self {
            Self::Trouble => Self::Name,
            Self::Name => Self::Pending,
            Self::Pending => Self::Retry,
            Self::Retry => Self::Archived,
            Self::Archived => Self::Failed,
            Self::Failed => Self::Trouble,
        }
    }

    pub(in crate::tui) const fn name(self) -> &'static str {
        match self {
            Self::Trouble => "trouble",
            Self::Name => "name",
            Self::Pending => "pending",
            Self::Retry => "retry",
            Self::Archived => "archived",
            Self::Failed => "failed today",
        }
    }

    fn sort(self, rows: &mut [&QueueRow]) {
        type Figure = fn(&QueueDocument) -> Option<u64>;
        let figure: Figure = match self {
            Self::Name => return,
            Self::Trouble => {
                return rows.sort_by_key(|row| {
                    let severity = row.severity.map_or(2, |severity| severity as u8);
                    (
                        severity,
                        Reverse((row.figures.latency_seconds, row.figures.retry)),
                    )
                });
            }
            Self::Pending => |queue| queue.pending,
            Self::Retry => |queue| queue.retry,
            Self::Archived => |queue| queue.archived,
            Self::Failed => |queue| queue.failed_today,
        };
        rows.sort_by_key(|row| Reverse(figure(&row.figures)));
    }
}

pub(in crate::tui) fn list(overview: &Overview, order: QueueOrder) -> List {
    let mut rows: Vec<&QueueRow> = overview.queues.iter().collect();
    order.sort(&mut rows);
    let mut list = List {
        count: text::plural(rows.len() as u64, "queue"),
        ..List::default()
    };
    if rows.is_empty() {
        list.notes.push(Cell::text(
            "No queues yet. The first task makes one: qctl enqueue TYPE --payload '{}' --queue NAME",
        ));
        return list;
    }
    if !overview.trouble.is_empty() {
        let shown = &overview.trouble[..overview.trouble.len().min(MAX_TROUBLE)];
        list.sections.push(trouble(shown, |name| {
            let mut rows = overview.queues.iter();
            rows.any(|row| row.name == *name && row.figures.paused)
        }));
    }
    list.sections.push(queues(overview, &rows));
    let hidden = overview.trouble.len().saturating_sub(MAX_TROUBLE) as u64;
    if hidden > 0 {
        let more = format!(
            "{} in trouble are not listed",
            text::plural(hidden, "more finding")
        );
        list.notes.push(Cell::text(more).role(Role::Warning));
    }
    for unknown in &overview.unknown {
        list.notes
            .push(Cell::text(unknown.as_str()).role(Role::Warning));
    }
    for row in &rows {
        if let Some(error) = &row.error {
            let note = format!("{}: {error}", row.name);
            list.notes.push(Cell::text(note).role(Role::Warning));
        }
    }
    list
}

/// What the thresholds find, the worst first.
pub(super) fn trouble(
    shown: &[TroubleDocument],
    is_paused: impl Fn(&QueueName) -> bool,
) -> Section {
    let columns: Vec<Column<TroubleDocument>> = vec![
        Column::text("QUEUE", |one: &TroubleDocument| {
            Cell::maybe(one.queue.as_ref()).role(role(one.severity))
        })
        .reserve(18),
        // A queue is known from the beginning of its name; the figures and what is wrong are all over the sentence.
        Column::key("TROUBLE", |one: &TroubleDocument| Cell::text(&one.sentence)).reserve(48),
        // The sentence says how long, too.
        Column::whole("SINCE", |one: &TroubleDocument| Cell::time(one.since))
            .reserve(9)
            .rank(1),
        Column::whole("CODE", |one: &TroubleDocument| Cell::text(one.code.name())).wide(),
    ];
    let target = |one: &TroubleDocument| Target::Trouble {
        queue: one
            .queue
            .as_ref()
            .and_then(|name| QueueName::new(name).ok())
            .map(|name| {
                let paused = is_paused(&name);
                (name, paused)
            }),
        tasks: one
            .selection
            .as_ref()
            .and_then(|selection| Query::parse(selection).ok())
            .map(Box::new),
    };
    Section {
        title: Some("Trouble"),
        table: Table::of(&columns, shown),
        targets: shown.iter().map(target).collect(),
    }
}

const fn role(severity: Severity) -> Role {
    match severity {
        Severity::Error => Role::Error,
        Severity::Warning => Role::Warning,
    }
}

fn queues(overview: &Overview, rows: &[&QueueRow]) -> Section {
    let figures: Vec<QueueDocument> = rows.iter().map(|row| row.figures.clone()).collect();
    let of_queue = QueueDocument::columns_for(false, false);
    let title = (!overview.trouble.is_empty()).then_some("Queues");
    let mut section = columns(title, &of_queue, &figures, target);
    let table = &mut section.table;
    if rows.len() > 1 {
        table.total = Table::of(&of_queue, [&overview.total]).rows.pop();
    }
    let head = |title, wide| Head {
        wide,
        cut: Cut::Never,
        reserve: 4,
        rank: 5,
        ..Head::new(title, Align::Right)
    };
    table.heads.push(head("WORKERS", false));
    table.heads.push(head("14 DAYS", true));
    for (cells, row) in table.rows.iter_mut().zip(rows) {
        cells.push(workers(row));
        cells.push(Cell::text(curve(&row.days)));
    }
    table.total.iter_mut().for_each(|cells| {
        let servers = overview
            .servers
            .as_ref()
            .map(|servers| servers.len() as u64);
        cells.push(servers.map_or_else(Cell::unknown, Cell::count));
        cells.push(Cell::text(""));
    });
    section
}

/// How many servers process the queue. None is red while tasks wait.
fn workers(row: &QueueRow) -> Cell {
    match row.servers {
        Some(0) if row.figures.waits() => Cell::text("none").role(Role::Error),
        Some(count) => Cell::count(count),
        None => Cell::unknown(),
    }
}

/// Attempts on each day as bars, the oldest first.
fn curve(days: &[DayCount]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = days.iter().filter_map(|day| day.processed).max();
    let Some(most) = most.filter(|most| *most > 0) else {
        return String::new();
    };
    let bar = |day: &DayCount| match day.processed {
        None | Some(0) => ' ',
        Some(count) => {
            let height = u128::from(count) * 8 / u128::from(most);
            BARS[usize::try_from(height).unwrap_or(8).clamp(1, 8) - 1]
        }
    };
    days.iter().rev().map(bar).collect()
}

fn target(queue: &QueueDocument) -> Target {
    let name = queue.queue.as_deref().map(QueueName::new);
    match name {
        Some(Ok(name)) => Target::Queue {
            name,
            paused: queue.paused,
        },
        Some(Err(_)) | None => Target::Nothing,
    }
}

pub(in crate::tui) fn sheet(details: &QueueDetails) -> Sheet {
    let mut page = details.page();
    for why in &details.unreadable {
        page = page.note(Cell::text(why).role(Role::Warning));
    }
    Sheet {
        target: target(&details.queue),
        page,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::overview::{Baseline, LateDocument};
    use crate::document::trouble::TroubleCode;

    fn row(name: &str, pending: u64, severity: Option<Severity>) -> QueueRow {
        QueueRow {
            name: QueueName::new(name).unwrap(),
            figures: QueueDocument {
                queue: Some(name.to_owned()),
                pending: Some(pending),
                ..QueueDocument::default()
            },
            sampled_at: None,
            error: None,
            servers: Some(0),
            late: LateDocument::default(),
            severity,
            baseline: Baseline::default(),
            days: Vec::new(),
            minutes: Vec::new(),
        }
    }

    fn overview() -> Overview {
        Overview {
            queues: vec![
                row("a", 0, None),
                row("b", 1, Some(Severity::Error)),
                row("c", 5, Some(Severity::Warning)),
            ],
            trouble: vec![TroubleDocument {
                code: TroubleCode::Unserved,
                severity: Severity::Error,
                queue: Some("b".to_owned()),
                sentence: "1 pending, no worker serves it".to_owned(),
                count: Some(1),
                since: None,
                selection: Some("queue:b state:pending".to_owned()),
                action: None,
            }],
            ..Overview::default()
        }
    }

    fn names(order: QueueOrder) -> Vec<String> {
        let list = list(&overview(), order);
        let targets = list.sections[1].targets.iter();
        let names = targets.filter_map(|target| target.queue());
        names.map(|(name, _)| name.to_string()).collect()
    }

    #[test]
    fn orders() {
        assert_eq!(names(QueueOrder::Trouble), ["b", "c", "a"]);
        assert_eq!(names(QueueOrder::Name), ["a", "b", "c"]);
        assert_eq!(names(QueueOrder::Pending), ["c", "b", "a"]);
    }

    #[test]
    fn a_finding_leads_to_its_tasks_and_knows_its_queue() {
        let list = list(&overview(), QueueOrder::Trouble);
        let first = list.targets().next().unwrap();
        let Target::Trouble { tasks, .. } = first else {
            panic!("{first:?}");
        };
        let tasks = tasks.as_ref().map(|tasks| tasks.text());
        assert_eq!(tasks, Some("queue:b state:pending"));
        assert_eq!(first.queue().map(|(name, _)| name.as_str()), Some("b"));
    }

    #[test]
    fn each_row_has_a_cell_for_each_head() {
        for section in list(&overview(), QueueOrder::Name).sections {
            let table = section.table;
            let rows = table.rows.iter().chain(&table.total);
            for row in rows {
                assert_eq!(row.len(), table.heads.len());
            }
        }
    }

    #[test]
    fn a_curve_shows_the_oldest_day_first() {
        let day = |processed| DayCount {
            date: chrono::NaiveDate::default(),
            processed,
            failed: None,
        };
        let days = [Some(800), None, Some(0), Some(1), Some(400)].map(day);
        assert_eq!(curve(&days), "▄▁  █");
        assert_eq!(curve(&[day(Some(0))]), "");
    }
}
