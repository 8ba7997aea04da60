//! `--read-only`, and the interest in no answers.

use super::{contents, put_one_of_each, qctl};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

#[test]
fn read_only_lets_nothing_change() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    let before = contents(&redis);
    for (line, verb) in [
        ("enqueue t", "enqueue"),
        ("retry archived", "retry"),
        ("archive retry", "archive"),
        ("delete archived --yes", "delete"),
        ("cancel active", "cancel"),
        ("pause q", "pause"),
        ("resume q", "resume"),
        ("drop q --force --yes", "drop"),
        ("work --handle t=true", "work"),
    ] {
        qctl(&redis, line)
            .arg("--read-only")
            .status(4)
            .stderr(&format!(
                "error: cannot {verb}: read-only is set\n\
                 hint: leave out --read-only, and check QCTL_READ_ONLY\n"
            ))
            .run();
    }
    assert_eq!(contents(&redis), before);
    // Looking is free, and so is asking what would be.
    qctl(&redis, "ls -o id --read-only").stdout("q\n").run();
    qctl(&redis, "retry archived --dry-run --read-only")
        .stdout("would retry 1 task\n")
        .run();
    qctl(&redis, "delete archived -n --read-only")
        .stdout("would delete 1 task\n")
        .run();
    qctl(&redis, "cancel active -n --read-only")
        .stdout("would cancel 1 task\n")
        .run();
}

/// Refused before Redis is asked: the server need not even be there.
#[test]
fn read_only_needs_no_server() {
    Qctl::alone()
        .args(["enqueue", "t", "--read-only"])
        .status(4)
        .stderr(
            "
            error: cannot enqueue: read-only is set
            hint: leave out --read-only, and check QCTL_READ_ONLY
            ",
        )
        .run();
}
