use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::document::overview::QueueRow;
use crate::task::QueueName;

/// A sample: its name, its labels, its value.
type Sample = (String, BTreeMap<String, String>, f64);

/// Reads the text format strictly: each line is the help or the type of a metric, or one of its samples.
fn parse(text: &str) -> (BTreeMap<String, String>, Vec<Sample>) {
    let mut types = BTreeMap::new();
    let mut samples = Vec::new();
    assert!(text.ends_with('\n') && !text.contains('\r'), "{text}");
    for line in text.trim_end_matches('\n').split('\n') {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(
                types.insert(name.to_owned(), kind.to_owned()).is_none(),
                "{name} twice"
            );
        } else if !line.starts_with("# HELP ") {
            let sample = sample(line);
            assert!(types.contains_key(&sample.0), "no type: {line}");
            samples.push(sample);
        }
    }
    (types, samples)
}

fn sample(line: &str) -> Sample {
    let end = line
        .find('{')
        .unwrap_or_else(|| panic!("no labels: {line:?}"));
    let mut labels = BTreeMap::new();
    let mut rest = &line[end..];
    while let Some(label) = rest.strip_prefix(['{', ',']) {
        let (name, value) = label.split_once("=\"").unwrap();
        let mut text = String::new();
        let mut chars = value.char_indices();
        let end = loop {
            match chars.next().unwrap() {
                (at, '"') => break at,
                (_, '\\') => match chars.next().unwrap().1 {
                    'n' => text.push('\n'),
                    c @ ('\\' | '"') => text.push(c),
                    c => panic!("unknown escape \\{c}: {line:?}"),
                },
                (_, c) => text.push(c),
            }
        };
        assert!(labels.insert(name.to_owned(), text).is_none(), "{line:?}");
        rest = &value[end + 1..];
    }
    let value = rest
        .strip_prefix("} ")
        .unwrap_or_else(|| panic!("no value: {line:?}"));
    (line[..end].to_owned(), labels, value.parse().unwrap())
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn known(name: &str) -> QueueRow {
    let mut row = QueueRow::new(QueueName::new(name).unwrap());
    let figures = &mut row.figures;
    for figure in [
        &mut figures.size,
        &mut figures.active,
        &mut figures.pending,
        &mut figures.scheduled,
        &mut figures.retry,
        &mut figures.archived,
        &mut figures.completed,
        &mut figures.processed_total,
        &mut figures.failed_total,
        &mut figures.memory_bytes,
    ] {
        *figure = Some(0);
    }
    figures.processed_total = Some(12_345);
    row.sampled_at = Some(now() - TimeDelta::seconds(3));
    row
}

fn printed(queues: Vec<QueueRow>) -> (BTreeMap<String, String>, Vec<Sample>) {
    let overview = Overview {
        queues,
        ..Overview::default()
    };
    parse(&text(Arc::new(overview), now()))
}

/// Names, types and labels as in `x/metrics` of Asynq.
#[test]
fn metrics_of_asynqs_exporter_have_its_names_and_types() {
    let (types, samples) = printed(vec![known("default")]);
    let exporter = [
        ("asynq_queue_latency_seconds", "gauge"),
        ("asynq_queue_memory_usage_approx_bytes", "gauge"),
        ("asynq_queue_paused_total", "gauge"),
        ("asynq_queue_size", "gauge"),
        ("asynq_tasks_enqueued_total", "gauge"),
        ("asynq_tasks_failed_total", "counter"),
        ("asynq_tasks_processed_total", "counter"),
    ];
    let asynq = types.iter().filter(|(name, _)| name.starts_with("asynq_"));
    let asynq: Vec<_> = asynq
        .map(|(name, kind)| (name.as_str(), kind.as_str()))
        .collect();
    assert_eq!(asynq, exporter);
    for (name, _) in exporter {
        let samples: Vec<_> = samples.iter().filter(|sample| sample.0 == name).collect();
        let labels = |sample: &&Sample| sample.1.keys().cloned().collect::<Vec<_>>();
        if name == "asynq_tasks_enqueued_total" {
            let states: BTreeSet<_> = samples
                .iter()
                .map(|sample| sample.1["state"].as_str())
                .collect();
            let all = [
                "active",
                "archived",
                "completed",
                "pending",
                "retry",
                "scheduled",
            ];
            assert_eq!(states, BTreeSet::from(all));
            assert!(
                samples
                    .iter()
                    .all(|sample| labels(sample) == ["queue", "state"])
            );
        } else {
            assert_eq!(samples.len(), 1, "{name}");
            assert_eq!(labels(&samples[0]), ["queue"]);
        }
    }
    let processed = samples
        .iter()
        .find(|sample| sample.0 == "asynq_tasks_processed_total");
    assert!((processed.unwrap().2 - 12_345.0).abs() < f64::EPSILON);
}

#[test]
fn hostile_names_of_queues_are_labels_and_nothing_else() {
    for name in [
        "a\"} 1\nfake_metric 2",
        "back\\slash",
        "größe 測定",
        "{x=\"y\"}",
        "\u{1b}[2J",
    ] {
        let (types, samples) = printed(vec![known(name)]);
        let queues: BTreeSet<_> = samples
            .iter()
            .filter_map(|sample| sample.1.get("queue"))
            .collect();
        assert_eq!(queues, BTreeSet::from([&name.to_owned()]));
        assert!(
            types
                .keys()
                .all(|name| name.starts_with("asynq_") || name.starts_with("qctl_"))
        );
    }
}

#[test]
fn what_is_not_known_has_no_sample() {
    let (_, samples) = printed(vec![QueueRow::new(QueueName::new("new").unwrap())]);
    assert!(
        samples.iter().all(|sample| !sample.1.contains_key("queue")),
        "{samples:?}"
    );
    let codes = samples
        .iter()
        .filter(|sample| sample.0 == "qctl_trouble_findings");
    assert_eq!(codes.count(), TroubleCode::ALL.len());
}
