//! Changes: the question, the command, what is changed, and what is not.

use qctl::task::State;

use super::{SIZE, assert_interrupted, dash, deleting, redis, select};
use crate::cli::{contents, put, state};
use crate::harness::redis::Redis;
use crate::harness::tmux::Tmux;
use crate::harness::{SOON, eventually};

#[test]
fn one_task_after_a_question() {
    let redis = redis();
    let Some(tmux) = dash(&redis, "") else { return };
    tmux.keys("2");
    select(&tmux, "queue:critical", "3 tasks");
    tmux.keys("R");
    tmux.sees(&["retry 1 task? y/N", "qctl retry"]);
    tmux.keys("Enter").sees(&["nothing was changed"]);
    assert_eq!(
        state(&redis, "critical", "first").as_deref(),
        Some("archived")
    );
    tmux.keys("R").sees(&["retry 1 task? y/N"]);
    tmux.keys("y").sees(&["retried 1 task"]);
    assert_eq!(
        state(&redis, "critical", "first").as_deref(),
        Some("pending")
    );
}

#[test]
fn marked_tasks_and_no_others() {
    let redis = redis();
    let Some(tmux) = dash(&redis, "") else { return };
    tmux.keys("2");
    select(&tmux, "queue:critical", "3 tasks");
    tmux.keys("Space Space").sees(&["2 marked"]);
    tmux.keys("D").sees(&["delete 2 tasks? y/N"]);
    tmux.keys("y").sees(&["deleted 2 tasks"]);
    tmux.sees(&["1 task", "third"]);
    assert_eq!(state(&redis, "critical", "first"), None);
    assert_eq!(
        state(&redis, "critical", "third").as_deref(),
        Some("archived")
    );
}

#[test]
fn all_that_match_are_more_than_the_screen_shows() {
    let redis = Redis::start();
    for number in 0..700 {
        put(&redis, "low", &format!("a{number}"), State::Archived);
    }
    put(&redis, "low", "other", State::Retry);
    let Some(tmux) = Tmux::start(&redis.url(), SIZE, "dash") else {
        return;
    };
    tmux.sees(&["1 Queues", "low"]);
    tmux.keys("2");
    select(&tmux, "state:archived", "200 of 700 tasks");
    tmux.keys("a").sees(&["all that match are marked"]);
    tmux.keys("R");
    tmux.sees(&["retry 700 tasks? y/N", "--state archived"]);
    tmux.keys("y").sees(&["retried 700 tasks"]);
    let pending: u64 = redis.query(&["LLEN", &crate::cli::keys("low").pending()]);
    assert_eq!(pending, 700);
    assert_eq!(state(&redis, "low", "other").as_deref(), Some("retry"));
}

#[test]
fn a_queue_is_paused_and_resumed() {
    let redis = redis();
    let Some(tmux) = dash(&redis, "") else { return };
    let paused = crate::cli::keys("low").paused();
    let is_paused = || redis.query::<bool>(&["EXISTS", &paused]);
    tmux.keys("P")
        .sees(&["pause queue low? y/N", "qctl pause low"]);
    tmux.keys("y").sees(&["paused queue low"]);
    assert!(is_paused());
    tmux.until("the pause in the row", |screen| {
        let mut rows = screen.lines().filter(|line| line.contains(" low "));
        rows.any(|row| row.contains("yes"))
    });
    tmux.keys("Home P")
        .until("the question", |screen| screen.contains("resume queue"));
    tmux.keys("y").sees(&["resumed queue low"]);
    eventually(SOON, || (!is_paused()).then_some(()));
}

#[test]
fn read_only_has_no_actions() {
    let redis = redis();
    let before = contents(&redis);
    let Some(tmux) = dash(&redis, "--read-only") else {
        return;
    };
    tmux.sees(&["read-only"]);
    tmux.keys("P 2").sees(&["archived", "scheduled"]);
    tmux.keys("R A D C y Enter");
    let screen = tmux.sees(&["Tasks › "]);
    assert!(
        !screen.contains("y/N") && !screen.contains("retry "),
        "{screen}"
    );
    tmux.keys("Escape").loses("› first");
    tmux.keys("?");
    let help = tmux.sees(&["Keys", "Read-only"]);
    assert!(!help.contains("retry the task"), "{help}");
    assert_eq!(contents(&redis), before);
}

#[test]
fn a_change_goes_on_after_an_outage_which_the_bar_reports() {
    let Some((_redis, proxy, tmux)) = deleting() else {
        return;
    };
    proxy.cut();
    tmux.sees(&["delete: ", "x stops it; trying again: "]);
    proxy.heal();
    tmux.sees(&["deleted 50,001 tasks"]);
}

#[test]
fn a_change_that_is_stopped_is_recorded_as_interrupted() {
    let Some((redis, proxy, tmux)) = deleting() else {
        return;
    };
    proxy.stall();
    tmux.keys("x").sees(&["stopping…"]);
    proxy.heal();
    let screen = tmux.sees(&[", then stopped"]);
    assert!(screen.contains("deleted "), "{screen}");
    assert_interrupted(&redis);
}
