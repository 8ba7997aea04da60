mod usual;
mod workers;

use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::*;
use crate::broker::records::Heartbeat;
use crate::document::overview::{Baseline, DayCount, LateDocument};
use crate::document::queue::QueueDocument;
use crate::document::trouble::TroubleDocument;
use crate::task::QueueName;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn ago(seconds: i64) -> DateTime<Utc> {
    now() - TimeDelta::seconds(seconds)
}

/// A queue that is served, idle and known in all figures.
fn healthy() -> QueueRow {
    let none = Some(0);
    QueueRow {
        figures: QueueDocument {
            pending: none,
            active: none,
            scheduled: none,
            retry: none,
            archived: none,
            processed_today: none,
            failed_today: none,
            ..QueueDocument::default()
        },
        late: LateDocument {
            retries_due_soon: none,
            due: none,
            orphaned: none,
            ..LateDocument::default()
        },
        servers: Some(1),
        ..QueueRow::new(QueueName::new("critical").unwrap())
    }
}

/// What is found in a healthy queue after a change.
fn found(change: impl FnOnce(&mut QueueRow)) -> Vec<TroubleDocument> {
    found_with(&QueueThresholds::default(), change)
}

fn found_with(
    thresholds: &QueueThresholds,
    change: impl FnOnce(&mut QueueRow),
) -> Vec<TroubleDocument> {
    let mut row = healthy();
    change(&mut row);
    let found = of_queue(&row, thresholds, now());
    found.into_iter().map(TroubleDocument::from).collect()
}

/// The only finding, as code, sentence, selection and action.
#[track_caller]
fn only(found: &[TroubleDocument]) -> [&str; 4] {
    let [finding] = found else {
        panic!("not one finding: {found:#?}");
    };
    let action = finding.action.map_or("", |action| action.name());
    let selection = finding.selection.as_deref().unwrap_or_default();
    [finding.code.name(), &finding.sentence, selection, action]
}

fn pending(row: &mut QueueRow, count: u64, age: u64) {
    row.figures.pending = Some(count);
    row.figures.latency_seconds = Some(Duration::from_secs(age));
}

fn attempts(row: &mut QueueRow, failed: u64, processed: u64, baseline: Baseline) {
    row.figures.failed_today = Some(failed);
    row.figures.processed_today = Some(processed);
    row.baseline = baseline;
}

#[test]
fn a_healthy_queue_has_no_trouble() {
    assert!(found(|_| ()).is_empty());
    assert!(found(|row| pending(row, 1_000_000, 299)).is_empty());
}

#[test]
fn nobody_serves_pending_tasks() {
    let unserved = found(|row| {
        pending(row, 12_431, 2_520);
        row.servers = Some(0);
    });
    let sentence = "12,431 pending, the oldest for 42m, no worker serves it";
    let selection = "queue:critical state:pending";
    assert_eq!(only(&unserved), ["unserved", sentence, selection, "work"]);
    assert_eq!(unserved[0].since, Some(ago(2_520)));
    assert_eq!(unserved[0].count, Some(12_431));
    // At once, and without a known age.
    let new = found(|row| {
        row.figures.pending = Some(1);
        row.servers = Some(0);
    });
    assert_eq!(only(&new)[1], "1 pending, no worker serves it");
    let quiet: [fn(&mut QueueRow); 4] = [
        |row| row.servers = None,
        |row| row.figures.paused = true,
        |row| row.figures.pending = None,
        |row| row.figures.pending = Some(0),
    ];
    for change in quiet {
        let found = found(|row| {
            row.figures.pending = Some(5);
            row.servers = Some(0);
            change(row);
        });
        assert!(found.is_empty(), "{found:?}");
    }
    let off = QueueThresholds {
        unserved: false,
        ..QueueThresholds::default()
    };
    let late = found_with(&off, |row| {
        pending(row, 5, 301);
        row.servers = Some(0);
    });
    assert_eq!(only(&late)[0], "pending-too-long");
}

