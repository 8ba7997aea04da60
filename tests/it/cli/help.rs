//! What the program says of itself.

use qctl::task::State;

use super::{put, qctl};
use crate::generated::{commands, commands_of};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

/// As on a terminal of 80 columns.
fn help(args: &[&str]) -> String {
    let output = Qctl::alone()
        .env("COLUMNS", "80")
        .args(args)
        .run_unchecked()
        .expect_code(0);
    assert_eq!(output.stderr_str(), "");
    output.stdout_str().to_owned()
}

#[test]
fn help_fits_a_terminal() {
    let mut all = vec![help(&["--help"]), help(&["-h"])];
    for command in commands() {
        all.push(help(&[&command, "--help"]));
        all.push(help(&[&command, "-h"]));
    }
    for command in commands_of(&["cron"]) {
        all.push(help(&["cron", &command, "--help"]));
        all.push(help(&["cron", &command, "-h"]));
    }
    for text in all {
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{line}");
            assert!(
                !line.contains('`'),
                "backticks mean nothing on a terminal: {line}"
            );
            assert!(!line.contains("::"), "{line}");
        }
    }
}

#[test]
fn every_command_has_a_line_and_examples() {
    let overview = help(&["--help"]);
    for command in commands() {
        let line = overview
            .lines()
            .find(|line| line.starts_with(&format!("  {command} ")))
            .unwrap();
        assert!(line.len() > 20, "{line}");
        let text = help(&[&command, "--help"]);
        assert!(
            text.contains(&format!("\nExamples:\n  qctl {command}")),
            "{command} has no example"
        );
        assert!(text.contains("\nUsage: qctl "), "{command}");
    }
    assert!(!overview.contains("guardian"));
}

#[test]
fn every_command_about_schedules_has_a_line_and_examples() {
    let overview = help(&["cron", "--help"]);
    for command in commands_of(&["cron"]) {
        let line = format!("\n  {command} ");
        assert!(overview.contains(&line), "{command}");
        let text = help(&["cron", &command, "--help"]);
        assert!(
            text.contains(&format!("\nExamples:\n  qctl cron {command}")),
            "{command} has no example"
        );
    }
    assert!(!overview.contains("\n  help "), "{overview}");
}

#[test]
fn every_global_flag_has_a_variable_of_its_name() {
    let text = help(&["ls", "--help"]);
    let (_, globals) = text.split_once("\nConnection:\n").unwrap();
    let words: Vec<&str> = globals.split_whitespace().collect();
    let mut flags = 0;
    for (at, word) in words.iter().enumerate() {
        let Some(flag) = word
            .strip_prefix("--")
            .filter(|flag| !["json"].contains(flag))
        else {
            continue;
        };
        // The description of --json names another flag.
        if at > 0 && words[at - 1] == "as" {
            continue;
        }
        flags += 1;
        let variable = format!("QCTL_{}]", flag.to_uppercase().replace('-', "_"));
        let rest = words[at + 1..]
            .iter()
            .take_while(|word| !word.starts_with("--"));
        assert!(
            rest.clone().any(|word| *word == variable),
            "--{flag} has no variable: {:?}",
            rest.collect::<Vec<_>>()
        );
    }
    assert_eq!(flags, 22);
}

#[test]
fn bare_it_shows_help_and_fails() {
    let output = Qctl::alone().run_unchecked().expect_code(2);
    assert_eq!(output.stdout_str(), "");
    assert!(
        output
            .stderr_str()
            .starts_with("Operate, inspect and run Asynq task queues\n")
    );
}

#[test]
fn version_is_a_line() {
    Qctl::alone()
        .arg("--version")
        .stdout(&format!("qctl {}\n", env!("CARGO_PKG_VERSION")))
        .run();
}

#[test]
fn mistakes_of_typing_get_a_tip() {
    Qctl::alone()
        .arg("stat")
        .status(2)
        .stderr(
            "
            error: unrecognized subcommand 'stat'

              tip: a similar subcommand exists: 'stats'

            Usage: qctl [OPTIONS] <COMMAND>

            For more information, try '--help'.
            ",
        )
        .run();
    Qctl::alone()
        .args(["ls", "--lmit", "3"])
        .status(2)
        .stderr(
            "
            error: unexpected argument '--lmit' found

              tip: a similar argument exists: '--limit'

            Usage: qctl ls --limit <N> [WHAT]

            For more information, try '--help'.
            ",
        )
        .run();
    Qctl::alone()
        .arg("--json")
        .status(2)
        .stderr(
            "
            error: 'qctl' requires a subcommand but one was not provided

            Usage: qctl [OPTIONS] <COMMAND>

            For more information, try '--help'.
            ",
        )
        .run();
}

#[test]
fn the_last_format_counts() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    for (line, is_csv) in [
        ("ls --json -o csv", true),
        ("--json ls -o csv", true),
        ("ls -o json -o csv", true),
        ("ls -o csv --json", false),
        ("-o csv ls --json", false),
    ] {
        let output = qctl(&redis, line).run_unchecked().expect_code(0);
        assert_eq!(!output.stdout_str().starts_with('['), is_csv, "{line}");
    }
}

