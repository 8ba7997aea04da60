//! `qctl completions`: what the program answers. `completions_in_shells` shows what shells make of it.

use std::time::{Duration, Instant};

use crate::generated::commands;
use crate::harness::proxy::Proxy;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually, within};

#[test]
fn no_redis_and_no_configuration_are_needed() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = Qctl::alone()
            .args(["completions", shell])
            .run_unchecked()
            .expect_code(0);
        assert!(output.stdout_str().contains("QCTL_COMPLETE"), "{shell}");
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

fn asking(qctl: Qctl, words: &[&str]) -> Qctl {
    qctl.env("QCTL_COMPLETE", "fish")
        .args(["--", "qctl"])
        .args(words)
}

/// What may stand in place of the last word, each with what is said of it.
#[track_caller]
fn described(qctl: Qctl, words: &[&str]) -> Vec<String> {
    let output = asking(qctl, words).run_unchecked().expect_code(0);
    assert_eq!(output.stderr_str(), "", "{words:?}");
    output.stdout_str().lines().map(str::to_owned).collect()
}

/// The same, without what is said of it.
#[track_caller]
fn offered(qctl: Qctl, words: &[&str]) -> Vec<String> {
    let found = described(qctl, words);
    let names = found.iter().map(|line| line.split('\t').next().unwrap());
    names.map(str::to_owned).collect()
}

/// Waits until `asked` finds these names in Redis. On a busy machine, the time that a completion takes at most may be over
/// before Redis is asked: whoever presses Tab again gets them.
#[track_caller]
fn names(
    asked: fn(Qctl, &[&str]) -> Vec<String>,
    qctl: impl Fn() -> Qctl,
    words: &[&str],
    expected: &[&str],
) {
    let mut last = Vec::new();
    let found = within(SOON, || {
        last = asked(qctl(), words);
        (last == expected).then_some(())
    });
    assert!(found.is_some(), "{words:?}: {last:?}");
}

fn enqueue(redis: &Redis, args: &[&str]) {
    let enqueue = Qctl::new(redis).arg("enqueue").args(args);
    enqueue.run_unchecked().expect_code(0);
}

#[test]
fn commands_and_options_are_offered_as_help_lists_them() {
    let alone = Qctl::alone;
    assert_eq!(offered(alone(), &[""]), commands());
    assert_eq!(offered(alone(), &["--json", ""]), commands());
    let cron = "ls add rm pause resume run run-scheduler next history export sync";
    assert_eq!(offered(alone(), &["cron", ""]).join(" "), cron);
    assert_eq!(
        offered(alone(), &["gua"]),
        [""; 0],
        "what nobody should run"
    );
    for words in [&["--js"][..], &["cron", "--js"], &["retry", "a", "--js"]] {
        assert_eq!(
            described(alone(), words),
            ["--json\tSame as --output json"],
            "{words:?}"
        );
    }
    assert_eq!(offered(alone(), &["ls", "-o", "n"]), ["ndjson"]);
    assert_eq!(offered(alone(), &["ls", "--state", "re"]), ["retry"]);
    assert_eq!(offered(alone(), &["ls", "q"]), ["queues"]);
    assert_eq!(
        offered(alone(), &["retry", ""]),
        [""; 0],
        "no options before a dash"
    );
}

#[test]
fn files_are_offered_only_for_files() {
    let qctl = || {
        Qctl::alone()
            .file("conf/qctl.toml", "")
            .file("contents", "")
    };
    assert_eq!(
        offered(qctl(), &["ls", "--config", "con"]),
        ["conf/", "contents"]
    );
    assert_eq!(
        offered(qctl(), &["cron", "sync", "conf/q"]),
        ["conf/qctl.toml"]
    );
    assert_eq!(offered(qctl(), &["man", "--dir", "con"]), ["conf/"]);
    for words in [
        &["ls", "tasks", "-q", "con"][..],
        &["inspect", "con"],
        &["cron", "pause", "con"],
        &["ls", "--filter", "con"],
    ] {
        assert_eq!(offered(qctl(), words), [""; 0], "{words:?}");
    }
}

