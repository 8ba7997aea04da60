//! Nagios and Prometheus read what is printed for them, whatever queues are called.

use std::collections::BTreeMap;

use qctl::task::State;
use serde_json::json;

use super::check;
use super::plugin::{Datum, Plugin, Range};
use crate::cli::{put, qctl};
use crate::harness::redis::Redis;

/// Names that mean something to one of the formats.
const HOSTILE: [&str; 9] = [
    "it's",
    "a=1;2;3",
    "x|'y'=1",
    "say \"hi\"",
    "back\\slash",
    "new\nline",
    "\u{1b}[2J",
    "100%",
    "a b.c",
];

fn upto(to: f64) -> Range {
    Range { from: 0.0, to }
}

#[test]
fn nagios_reads_the_status_the_reasons_and_the_figures() {
    let redis = Redis::start();
    for id in ["a", "b", "c"] {
        put(&redis, "critical", id, State::Archived);
    }
    put(&redis, "low", "a", State::Archived);
    let line = "--max-archived 1,2 --min-workers 0 --max-failed-rate 20% --format nagios";
    let output = check(&redis, line).expect_code(2);
    let plugin = Plugin::read(output.stdout_str());
    assert_eq!(plugin.status, "CRITICAL");
    assert_eq!(plugin.summary, "critical: 3 archived (max 2)");
    assert_eq!(plugin.more, [""; 0]);
    let plain = Datum {
        value: Some(3.0),
        unit: String::new(),
        warning: Some(upto(1.0)),
        critical: Some(upto(2.0)),
        min: Some(0.0),
        max: None,
    };
    let archived = &plugin.data["critical.archived"];
    assert_eq!(archived, &plain);
    assert!(!archived.critical.unwrap().allows(3.0) && archived.critical.unwrap().allows(2.0));
    let from_zero = Range {
        from: 0.0,
        to: f64::INFINITY,
    };
    let workers = Datum {
        value: Some(0.0),
        warning: None,
        critical: Some(from_zero),
        ..plain
    };
    assert_eq!(plugin.data["low.workers"], workers);
    let rate = Datum {
        value: Some(0.0),
        unit: "%".to_owned(),
        critical: Some(upto(20.0)),
        max: Some(100.0),
        ..workers
    };
    assert_eq!(plugin.data["low.failed_rate"], rate);
    assert_eq!(plugin.data.len(), 6);
}

#[test]
fn nagios_gets_further_reasons_on_lines_of_their_own() {
    let redis = Redis::start();
    let output = check(&redis, "--format nagios").expect_code(0);
    assert_eq!(output.stdout_str(), "OK - no queues\n");
    for queue in ["a", "b", "c", "d", "e"] {
        put(&redis, queue, "1", State::Archived);
    }
    let output = check(&redis, "--max-archived 1 --format nagios").expect_code(0);
    let plugin = Plugin::read(output.stdout_str());
    assert_eq!(
        (&*plugin.status, &*plugin.summary),
        ("OK", "5 queues checked")
    );
    let output = check(&redis, "--max-archived 0, --format nagios").expect_code(1);
    let plugin = Plugin::read(output.stdout_str());
    assert_eq!(plugin.status, "WARNING");
    let first = "a: 1 archived (max 0); b: 1 archived (max 0); c: 1 archived (max 0); and 2 more";
    assert_eq!(plugin.summary, first);
    let lines = ["a", "b", "c", "d", "e"];
    let lines = lines.map(|queue| format!("WARNING - {queue}: 1 archived (max 0)"));
    assert_eq!(plugin.more, lines);
}

#[test]
fn nagios_reads_hostile_names() {
    let redis = Redis::start();
    for name in HOSTILE {
        put(&redis, name, "1", State::Archived);
    }
    let output = check(&redis, "--max-archived 0 --format nagios").expect_code(2);
    let plugin = Plugin::read(output.stdout_str());
    assert_eq!(plugin.data.len(), HOSTILE.len());
    assert_eq!(plugin.more.len(), HOSTILE.len());
    assert!(plugin.data.contains_key("x%7C%27y%27%3D1.archived"));
    assert!(plugin.data.contains_key("a b.c.archived"));
}

/// A sample: its labels and its value.
type Sample = (BTreeMap<String, String>, f64);

/// Reads the text format as strictly as its specification says; the samples by the names of the metrics.
#[track_caller]
fn metrics(text: &str) -> BTreeMap<String, Vec<Sample>> {
    let mut metrics: BTreeMap<String, Vec<Sample>> = BTreeMap::new();
    assert!(text.ends_with('\n'));
    for line in text.trim_end_matches('\n').split('\n') {
        if let Some(rest) = line.strip_prefix("# ") {
            let (word, rest) = rest.split_once(' ').unwrap();
            let (name, about) = rest.split_once(' ').unwrap();
            match word {
                "TYPE" => {
                    assert_eq!(about, "gauge", "{line}");
                    assert!(metrics.insert(name.to_owned(), Vec::new()).is_none());
                }
                word => assert_eq!(word, "HELP", "{line}"),
            }
            continue;
        }
        let end = line.find(['{', ' ']).unwrap();
        let (labels, value) = labels(&line[end..]);
        let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        assert!(line[..end].chars().all(name), "{line}");
        let samples = metrics.get_mut(&line[..end]).unwrap();
        assert!(samples.iter().all(|(other, _)| *other != labels), "{line}");
        samples.push((labels, value.parse().unwrap()));
    }
    metrics
}

