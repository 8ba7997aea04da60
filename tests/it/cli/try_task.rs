//! `qctl try`.

use qctl::task::State;
use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use super::{put, qctl, task_key};
use crate::harness::SOON;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::running::Output;
use crate::worker::stage::marked;

/// Tries a task that is in no Redis with this command.
fn run(command: &str) -> Qctl {
    Qctl::alone().args(["try", "-t", "t", "--run", command])
}

/// The outcome and the verdict.
#[track_caller]
fn judged(output: &Output) -> [String; 2] {
    let trial = output.json();
    ["outcome", "verdict"].map(|key| trial[key].as_str().unwrap().to_owned())
}

/// How often something was written to Redis.
fn writes(redis: &Redis) -> String {
    let info: String = redis.query(&["INFO", "persistence"]);
    let line = info
        .lines()
        .find(|line| line.starts_with("rdb_changes_since_last_save:"));
    line.unwrap().to_owned()
}

#[test]
fn a_command_that_succeeds_shows_what_it_prints() {
    let output = run("cat; echo; echo said >&2").args(["--payload", "hi"]);
    let output = output.run_unchecked().expect_code(0);
    let lines: Vec<&str> = output.stdout_str().lines().collect();
    assert!(
        lines.contains(&"hi") && lines.contains(&"said"),
        "{lines:?}"
    );
    let verdict = "A worker would:  delete it: it has succeeded, and has no retention";
    assert!(lines.contains(&verdict), "{lines:?}");
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("Handler:") && line.ends_with("t (--run)"))
    );
}

#[test]
fn the_exit_status_says_what_a_worker_would_do() {
    for (command, code, expected) in [
        ("true", 0, ["done", "delete"]),
        ("exit 3", 9, ["failed", "retry"]),
        ("exit 65", 9, ["failed", "give_up"]),
        ("exit 75", 9, ["released", "release"]),
        ("kill -9 $$", 9, ["failed", "retry"]),
    ] {
        let output = run(command).arg("--json").run_unchecked().expect_code(code);
        assert_eq!(judged(&output), expected, "{command}");
    }
    let slow = run("sleep 60").args(["--timeout", "1s", "--json"]);
    let slow = slow.run_unchecked().expect_code(9).json();
    assert_eq!(slow["error"], "timed out after 1s");
}

#[test]
fn a_task_in_redis_is_run_as_a_worker_would_and_left_alone() {
    let redis = Redis::start();
    put(&redis, "q", "dead", State::Archived);
    let folder = TempDir::with_prefix("qctl-try-").unwrap();
    let config = folder.path().join("qctl.toml");
    let text = "
        [handlers.'*']
        run = 'echo $QCTL_TASK_ID $QCTL_TASK_QUEUE $GREETING; cat'
        env = { GREETING = 'hello' }
    ";
    std::fs::write(&config, text).unwrap();
    let before = writes(&redis);
    let line = qctl(&redis, "try dead --json --config").arg(&config);
    let trial = line.run_unchecked().expect_code(0).json();
    let stored = qctl(&redis, "inspect dead --raw").run_unchecked().stdout;
    let stored = String::from_utf8(stored).unwrap();
    assert_eq!(trial["output"], format!("dead q hello\n{stored}"));
    assert_eq!(trial["handler"], "*");
    let changed = qctl(&redis, "try dead --payload other --json --config").arg(&config);
    let changed = changed.run_unchecked().expect_code(0).json();
    assert_eq!(changed["result"], "dead q hello\nother");
    assert_eq!(writes(&redis), before);
}

#[test]
fn a_task_without_retries_left_would_be_archived() {
    let redis = Redis::start();
    qctl(&redis, "enqueue t --id once --max-retry 0 --retention 1h").run_unchecked();
    let fails = qctl(&redis, "try once --json --run").arg("exit 1");
    assert_eq!(
        judged(&fails.run_unchecked().expect_code(9)),
        ["failed", "exhausted"]
    );
    let succeeds = qctl(&redis, "try once --json --run").arg("true");
    assert_eq!(
        judged(&succeeds.run_unchecked().expect_code(0)),
        ["done", "complete"]
    );
}

#[test]
fn what_is_printed_is_shown_while_the_command_runs_and_cannot_change_a_terminal() {
    let folder = TempDir::with_prefix("qctl-try-").unwrap();
    let go = folder.path().join("go");
    let command = "printf '\\033[2Jfirst\\n'; until [ -e \"$GO\" ]; do sleep 0.02; done; echo last";
    let running = run(command).env("GO", go.to_str().unwrap()).spawn();
    running.wait_for_line(|line| line.contains("first"), SOON);
    std::fs::write(&go, "").unwrap();
    let output = running.wait(SOON).expect_code(0);
    assert!(output.stdout_str().starts_with("\\u{1b}[2Jfirst\nlast\n\n"));
}

#[test]
fn a_flood_of_output_is_bounded() {
    let flood = run("head -c 20000000 /dev/zero | tr '\\0' x").arg("--json");
    let trial = flood.run_unchecked().expect_code(0).json();
    let kept = |key: &str| trial[key].as_str().unwrap().len() as u64;
    let left_out = trial["left_out_bytes"].as_u64().unwrap();
    assert_eq!(kept("output") + kept("output_end") + left_out, 20_000_000);
    assert!(left_out > 18_000_000);
    assert_eq!(trial["result"], Value::Null);
    assert!(
        trial["error"]
            .as_str()
            .unwrap()
            .contains("larger than 1 MiB")
    );
}

#[test]
fn an_interruption_ends_the_command() {
    let folder = TempDir::with_prefix("qctl-try-").unwrap();
    let mark = folder.path().to_str().unwrap();
    let running = run("echo up; exec sleep 60").env("MARK", mark).spawn();
    running.wait_for_line(|line| line == "up", SOON);
    running.signal(Signal::INT);
    let output = running.wait(SOON).expect_code(130);
    assert!(output.stdout_str().contains("put it back at once"));
    assert_eq!(marked("MARK", folder.path()), [""; 0]);
}

#[test]
fn what_cannot_be_tried_is_an_error() {
    let redis = Redis::start();
    put(&redis, "q", "bad", State::Archived);
    redis.cmd(&["HSET", &task_key("q", "bad"), "msg", "\u{1}"]);
    Qctl::alone()
        .args(["try", "-t", "t"])
        .status(2)
        .stderr("error: no handler for type \"t\"\nhint: name a configuration file with --config, or a command with --run\n")
        .run();
    Qctl::alone()
        .args(["try"])
        .status(2)
        .stderr("error: no task given\nhint: give its id, or a type with --type\n")
        .run();
    qctl(&redis, "try none --run true")
        .run_unchecked()
        .expect_code(3);
    let unreadable = qctl(&redis, "try bad --run true")
        .run_unchecked()
        .expect_code(1);
    assert!(
        unreadable
            .stderr_str()
            .contains("cannot be read, so it cannot be run")
    );
}
