//! What the attempts of a task have printed.

use std::path::Path;

use qctl::task::State;
use tempfile::TempDir;

use super::{SIZE, dash, redis, select};
use crate::cli::put;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::running::Running;
use crate::harness::tmux::Tmux;

/// A worker whose tasks run this command.
fn worker(redis: &Redis, command: &str, flags: &str) -> Qctl {
    let handle = format!("t={command}");
    let work = ["work", "-q", "low", "--handle", &handle];
    Qctl::new(redis).args(work).args(flags.split_whitespace())
}

fn enqueue(redis: &Redis, id: &str) {
    let words = ["enqueue", "t", "--queue", "low", "--id", id];
    Qctl::new(redis).args(words).run_unchecked().expect_code(0);
}

/// The output of the only task.
fn output(redis: &Redis, size: (u16, u16)) -> Option<Tmux> {
    let tmux = Tmux::start(&redis.url(), size, "dash")?;
    tmux.sees(&["1 Queues", "low"]);
    tmux.keys("2").sees(&["1 task"]);
    tmux.keys("o").sees(&["Tasks › Output"]);
    Some(tmux)
}

#[test]
fn the_attempts_of_a_task_are_shown_one_by_one() {
    let redis = Redis::start();
    enqueue(&redis, "one");
    let command =
        "echo retried $QCTL_TASK_RETRIED; printf 'a\\tb\\033[2J\\033]0;owned\\007\\n'; exit 3";
    let work = || worker(&redis, command, "--burst").run_unchecked();
    work().expect_code(0);
    let retry = Qctl::new(&redis).args(["retry", "one"]);
    retry.run_unchecked().expect_code(0);
    work().expect_code(0);
    let Some(tmux) = output(&redis, (80, 24)) else {
        return;
    };
    tmux.sees(&[
        "2 of 2 attempts, failed",
        "retried 1",
        r"a       b\u{1b}[2J\u{1b}]0;owned\u{7}",
        "$ qctl logs --queue low --attempt 2 one",
        "[ earlier",
    ]);
    tmux.keys("[")
        .sees(&["1 of 2 attempts, failed", "retried 0"]);
    tmux.sees(&["$ qctl logs --queue low --attempt 1 one", "] later"]);
    tmux.keys("]").sees(&["2 of 2 attempts", "retried 1"]);
    // The task can be changed from here.
    tmux.keys("A").sees(&["archive 1 task? y/N"]);
    tmux.keys("y").sees(&["archived 1 task"]);
    tmux.keys("Escape").sees(&["archived", "1 task"]);
}

/// A worker that runs the task `one`, which prints many lines, waits for a file, and prints more.
fn running(redis: &Redis, go: &Path, code: u8) -> Running {
    enqueue(redis, "one");
    let wait = format!("until [ -e {} ]; do sleep 0.05; done", go.display());
    let command = format!("seq 100; {wait}; echo the last line; exit {code}");
    worker(redis, &command, "").spawn()
}

#[test]
fn the_output_of_a_running_attempt_is_followed() {
    let (redis, folder) = (Redis::start(), TempDir::new().unwrap());
    let go = folder.path().join("go");
    let _worker = running(&redis, &go, 1);
    let Some(tmux) = output(&redis, SIZE) else {
        return;
    };
    tmux.until("the end of the output", |screen| {
        screen.contains("1 of 1 attempt, running")
            && screen.lines().any(|line| line.trim() == "100")
    });
    tmux.keys("Home").sees(&["Started", "running"]);
    tmux.keys("End").loses("Started");
    std::fs::write(go, "").unwrap();
    tmux.sees(&["1 of 1 attempt, failed", "the last line"]);
}

#[test]
fn the_output_of_an_attempt_that_has_succeeded_stays_until_it_is_left() {
    let (redis, folder) = (Redis::start(), TempDir::new().unwrap());
    let go = folder.path().join("go");
    let _worker = running(&redis, &go, 0);
    let Some(tmux) = output(&redis, SIZE) else {
        return;
    };
    tmux.sees(&["1 of 1 attempt, running"]);
    std::fs::write(go, "").unwrap();
    // Redis keeps it three seconds longer, so that whoever follows it sees its end.
    tmux.sees(&["1 of 1 attempt, done", "the last line"]);
    tmux.keys("Home").sees(&["Started"]);
}

#[test]
fn a_middle_that_was_not_kept_is_named() {
    let redis = Redis::start();
    enqueue(&redis, "one");
    let file = "[worker]\nqueues = { low = 1 }\nlogs = { attempt = \"4KB\" }\n\
                [handlers.t]\nrun = \"seq 100000; exit 1\"\n";
    let work = Qctl::new(&redis).file("qctl.toml", file);
    let work = work.args(["work", "--config", "qctl.toml", "--burst"]);
    work.run_unchecked().expect_code(0);
    let Some(tmux) = output(&redis, SIZE) else {
        return;
    };
    tmux.until("the last line", |screen| {
        screen.lines().any(|line| line.trim() == "100000")
    });
    tmux.keys("Home")
        .sees(&["Left out", " bytes in the middle"]);
}

#[test]
fn why_there_is_no_output() {
    let redis = redis();
    put(&redis, "low", "later", State::Pending);
    let Some(tmux) = dash(&redis, "") else { return };
    for (task, why) in [
        (
            "low state:archived",
            "Nothing is kept of what its attempts have printed.",
        ),
        (
            "low state:active",
            "Nothing yet: what an attempt prints appears after a second.",
        ),
        ("low state:scheduled", "Nothing yet: the task is waiting."),
    ] {
        // The key of the tab goes back to its list.
        tmux.keys("2").loses("Output");
        select(&tmux, &format!("queue:{task}"), "1 task");
        tmux.keys("o");
        tmux.sees(&[
            why,
            "workers of qctl keep what attempts print that do not succeed",
        ]);
    }
}
