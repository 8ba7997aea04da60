//! One scheduler: what it does about ticks it has missed, options, and changes.

use chrono::{DateTime, TimeDelta, Utc};
use qctl::broker::SchedulePlaced;
use qctl::clock;
use qctl::schedule::event::ScheduleEvent;
use qctl::schedule::form::Form;
use qctl::schedule::stored::TickOutcome;
use qctl::task::State;

use super::{Hand, Tower, dawn, form};

fn hours(hours: i64) -> DateTime<Utc> {
    dawn() + TimeDelta::hours(hours)
}

/// What came of the ticks of a schedule, oldest first, in short.
fn story(tower: &Tower, name: &str) -> Vec<String> {
    let history = tower.history(name);
    let lines = history.iter().rev().map(|record| {
        let tick = record.tick.unwrap().format("%H:%M");
        match &record.outcome {
            TickOutcome::Enqueued { .. } => format!("{tick} enqueued"),
            TickOutcome::Duplicate { .. } => format!("{tick} duplicate"),
            TickOutcome::Skipped { first } => {
                format!("{} to {tick} skipped", first.format("%H:%M"))
            }
            TickOutcome::Failed { error } => format!("{tick} {error}"),
        }
    });
    lines.collect()
}

#[test]
fn missed_ticks_are_made_up_for_as_each_schedule_wants() {
    let mut tower = Tower::open();
    for policy in ["none", "latest", "all", "all:2"] {
        let form = Form {
            catch_up: Some(policy.to_owned()),
            ..form(policy, "@every 1h")
        };
        tower.put_form(&form, dawn());
    }
    // Five hours and a half without any scheduler, and then the sixth tick in time.
    let hand = Hand::at(hours(5) + TimeDelta::minutes(30));
    tower.start(hand.clock());
    tower.until(|events| {
        let settled =
            |(_, event): &&(usize, ScheduleEvent)| matches!(event, ScheduleEvent::Fired { .. });
        events.iter().filter(settled).count() >= 1 + 5 + 2
    });
    hand.set(hours(6));
    tower.until_fired("none", 1);
    tower.stop();
    assert_eq!(
        story(&tower, "none"),
        ["01:00 to 05:00 skipped", "06:00 enqueued"]
    );
    assert_eq!(
        story(&tower, "latest")[..2],
        ["01:00 to 04:00 skipped", "05:00 enqueued"]
    );
    let all: Vec<String> = (1..=5).map(|hour| format!("0{hour}:00 enqueued")).collect();
    assert_eq!(story(&tower, "all")[..5], all);
    assert_eq!(
        story(&tower, "all:2")[..3],
        ["01:00 to 03:00 skipped", "04:00 enqueued", "05:00 enqueued"]
    );
}

#[test]
fn a_tick_that_is_a_little_late_is_fired_whatever_the_policy() {
    let mut tower = Tower::open();
    let form = Form {
        catch_up: Some("none".to_owned()),
        ..form("often", "@every 1s")
    };
    tower.put_form(&form, dawn());
    tower.start(Hand::at(dawn() + TimeDelta::seconds(9)).clock());
    tower.until_fired("often", 9);
    tower.stop();
    assert_eq!(tower.pending().len(), 9);
}

fn with_options() -> [Form; 5] {
    let named = |name: &str| form(name, "@every 1h");
    [
        named("plain"),
        Form {
            delay: Some("10m".to_owned()),
            retention: Some("1d".to_owned()),
            max_retry: Some(3),
            payload: Some("é\0".into()),
            headers: [("k".to_owned(), "v".to_owned())].into(),
            ..named("delayed")
        },
        Form {
            group: Some("g".to_owned()),
            ..named("grouped")
        },
        Form {
            payload: Some("u".into()),
            unique: Some("1d".to_owned()),
            ..named("unique")
        },
        Form {
            jitter: Some("30m".to_owned()),
            ..named("jittered")
        },
    ]
}

