//! Schedulers that die, replies that are lost, a Redis that is away or full, clocks that are wrong.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use qctl::broker::{Tick, TickClaim, keys};
use qctl::clock;
use qctl::schedule::event::ScheduleEvent;
use qctl::schedule::form::Form;
use qctl::schedule::stored::TickOutcome;

use super::{Hand, Tower, dawn, fired, form};
use crate::harness::proxy::Proxy;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};
use crate::worker::crew::succeed;

const HOUR: TimeDelta = TimeDelta::hours(1);

/// Claims the first tick of a schedule as a scheduler does that dies right after.
fn claim_and_die(tower: &Tower, name: &str, lease: Duration) {
    let tick = Tick {
        name: name.to_owned(),
        revision: tower.stored(name).revision,
        at: dawn() + HOUR,
    };
    let claims = tower.shop.ask(async |broker| {
        let ahead = Duration::from_secs(5);
        broker.claim_ticks(&[tick], "dead", lease, ahead).await
    });
    assert_eq!(claims, Ok(vec![Ok(TickClaim::Claimed)]));
}

#[test]
fn the_tick_of_a_scheduler_that_died_is_fired_by_another() {
    let mut tower = Tower::open();
    tower.put("s", "@every 1h");
    claim_and_die(&tower, "s", Duration::from_millis(300));
    tower.start(Hand::at(dawn() + HOUR).clock());
    tower.until_fired("s", 1);
    tower.stop();
    assert_eq!(tower.pending(), ["s@2024-03-01T01:00:00Z"]);
}

#[test]
fn what_a_dead_scheduler_has_enqueued_already_is_not_enqueued_again() {
    let mut tower = Tower::open();
    tower.put("s", "@every 1h");
    claim_and_die(&tower, "s", Duration::from_millis(50));
    let task = tower.stored("s").schedule.unwrap().task(dawn() + HOUR);
    let enqueued = tower
        .shop
        .ask(async |broker| broker.enqueue_many(&[task], clock::now()).await);
    assert!(enqueued[0].is_ok());
    tower.start(Hand::at(dawn() + HOUR).clock());
    tower.until_fired("s", 1);
    tower.stop();
    assert_eq!(tower.pending(), ["s@2024-03-01T01:00:00Z"]);
    assert_eq!(tower.stored("s").progress.fired, Some(dawn() + HOUR));
}

#[test]
fn a_lost_reply_neither_loses_nor_doubles_a_tick() {
    let lost = [
        "here:0:".to_owned(),
        "s@2024".to_owned(),
        keys::cron_history("s"),
        keys::cron_schedule("s"),
        keys::CRON_VERSION.to_owned(),
    ];
    for marker in lost {
        let redis = Redis::start();
        let proxy = Proxy::new(&redis);
        let mut tower = Tower::on(redis);
        tower.put("s", "@every 1h");
        let hand = Hand::at(dawn() + HOUR);
        proxy.lose_next_reply_to(&marker);
        tower.start_at(&proxy.url(), hand.clock());
        tower.until_fired("s", 1);
        hand.set(dawn() + HOUR * 2);
        tower.until_fired("s", 2);
        tower.stop();
        assert_eq!(proxy.lost(), 1, "{marker}");
        let ids = ["s@2024-03-01T01:00:00Z", "s@2024-03-01T02:00:00Z"];
        assert_eq!(tower.pending(), ids, "{marker}");
        assert_eq!(tower.history("s").len(), 2, "{marker}");
    }
}

#[test]
fn ticks_of_the_time_without_redis_follow_when_it_is_back() {
    let redis = Redis::with().config("appendonly yes").start();
    let mut tower = Tower::on(redis);
    tower.put("s", "@every 1s");
    let hand = Hand::at(dawn() + TimeDelta::seconds(1));
    for _ in 0..2 {
        tower.start(hand.clock());
    }
    tower.until_fired("s", 1);
    tower.shop.redis.stop();
    hand.set(dawn() + TimeDelta::seconds(6));
    tower.until(|events| {
        let away =
            |(_, event): &&(usize, ScheduleEvent)| matches!(event, ScheduleEvent::Trouble(_));
        events.iter().filter(away).count() >= 2
    });
    tower.shop.redis.start_again();
    tower.until_fired("s", 6);
    tower.until(|events| {
        let back = |(_, event): &&(usize, ScheduleEvent)| matches!(event, ScheduleEvent::Better);
        events.iter().filter(back).count() >= 2
    });
    tower.stop();
    let fired = fired(&tower.told.events.lock().unwrap());
    assert_eq!(fired.len(), 6, "{fired:#?}");
    assert_eq!(tower.pending().len(), 6);
}