#[test]
fn the_oldest_task_is_pending_for_too_long() {
    let late = found(|row| pending(row, 7, 300));
    let sentence = "7 pending, the oldest for 5m";
    let selection = "queue:critical state:pending";
    assert_eq!(
        only(&late),
        ["pending-too-long", sentence, selection, "work"]
    );
    let unknown = found(|row| {
        pending(row, 7, 300);
        row.figures.latency_seconds = None;
    });
    assert!(unknown.is_empty());
}

#[test]
fn a_paused_queue_was_forgotten() {
    let paused = |row: &mut QueueRow, seconds| {
        row.figures.paused = true;
        row.figures.paused_at = Some(ago(seconds));
        row.figures.scheduled = Some(2);
        pending(row, 1, 9_000);
    };
    let forgotten = found(|row| paused(row, 7_200));
    let sentence = "paused for 2h, 3 tasks are waiting";
    let selection = "queue:critical state:pending,scheduled,retry";
    assert_eq!(
        only(&forgotten),
        ["paused-too-long", sentence, selection, "resume"]
    );
    assert!(found(|row| paused(row, 3_599)).is_empty());
    let quiet: [fn(&mut QueueRow); 2] = [
        |row| row.figures.paused_at = None,
        |row| (row.figures.pending, row.figures.scheduled) = (Some(0), None),
    ];
    for change in quiet {
        let found = found(|row| {
            paused(row, 7_200);
            change(row);
        });
        assert!(found.is_empty(), "{found:?}");
    }
}

#[test]
fn too_many_attempts_fail() {
    let learning = Baseline::LearningUntil(NaiveDate::from_ymd_opt(2027, 1, 20).unwrap());
    for (failed, processed, baseline, sentence) in [
        (
            20,
            100,
            Baseline::Unknown,
            Some("20 of today's 100 attempts failed (20.0%)"),
        ),
        (
            380,
            1_000,
            learning,
            Some(
                "380 of today's 1,000 attempts failed (38.0%, learning until 2027-01-20 what is usual)",
            ),
        ),
        (
            30,
            1_000,
            Baseline::Usual(0.01),
            Some("30 of today's 1,000 attempts failed (3.0%, usually 1.0%)"),
        ),
        (29, 1_000, Baseline::Usual(0.01), None),
        (30, 1_000, learning, None),
        (30, 1_000, Baseline::Unknown, None),
        (19, 19, Baseline::Usual(0.0), None),
        // Counters that do not belong together.
        (200, 100, Baseline::Usual(0.0), None),
    ] {
        let found = found(|row| attempts(row, failed, processed, baseline));
        let selection = "queue:critical state:retry,archived";
        match sentence {
            Some(sentence) => {
                assert_eq!(only(&found), ["failing", sentence, selection, "retry"]);
            }
            None => assert!(found.is_empty(), "{found:?}"),
        }
    }
    let unknown = found(|row| {
        attempts(row, 100, 100, Baseline::Unknown);
        row.figures.failed_today = None;
    });
    assert!(unknown.is_empty());
}

#[test]
fn many_retries_are_due() {
    let quiet = QueueThresholds {
        failure_rate: 1.0,
        failures: u64::MAX,
        ..QueueThresholds::default()
    };
    let due = |due, failed, processed| {
        found_with(&quiet, |row| {
            attempts(row, failed, processed, Baseline::Unknown);
            row.late.retries_due_soon = due;
        })
    };
    let many = due(Some(1_200), 1_300, 2_000);
    let sentence = "1,200 retries are due within 5m, after 2,000 attempts today";
    let selection = "queue:critical state:retry";
    assert_eq!(only(&many), ["retries-due", sentence, selection, "pause"]);
    for (soon, failed, processed) in [
        (Some(99), 99, 100),
        (Some(1_000), 1_000, 2_000),
        (None, 1_000, 1_000),
        // Tasks that wait for a turn of their handler have not failed.
        (Some(5_000), 0, 100),
        (Some(5_000), 0, 0),
    ] {
        let found = due(soon, failed, processed);
        assert!(found.is_empty(), "{found:?}");
    }
}

