//! The doctor: looks, what they find, and repairs.

use std::time::Duration;

use qctl::task::State;

use super::{SIZE, dash, redis};
use crate::cli::{contents, keys, put, task_key};
use crate::harness::proxy::Proxy;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::tmux::Tmux;
use crate::harness::{SOON, eventually};

/// From the first look to the second.
const BETWEEN_LOOKS: Duration = Duration::from_secs(30);

/// A Redis in which two tasks of `low` are in no container, and a group of `critical` is empty.
fn damaged() -> Redis {
    let redis = redis();
    for id in ["lost-1", "lost-2"] {
        put(&redis, "low", id, State::Retry);
        redis.cmd(&["ZREM", &keys("low").retry(), id]);
    }
    redis.cmd(&["SADD", &keys("critical").groups(), "gone"]);
    redis
}

/// Waits for the end of the second look.
pub(super) fn looked_twice(tmux: &Tmux) -> String {
    tmux.until_within(SOON + BETWEEN_LOOKS, "the second look", |screen| {
        screen.contains(", looked ")
    })
}

fn last_change(redis: &Redis) -> serde_json::Value {
    let log = Qctl::new(redis)
        .args(["ls", "audit", "--json"])
        .run_unchecked();
    log.json()[0].take()
}

/// The second look is a lease after the first: this test takes half a minute.
#[test]
fn damage_is_found_explained_repaired_and_recorded() {
    let redis = damaged();
    let Some(tmux) = Tmux::start(&redis.url(), (80, 24), "dash") else {
        return;
    };
    tmux.sees(&["1 Queues", "critical"]);
    tmux.keys("5");
    let narrow = tmux.sees(&[
        "second look in ",
        "error     lost-task",
        "2 tasks in no container",
        "info      empty-group",
        "a second look is awaited: lost-task, empty-group",
    ]);
    assert!(!narrow.contains("SAMPLE"), "{narrow}");
    tmux.keys("R").sees(&["a repair has to wait"]);
    // The look goes on in other tabs, with which the screen grows.
    tmux.keys("1").sees(&["Trouble", "QUEUE"]);
    tmux.resize((120, 40));
    tmux.keys("5")
        .sees(&["second look in ", "SAMPLE", "lost-1"]);
    tmux.resize((250, 60));
    tmux.sees(&["--FIX", "put back where the state says, or set aside"]);
    looked_twice(&tmux);
    tmux.resize((80, 24));
    tmux.keys("Enter").sees(&[
        "Doctor › lost-task in low",
        "lost-2",
        "put back where the state says",
        "$ qctl doctor explain lost-task",
    ]);
    tmux.text("/beside running").keys("Enter");
    tmux.sees(&["safe beside running servers"]);
    tmux.keys("R").sees(&[
        "repair lost-task in low (2): put back where the state says, or set aside? y/N",
        "qctl doctor --fix --only lost-task --queue low",
    ]);
    tmux.keys("y")
        .sees(&["repaired 2 of 2 findings", "This is gone"]);
    for id in ["lost-1", "lost-2"] {
        let due: Option<f64> = redis.query(&["ZSCORE", &keys("low").retry(), id]);
        assert!(due.is_some(), "{id}");
    }
    tmux.keys("Escape").loses("lost-task");
    tmux.keys("Space R")
        .sees(&["repair empty-group in critical (1)"]);
    tmux.keys("y").sees(&["repaired 1 of 1 finding"]);
    tmux.loses("empty-group");
    let change = last_change(&redis);
    assert_eq!(change["verb"], "doctor");
    assert_eq!(change["from"], "dash");
    assert_eq!(change["target"], "queue:critical empty-group");
    assert_eq!(change["changed"], 1);
    tmux.keys("6").sees(&["lost-task", "empty-group", "done"]);
}

