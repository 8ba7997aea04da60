//! Compares with every row of the table that the Go library wrote, `tests/fixtures/cron_referee.ndjson`.
//!
//! `tests/peer/referee` says how the table is made. Deliberate differences:
//!
//! - White space around a spec is dropped. The library accepts some of it and refuses some.
//! - A text of more than 1024 bytes is refused.
//! - Names of zones must match those of the database exactly. To the library they are file paths: it accepts
//!   `Asia//Tokyo`, and on some systems `asia/tokyo`.
//! - Names of months and weekdays are compared ignoring ASCII case only, not by Unicode's rules (`fr\u{130}`).
//! - Where clocks skip midnight, half an hour or a whole day, the library's `SpecSchedule.Next` may return a tick on
//!   the wrong day or in the wrong hour, miss one, or never return: it checks the day again only when it passes
//!   through hour 0, and the hour only when it passes through minute 0. The column `exact` has the correct ticks,
//!   which are ours.

use chrono::{DateTime, Utc};

use super::{Spec, Zone};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    spec: String,
    #[serde(default)]
    zone: String,
    #[serde(default)]
    after: String,
    /// For readers of the table.
    #[serde(default)]
    six: bool,
    #[serde(default)]
    refused: bool,
    #[serde(default)]
    next: Vec<String>,
    exact: Option<Vec<String>>,
}

fn rows() -> Vec<Row> {
    include_str!("../../../tests/fixtures/cron_referee.ndjson")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The chain of ticks as the table writes it.
fn chain(spec: &Spec, row: &Row, length: usize) -> Vec<String> {
    let zone: Zone = row.zone.parse().unwrap();
    let anchor = row.after.parse::<DateTime<Utc>>().unwrap();
    let mut ticks = Vec::new();
    let mut at = anchor;
    while ticks.len() < length {
        let Some(next) = spec.next(at, &zone, anchor) else {
            ticks.push("never".to_owned());
            break;
        };
        ticks.push(next.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        at = next;
    }
    ticks
}

#[test]
fn specs_mean_what_they_mean_to_go() {
    let mut complaints = Vec::new();
    let rows = rows();
    for row in &rows {
        match (Spec::parse(&row.spec), row.refused) {
            (Err(_), true) => {}
            (Ok(spec), true) => {
                complaints.push(format!("{:?} is taken: {spec:?}", row.spec));
            }
            (Err(error), false) => complaints.push(format!("{:?}: {error}", row.spec)),
            (Ok(_), false) if row.next.is_empty() => {}
            (Ok(spec), false) => {
                let wanted = row.exact.as_ref().unwrap_or(&row.next);
                let found = chain(&spec, row, wanted.len());
                if found != *wanted {
                    complaints.push(format!(
                        "{:?} in {} after {}: {found:?} instead of {wanted:?}",
                        row.spec, row.zone, row.after
                    ));
                }
            }
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    assert!(rows.len() > 1_000, "{}", rows.len());
}

/// A row is six fields exactly if `ParseStandard` refuses it, and our extension is nothing else.
#[test]
fn only_specs_with_seconds_go_beyond_the_standard() {
    for row in rows().iter().filter(|row| !row.refused) {
        let fields = row.spec.split_whitespace();
        let count = fields.filter(|word| !word.contains("TZ=")).count();
        assert_eq!(row.six, count == 6, "{}", row.spec);
    }
}

#[test]
fn what_the_library_gets_wrong_is_little_and_all_about_changes_of_clocks() {
    let rows = rows();
    let wrong: Vec<&Row> = rows.iter().filter(|row| row.exact.is_some()).collect();
    assert!(
        !wrong.is_empty() && wrong.len() * 20 < rows.len(),
        "{}",
        wrong.len()
    );
    assert!(wrong.iter().all(|row| row.zone != "UTC"));
}