#[test]
fn a_full_redis_is_told_and_the_tick_is_fired_when_there_is_room() {
    let mut tower = Tower::open();
    tower.put("s", "@every 1h");
    let hand = Hand::at(dawn());
    tower.start(hand.clock());
    tower.until_it_runs();
    tower.shop.redis.cmd(&["CONFIG", "SET", "maxmemory", "1"]);
    hand.set(dawn() + HOUR);
    tower.until(|events| {
        let told = |(_, event): &(usize, ScheduleEvent)| {
            matches!(
                event,
                ScheduleEvent::Refused { .. } | ScheduleEvent::Trouble(_)
            )
        };
        events.iter().any(told)
    });
    tower.shop.redis.cmd(&["CONFIG", "SET", "maxmemory", "0"]);
    tower.until_fired("s", 1);
    tower.stop();
    assert_eq!(tower.pending(), ["s@2024-03-01T01:00:00Z"]);
    let outcome = tower.stored("s").outcome.unwrap().outcome;
    assert!(matches!(outcome, TickOutcome::Enqueued { .. }));
}

/// Keys of other types, bytes that are no text, names that are no names.
#[test]
fn what_strangers_have_broken_holds_up_no_other_schedule() {
    let mut tower = Tower::open();
    for name in ["bytes", "claim", "good", "history", "key"] {
        tower.put(name, "@every 1h");
    }
    let key = keys::cron_schedule;
    let redis = &tower.shop.redis;
    redis.cmd(&[
        b"HSET".as_slice(),
        key("bytes").as_bytes(),
        b"definition",
        b"\xff{",
    ]);
    redis.cmd(&["HSET", &key("claim"), "claim", "soon", "fired", "never"]);
    redis.cmd(&["SET", &keys::cron_history("history"), "a text"]);
    redis.cmd(&["DEL", &key("key")]);
    redis.cmd(&["SET", &key("key"), "a text"]);
    redis.cmd(&[
        b"SADD".as_slice(),
        keys::CRON_NAMES.as_bytes(),
        b"\xff",
        b"missing",
    ]);
    let hand = Hand::at(dawn() + HOUR);
    tower.start(hand.clock());
    for round in 1..=2 {
        hand.set(dawn() + HOUR * round);
        for name in ["claim", "good", "history"] {
            tower.until_fired(name, usize::try_from(round).unwrap());
        }
    }
    tower.stop();
    let unreadable = |(_, event): &(usize, ScheduleEvent)| matches!(event, ScheduleEvent::Unreadable { name, .. } if name == "bytes");
    assert!(tower.told.events.lock().unwrap().iter().any(unreadable));
    assert_eq!(tower.history("good").len(), 2);
    assert_eq!(tower.pending().len(), 6);
}

/// A schedule that cannot be read is not one that says nothing.
#[test]
fn a_refused_read_is_tried_again() {
    let mut tower = Tower::open();
    tower.put("s", "@every 1h");
    let hand = Hand::at(dawn());
    let redis = &tower.shop.redis;
    redis.cmd(&["ACL", "SETUSER", "default", "-hmget"]);
    tower.start(hand.clock());
    tower.until(|events| {
        let told = |(_, event): &(usize, ScheduleEvent)| matches!(event, ScheduleEvent::Trouble(_));
        events.iter().any(told)
    });
    let redis = &tower.shop.redis;
    redis.cmd(&["ACL", "SETUSER", "default", "+hmget"]);
    hand.set(dawn() + HOUR);
    tower.until_fired("s", 1);
    tower.stop();
    let unreadable =
        |(_, event): &(usize, ScheduleEvent)| matches!(event, ScheduleEvent::Unreadable { .. });
    assert!(!tower.told.events.lock().unwrap().iter().any(unreadable));
}