/// It takes half a minute too.
#[test]
fn a_repair_that_is_stopped_is_recorded_as_interrupted() {
    let redis = redis();
    let groups = keys("low").groups();
    let names: Vec<String> = (0..20_000).map(|number| format!("g{number}")).collect();
    let add = ["SADD", &groups].into_iter();
    redis.cmd(
        &add.chain(names.iter().map(String::as_str))
            .collect::<Vec<_>>(),
    );
    let left = || redis.query::<u64>(&["SCARD", &groups]);
    let before = left();
    let proxy = Proxy::new(&redis);
    let Some(tmux) = Tmux::start(&proxy.url(), SIZE, "dash") else {
        return;
    };
    tmux.sees(&["1 Queues", "critical"]);
    // There is much to look at.
    tmux.keys("5")
        .until_within(2 * SOON, "the first look", |screen| {
            screen.contains("second look in ") && screen.contains("empty-group")
        });
    looked_twice(&tmux);
    tmux.keys("R").sees(&["repair empty-group in low (20,000)"]);
    tmux.keys("y");
    eventually(SOON, || (left() < before).then_some(()));
    proxy.stall();
    tmux.keys("x").sees(&["stopping…"]);
    proxy.heal();
    let screen = tmux.sees(&[" of 20,000 findings, then stopped"]);
    assert!(screen.contains("repaired "), "{screen}");
    assert!(left() > 1, "{screen}");
    let change = last_change(&redis);
    assert_eq!(change["outcome"], "interrupted");
    assert_eq!(change["changed"], before - left());
}

#[test]
fn read_only_looks_and_repairs_nothing() {
    let redis = damaged();
    redis.cmd(&["SADD", &keys("critical").groups(), "gone"]);
    let before = contents(&redis);
    let Some(tmux) = dash(&redis, "--read-only") else {
        return;
    };
    tmux.keys("5").sees(&["lost-task", "second look in "]);
    tmux.keys("?");
    let help = tmux.sees(&["Doctor › Keys", "look again", "Read-only"]);
    assert!(!help.contains("repair"), "{help}");
    tmux.keys("?").sees(&["lost-task"]);
    let screen = tmux.keys("R").sees(&["lost-task"]);
    assert!(!screen.contains("a repair has to wait"), "{screen}");
    // Quitting does not wait for the second look.
    tmux.keys("q");
    tmux.left(0);
    assert_eq!(contents(&redis), before);
}

#[test]
fn findings_are_readable_without_colors_and_hostile_names_do_nothing() {
    let redis = Redis::start();
    put(&redis, "low", "evil\u{1b}[2J", State::Archived);
    let q = "q\u{1b}[31m";
    put(&redis, q, "big", State::Completed);
    let result = "x".repeat(1024 * 1024 + 1);
    redis.cmd(&["HSET", &task_key(q, "big"), "result", &result]);
    let Some(tmux) = Tmux::start(&redis.url(), SIZE, "dash --color never") else {
        return;
    };
    tmux.sees(&["1 Queues", "low"]);
    tmux.keys("5").sees(&[
        "info      archived-id",
        r"evil\u{1b}[2J",
        "info      large-task",
        r"q\u{1b}[31m",
        "2 findings, looked ",
    ]);
    let painted = tmux.painted();
    assert!(
        !painted.contains("[38;5;") && !painted.contains("\u{1b}[31m"),
        "{painted}"
    );
    // What the doctor leaves alone is not asked about.
    tmux.keys("R").sees(&["the doctor does not repair this"]);
    tmux.keys("Down Enter")
        .sees(&[r"large-task in q\u{1b}[31m", "cause"]);
}

#[test]
fn what_cannot_be_read_for_want_of_a_right_is_unknown_and_the_right_is_named() {
    let redis = redis();
    redis.cmd(&[
        "ACL", "SETUSER", "blind", "on", ">pw", "~*", "&*", "+@all", "-scan",
    ]);
    let url = format!("redis://blind:pw@127.0.0.1:{}", redis.port());
    let Some(tmux) = Tmux::start(&url, (80, 24), "dash") else {
        return;
    };
    tmux.sees(&["1 Queues", "critical"]);
    tmux.keys("5").sees(&[
        "archived-id",
        "keys that no list names are unknown",
        "may not run SCAN",
        "+scan)",
        "looked ",
    ]);
}
