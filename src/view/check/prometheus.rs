//! The verdict as metrics, for the textfile collector of `node_exporter`.

use std::collections::BTreeSet;
use std::fmt::Error;

use chrono::DateTime;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::EncodeMetric as _;
use prometheus_client::encoding::{DescriptorEncoder, prometheus_text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use crate::document::check::{CheckDocument, Status};
use crate::document::queue::to_float;

/// All metrics. Writing to a string cannot fail.
pub(crate) fn output(check: &CheckDocument) -> String {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Metrics(check.clone())));
    let mut text = String::new();
    prometheus_text::encode(&mut text, &registry).unwrap_or_default();
    text
}

#[derive(Debug)]
struct Metrics(CheckDocument);

type Labels<'a> = Vec<(&'static str, &'a str)>;

/// One gauge and its samples.
fn gauge<'a>(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help): (&str, &str),
    samples: impl IntoIterator<Item = (Labels<'a>, f64)>,
) -> Result<(), Error> {
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (labels, value) in samples {
        ConstGauge::new(value).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}

/// One gauge without labels.
fn single(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help): (&str, &str),
    value: f64,
) -> Result<(), Error> {
    let sample = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    ConstGauge::new(value).encode(sample)
}

impl Collector for Metrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let Self(check) = self;
        let to = &mut encoder;
        let about = (
            "qctl_check_status",
            "The verdict: 0 ok, 1 warning, 2 critical, 3 unknown.",
        );
        single(to, about, check.status.number().into())?;
        let about = (
            "qctl_check_timestamp_seconds",
            "When it was checked, as a Unix time.",
        );
        let since = check.checked_at - DateTime::UNIX_EPOCH;
        single(to, about, since.as_seconds_f64())?;
        let about = (
            "qctl_check_reasons",
            "Why the verdict is not OK, by status.",
        );
        let counts = [Status::Critical, Status::Warning, Status::Unknown].map(|status| {
            let count = to_float(check.count(status));
            (vec![("status", status.name())], count)
        });
        gauge(to, about, counts)?;
        let about = ("qctl_check_reason", "1 for each check that is not OK.");
        let reasons = check.reasons.iter().map(|reason| {
            let queue = reason.queue.as_deref().unwrap_or_default();
            let check = reason.check.unwrap_or("check");
            vec![
                ("queue", queue),
                ("check", check),
                ("status", reason.status.name()),
            ]
        });
        // Two workers may have fallen silent.
        let reasons: BTreeSet<Labels<'_>> = reasons.collect();
        gauge(to, about, reasons.into_iter().map(|labels| (labels, 1.0)))?;
        self.figures(to)
    }
}

impl Metrics {
    fn figures(&self, to: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        let figures = &self.0.figures;
        let about = (
            "qctl_check_value",
            "The figure that was checked, in the unit of the label.",
        );
        let values = figures.iter().filter_map(|figure| {
            let queue = figure.queue.as_deref().unwrap_or_default();
            let labels = vec![
                ("queue", queue),
                ("check", figure.check),
                ("unit", figure.unit),
            ];
            Some((labels, figure.value?.number()))
        });
        gauge(to, about, values)?;
        let about = ("qctl_check_limit", "The limits of a figure.");
        let limits = figures.iter().flat_map(|figure| {
            let queue = figure.queue.as_deref().unwrap_or_default();
            let each = [("warning", figure.warning), ("critical", figure.critical)];
            each.into_iter().filter_map(move |(status, limit)| {
                let labels = vec![
                    ("queue", queue),
                    ("check", figure.check),
                    ("unit", figure.unit),
                    ("status", status),
                ];
                Some((labels, limit?.number()))
            })
        });
        gauge(to, about, limits)
    }
}
