//! What is known from earlier ticks.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::hour::{Counters, Hour};
use super::turns::Turn;
use crate::broker::records::{Day, Figure, QueueStats, ServerFound};
use crate::document::overview::{DayCount, LateDocument, Overview, QueueRow};
use crate::document::queue::QueueDocument;
use crate::document::server::ServerDocument;
use crate::document::stats::RedisDocument;
use crate::document::trouble::TroubleDocument;
use crate::inspector::servers::serving;
use crate::inspector::trouble::{self, Finding, Heartbeats, Thresholds};
use crate::task::QueueName;

const MEASURE_EVERY: TimeDelta = TimeDelta::minutes(5);

/// What measuring the memory of a queue costs at most, besides its groups.
const MEASURING: u64 = 250;

/// What is known of all queues and workers.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) queues: BTreeMap<QueueName, Known>,
    pub(super) servers: Option<Vec<ServerFound>>,
    pub(super) heartbeats: Heartbeats,
    pub(super) redis: Option<RedisDocument>,
    /// Ticks so far.
    pub(super) ticks: u64,
}

/// What is known of a queue.
#[derive(Debug)]
pub(super) struct Known {
    row: QueueRow,
    hour: Hour,
    /// The day on which its past days were read.
    days_on: Option<NaiveDate>,
    /// When its memory was measured.
    measured_at: Option<DateTime<Utc>>,
}

impl Known {
    fn new(name: QueueName) -> Self {
        Self {
            row: QueueRow::new(name),
            hour: Hour::default(),
            days_on: None,
            measured_at: None,
        }
    }

    pub(super) fn turn(&self) -> Turn {
        let figures = &self.row.figures;
        let some = |count: Option<u64>| count.is_some_and(|count| count > 0);
        Turn {
            read_at: self.row.sampled_at,
            busy: some(figures.pending) || some(figures.active) || self.row.severity.is_some(),
        }
    }

    /// Whether its past days are of yesterday, or were never read.
    pub(super) fn days_due(&self, now: DateTime<Utc>) -> bool {
        self.days_on != Some(now.date_naive())
    }

    /// When its memory was measured, and what measuring it costs, if it is due again and costs at most this many commands.
    pub(super) fn measuring_due(
        &self,
        most: u64,
        now: DateTime<Utc>,
    ) -> Option<(Option<DateTime<Utc>>, u64)> {
        let at = self.measured_at;
        let cost = MEASURING + self.row.figures.groups?;
        let due = cost <= most && at.is_none_or(|at| now - at >= MEASURE_EVERY);
        due.then_some((at, cost))
    }

    /// Takes over new figures.
    pub(super) fn read(&mut self, read: &Read, now: DateTime<Utc>) {
        let stats = &read.stats;
        let mut figures = QueueDocument::from(stats);
        if !read.grouped {
            figures.aggregating = None;
            figures.size = None;
        }
        figures.memory_bytes = self.row.figures.memory_bytes;
        let total = |figure, count| stats.knows(figure).then_some(count);
        let processed = total(Figure::ProcessedTotal, stats.processed_total);
        let failed = total(Figure::FailedTotal, stats.failed_total);
        if let (Some(processed), Some(failed)) = (processed, failed) {
            self.hour.add(Counters {
                at: now,
                processed,
                failed,
            });
        }
        self.row.figures = figures;
        self.row.late = LateDocument {
            oldest_group: read.oldest_group.clone(),
            ..LateDocument::from(&stats.late)
        };
        self.row.sampled_at = Some(now);
        self.row.error = None;
    }

    /// Keeps the figures, and why there are no newer ones.
    pub(super) fn failed(&mut self, error: String) {
        self.row.error = Some(error);
    }

    pub(super) fn read_days(&mut self, days: &[Day], today: NaiveDate) {
        self.row.days = days.iter().map(DayCount::from).collect();
        self.days_on = Some(today);
    }

    pub(super) fn measured(&mut self, bytes: Option<u64>, now: DateTime<Utc>) {
        self.row.figures.memory_bytes = bytes;
        self.measured_at = Some(now);
    }
}

/// The figures of a queue.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) stats: QueueStats,
    /// Whether the tasks in groups were counted.
    pub(super) grouped: bool,
    pub(super) oldest_group: Option<(String, DateTime<Utc>)>,
}

impl Memory {
    /// Forgets queues that are gone, and expects the figures of new ones.
    pub(super) fn expect(&mut self, queues: &[QueueName]) {
        self.queues
            .retain(|name, _| queues.binary_search(name).is_ok());
        for name in queues {
            let new = || Known::new(name.clone());
            self.queues.entry(name.clone()).or_insert_with(new);
        }
    }

    /// All that is known, judged by these thresholds.
    pub(super) fn overview(&mut self, thresholds: &Thresholds, now: DateTime<Utc>) -> Overview {
        let today = now.date_naive();
        let mut findings = self.heartbeats.findings(&thresholds.workers, now);
        let mut queues = Vec::with_capacity(self.queues.len());
        for (name, known) in &mut self.queues {
            let row = &mut known.row;
            row.servers = self.servers.as_deref().map(|all| serving(all, name));
            row.minutes = known.hour.minutes(now);
            today_of(row, today);
            row.baseline = trouble::baseline(&row.days, today);
            let found = trouble::of_queue(row, thresholds.of(name), now);
            row.severity = found.iter().map(|finding| finding.code().severity()).min();
            findings.extend(found);
            queues.push(row.clone());
        }
        Finding::sort(&mut findings);
        let figures: Vec<_> = queues.iter().map(|row| row.figures.clone()).collect();
        let servers = self.servers.as_ref();
        Overview {
            sampled_at: now,
            total: QueueDocument::sum(&figures),
            queues,
            servers: servers.map(|all| all.iter().map(ServerDocument::from).collect()),
            silent: self.heartbeats.silent(now),
            trouble: findings.into_iter().map(TroubleDocument::from).collect(),
            redis: self.redis.clone(),
            unknown: Vec::new(),
        }
    }
}

/// Takes today's counters from the figures, which are newer than the days.
fn today_of(row: &mut QueueRow, today: NaiveDate) {
    let read_today = row.sampled_at.is_some_and(|at| at.date_naive() == today);
    if let Some(first) = row.days.first_mut()
        && first.date == today
        && read_today
    {
        first.processed = row.figures.processed_today;
        first.failed = row.figures.failed_today;
    }
}