/// The labels in braces, and the value after them.
fn labels(text: &str) -> (BTreeMap<String, String>, &str) {
    let mut labels = BTreeMap::new();
    let Some(mut rest) = text.strip_prefix('{') else {
        return (labels, text.strip_prefix(' ').unwrap());
    };
    loop {
        let (name, quoted) = rest.split_once("=\"").unwrap();
        let mut value = String::new();
        let mut chars = quoted.char_indices();
        let end = loop {
            match chars.next().unwrap() {
                (at, '"') => break at,
                (_, '\\') => value.push(match chars.next().unwrap().1 {
                    'n' => '\n',
                    c @ ('\\' | '"') => c,
                    c => panic!("unknown escape \\{c}: {text:?}"),
                }),
                (_, c) => value.push(c),
            }
        };
        assert!(labels.insert(name.to_owned(), value).is_none());
        match quoted[end + 1..].split_at(1) {
            (",", more) => rest = more,
            ("}", value) => return (labels, value.strip_prefix(' ').unwrap()),
            (other, _) => panic!("{other:?} after a label: {text:?}"),
        }
    }
}

fn labeled<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    pairs.into_iter().map(owned).collect()
}

#[test]
fn prometheus_reads_the_status_the_figures_and_the_limits() {
    let redis = Redis::start();
    for name in HOSTILE {
        put(&redis, name, "1", State::Archived);
    }
    put(&redis, "low", "1", State::Completed);
    let output = check(&redis, "--max-archived 0,5 --format prometheus").expect_code(1);
    let metrics = metrics(output.stdout_str());
    let none = BTreeMap::new;
    assert_eq!(metrics["qctl_check_status"], [(none(), 1.0)]);
    let counts = [("critical", 0.0), ("warning", 9.0), ("unknown", 0.0)];
    let counts = counts.map(|(status, count)| (labeled([("status", status)]), count));
    assert_eq!(metrics["qctl_check_reasons"], counts);
    let now = qctl::clock::now().timestamp();
    let at = metrics["qctl_check_timestamp_seconds"][0].1;
    #[expect(clippy::cast_possible_truncation, reason = "a Unix time in seconds")]
    let age = now - at as i64;
    assert!((-1..60).contains(&age), "{age}");
    for name in HOSTILE {
        let about = [("queue", name), ("check", "archived"), ("unit", "count")];
        let value = (labeled(about), 1.0);
        assert!(metrics["qctl_check_value"].contains(&value), "{name:?}");
        let about = [
            ("queue", name),
            ("check", "archived"),
            ("status", "warning"),
        ];
        let reason = (labeled(about), 1.0);
        assert!(metrics["qctl_check_reason"].contains(&reason), "{name:?}");
    }
    let about = [("queue", "low"), ("check", "archived"), ("unit", "count")];
    assert!(metrics["qctl_check_value"].contains(&(labeled(about), 0.0)));
    let about = [
        ("queue", "low"),
        ("check", "archived"),
        ("unit", "count"),
        ("status", "critical"),
    ];
    assert!(metrics["qctl_check_limit"].contains(&(labeled(about), 5.0)));
    assert_eq!(metrics["qctl_check_limit"].len(), 20);
}

#[test]
fn json_has_the_figures_with_their_limits() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Archived);
    for format in ["--format json", "-o json", "--json"] {
        let output = check(&redis, &format!("--max-archived 0,1 {format}")).expect_code(1);
        let mut document = output.json();
        document["checked_at"].take();
        let figure = json!({
            "queue": "q", "check": "archived", "unit": "count", "value": 1, "warning": 0, "critical": 1,
            "status": "warning",
        });
        let reason = json!({
            "status": "warning", "check": "archived", "queue": "q", "sentence": "1 archived (max 0)",
            "value": 1, "limit": 0,
        });
        let expected = json!({
            "status": "warning", "exit_code": 1, "checked_at": null, "queues": 1,
            "reasons": [reason], "figures": [figure],
        });
        assert_eq!(document, expected, "{format}");
    }
    qctl(&redis, "check --max-archived 0 --format text")
        .env("QCTL_OUTPUT", "json")
        .status(2)
        .stdout(
            "
            CRITICAL: 1 queue checked

            STATUS    QUEUE  CHECK     REASON
            critical  q      archived  1 archived (max 0)
            ",
        )
        .run();
}
