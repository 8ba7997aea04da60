//! What a schedule looks like at an instant.

use chrono::{DateTime, Utc};

use crate::document::schedule::{ScheduleDocument, ScheduleState};
use crate::document::schedule_change::ScheduleStored;
use crate::document::tick::HistoryDocument;
use crate::schedule::changed_by::ChangedBy;
use crate::schedule::due::Progress;
use crate::schedule::form::Form;
use crate::schedule::stored::{Stored, TickOutcome, TickReport};
use crate::view::{Table, TimeStyle};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn now() -> DateTime<Utc> {
    at("2026-03-01T12:00:00Z")
}

fn stored(change: fn(&mut Form)) -> Stored {
    let mut form = Form {
        name: Some("nightly".to_owned()),
        spec: "0 3 * * *".to_owned(),
        kind: "report:build".to_owned(),
        ..Form::default()
    };
    change(&mut form);
    Stored {
        name: "nightly".to_owned(),
        schedule: form.check(now()).map_err(|bad| bad.what),
        revision: "r".to_owned(),
        paused: false,
        progress: Progress {
            since: at("2026-02-20T00:00:00Z"),
            fired: None,
            committed: None,
        },
        outcome: None,
        changed_at: Some(at("2026-02-20T00:00:00Z")),
        changed_by: ChangedBy::from_stored("ada@host"),
    }
}

fn line(stored: Stored) -> Vec<String> {
    let document = ScheduleDocument::new(stored, now());
    let table = Table::list(&[document]);
    let shown = table.heads.iter().zip(&table.rows[0]);
    shown
        .filter(|(head, _)| !head.wide)
        .map(|(_, cell)| cell.draw(now(), TimeStyle::Relative))
        .collect()
}

#[test]
fn next_is_to_come_even_if_ticks_were_missed() {
    assert_eq!(
        line(stored(|_| ())),
        [
            "nightly",
            "at 03:00 every day",
            "UTC",
            "default",
            "in 15h",
            "-"
        ]
    );
}

#[test]
fn a_last_tick_that_nobody_has_fired_is_still_due() {
    let document = ScheduleDocument::new(
        stored(|form| form.end = Some("2026-02-25T03:00:00Z".to_owned())),
        now(),
    );
    assert_eq!(document.state, ScheduleState::Active);
    assert_eq!(document.next_at, Some(at("2026-02-20T03:00:00Z")));
    let over = Stored {
        progress: Progress {
            since: at("2026-02-20T00:00:00Z"),
            fired: Some(at("2026-02-25T03:00:00Z")),
            committed: None,
        },
        ..stored(|form| form.end = Some("2026-02-25T03:00:00Z".to_owned()))
    };
    assert_eq!(line(over)[4], "ended");
}

#[test]
fn why_it_does_not_fire_stands_for_its_next_time() {
    let paused = Stored {
        paused: true,
        ..stored(|_| ())
    };
    assert_eq!(line(paused)[4], "paused");
    let unreadable = stored(|form| form.spec.clear());
    assert_eq!(
        line(unreadable),
        ["nightly", "-", "-", "-", "unreadable", "-"]
    );
}

#[test]
fn the_zone_is_named_where_it_matters() {
    let when = |change| line(stored(change))[1..3].join(" | ");
    assert_eq!(
        when(|form| form.tz = Some("Europe/Paris".to_owned())),
        "at 03:00 every day | Europe/Paris"
    );
    assert_eq!(
        when(|form| "TZ=Asia/Tokyo 0 3 * * *".clone_into(&mut form.spec)),
        "at 03:00 every day | Asia/Tokyo"
    );
    assert_eq!(
        when(|form| {
            form.tz = Some("Europe/Paris".to_owned());
            "@every 1h".clone_into(&mut form.spec);
        }),
        "every 1h | -"
    );
}

#[test]
fn what_was_skipped_is_one_line() {
    let record = |first| TickReport {
        tick: Some(at("2026-02-25T03:00:00Z")),
        at: now(),
        outcome: TickOutcome::Skipped { first: at(first) },
        by: "host:1".to_owned(),
    };
    let drawn = |record| {
        let document = HistoryDocument::new("nightly", record, None);
        let table = Table::list(&[document]);
        table.rows[0][3].draw(now(), TimeStyle::Relative)
    };
    assert_eq!(drawn(record("2026-02-25T03:00:00Z")), "skipped");
    assert_eq!(drawn(record("2026-02-22T03:00:00Z")), "skipped (3d)");
}

#[test]
fn a_schedule_that_was_put_shows_its_rhythm() {
    let schedule = stored(|form| "@every 90m".clone_into(&mut form.spec))
        .schedule
        .unwrap();
    let anchor = at("2026-03-01T11:00:00.5Z");
    let put = ScheduleStored::new(&schedule, false, anchor, now());
    let times: Vec<String> = put.next.iter().map(|next| next.at.to_rfc3339()).collect();
    assert_eq!(
        times,
        [
            "2026-03-01T12:30:00+00:00",
            "2026-03-01T14:00:00+00:00",
            "2026-03-01T15:30:00+00:00"
        ]
    );
}