#[test]
fn due_tasks_are_not_forwarded() {
    let due = |count, since| found(|row| (row.late.due, row.late.due_since) = (count, since));
    let late = due(Some(31), Some(ago(120)));
    let sentence = "31 tasks are due but not pending, the first for 2m";
    let selection = "queue:critical state:scheduled,retry";
    assert_eq!(only(&late), ["not-forwarded", sentence, selection, "work"]);
    assert_eq!(
        only(&due(Some(1), Some(ago(30))))[1],
        "1 task is due but not pending, the first for 30s"
    );
    for (count, since) in [
        (Some(31), Some(ago(29))),
        (Some(31), None),
        (None, Some(ago(120))),
        (Some(0), Some(ago(120))),
        // Another clock.
        (Some(1), Some(ago(-60))),
    ] {
        assert!(due(count, since).is_empty(), "{count:?} {since:?}");
    }
}

#[test]
fn active_tasks_lost_their_workers() {
    let orphaned =
        |count, since| found(|row| (row.late.orphaned, row.late.orphaned_since) = (count, since));
    let lost = orphaned(Some(3), Some(ago(120)));
    let sentence = "3 active tasks have lost their worker, the first for 2m";
    let selection = "queue:critical state:orphaned";
    assert_eq!(only(&lost), ["orphaned", sentence, selection, "retry"]);
    assert_eq!(
        only(&orphaned(Some(1), None))[1],
        "1 active task has lost its worker"
    );
    assert!(orphaned(None, Some(ago(120))).is_empty());
}

#[test]
fn a_group_is_old_only_if_its_maximum_delay_is_known() {
    let known = QueueThresholds {
        group_max_delay: Some(Duration::from_secs(600)),
        ..QueueThresholds::default()
    };
    let group = |thresholds, age| {
        found_with(thresholds, |row| {
            row.late.oldest_group = Some(("größe 1".to_owned(), ago(age)));
        })
    };
    let old = group(&known, 1_500);
    let sentence = "group \"größe 1\" has been waiting for 25m, the maximum delay is 10m";
    let selection = "queue:critical group:\"größe 1\"";
    assert_eq!(only(&old), ["group-too-old", sentence, selection, "retry"]);
    assert!(group(&known, 1_200).is_empty());
    assert!(group(&QueueThresholds::default(), 1_000_000).is_empty());
}

#[test]
fn an_archive_fills_up() {
    for (archived, sentence) in [
        (7_990, None),
        (
            8_000,
            Some("the archive holds 8,000 of 9,999 tasks; when it is full, the oldest are deleted"),
        ),
        (
            9_999,
            Some("the archive is full with 9,999 tasks; the oldest are deleted"),
        ),
        // Go clients put in more than fits.
        (
            20_000,
            Some("the archive is full with 20,000 tasks; the oldest are deleted"),
        ),
    ] {
        let found = found(|row| row.figures.archived = Some(archived));
        match sentence {
            Some(sentence) => {
                let selection = "queue:critical state:archived";
                assert_eq!(
                    only(&found),
                    ["archive-full", sentence, selection, "delete"]
                );
            }
            None => assert!(found.is_empty(), "{found:?}"),
        }
    }
    assert!(found(|row| row.figures.archived = None).is_empty());
}

#[test]
fn a_queue_of_which_nothing_is_known_has_no_trouble() {
    let unknown = QueueRow::new(QueueName::new("q").unwrap());
    assert_eq!(of_queue(&unknown, &QueueThresholds::default(), now()), []);
}

#[test]
fn the_worst_come_first() {
    let with = |name: &str, change: fn(&mut QueueRow)| {
        let mut row = healthy();
        row.name = QueueName::new(name).unwrap();
        change(&mut row);
        of_queue(&row, &QueueThresholds::default(), now())
    };
    let mut findings = [
        with("a", |row| row.figures.archived = Some(9_999)),
        with("b", |row| pending(row, 1, 300)),
        with("c", |row| pending(row, 9, 300)),
        with("d", |row| {
            row.figures.pending = Some(1);
            row.servers = Some(0);
        }),
        with("e", |row| pending(row, 1, 300)),
    ]
    .concat();
    Finding::sort(&mut findings);
    let queues = findings.into_iter().map(TroubleDocument::from);
    let queues: Vec<_> = queues.filter_map(|finding| finding.queue).collect();
    assert_eq!(queues, ["d", "c", "b", "e", "a"]);
}
