//! Questions in a real terminal: what they name, and what counts as an answer.

use std::path::Path;
use std::process::Command;

use qctl::task::State;
use tempfile::TempDir;

use super::put;
use crate::harness::redis::Redis;
use crate::harness::tmux::Tmux;

const SIZE: (u16, u16) = (100, 24);

/// A script that asks once a line has come through the pipe `go`, and until then leaves the terminal alone.
fn script(folder: &Path) -> String {
    let go = folder.join("go");
    let made = Command::new("mkfifo").arg(&go).status().unwrap();
    assert!(made.success());
    let (program, script) = (env!("CARGO_BIN_EXE_qctl"), folder.join("ask"));
    let lines = format!(
        "read line < {}\nexec {program} delete -q q -s pending\n",
        go.display()
    );
    std::fs::write(&script, lines).unwrap();
    format!("sh {}", script.display())
}

#[test]
fn what_was_typed_before_a_question_is_no_answer_and_the_question_names_the_redis() {
    let redis = Redis::start();
    for id in ["a", "b", "c"] {
        put(&redis, "q", id, State::Pending);
    }
    let url = redis.url();
    for (typed, left, code) in [("n", 3, 2), ("y", 0, 0)] {
        let folder = TempDir::with_prefix("qctl-ask-").unwrap();
        let Some(tmux) = Tmux::running(&url, SIZE, &script(folder.path()), &[]) else {
            return;
        };
        tmux.sees(&["before"]);
        tmux.text("y").keys("Enter");
        // The terminal shows what it has received.
        tmux.until("the line that was typed", |screen| {
            screen.lines().any(|line| line == "y")
        });
        std::fs::write(folder.path().join("go"), "now\n").unwrap();
        let question = format!("delete 3 tasks in {url}? [y/N]");
        tmux.sees(&[&question]);
        assert_eq!(redis.query::<usize>(&["LLEN", "asynq:{q}:pending"]), 3);
        tmux.text(typed).keys("Enter");
        tmux.sees(&[&format!("left with {code}")]);
        assert_eq!(redis.query::<usize>(&["LLEN", "asynq:{q}:pending"]), left);
    }
}
