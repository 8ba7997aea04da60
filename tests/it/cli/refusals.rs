//! `--read-only`, and the interest in no answers.

use super::{contents, put_one_of_each, qctl};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

#[test]
fn read_only_lets_nothing_change() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    qctl(&redis, "cron add kept @daily t -o id")
        .stdout("kept\n")
        .run();
    let before = contents(&redis);
    for (line, verb) in [
        ("enqueue t", "enqueue"),
        ("import /dev/null", "import"),
        ("retry archived", "retry"),
        ("archive retry", "archive"),
        ("delete archived --yes", "delete"),
        ("cancel active", "cancel"),
        ("edit archived --max-retry 1", "edit"),
        ("edit archived --from /dev/null", "edit"),
        ("pause q", "pause"),
        ("resume q", "resume"),
        ("drop q --force --yes", "drop"),
        ("doctor --quick --fix --yes", "repair"),
        ("cron add a @daily t", "add schedules"),
        ("cron rm kept --yes", "remove schedules"),
        ("cron pause kept", "pause schedules"),
        ("cron resume kept", "resume schedules"),
        ("cron run kept", "run schedules"),
        ("cron sync /dev/null --prune --yes", "sync schedules"),
        ("cron sync /dev/null --watch", "sync schedules"),
        ("work --handle t=true", "work"),
    ] {
        qctl(&redis, line)
            .arg("--read-only")
            .status(4)
            .stderr(&format!(
                "error: cannot {verb}: read-only is set\n\
                 hint: --read-only, QCTL_READ_ONLY or the context says so\n"
            ))
            .run();
    }
    assert_eq!(contents(&redis), before);
    // Looking is free, and so is asking what would be.
    qctl(&redis, "ls -o id --read-only").stdout("q\n").run();
    qctl(&redis, "retry archived --dry-run --read-only")
        .stdout("would retry 1 task\n")
        .stderr("  q  archived  archived  t\n")
        .run();
    qctl(&redis, "delete archived -n --read-only")
        .stdout("would delete 1 task\n")
        .stderr("  q  archived  archived  t\n")
        .run();
    qctl(&redis, "cancel active -n --read-only")
        .stdout("would cancel 1 task\n")
        .stderr("  q  active  active  t\n")
        .run();
    qctl(&redis, "cron add new @daily t -n -o id --read-only")
        .stdout("new\n")
        .run();
    qctl(&redis, "cron rm kept -n --read-only")
        .stdout("would remove schedule kept\n")
        .run();
    qctl(&redis, "cron sync /dev/null --prune -n -o id --read-only")
        .stdout("kept\n")
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
            hint: --read-only, QCTL_READ_ONLY or the context says so
            ",
        )
        .run();
}
