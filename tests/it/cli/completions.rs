//! `qctl completions`. That the committed files are fresh is looked after by `generated`.

use crate::generated::commands;
use crate::harness::qctl::Qctl;

#[test]
fn no_redis_and_no_configuration_are_needed() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = Qctl::alone()
            .args(["completions", shell])
            .run_unchecked()
            .expect_code(0);
        assert!(output.stdout_str().contains("enqueue"), "{shell}");
        assert!(
            !output.stdout_str().contains("guardian"),
            "{shell} offers what nobody should run"
        );
        assert_eq!(output.stderr_str(), "");
    }
}

#[test]
fn an_unknown_shell_is_wrong_usage() {
    Qctl::alone()
        .args(["completions", "bsh"])
        .status(2)
        .stderr(
            "
            error: invalid value 'bsh' for '<SHELL>'
              [possible values: bash, elvish, fish, powershell, zsh]

              tip: a similar value exists: 'bash'

            For more information, try '--help'.
            ",
        )
        .run();
}

/// What a real bash offers at the end of a line.
fn offered(words: &[&str]) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/completions/qctl.bash");
    let complete = "source \"$1\" 2>/dev/null; shift
        COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1))
        _qctl_words qctl \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD - 1]}\" 2>/dev/null
        echo \"${COMPREPLY[*]}\"";
    let output = std::process::Command::new("bash")
        .args(["--norc", "-c", complete, "bash", script])
        .args(words)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    String::from_utf8(output.stdout)
        .unwrap()
        .trim_end()
        .to_owned()
}

#[test]
fn options_are_offered_only_after_a_dash() {
    for words in [&["qctl", ""][..], &["qctl", "--json", ""]] {
        assert_eq!(offered(words), commands().join(" "), "{words:?}");
    }
    let cron = "ls show add rm delete pause resume run run-scheduler next history export sync";
    assert_eq!(offered(&["qctl", "cron", ""]), cron);
    assert_eq!(offered(&["qctl", "retry", ""]), "");
    for words in [
        &["qctl", "--js"][..],
        &["qctl", "cron", "--js"],
        &["qctl", "retry", "a", "--js"],
    ] {
        assert_eq!(offered(words), "--json", "{words:?}");
    }
}

#[test]
fn files_are_offered_only_for_files() {
    assert_eq!(offered(&["qctl", "ls", "q"]), "queues");
    for words in [
        &["qctl", "ls", "tasks", "-q", "C"][..],
        &["qctl", "inspect", "a", "C"],
        &["qctl", "pause", "a", "C"],
        &["qctl", "cron", "pause", "a", "C"],
    ] {
        let offered = offered(words);
        assert!(
            ["", "C"].contains(&offered.as_str()),
            "{words:?}: {offered}"
        );
    }
    let script = include_str!("../../../completions/qctl.bash");
    let registered: Vec<&str> = script
        .lines()
        .filter(|line| line.contains("complete -F _qctl_words"))
        .collect();
    assert!(
        registered.len() == 2 && !registered.concat().contains("default"),
        "{registered:?}"
    );
    assert!(
        script.contains("*\" cron sync \"*) "),
        "cron sync takes files"
    );
    let files = offered(&["qctl", "ls", "--config", "Cargo."]);
    assert!(files.contains("Cargo.toml"), "{files}");
}
