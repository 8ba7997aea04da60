//! What the program says of itself.

use crate::generated::{commands, commands_of};
use crate::harness::qctl::Qctl;

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
    assert_eq!(flags, 17);
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
        .arg("lss")
        .status(2)
        .stderr(
            "
            error: unrecognized subcommand 'lss'

              tip: a similar subcommand exists: 'ls'

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
    Qctl::alone()
        .args(["ls", "--json", "-o", "csv"])
        .status(2)
        .stderr(
            "
            error: the argument '--json' cannot be used with '--output <FORMAT>'

            Usage: qctl ls --json [WHAT]

            For more information, try '--help'.
            ",
        )
        .run();
}
