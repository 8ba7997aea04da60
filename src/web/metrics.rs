//! Figures of all queues for Prometheus.
//!
//! Names, types and labels of the metrics that begin with `asynq_` are those of Asynq's exporter. A figure that is not known
//! has no sample, so that it does not look like 0.

use std::fmt::Error;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use chrono::{DateTime, TimeDelta, Utc};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::EncodeMetric as _;
use prometheus_client::encoding::{DescriptorEncoder, prometheus_text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use super::failure::Failure;
use super::state::Shared;
use crate::document::overview::{Overview, QueueRow};
use crate::document::queue::to_float;
use crate::document::trouble::TroubleCode;

/// `GET /metrics`.
///
/// # Errors
/// Without an answer from Redis there are no metrics, so that the scrape fails, as with Asynq's exporter.
pub(super) async fn metrics(State(shared): State<Shared>) -> Result<impl IntoResponse, Failure> {
    let overview = shared.sampler().fresh().await.current()?;
    let text = text(overview, shared.inspector().now());
    Ok(([(CONTENT_TYPE, prometheus_text::CONTENT_TYPE)], text))
}

/// All metrics. Writing to a string cannot fail.
fn text(overview: Arc<Overview>, now: DateTime<Utc>) -> String {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Metrics { overview, now }));
    let mut text = String::new();
    prometheus_text::encode(&mut text, &registry).unwrap_or_default();
    text
}

#[derive(Debug)]
struct Metrics {
    overview: Arc<Overview>,
    now: DateTime<Utc>,
}

/// A metric with one sample for each queue of which the figure is known. The encoder adds `_total` to the names of counters.
struct PerQueue {
    kind: MetricType,
    name: &'static str,
    help: &'static str,
    value: fn(&QueueRow) -> Option<f64>,
}

const fn gauge(
    name: &'static str,
    help: &'static str,
    value: fn(&QueueRow) -> Option<f64>,
) -> PerQueue {
    PerQueue {
        kind: MetricType::Gauge,
        name,
        help,
        value,
    }
}

const fn counter(
    name: &'static str,
    help: &'static str,
    value: fn(&QueueRow) -> Option<f64>,
) -> PerQueue {
    PerQueue {
        kind: MetricType::Counter,
        ..gauge(name, help, value)
    }
}

const PER_QUEUE: [PerQueue; 13] = [
    gauge(
        "asynq_queue_size",
        "Tasks in a queue, completed ones included.",
        |row| row.figures.size.map(to_float),
    ),
    gauge(
        "asynq_queue_latency_seconds",
        "How long the next pending task has been waiting.",
        |row| match row.figures.latency_seconds {
            Some(latency) => Some(latency.as_secs_f64()),
            None => (row.figures.pending == Some(0)).then_some(0.0),
        },
    ),
    gauge(
        "asynq_queue_memory_usage_approx_bytes",
        "Memory that a queue uses in Redis, estimated from samples.",
        |row| row.figures.memory_bytes.map(to_float),
    ),
    counter(
        "asynq_tasks_processed",
        "Attempts that ended, failures included.",
        |row| row.figures.processed_total.map(to_float),
    ),
    counter("asynq_tasks_failed", "Attempts that failed.", |row| {
        row.figures.failed_total.map(to_float)
    }),
    gauge(
        "asynq_queue_paused_total",
        "1 if a queue is paused, 0 if not.",
        |row| {
            row.sampled_at
                .map(|_| f64::from(u8::from(row.figures.paused)))
        },
    ),
    gauge(
        "qctl_queue_paused_timestamp_seconds",
        "When a queue was paused, as a Unix time.",
        |row| {
            row.figures
                .paused_at
                .map(|at| seconds(at - DateTime::UNIX_EPOCH))
        },
    ),
    gauge(
        "qctl_queue_aggregating",
        "Tasks that wait in groups.",
        |row| row.figures.aggregating.map(to_float),
    ),
    gauge(
        "qctl_queue_aside",
        "Ids without a readable message.",
        |row| row.figures.aside.map(to_float),
    ),
    gauge("qctl_queue_workers", "Workers that serve a queue.", |row| {
        row.servers.map(to_float)
    }),
    gauge(
        "qctl_queue_due",
        "Tasks that are due but not pending.",
        |row| row.late.due.map(to_float),
    ),
    gauge(
        "qctl_queue_retries_due_soon",
        "Retries that are due now or within five minutes.",
        |row| row.late.retries_due_soon.map(to_float),
    ),
    gauge(
        "qctl_queue_orphaned",
        "Active tasks whose worker is gone.",
        |row| row.late.orphaned.map(to_float),
    ),
];

impl Collector for Metrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        self.states(&mut encoder)?;
        for metric in PER_QUEUE {
            self.each_queue(&mut encoder, &metric)?;
        }
        let name = "qctl_queue_sample_age_seconds";
        let help = "How old the figures of a queue are.";
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for row in &self.overview.queues {
            if let Some(at) = row.sampled_at {
                let age = seconds(self.now - at).max(0.0);
                let labels = [("queue", row.name.as_str())];
                ConstGauge::new(age).encode(family.encode_family(&labels)?)?;
            }
        }
        self.trouble(&mut encoder)?;
        let help = "The version of qctl.";
        let mut family =
            encoder.encode_descriptor("qctl_build_info", help, None, MetricType::Gauge)?;
        let labels = [("version", env!("CARGO_PKG_VERSION"))];
        ConstGauge::new(1_i64).encode(family.encode_family(&labels)?)
    }
}

impl Metrics {
    /// Tasks by state: those that Asynq's exporter knows.
    fn states(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        let name = "asynq_tasks_enqueued_total";
        let help = "Tasks in a queue, by state.";
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for row in &self.overview.queues {
            let figures = &row.figures;
            for (state, count) in [
                ("active", figures.active),
                ("pending", figures.pending),
                ("scheduled", figures.scheduled),
                ("retry", figures.retry),
                ("archived", figures.archived),
                ("completed", figures.completed),
            ] {
                if let Some(count) = count {
                    let labels = [("queue", row.name.as_str()), ("state", state)];
                    ConstGauge::new(to_float(count)).encode(family.encode_family(&labels)?)?;
                }
            }
        }
        Ok(())
    }

    fn each_queue(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        metric: &PerQueue,
    ) -> Result<(), Error> {
        let counts = matches!(metric.kind, MetricType::Counter);
        let mut family = encoder.encode_descriptor(metric.name, metric.help, None, metric.kind)?;
        for row in &self.overview.queues {
            let Some(value) = (metric.value)(row) else {
                continue;
            };
            let labels = [("queue", row.name.as_str())];
            let sample = family.encode_family(&labels)?;
            if counts {
                ConstCounter::new(value).encode(sample)?;
            } else {
                ConstGauge::new(value).encode(sample)?;
            }
        }
        Ok(())
    }

    /// Findings by code. All codes have a sample, so that alerts can be written before there is one.
    fn trouble(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        let name = "qctl_trouble_findings";
        let help = "What is wrong with queues and workers, by code.";
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for code in TroubleCode::ALL {
            let found = self.overview.trouble.iter();
            let count = found.filter(|finding| finding.code == code).count();
            let count = u64::try_from(count).map_or(f64::INFINITY, to_float);
            let labels = [("code", code.name()), ("severity", code.severity().name())];
            ConstGauge::new(count).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

fn seconds(span: TimeDelta) -> f64 {
    span.as_seconds_f64()
}

#[cfg(test)]
mod tests;
