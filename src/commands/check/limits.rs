//! The options for limits.

use clap::Args;

use crate::document::check::Measure;
use crate::inspector::check::Limit;

/// Limits; each is CRIT or WARN,CRIT.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits (CRIT or WARN,CRIT)")]
pub(super) struct LimitArgs {
    /// Pending tasks
    #[arg(long, value_name = "N", value_parser = |text: &str| Limit::read(Measure::Pending, text))]
    max_pending: Option<Limit>,
    /// How long the oldest task may be pending; 0 in a paused queue
    #[arg(long, value_name = "DURATION", value_parser = |text: &str| Limit::read(Measure::Latency, text))]
    max_latency: Option<Limit>,
    /// How long tasks may be due without being pending
    #[arg(long, value_name = "DURATION", value_parser = |text: &str| Limit::read(Measure::ForwardDelay, text))]
    max_forward_delay: Option<Limit>,
    /// Tasks in retry
    #[arg(long, value_name = "N", value_parser = |text: &str| Limit::read(Measure::Retry, text))]
    max_retry: Option<Limit>,
    /// Archived tasks
    #[arg(long, value_name = "N", value_parser = |text: &str| Limit::read(Measure::Archived, text))]
    max_archived: Option<Limit>,
    /// The share of today's attempts (UTC) that may fail, such as 5%,20%; see --min-failures
    #[arg(long, value_name = "SHARE", value_parser = |text: &str| Limit::read(Measure::FailedRate, text))]
    max_failed_rate: Option<Limit>,
    /// How long a queue in which tasks wait may be paused
    #[arg(long, value_name = "DURATION", value_parser = |text: &str| Limit::read(Measure::Paused, text))]
    max_paused: Option<Limit>,
    /// Active tasks whose worker is gone
    #[arg(long, value_name = "N", value_parser = |text: &str| Limit::read(Measure::Orphaned, text))]
    max_orphaned: Option<Limit>,
    /// Workers and Go servers that serve the queue
    #[arg(long, value_name = "N", value_parser = |text: &str| Limit::read(Measure::Workers, text))]
    min_workers: Option<Limit>,
    /// How long ago a stored schedule may have been due to fire
    #[arg(long, value_name = "DURATION", value_parser = |text: &str| Limit::read(Measure::Overdue, text))]
    max_overdue: Option<Limit>,
    /// What Redis may use: a size such as 2GB, or a share of maxmemory such as 80%,90%
    #[arg(long, value_name = "SIZE", value_parser = |text: &str| Limit::read(Measure::Memory, text))]
    max_memory: Option<Limit>,
}

impl LimitArgs {
    /// The limits that were typed.
    pub(super) fn typed(&self) -> impl Iterator<Item = (Measure, Limit)> {
        let all = [
            (Measure::Pending, self.max_pending),
            (Measure::Latency, self.max_latency),
            (Measure::ForwardDelay, self.max_forward_delay),
            (Measure::Retry, self.max_retry),
            (Measure::Archived, self.max_archived),
            (Measure::FailedRate, self.max_failed_rate),
            (Measure::Paused, self.max_paused),
            (Measure::Orphaned, self.max_orphaned),
            (Measure::Workers, self.min_workers),
            (Measure::Overdue, self.max_overdue),
            (Measure::Memory, self.max_memory),
        ];
        all.into_iter()
            .filter_map(|(measure, limit)| Some((measure, limit?)))
    }
}
