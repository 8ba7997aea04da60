//! A terminal of 80 columns and 24 rows.

use qctl::task::State;

use super::{redis, select};
use crate::cli::put;
use crate::harness::redis::Redis;
use crate::harness::tmux::Tmux;

const NARROW: (u16, u16) = (80, 24);

#[test]
fn what_can_be_done_with_a_task_is_in_the_key_bar_and_the_rest_in_the_help() {
    let redis = redis();
    let Some(tmux) = Tmux::start(&redis.url(), NARROW, "dash") else {
        return;
    };
    tmux.sees(&["1 Queues", "critical"]);
    tmux.keys("2");
    select(&tmux, "state:retry", "1 task");
    tmux.sees(&["Enter open", "space mark", "q quit"]);
    tmux.keys("Enter").sees(&["Last error", "boom"]);
    let screen = tmux.sees(&["o output"]);
    let bar = screen.lines().nth(23).unwrap_or_default();
    let expected = " Esc  R retry  A archive  D delete  E edit  o output  M move  N clone  ? keys";
    assert_eq!(bar.trim_end(), expected, "{screen}");
    tmux.keys("?").sees(&["› Keys", "R ", "retry the task"]);
    tmux.keys("End").sees(&["Shift-Tab", "quit (also Ctrl-C)"]);
    tmux.keys("PgUp").sees(&["copy the equivalent command"]);
}

#[test]
fn trouble_is_readable_beside_a_long_name_of_a_queue() {
    let redis = Redis::start();
    let queue = "notifications-of-the-northern-region-that-nobody-shortened";
    for number in 0..12 {
        put(&redis, queue, &format!("t{number}"), State::Pending);
    }
    let Some(tmux) = Tmux::start(&redis.url(), NARROW, "dash") else {
        return;
    };
    tmux.sees(&["notifications-of-", "12 pending", ", no worker serves it"]);
}

#[test]
fn a_change_in_the_audit_log_is_shown_whole() {
    let redis = redis();
    let long = format!("order-{}-end", "0123456789".repeat(8));
    put(&redis, "lone", &long, State::Archived);
    let Some(tmux) = Tmux::start(&redis.url(), NARROW, "dash") else {
        return;
    };
    tmux.sees(&["1 Queues", "critical"]);
    tmux.keys("2");
    select(&tmux, "queue:lone", "1 task");
    tmux.keys("D").sees(&["delete 1 task? y/N"]);
    tmux.keys("y").sees(&["deleted 1 task"]);
    tmux.keys("6").sees(&["1 change", "delete", "done"]);
    tmux.keys("Enter").sees(&[
        "Audit › ",
        "From     dash",
        "Verb     delete",
        "Target   queue:lone id:order-",
        "6789-end",
        "Matched  1",
        "Changed  1",
        "Failed   0",
        "Outcome  done",
        "$ qctl ls audit",
    ]);
    tmux.keys("Escape").loses("Audit › ");
    tmux.sees(&["1 change"]);
}
