//! The dashboard in a protected context.

use qctl::task::State;
use tempfile::TempDir;

use super::SIZE;
use crate::cli::{put, state};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::tmux::Tmux;

/// A protected context with two archived tasks, and the folder that knows it.
fn production() -> (Redis, TempDir) {
    let redis = Redis::start();
    for id in ["first", "second"] {
        put(&redis, "critical", id, State::Archived);
    }
    let folder = TempDir::with_prefix("qctl-protected-").unwrap();
    let add = ["context", "add", "production", &redis.url(), "--protected"];
    let add = Qctl::alone().args(add);
    add.env("XDG_CONFIG_HOME", folder.path())
        .run_unchecked()
        .expect_code(0);
    (redis, folder)
}

fn dash(folder: &TempDir, size: (u16, u16), args: &str) -> Option<Tmux> {
    let folder = folder.path().to_str().unwrap();
    let tmux = Tmux::with(
        "redis://127.0.0.1:1",
        size,
        &format!("dash --context production {args}"),
        &[("XDG_CONFIG_HOME", folder)],
    )?;
    tmux.sees(&["1 Queues", "critical", "live"]);
    Some(tmux)
}

#[test]
fn each_change_asks_for_the_name_of_the_context() {
    let (redis, folder) = production();
    let is = |id: &str| state(&redis, "critical", id);
    // What confirms another context confirms nothing here.
    let Some(tmux) = dash(&folder, (80, 24), "--confirm staging") else {
        return;
    };
    tmux.sees(&["protected"]);
    tmux.keys("2").sees(&["first", "second"]);
    tmux.keys("R").sees(&[
        "retry 1 task?  qctl retry --queue critical first",
        "Type production, the name of the context:",
    ]);
    tmux.text("prod").keys("Enter");
    tmux.sees(&["\"prod\" is not its name; nothing was changed"]);
    assert_eq!(is("first").as_deref(), Some("archived"));
    tmux.text("uction").keys("Enter");
    tmux.sees(&["retried 1 task"]);
    assert_eq!(is("first").as_deref(), Some("pending"));
    tmux.keys("1").sees(&["Trouble"]);
    tmux.keys("P")
        .sees(&["pause queue critical?", "Type production"]);
    tmux.keys("Escape").sees(&["nothing was changed"]);
    tmux.keys("?").sees(&[
        "Keys",
        "Protected: each change asks for the name of the context, production.",
    ]);
}

#[test]
fn commands_ask_for_the_name_themselves() {
    let (redis, folder) = production();
    let Some(tmux) = dash(&folder, SIZE, "") else {
        return;
    };
    // What earlier commands have printed stays on the screen.
    for (number, name, result) in [
        (1, "y", "is protected, and nothing was changed"),
        (2, "production", "retried 1 task"),
    ] {
        tmux.text(":retry -q critical first").keys("Enter");
        tmux.until("the question", |screen| {
            let question = "The context production is protected. To retry, type its name:";
            screen.matches(question).count() == number
        });
        tmux.text(name).keys("Enter");
        tmux.until(result, |screen| {
            let returns = screen.matches("press a key to return").count();
            returns == number && screen.contains(result)
        });
        tmux.keys("x").sees(&["1 Queues", "live"]);
    }
    assert_eq!(
        state(&redis, "critical", "first").as_deref(),
        Some("pending")
    );
}

#[test]
fn the_name_may_be_given_at_the_start() {
    let (redis, folder) = production();
    let Some(tmux) = dash(&folder, SIZE, "--confirm production") else {
        return;
    };
    tmux.keys("2").sees(&["first", "second"]);
    tmux.keys("D").sees(&["delete 1 task? y/N"]);
    tmux.keys("y").sees(&["deleted 1 task"]);
    assert_eq!(state(&redis, "critical", "first"), None);
    let screen = tmux.text(":delete -q critical second -y").keys("Enter");
    screen.sees(&["press a key to return"]);
    assert_eq!(state(&redis, "critical", "second"), None);
}
