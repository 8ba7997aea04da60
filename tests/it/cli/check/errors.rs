//! Whatever goes wrong with the check itself, the verdict is UNKNOWN, and it is there in time.

use std::time::{Duration, Instant};

use qctl::task::State;
use rustix::process::Signal;

use super::check;
use super::plugin::Plugin;
use crate::cli::{put, qctl};
use crate::harness::SOON;
use crate::harness::proxy::Proxy;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

/// The verdict of a command that fails, as Nagios reads it.
#[track_caller]
fn unknown(command: Qctl) -> String {
    let output = command.run_unchecked().expect_code(3);
    let plugin = Plugin::read(output.stdout_str());
    assert_eq!(plugin.status, "UNKNOWN");
    assert!(
        output.stderr_str().starts_with("error: "),
        "{}",
        output.stderr_str()
    );
    plugin.summary
}

#[test]
fn mistakes_on_the_command_line() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    for (line, said) in [
        (
            "check --format nagios --bogus",
            "unexpected argument '--bogus' found",
        ),
        (
            "check --bogus --format nagios",
            "unexpected argument '--bogus' found",
        ),
        (
            "check --format nagios stray",
            "queue \"stray\" does not exist",
        ),
        (
            "check --max-pending many --format nagios",
            "invalid value 'many' for '--max-pending <N>': \"many\" is not a whole number",
        ),
        (
            "check --format nagios --max-pending",
            "a value is required for '--max-pending <N>' but none was supplied",
        ),
        (
            "check --format=nagios -o json",
            "the argument '--format <FORMAT>' cannot be used with '--output <FORMAT>'",
        ),
        (
            "check --format nagios --redis nonsense://x",
            "--redis: the URL has an unknown scheme",
        ),
        (
            "check --format nagios --config gone.toml",
            "cannot read the configuration file \"gone.toml\" (No such file or directory (os error 2))",
        ),
        (
            "check --format nagios -q nope",
            "queue \"nope\" does not exist",
        ),
        (
            "check --format nagios --timeout 5",
            "invalid value '5' for '--timeout <DURATION>': not a duration; use for example 90s, 5m, 1.5h, 3d, 1w or 1h30m",
        ),
    ] {
        assert_eq!(unknown(qctl(&redis, line)), said, "{line}");
    }
    // A format that does not exist cannot be used.
    qctl(&redis, "check --format nagois")
        .status(3)
        .stderr("error: invalid value 'nagois' for '--format <FORMAT>'\n  [possible values: text, json, nagios, prometheus]\n\n  tip: a similar value exists: 'nagios'\n\nFor more information, try '--help'.\n")
        .run();
    // Other commands keep their code.
    qctl(&redis, "stats --bogus").run_unchecked().expect_code(2);
}

#[test]
fn mistakes_in_variables_and_files() {
    let redis = Redis::start();
    let said = unknown(qctl(&redis, "check --format nagios").env("QCTL_OUTPUT", "xml"));
    assert!(
        said.starts_with("QCTL_OUTPUT: unknown output format \"xml\""),
        "{said}"
    );
    let file = "[trouble]\npending_ago = \"5m\"\n[check]\nmax_pendign = 5\n";
    let said = unknown(qctl(&redis, "check --format nagios").file("qctl.toml", file));
    assert_eq!(
        said,
        "qctl.toml:2: unknown key \"pending_ago\", did you mean \"pending_age\"?; \
         qctl.toml:4: unknown key \"max_pendign\", did you mean \"max_pending\"?"
    );
}

#[test]
fn redis_that_is_away_or_refuses() {
    let said = unknown(Qctl::alone().args(["check", "--format", "nagios"]));
    assert_eq!(
        said,
        "cannot reach Redis at redis://127.0.0.1:1 (Connection refused (os error 111))"
    );
    let redis = Redis::with().password("secret").start();
    let url = format!("redis://:wrong@127.0.0.1:{}", redis.port());
    let said = unknown(Qctl::at(&url).args(["check", "--format", "nagios"]));
    assert!(
        said.contains("refuses the login") && !said.contains(":wrong"),
        "{said}"
    );
}

#[test]
fn a_redis_that_hangs_is_unknown_in_time() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Completed);
    let proxy = Proxy::new(&redis);
    proxy.stall();
    let started = Instant::now();
    let line = ["check", "--format", "nagios", "--timeout", "500ms"];
    let said = unknown(Qctl::at(&proxy.url()).args(line));
    assert_eq!(said, "the check took longer than 500ms");
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn errors_in_the_other_formats() {
    let at = |line: &str| Qctl::alone().arg("check").args(line.split_whitespace());
    let error = "error: cannot reach Redis at redis://127.0.0.1:1 (Connection refused (os error 111))\n\
                 hint: check --redis or QCTL_REDIS, and that the server is running\n";
    at("").status(3).stderr(error).run();
    let output = at("-o json").run_unchecked().expect_code(3);
    let document = output.json();
    assert_eq!(document["status"], "unknown");
    assert_eq!(document["exit_code"], 3);
    assert_eq!(output.stderr_str(), error);
    let output = at("--format json --max-pending x").run_unchecked();
    let document = output.expect_code(3).json();
    assert_eq!(
        document["reasons"][0]["sentence"],
        "invalid value 'x' for '--max-pending <N>': \"x\" is not a whole number"
    );
    let output = at("--format prometheus").run_unchecked().expect_code(3);
    assert!(output.stdout_str().contains("\nqctl_check_status 3.0\n"));
    // The code of the process, not that of other commands.
    let output = at("--error-format json").run_unchecked().expect_code(3);
    let failure: serde_json::Value = serde_json::from_str(output.stderr_str()).unwrap();
    assert_eq!(
        (&failure["code"], &failure["exit_code"]),
        (&"unreachable".into(), &3.into())
    );
}

#[test]
fn a_verdict_stands_without_a_reader() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Archived);
    let qctl = env!("CARGO_BIN_EXE_qctl");
    let script = format!(
        "({qctl} check --max-archived 0 --redis {}; echo $? >&2) | true",
        redis.url()
    );
    let output = Qctl::played_by(&script).run_unchecked();
    assert_eq!(output.stderr_str(), "2\n");
    let script = format!("{qctl} check --redis {} > /dev/full", redis.url());
    Qctl::played_by(&script)
        .status(3)
        .stderr("error: cannot write to stdout (No space left on device (os error 28))\n")
        .run();
}

#[test]
fn a_check_that_is_stopped_has_no_verdict() {
    let redis = Redis::start();
    let proxy = Proxy::new(&redis);
    proxy.stall();
    let running = Qctl::at(&proxy.url()).args(["check"]).spawn();
    running.signal(Signal::TERM);
    assert_eq!(running.wait(SOON).code, None);
    check(&redis, "").expect_code(0);
}