#[test]
fn names_are_those_in_redis() {
    let redis = Redis::start();
    enqueue(
        &redis,
        &["email:deliver", "--id", "welcome-1", "--queue", "critical"],
    );
    enqueue(&redis, &["email:digest", "--id", "welcome-2", "--in", "1h"]);
    enqueue(
        &redis,
        &["report:build", "--id", "other", "--group", "weekly"],
    );
    let add = ["cron", "add", "nightly", "0 3 * * *", "report:build"];
    Qctl::new(&redis).args(add).run_unchecked().expect_code(0);
    for (words, expected) in [
        (&["pause", ""][..], &["critical", "default"][..]),
        (&["ls", "-q", "critical,def"], &["critical,default"]),
        // A queue lists its tasks.
        (&["ls", "cri"], &["critical"]),
        (&["delete", "-q", "critical", ""], &["welcome-1"]),
        (&["delete", "--state", "scheduled", ""], &["welcome-2"]),
        (
            &["ls", "tasks", "-t", "email:"],
            &["email:deliver", "email:digest"],
        ),
        (&["cron", "pause", ""], &["nightly"]),
        // A new name, and no task that is running.
        (&["cron", "add", ""], &[]),
        (&["cancel", ""], &[]),
    ] {
        names(offered, || Qctl::new(&redis), words, expected);
    }
    for (words, expected) in [
        (
            &["inspect", "welc"][..],
            &[
                "welcome-1\tpending in critical",
                "welcome-2\tscheduled in default",
            ][..],
        ),
        (
            &["ls", "tasks", "--group", ""],
            &["weekly\t1 task in default"],
        ),
    ] {
        names(described, || Qctl::new(&redis), words, expected);
    }
}

#[test]
fn flags_of_the_line_say_which_redis_is_asked() {
    let redis = Redis::start();
    enqueue(&redis, &["email:deliver", "--queue", "critical"]);
    let url = redis.url();
    for words in [
        ["--redis", &url, "resume", "cri"],
        ["resume", "--redis", &url, "cri"],
    ] {
        names(offered, Qctl::alone, &words, &["critical"]);
    }
}

#[test]
fn names_that_cannot_be_typed_are_not_offered() {
    let redis = Redis::start();
    for id in ["-rf", "two\nlines", "\u{1b}[31mred", "it's \"fine\": ok"] {
        enqueue(&redis, &["email:deliver", &format!("--id={id}")]);
    }
    names(
        offered,
        || Qctl::new(&redis),
        &["inspect", ""],
        &["it's \"fine\": ok"],
    );
}

#[test]
fn what_is_read_is_bounded() {
    let redis = Redis::start();
    let line = |n| format!("{{\"type\":\"a\",\"id\":\"task-{n:05}\"}}");
    let lines: Vec<String> = (0..5_000).map(line).collect();
    Qctl::new(&redis)
        .args(["enqueue", "--from", "-", "--quiet"])
        .stdin(lines.join("\n"))
        .run_unchecked()
        .expect_code(0);
    for (beginning, count) in [("task-", 200), ("task-0001", 10)] {
        eventually(SOON, || {
            let found = offered(Qctl::new(&redis), &["inspect", beginning]).len();
            assert!(found <= count, "{beginning}: {found}");
            (found == count).then_some(())
        });
    }
}

#[test]
fn without_an_answer_of_redis_nothing_is_offered_or_printed_and_nobody_waits() {
    let redis = Redis::start();
    let silent = Proxy::new(&redis);
    silent.stall();
    for url in [
        "redis://127.0.0.1:1",
        "redis://user:wrong@127.0.0.1:1",
        &silent.url(),
        "nonsense://",
    ] {
        let start = Instant::now();
        assert_eq!(offered(Qctl::at(url), &["inspect", "a"]), [""; 0], "{url}");
        // 0.2 s for Redis, and the rest for starting a debug build on a busy machine; the usual limit is 5 s.
        assert!(
            start.elapsed() < Duration::from_secs(4),
            "{url}: {:?}",
            start.elapsed()
        );
    }
    let wrong = Qctl::alone().file("qctl.toml", "[redis]\nurll = 1");
    assert_eq!(offered(wrong, &["inspect", "a"]), [""; 0]);
}

#[test]
fn contexts_are_offered_without_redis() {
    let folder = tempfile::TempDir::with_prefix("qctl-contexts-").unwrap();
    let command = || Qctl::alone().env("XDG_CONFIG_HOME", folder.path());
    for name in ["production", "staging", "preview of b"] {
        let add = command().args(["context", "add", name, "redis://127.0.0.1:1"]);
        add.run_unchecked().expect_code(0);
    }
    let with_p = ["preview of b", "production"];
    assert_eq!(offered(command(), &["stats", "--context", "p"]), with_p);
    assert_eq!(offered(command(), &["context", "use", "p"]), with_p);
    assert_eq!(offered(command(), &["context", "add", "p"]), [""; 0]);
}
