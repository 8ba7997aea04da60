//! `qctl dev`.

use std::path::Path;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::harness::qctl::Qctl;
use crate::harness::tmux::Tmux;
use crate::harness::{SOON, eventually};
use crate::worker::stage::marked;

/// Runs a line of a shell beside a private Redis; `$QCTL` is the program.
fn beside(folder: &Path, line: &str) -> Qctl {
    dev(folder).args(["--", "sh", "-c", line])
}

/// All of its processes have the folder in their environment.
fn dev(folder: &Path) -> Qctl {
    Qctl::alone()
        .arg("dev")
        .cwd(folder)
        .env("PROGRAM", env!("CARGO_BIN_EXE_qctl"))
        .env("MARK", folder.to_str().unwrap())
}

fn folder() -> TempDir {
    TempDir::with_prefix("qctl-dev-").unwrap()
}

/// Nothing is left of it: no process, no file.
fn assert_gone(folder: &Path) {
    eventually(SOON, || marked("MARK", folder).is_empty().then_some(()));
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);
}

#[test]
fn a_command_finds_a_redis_and_a_worker_and_its_exit_code_is_passed_on() {
    let folder = folder();
    let story =
        "$PROGRAM enqueue hello --payload world --wait; test $QCTL_REDIS = $REDIS_URL && exit 7";
    let output = beside(folder.path(), story).run_unchecked().expect_code(7);
    assert_eq!(output.stdout_str(), "world");
    assert_eq!(output.stderr_str(), "");
    assert_gone(folder.path());
}

#[test]
fn handlers_find_the_same_redis() {
    let folder = folder();
    let handler = "t=$PROGRAM enqueue other --id child >/dev/null";
    let story = "$PROGRAM enqueue t --wait && $PROGRAM inspect child -o id";
    let output = dev(folder.path()).args(["--handle", handler]);
    let output = output.args(["--", "sh", "-c", story]);
    let output = output.run_unchecked().expect_code(0);
    assert_eq!(output.stdout_str(), "child\n");
}

#[test]
fn handlers_come_from_the_file_and_schedules_fire() {
    let folder = folder();
    let text = "[handlers.'*']\nrun = 'echo $QCTL_TASK_TYPE'\n";
    std::fs::write(folder.path().join("qctl.toml"), text).unwrap();
    let story = "$PROGRAM enqueue hello --wait; $PROGRAM cron add tick '@every 1s' tock --retention 1h >/dev/null;
        until $PROGRAM ls tasks -t tock -o id | grep -q .; do sleep 0.05; done; echo ticked";
    let output = beside(folder.path(), story).run_unchecked().expect_code(0);
    assert_eq!(output.stdout_str(), "hello\nticked\n");
}

#[test]
fn the_end_of_everything_follows_that_of_a_killed_qctl() {
    let folder = folder();
    let story = "(setsid sleep 60 &); echo up; exec sleep 60";
    let mut running = beside(folder.path(), story).spawn();
    running.wait_for_line(|line| line == "up", SOON);
    running.kill9();
    assert_gone(folder.path());
}

#[test]
fn a_signal_reaches_the_command() {
    let folder = folder();
    let story = "trap 'echo caught; exit 3' TERM; echo up; while :; do sleep 0.05; done";
    let running = beside(folder.path(), story).spawn();
    running.wait_for_line(|line| line == "up", SOON);
    running.signal(Signal::TERM);
    let output = running.wait(SOON).expect_code(3);
    assert_eq!(output.stdout_str(), "up\ncaught\n");
    assert_gone(folder.path());
}

#[test]
fn without_a_command_the_page_is_served_until_an_interruption() {
    let folder = folder();
    let running = dev(folder.path()).spawn();
    running.wait_for_line(|line| line.contains("listening on http://127.0.0.1:"), SOON);
    running.wait_for_line(|line| line.contains("ready"), SOON);
    running.signal(Signal::INT);
    let output = running.wait(SOON).expect_code(0);
    assert!(
        output
            .stderr_str()
            .contains("export QCTL_REDIS=redis://127.0.0.1:")
    );
    assert_gone(folder.path());
}

