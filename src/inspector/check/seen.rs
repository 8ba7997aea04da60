//! What a check reads.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::try_join_all;

use super::checks::Checks;
use crate::broker::Fact;
use crate::broker::records::{QueueStats, ServerFacts};
use crate::document::check::Measure;
use crate::document::overview::{DayCount, LateDocument, QueueRow};
use crate::document::queue::QueueDocument;
use crate::inspector::servers::serving;
use crate::inspector::trouble::{self, DAYS, Heartbeats};
use crate::inspector::{Error, Inspector};
use crate::schedule::stored::{self, Stored};
use crate::task::QueueName;

/// In a queue with more groups, their age is not read: it takes a command for each.
const MAX_GROUPS: u64 = 500;

/// Queues whose past days or groups are read at the same time.
const TOGETHER: usize = 50;

/// What was read.
pub(super) struct Seen {
    pub(super) at: DateTime<Utc>,
    pub(super) queues: Vec<SeenQueue>,
    /// Why the servers are unknown, if they are.
    pub(super) no_servers: Option<String>,
    pub(super) heartbeats: Heartbeats,
    /// The facts of the Redis server, or why they are unknown; absent if they were not asked for.
    pub(super) redis: Option<Result<ServerFacts, String>>,
    /// Stored schedules, or why they are unknown; absent if they were not asked for.
    pub(super) schedules: Option<Result<Vec<Stored>, String>>,
}

/// A queue, and why figures of it are absent.
pub(super) struct SeenQueue {
    pub(super) row: QueueRow,
    pub(super) unreadable: Vec<String>,
}

impl Seen {
    /// Reads what these checks need.
    ///
    /// # Errors
    /// Those of Redis; [`Error::UnknownQueue`].
    pub(super) async fn read(inspector: &Inspector, checks: &Checks) -> Result<Self, Error> {
        let now = inspector.now();
        let broker = inspector.broker();
        let names = inspector.queues(&checks.queues).await?;
        let stats = broker.all_ungrouped_stats(&names, now).await?;
        let servers = inspector.known_servers(now).await?;
        let why = |fact| {
            let unknown = broker.unknown(fact);
            unknown.unwrap_or_else(|| "the key holds another type".to_owned())
        };
        let no_servers = servers.is_none().then(|| why(Fact::Servers));
        let mut queues: Vec<SeenQueue> = stats.iter().map(SeenQueue::new).collect();
        for queue in &mut queues {
            let row = &mut queue.row;
            row.servers = servers.as_deref().map(|all| serving(all, &row.name));
            row.sampled_at = Some(now);
        }
        let mut heartbeats = Heartbeats::default();
        if checks.trouble {
            for some in queues.chunks_mut(TOGETHER) {
                let reads = some.iter_mut().map(|queue| {
                    let row = &mut queue.row;
                    usual(inspector, checks, row, now)
                });
                try_join_all(reads).await?;
            }
            // A worker that fell silent does not say which queues it served.
            if checks.queues.is_empty() {
                heartbeats = inspector.heartbeats(now).await?;
            }
        }
        let mut redis = None;
        if checks.limits.has(Measure::Memory) {
            let facts = broker.server_facts().await?;
            redis = Some(facts.ok_or_else(|| why(Fact::Server)));
        }
        let mut schedules = None;
        if checks.limits.has(Measure::Overdue) {
            let read = stored::all(broker).await;
            let all = broker.unless_denied(Fact::Schedules, read)?;
            schedules = Some(all.ok_or_else(|| why(Fact::Schedules)));
        }
        Ok(Self {
            at: now,
            queues,
            no_servers,
            heartbeats,
            redis,
            schedules,
        })
    }
}

impl SeenQueue {
    fn new(stats: &QueueStats) -> Self {
        let mut row = QueueRow::new(stats.queue.clone());
        // The tasks in groups were not counted.
        row.figures = QueueDocument {
            aggregating: None,
            size: None,
            ..QueueDocument::from(stats)
        };
        row.late = LateDocument::from(&stats.late);
        let unreadable = stats.unreadable.iter();
        Self {
            row,
            unreadable: unreadable.map(|(_, wrong)| wrong.to_string()).collect(),
        }
    }
}

/// Reads what is usual for a queue, if it matters today, and its oldest group, if a maximum delay is configured.
async fn usual(
    inspector: &Inspector,
    checks: &Checks,
    row: &mut QueueRow,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let broker = inspector.broker();
    let thresholds = checks.thresholds.of(&row.name);
    if row.figures.failed_today >= Some(thresholds.failures) {
        let days = broker.history(&row.name, DAYS, now).await?;
        row.days = days.iter().map(DayCount::from).collect();
        row.baseline = trouble::baseline(&row.days, now.date_naive());
    }
    let groups = row.figures.groups.unwrap_or_default();
    if thresholds.group_max_delay.is_some() && (1..=MAX_GROUPS).contains(&groups) {
        row.late.oldest_group = broker.oldest_group(&row.name, now).await?;
    }
    Ok(())
}

/// The queue of a schedule, and for how long it should have fired; not if it is paused, has ended or cannot be read.
pub(super) fn overdue(stored: &Stored, now: DateTime<Utc>) -> Option<(&QueueName, TimeDelta)> {
    let queue = &stored.schedule.as_ref().ok()?.options.queue;
    Some((queue, now - stored.next()?))
}