/// What a clock that was wrong has left behind silences nothing.
#[test]
fn a_tick_of_the_far_future_that_is_over_is_no_tick() {
    let mut tower = Tower::open();
    let now = clock::now();
    tower.put_form(&super::form("s", "@every 1s"), now);
    let future = (now.timestamp() + 86_400).to_string();
    let key = keys::cron_schedule("s");
    tower.shop.redis.cmd(&["HSET", &key, "fired", &future]);
    tower.start(Arc::new(clock::now));
    tower.until_fired("s", 2);
    tower.stop();
}

/// The other scheduler's claim holds under the new revision too, so that nobody fires the tick beside it.
#[test]
fn replacing_the_payload_leaves_a_claim_alone() {
    let tower = Tower::open();
    tower.put("s", "@every 1h");
    claim_and_die(&tower, "s", Duration::from_secs(60));
    let other = qctl::schedule::form::Form {
        payload: Some("other".into()),
        ..super::form("s", "@every 1h")
    };
    tower.put_form(&other, dawn());
    let tick = Tick {
        name: "s".to_owned(),
        revision: tower.stored("s").revision,
        at: dawn() + HOUR,
    };
    let claims = tower.shop.ask(async |broker| {
        let span = Duration::from_secs(5);
        broker.claim_ticks(&[tick], "next", span, span).await
    });
    assert!(matches!(claims.unwrap()[0], Ok(TickClaim::Held(_))));
}

#[test]
fn that_all_schedules_are_gone_is_told() {
    let mut tower = Tower::open();
    tower.put("s", "@every 1h");
    tower.start(Hand::at(dawn()).clock());
    tower.until_it_runs();
    tower.shop.redis.cmd(&["FLUSHALL"]);
    tower.until(|events| {
        let told = |(_, event): &(usize, ScheduleEvent)| matches!(event, ScheduleEvent::Lost);
        events.iter().any(told)
    });
}

/// Waits until workers have run and deleted so many tasks: then no id is left to find one by.
fn until_ran(tower: &Tower, count: u64) {
    eventually(SOON, || {
        (tower.shop.counters().0 >= count && tower.pending().is_empty()).then_some(())
    });
}

/// The next tick is fired and run too, so a second copy of the first would have been.
fn expect_two_ticks_to_run_once(tower: &mut Tower, hand: &Hand) {
    hand.set(dawn() + HOUR * 2);
    tower.until_fired("s", 2);
    tower.stop();
    until_ran(tower, 2);
    assert_eq!(tower.shop.counters().0, 2, "each tick ran once");
    assert_eq!(tower.history("s").len(), 2);
}

#[test]
fn a_tick_whose_task_is_done_when_its_lost_answer_is_asked_for_again_runs_once() {
    for unique in [None, Some("10m".to_owned())] {
        let redis = Redis::start();
        let proxy = Proxy::new(&redis);
        let mut tower = Tower::on(redis);
        let schedule = Form {
            unique,
            ..form("s", "@every 1h")
        };
        tower.put_form(&schedule, dawn());
        let hand = Hand::at(dawn() + HOUR);
        proxy.lose_next_reply_to("s@2024");
        tower.start_at(&proxy.url(), hand.clock());
        eventually(SOON, || (proxy.lost() == 1).then_some(()));
        proxy.cut();
        let crew = tower.shop.crew().route(succeed("t")).start();
        until_ran(&tower, 1);
        proxy.heal();
        tower.until_fired("s", 1);
        expect_two_ticks_to_run_once(&mut tower, &hand);
        crew.stop();
    }
}

#[test]
fn a_tick_of_a_dead_scheduler_whose_task_is_done_runs_once() {
    let mut tower = Tower::open();
    tower.put("s", "@every 1h");
    claim_and_die(&tower, "s", Duration::from_millis(50));
    let task = tower.stored("s").schedule.unwrap().task(dawn() + HOUR);
    tower.shop.ask(async |broker| {
        let tasks = [task];
        let mut submission = broker.shared_submission(&tasks, clock::now());
        broker.submit(&mut submission).await;
        assert!(submission.into_outcomes()[0].is_ok());
    });
    let crew = tower.shop.crew().route(succeed("t")).start();
    until_ran(&tower, 1);
    let hand = Hand::at(dawn() + HOUR);
    tower.start(hand.clock());
    tower.until_fired("s", 1);
    expect_two_ticks_to_run_once(&mut tower, &hand);
    crew.stop();
}
