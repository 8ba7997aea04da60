//! What the screen shows when Redis does not answer, and what passes between the terminal and the dashboard.

use qctl::task::State;

use super::{dash, redis, select};
use crate::cli::put;
use crate::harness::qctl::Qctl;

#[test]
fn redis_goes_away_and_comes_back() {
    let mut redis = redis();
    let Some(tmux) = dash(&redis, "") else { return };
    redis.stop();
    // What was known is still there.
    tmux.sees(&["Redis away for", "critical", "low"]);
    tmux.keys("2").until("the place and the outage", |screen| {
        let mut lines = screen.lines();
        lines
            .next()
            .is_some_and(|tabs| tabs.contains("Redis away for"))
            && lines
                .next()
                .is_some_and(|title| title.starts_with(" Tasks"))
    });
    redis.start_again();
    put(&redis, "low", "later", State::Pending);
    tmux.sees(&["live", "later"]);
    tmux.keys("1").sees(&["live", "Trouble", "low"]);
}

#[test]
fn a_redis_that_is_away_from_the_start_is_an_error() {
    let mut redis = redis();
    let url = redis.url();
    redis.stop();
    let Some(tmux) = crate::harness::tmux::Tmux::start(&url, super::SIZE, "dash") else {
        return;
    };
    let screen = tmux.left(5);
    assert!(screen.contains("error: "), "{screen}");
}

#[test]
fn without_a_terminal_it_says_so() {
    Qctl::alone()
        .arg("dash")
        .status(2)
        .stderr(
            "
            error: the dashboard needs a terminal
            hint: in scripts, use qctl stats, qctl ls or qctl stats --watch
            ",
        )
        .run();
}

#[test]
fn the_equivalent_command_is_copied() {
    let redis = redis();
    let Some(tmux) = dash(&redis, "") else { return };
    tmux.keys("2");
    select(&tmux, "queue:critical state:archived", "3 tasks");
    tmux.keys("y").sees(&["copied: qctl ls tasks"]);
    let copied = tmux.clipboard();
    assert!(copied.starts_with("qctl ls tasks "), "{copied}");
    assert!(copied.contains("critical"), "{copied}");
}

#[test]
fn what_the_terminal_reports_is_no_key() {
    let redis = redis();
    let Some(tmux) = dash(&redis, "") else { return };
    // Focus lost, focus gained, and a text that is pasted.
    tmux.text("\u{1b}[O").sees(&["paused"]);
    tmux.text("\u{1b}[I").sees(&["live"]);
    tmux.text("\u{1b}[200~P\ny\u{1b}[201~");
    tmux.text("\u{1b}[<65;10;10M");
    let screen = tmux.until("the next row", |screen| {
        screen
            .lines()
            .any(|line| line.starts_with('>') && !line.contains("no worker"))
    });
    assert!(!screen.contains("y/N"), "{screen}");
}