#[test]
fn a_task_has_the_options_of_its_schedule() {
    let mut tower = Tower::open();
    for form in with_options() {
        tower.put_form(&form, dawn());
    }
    let hand = Hand::at(hours(1));
    tower.start(hand.clock());
    tower.until_fired("unique", 1);
    hand.set(hours(2));
    tower.until(|events| {
        let met =
            |(_, event): &(usize, ScheduleEvent)| matches!(event, ScheduleEvent::Duplicate { .. });
        events.iter().any(met)
    });
    tower.stop();
    let find = |name: &str| {
        tower
            .shop
            .find(&format!("{name}@2024-03-01T01:00:00Z"))
            .unwrap()
    };
    assert_eq!(find("plain").state, State::Pending);
    assert_eq!(find("grouped").state, State::Aggregating);
    let delayed = find("delayed");
    let message = delayed.message.clone().unwrap();
    assert_eq!(delayed.state, State::Scheduled);
    assert_eq!(
        delayed.next_process_at(),
        Some(hours(1) + TimeDelta::minutes(10))
    );
    assert_eq!((message.max_retry, message.retention), (3, 86_400));
    assert_eq!(message.payload, "é\0".as_bytes());
    assert_eq!(message.headers["k"], "v");
    let jittered = find("jittered").next_process_at().unwrap() - hours(1);
    assert!(
        jittered > TimeDelta::zero() && jittered <= TimeDelta::minutes(31),
        "{jittered}"
    );
    assert_eq!(
        story(&tower, "unique"),
        ["01:00 enqueued", "02:00 duplicate"]
    );
}

/// Paris skips 02:30 on 31 March 2024 and has it twice on 27 October.
#[test]
fn summer_time_begins_and_ends() {
    for (first_night, expected) in [
        ("2024-03-29T12:00:00Z", ["30 01:30", "01 00:30", "02 00:30"]),
        ("2024-10-26T12:00:00Z", ["27 00:30", "27 01:30", "28 01:30"]),
    ] {
        let mut tower = Tower::open();
        let since: DateTime<Utc> = first_night.parse().unwrap();
        let paris = Form {
            tz: Some("Europe/Paris".to_owned()),
            catch_up: Some("all".to_owned()),
            ..form("night", "30 2 * * *")
        };
        tower.put_form(&paris, since);
        let hand = Hand::at(since + TimeDelta::days(4));
        tower.start(hand.clock());
        tower.until_fired("night", 3);
        tower.stop();
        let ids = tower.pending();
        let nights = ids.iter().map(|id| {
            let tick: DateTime<Utc> = id.split_once('@').unwrap().1.parse().unwrap();
            tick.format("%d %H:%M").to_string()
        });
        assert_eq!(nights.take(3).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn changes_reach_a_scheduler_that_runs() {
    let mut tower = Tower::open();
    tower.start(std::sync::Arc::new(clock::now));
    tower.put_form(&form("first", "@every 1s"), clock::now());
    tower.until_fired("first", 1);
    let other = Form {
        kind: "other".to_owned(),
        ..form("first", "@every 1s")
    };
    assert_eq!(
        tower.put_form(&other, clock::now()),
        SchedulePlaced::Replaced
    );
    tower.until(|events| {
        let other = |(_, event): &(usize, ScheduleEvent)| {
            matches!(event, ScheduleEvent::Fired { kind, .. } if kind == "other")
        };
        events.iter().any(other)
    });
    let pause = |paused| {
        tower.shop.ask(async |broker| {
            let now = clock::now();
            broker.pause_schedule("first", paused, "me", now).await
        })
    };
    pause(true).unwrap();
    let before = tower.pending().len();
    // Another schedule goes on, so that the scheduler is seen to have had its time.
    tower.put_form(&form("second", "@every 1s"), clock::now());
    tower.until_fired("second", 2);
    let of_first = |id: &&String| id.starts_with("first@");
    assert_eq!(tower.pending().iter().filter(of_first).count(), before);
    pause(false).unwrap();
    tower.until(|events| {
        let first = |(_, event): &&(usize, ScheduleEvent)| {
            matches!(event, ScheduleEvent::Fired { name, .. } if name == "first")
        };
        events.iter().filter(first).count() > before
    });
    let removed = tower
        .shop
        .ask(async |broker| broker.remove_schedule("first").await);
    assert_eq!(removed, Ok(true));
    let before = tower.pending().iter().filter(of_first).count();
    let seconds = tower.pending().len() - before;
    tower.until_fired("second", seconds + 2);
    assert_eq!(tower.pending().iter().filter(of_first).count(), before);
}