#[test]
fn data_stays_in_a_folder_that_one_at_a_time_uses() {
    let folder = folder();
    let data = |line: &str| dev(folder.path()).args(["--data", "redis", "--", "sh", "-c", line]);
    data("$PROGRAM enqueue t --id kept --in 1h")
        .run_unchecked()
        .expect_code(0);
    let second = "$PROGRAM dev --data redis -- true; echo $?; $PROGRAM ls tasks -o id";
    let output = data(second).run_unchecked().expect_code(0);
    assert_eq!(output.stdout_str(), "6\nkept\n");
    assert!(
        output
            .stderr_str()
            .contains("another qctl dev keeps its data in \"redis\"")
    );
}

#[test]
fn what_it_cannot_do_is_an_error() {
    let folder = folder();
    beside(folder.path(), "true")
        .env("PATH", folder.path())
        .status(1)
        .stderr(
            "
            error: neither redis-server nor valkey-server is installed
            hint: install one of them, for example: apt-get install redis-server, or brew install redis
            ",
        )
        .run();
    dev(folder.path())
        .args(["--redis", "redis://127.0.0.1:1", "--", "true"])
        .status(2)
        .stderr("error: dev starts a Redis of its own, so --redis has no effect\nhint: leave out --redis\n")
        .run();
    dev(folder.path())
        .args(["--", "nowhere"])
        .status(1)
        .stderr("error: cannot run \"nowhere\" (No such file or directory (os error 2))\n")
        .run();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let refused = dev(folder.path()).args(["--redis-port", &port, "--", "true"]);
    let refused = refused.run_unchecked().expect_code(1);
    assert!(
        refused.stderr_str().contains("redis-server does not start"),
        "{}",
        refused.stderr_str()
    );
    assert_gone(folder.path());
}

#[test]
fn ctrl_z_stops_it_all_and_the_shell_continues_it() {
    let shell = "bash --norc --noprofile -i";
    let Some(terminal) = Tmux::running("redis://127.0.0.1:1", (100, 40), shell, &[]) else {
        return;
    };
    let line = |text: &str| {
        terminal.text(text).keys("Enter");
    };
    let program = Path::new(env!("CARGO_BIN_EXE_qctl")).parent().unwrap();
    line(&format!(
        "unset QCTL_REDIS; PATH=$PATH:{}; clear",
        program.display()
    ));
    terminal.loses("unset");
    // It waits for the terminal, reads it, and then uses the Redis.
    let story = "until [ $(cut -d\" \" -f8 /proc/$$/stat) = $$ ]; do :; done; echo up; read line; qctl enqueue t --payload $line --wait | sed s/^/res-/; read line; exit 7";
    line(&format!("qctl dev -- sh -c '{story}'"));
    terminal.until("the start", |screen| {
        screen.lines().any(|line| line == "up")
    });
    let stops = || {
        terminal.sees(&["Stopped"]);
    };
    // Until the shell says what it continues, it takes what is typed for itself, and Enter for something else than the
    // end of a line.
    let continues = || {
        line("clear; fg");
        terminal.until("what continues", |screen| {
            screen.contains("qctl dev -- sh") && !screen.contains("Stopped")
        });
    };
    terminal.keys("C-z");
    stops();
    line("clear; echo the shell is $((1 + 1))");
    terminal.sees(&["the shell is 2"]);
    // In the background it is stopped as soon as it reads, which the shell says at its next prompt.
    line("bg; while [ -z \"$(jobs -s)\" ]; do :; done");
    stops();
    continues();
    line("world");
    terminal.sees(&["res-world"]);
    terminal.keys("C-z");
    stops();
    continues();
    line("end");
    line("echo code-$?");
    terminal.sees(&["code-7"]);
}

#[test]
fn a_command_needs_no_dashes_before_it() {
    let folder = folder();
    let words = [
        "sh",
        "-c",
        "$PROGRAM enqueue hello --payload world --wait; exit $1",
        "--",
        "7",
    ];
    let output = dev(folder.path()).args(["--log-level", "warn"]).args(words);
    let output = output.run_unchecked().expect_code(7);
    assert_eq!((output.stdout_str(), output.stderr_str()), ("world", ""));
    let misspelt = dev(folder.path()).args(["--hanlde", "x=y", "true"]);
    let misspelt = misspelt.run_unchecked().expect_code(2);
    assert!(misspelt.stderr_str().contains("--hanlde"));
}
