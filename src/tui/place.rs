//! Where one can be in the dashboard, and what is shown there.

use super::target::{FindingKey, Target};
use crate::document::audit::ChangeId;
use crate::document::schedule::ScheduleDocument;
use crate::inspector::query::Query;
use crate::inspector::schedules::BrokenFile;
use crate::task::{QueueName, TaskId};
use crate::view::{Cell, Page, Table};

/// A tab, in the order of the keys 1, 2, 3, …
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Queues,
    Tasks,
    Workers,
    Schedules,
    Doctor,
    Audit,
}

impl Tab {
    pub(super) const ALL: [Self; 6] = [
        Self::Queues,
        Self::Tasks,
        Self::Workers,
        Self::Schedules,
        Self::Doctor,
        Self::Audit,
    ];

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Queues => "Queues",
            Self::Tasks => "Tasks",
            Self::Workers => "Workers",
            Self::Schedules => "Schedules",
            Self::Doctor => "Doctor",
            Self::Audit => "Audit",
        }
    }

    /// The place that the tab begins with.
    pub(super) fn place(self) -> Place {
        match self {
            Self::Queues => Place::Queues,
            Self::Tasks => Place::Tasks(Box::default()),
            Self::Workers => Place::Workers,
            Self::Schedules => Place::Schedules,
            Self::Doctor => Place::Doctor,
            Self::Audit => Place::Audit,
        }
    }
}

/// What is shown.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Place {
    Queues,
    Queue(QueueName),
    Tasks(Box<Query>),
    Task(QueueName, TaskId),
    /// What the attempts of a task have printed.
    Output(QueueName, TaskId),
    Workers,
    /// A server, by its id.
    Server(String),
    Schedules,
    Schedule(String),
    /// What is wrong in Redis.
    Doctor,
    Finding(FindingKey),
    Audit,
    /// A change in the audit log.
    AuditEntry(ChangeId),
    /// The keys of another place.
    Help(Kind),
}

/// A place without what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Queues,
    Queue,
    Tasks,
    Task,
    Output,
    Workers,
    Server,
    Schedules,
    Schedule,
    Doctor,
    Finding,
    Audit,
    AuditEntry,
    Help,
}

impl Place {
    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::Queues => Kind::Queues,
            Self::Queue(_) => Kind::Queue,
            Self::Tasks(_) => Kind::Tasks,
            Self::Task(..) => Kind::Task,
            Self::Output(..) => Kind::Output,
            Self::Workers => Kind::Workers,
            Self::Server(_) => Kind::Server,
            Self::Schedules => Kind::Schedules,
            Self::Schedule(_) => Kind::Schedule,
            Self::Doctor => Kind::Doctor,
            Self::Finding(_) => Kind::Finding,
            Self::Audit => Kind::Audit,
            Self::AuditEntry(_) => Kind::AuditEntry,
            Self::Help(_) => Kind::Help,
        }
    }

    /// The selection of a list of tasks.
    pub(super) const fn query(&self) -> Option<&Query> {
        match self {
            Self::Tasks(query) => Some(query),
            Self::Queues
            | Self::Queue(_)
            | Self::Task(..)
            | Self::Output(..)
            | Self::Workers
            | Self::Server(_)
            | Self::Schedules
            | Self::Schedule(_)
            | Self::Doctor
            | Self::Finding(_)
            | Self::Audit
            | Self::AuditEntry(_)
            | Self::Help(_) => None,
        }
    }

    /// Its name in the title line.
    pub(super) fn name(&self) -> Cell {
        match self {
            Self::Queue(queue) => Cell::text(queue.as_str()),
            Self::Task(_, id) => Cell::id(id.as_str()),
            Self::Server(id) => Cell::id(id),
            Self::Schedule(name) => Cell::text(name),
            Self::Queues => Cell::text("Queues"),
            Self::Tasks(_) => Cell::text("Tasks"),
            Self::Output(..) => Cell::text("Output"),
            Self::Workers => Cell::text("Workers"),
            Self::Schedules => Cell::text("Schedules"),
            Self::Doctor => Cell::text("Doctor"),
            Self::Finding(finding) => Cell::text(finding.to_string()),
            Self::Audit => Cell::text("Audit"),
            Self::AuditEntry(id) => Cell::text(id.to_string()),
            Self::Help(_) => Cell::text("Keys"),
        }
    }
}

/// Rows under a heading.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Section {
    pub title: Option<&'static str>,
    pub table: Table,
    /// One for each row.
    pub targets: Vec<Target>,
}

/// The largest number of rows that a list loads.
pub(super) const MAX_ROWS: usize = 2_000;

/// What a place shows as a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct List {
    pub sections: Vec<Section>,
    /// Below the rows.
    pub notes: Vec<Cell>,
    /// How many there are, such as `500 of 12,431 tasks`.
    pub count: String,
    /// There may be more rows than were loaded.
    pub more: bool,
    /// Finding the rows took long: they are loaded again only when that is asked for.
    pub still: bool,
}

impl List {
    /// The number of rows.
    pub(super) fn len(&self) -> usize {
        self.targets().count()
    }

    pub(super) fn targets(&self) -> impl Iterator<Item = &Target> {
        self.sections.iter().flat_map(|section| &section.targets)
    }
}

/// What a place shows as a page.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sheet {
    pub page: Page,
    pub target: Target,
}

/// Schedules as they were found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub schedules: Vec<ScheduleDocument>,
    /// A stored schedule should fire, and no scheduler is running.
    pub unattended: bool,
    pub stored_unknown: Option<String>,
    pub broken_files: Vec<BrokenFile>,
}