#[test]
fn habits_of_other_tools_get_a_hint() {
    for (args, error, hint) in [
        (
            &["queues"][..],
            "unrecognized subcommand 'queues'",
            "qctl ls queues, qctl stats QUEUE, qctl pause QUEUE or qctl drop QUEUE",
        ),
        (
            &["queue", "ls"],
            "unrecognized subcommand 'queue'",
            "qctl ls queues, qctl stats QUEUE, qctl pause QUEUE or qctl drop QUEUE",
        ),
        (
            &["top"],
            "unrecognized subcommand 'top'",
            "qctl dash, or qctl stats --watch",
        ),
        (
            &["audit"],
            "unrecognized subcommand 'audit'",
            "qctl ls audit shows who changed what",
        ),
        (
            &["ls", "tasks", "--since", "1h"],
            "unexpected argument '--since' found",
            "--newer-than DURATION",
        ),
        (
            &["ls", "-A"],
            "unexpected argument '-A' found",
            "ls and stats show all queues by default; changes take --queue '*'",
        ),
        (
            &["cron", "add", "n", "@daily", "t", "--timezone", "UTC"],
            "unexpected argument '--timezone' found",
            "--tz ZONE",
        ),
        (
            &["enqueue", "t", "--priority", "3"],
            "unexpected argument '--priority' found",
            "a queue has a weight: qctl enqueue --queue QUEUE, qctl work --queue QUEUE=WEIGHT",
        ),
        (
            &["cron", "rm", "n", "--force"],
            "unexpected argument '--force' found",
            "--yes skips the confirmation",
        ),
        (
            &["ls", "-n", "5"],
            "unexpected argument '-n' found",
            "--limit N for a shorter list, --queue QUEUE for one queue",
        ),
    ] {
        hinted(args, error, hint);
    }
}

#[test]
fn commands_and_formats_of_other_tools_get_a_hint() {
    for (args, error, hint) in [
        (
            &["ls", "--sort-by", "age"][..],
            "unexpected argument '--sort-by' found",
            "--sort COLUMN",
        ),
        (
            &["ls", "-o", "yaml"],
            "invalid value 'yaml' for '--output <FORMAT>'\n  [possible values: table, wide, json, ndjson, csv, id]",
            "-o json",
        ),
        (
            &["ls", "-o", "custom-columns=ID:.id"],
            "invalid value 'custom-columns=ID:.id' for '--output <FORMAT>'\n  [possible values: table, wide, json, ndjson, csv, id]",
            "--columns NAME,NAME",
        ),
        (
            &["ls", "tasks", "--json", "id,type"],
            "unexpected argument 'id,type' found",
            "--json takes no value; for columns of a table: --columns id,type",
        ),
        (
            &["cron", "drop", "x"],
            "unrecognized subcommand 'drop'",
            "qctl cron rm x",
        ),
        (
            &["cron", "help", "add"],
            "unrecognized subcommand 'help'",
            "qctl help cron",
        ),
        (
            &["config", "ls"],
            "unrecognized subcommand 'config'",
            "qctl context add NAME --redis URL stores a connection; settings are in qctl.toml (man qctl.toml)",
        ),
        (
            &["cat", "x"],
            "unrecognized subcommand 'cat'",
            "qctl inspect x --raw prints the payload",
        ),
        (
            &["crontab"],
            "unrecognized subcommand 'crontab'",
            "qctl cron ls",
        ),
    ] {
        hinted(args, error, hint);
    }
}

#[test]
fn the_hint_for_a_habit_has_the_name_that_was_typed() {
    for (args, error, hint) in [
        (
            &["requeue", "critical"][..],
            "unrecognized subcommand 'requeue'",
            "qctl retry critical, or qctl retry --queue critical, makes tasks pending again",
        ),
        (
            &["requeue", "-q", "critical"],
            "unrecognized subcommand 'requeue'",
            "qctl retry ID, or qctl retry --queue QUEUE, makes tasks pending again",
        ),
        (
            &["describe", "a'b c"],
            "unrecognized subcommand 'describe'",
            r"qctl inspect 'a'\''b c', or qctl inspect --queue 'a'\''b c'",
        ),
    ] {
        hinted(args, error, hint);
    }
}

#[test]
fn a_command_unlike_all_others_gets_no_tip() {
    for word in ["logarithm", "coronation", "contradict"] {
        let said = Qctl::alone().arg(word).run_unchecked().expect_code(2);
        assert!(!said.stderr_str().contains("tip:"), "{}", said.stderr_str());
    }
    let said = Qctl::alone().arg("inspct").run_unchecked().expect_code(2);
    let tip = "tip: a similar subcommand exists: 'inspect'";
    assert!(said.stderr_str().contains(tip), "{}", said.stderr_str());
}

#[test]
fn an_option_unlike_all_others_gets_no_tip() {
    Qctl::alone()
        .args(["cron", "add", "--spec", "@daily"])
        .status(2)
        .stderr(
            "
            error: unexpected argument '--spec' found

            For more information, try '--help'.
            ",
        )
        .run();
    Qctl::alone()
        .args(["drop", "q", "--cascade"])
        .status(2)
        .stderr(
            "
            error: unexpected argument '--cascade' found

            Usage: qctl drop [OPTIONS] <QUEUE>...

            For more information, try '--help'.
            ",
        )
        .run();
}

/// A mistake with a hint instead of the usage.
#[track_caller]
fn hinted(args: &[&str], error: &str, hint: &str) {
    Qctl::alone()
        .args(args)
        .status(2)
        .stderr(&format!("error: {error}\nhint: {hint}\n"))
        .run();
}

#[test]
fn a_value_that_looks_like_an_option_gets_a_hint() {
    for (args, error, hint) in [
        (
            &["enqueue", "t", "--wait", "1s"][..],
            "unexpected argument '1s' found",
            "write --wait=1s",
        ),
        (
            &["ls", "tasks", "--older-than", "-5m"],
            "unexpected argument '-5' found",
            "--older-than takes no negative value",
        ),
        (
            &["enqueue", "t", "--id", "-x"],
            "unexpected argument '-x' found",
            "write --id=-x",
        ),
        (
            &["ls", "tasks", "-q", "-dash"],
            "unexpected argument '-d' found",
            "write -q=-dash",
        ),
    ] {
        hinted(args, error, hint);
    }
}

#[test]
fn states_of_other_tools_get_a_hint() {
    let output = Qctl::alone()
        .args(["ls", "tasks", "-s", "failed"])
        .run_unchecked()
        .expect_code(2);
    let said = output.stderr_str();
    assert!(
        said.starts_with("error: invalid value 'failed' for '--state <STATE>'"),
        "{said}"
    );
    assert!(
        said.ends_with("\nhint: tasks that failed are in --state retry,archived\n"),
        "{said}"
    );
}

#[test]
fn help_and_version_are_commands_and_options_everywhere() {
    assert_eq!(help(&["help"]), help(&["--help"]));
    assert_eq!(help(&["help", "enqueue"]), help(&["enqueue", "--help"]));
    assert_eq!(
        help(&["help", "cron", "add"]),
        help(&["cron", "add", "--help"])
    );
    let version = format!("qctl {}\n", env!("CARGO_PKG_VERSION"));
    for args in [
        &["version"][..],
        &["-V"],
        &["ls", "--version"],
        &["cron", "add", "--version"],
    ] {
        Qctl::alone().args(args).stdout(&version).run();
    }
}

#[test]
fn short_help_has_the_options_of_the_command_alone() {
    for args in [&["ls", "-h"][..], &["cron", "add", "-h"], &["-h"]] {
        let text = help(args);
        assert!(!text.contains("--redis"), "{text}");
        assert!(
            text.ends_with("\n\nConnection and output options: qctl --help\n"),
            "{text}"
        );
    }
    let long = help(&["ls", "--help"]);
    assert!(long.contains("--redis <URL>"), "{long}");
    assert!(!long.contains("qctl --help"), "{long}");
}

#[test]
fn help_that_cannot_be_written_is_a_failure() {
    let full = std::fs::File::options().write(true).open("/dev/full");
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_qctl"))
        .arg("--help")
        .stdout(full.unwrap())
        .output()
        .unwrap();
    assert_eq!(status.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&status.stderr),
        "error: cannot write to stdout (No space left on device (os error 28))\n"
    );
}

#[test]
fn errors_are_documents_where_they_are_asked_for() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    let error = |line: &str, code: i32| {
        let run = qctl(&redis, line).env("QCTL_ERROR_FORMAT", "json");
        let output = run.run_unchecked().expect_code(code);
        let lines: Vec<serde_json::Value> = output
            .stderr_str()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        lines
    };
    let taken = error("enqueue t --id a -q q", 6);
    assert_eq!(taken[0]["code"], "id_taken");
    assert_eq!(taken[0]["id"], "a");
    assert_eq!(taken[0]["queue"], "q");
    assert_eq!(taken[0]["exit_code"], 6);
    for (line, exit, codes) in [
        ("lss", 2, &["usage"][..]),
        ("ls tasks --older-than soon", 2, &["usage"]),
        ("ls nothing", 3, &["queue_not_found"]),
        ("drop q --yes", 6, &["queue_not_empty"]),
        ("delete x y --yes", 3, &["task_not_found", "task_not_found"]),
        ("delete a x --yes --dry-run", 7, &["task_not_found"]),
        ("delete -q q -s pending", 2, &["not_confirmed"]),
        ("pause q --read-only", 4, &["read_only"]),
        (
            "ls --redis redis://:x@127.0.0.1:1 --quiet",
            5,
            &["unreachable"],
        ),
        ("ls --redis hunter2", 2, &["bad_url"]),
        ("ls tasks --filter .=", 2, &["bad_filter"]),
    ] {
        let mut errors = error(&format!("{line} --quiet"), exit);
        errors.retain(|error| error["code"].is_string());
        let found: Vec<_> = errors.iter().map(|error| &error["code"]).collect();
        assert_eq!(found, codes.iter().collect::<Vec<_>>(), "{line}");
    }
}
