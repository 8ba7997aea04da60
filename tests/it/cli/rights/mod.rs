//! One right is taken away from a user of `docs/access.md`: the rest is shown, what cannot be read is unknown, and one line
//! on stderr names the right. The lines are the same on every server.

mod running;

use qctl::task::State;
use serde_json::Value;

use super::access::{at, guarded, profile};
use super::put;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

const QCTL_KEYS: &str = "resetkeys ~asynq:*";
const NO_QCTL_KEYS: &str = "may not use the keys qctl:* (ACL: ~qctl:*)";

/// A user of the guide without one right.
struct Lacking {
    redis: Redis,
    user: &'static str,
}

impl Lacking {
    fn new(user: &'static str, rule: &str) -> Self {
        let redis = guarded();
        put(&redis, "q", "a", State::Retry);
        put(&redis, "q", "b", State::Archived);
        put(&redis, "q", "running", State::Active);
        let lacking = Self { redis, user };
        lacking.set(rule);
        lacking
    }

    /// Gives the user the rights of the guide, changed by these rules.
    fn set(&self, rule: &str) {
        let rules = format!(
            "ACL SETUSER {} reset {} {rule}",
            self.user,
            profile(self.user)
        );
        let words: Vec<&str> = rules.split_whitespace().collect();
        self.redis.cmd(&words);
    }

    fn at(&self, line: &str) -> Qctl {
        at(&self.redis, self.user, line)
    }

    /// The line on stderr about what is unknown.
    fn note(&self, unknown: &str, denied: &str) -> String {
        format!("{unknown}: the user {:?} {denied}\n", self.user)
    }

    /// The lines on stderr of a command that can do nothing.
    fn error(&self, denied: &str, rule: &str) -> String {
        let user = self.user;
        format!(
            "error: Redis at redis://{user}@127.0.0.1:{} does not permit this: the user {user:?} {denied}\n\
             hint: an administrator can allow it: ACL SETUSER {user} {rule}\n",
            self.redis.port()
        )
    }
}

/// Runs a command, whose output is expected on stderr and returned of stdout.
#[track_caller]
fn says(lacking: &Lacking, line: &str, code: i32, stderr: &str) -> String {
    let output = lacking.at(line).run_unchecked();
    assert_eq!(output.stderr_str(), stderr, "{line}");
    assert_eq!(output.code, Some(code), "{line}");
    output.stdout_str().to_owned()
}

const SERVER: &str = "the version and the memory of the server are unknown";
const MEMORY: &str = "memory is unknown";
const CLOCK: &str = "Redis's clock is unknown, that of this machine is used";
const SCHEDULES: &str = "stored schedules are unknown";
const UNLISTED: &str = "keys that no list names are unknown";

/// The right, the command, its exit code, what is unknown, why, and some of what is shown.
type Unknown = (
    &'static str,
    &'static str,
    i32,
    &'static str,
    &'static str,
    &'static str,
);

const UNKNOWN: &[Unknown] = &[
    (
        "-info",
        "stats",
        0,
        SERVER,
        "may not run INFO (ACL: +info)",
        "q ",
    ),
    (
        "-memory",
        "stats --memory",
        0,
        MEMORY,
        "may not run MEMORY USAGE (ACL: +memory|usage)",
        "redis ",
    ),
    (
        "-memory",
        "inspect -q q",
        0,
        MEMORY,
        "may not run MEMORY USAGE (ACL: +memory|usage)",
        "archived:       1",
    ),
    (
        "-time",
        "ls tasks -o id",
        0,
        CLOCK,
        "may not run TIME (ACL: +time)",
        "a\n",
    ),
    (
        "-time",
        "inspect a",
        0,
        CLOCK,
        "may not run TIME (ACL: +time)",
        "retry",
    ),
    (QCTL_KEYS, "cron ls", 7, SCHEDULES, NO_QCTL_KEYS, ""),
    (
        QCTL_KEYS,
        "ls cron --json",
        7,
        SCHEDULES,
        NO_QCTL_KEYS,
        "[]",
    ),
    (
        "-scan",
        "doctor --quick --only no-lease --json",
        7,
        UNLISTED,
        "may not run SCAN (ACL: +scan)",
        "",
    ),
];

#[test]
fn what_a_reader_may_not_read_is_unknown_and_the_rest_is_shown() {
    for &(rule, line, code, unknown, denied, shown) in UNKNOWN {
        let lacking = Lacking::new("reader", rule);
        let said = says(&lacking, line, code, &lacking.note(unknown, denied));
        assert!(said.contains(shown), "{line}: {said}");
        says(&lacking, &format!("{line} --quiet"), code, "");
    }
}

#[test]
fn an_unknown_figure_is_null_in_json() {
    let lacking = Lacking::new("reader", "-memory -info");
    let output = lacking.at("stats --memory --json").run_unchecked();
    let stats: Value = serde_json::from_str(output.stdout_str()).unwrap();
    assert_eq!(stats["redis"], Value::Null);
    assert_eq!(stats["queues"][0]["memory_bytes"], Value::Null);
    assert_eq!(stats["total"]["memory_bytes"], Value::Null);
    assert_eq!(stats["queues"][0]["retry"], 1);
    assert_eq!(output.stderr_str().lines().count(), 2);
}

#[test]
fn the_doctor_finds_what_it_can_without_scan() {
    let lacking = Lacking::new("reader", "-scan -dbsize");
    lacking.redis.cmd(&["DEL", "asynq:{q}:lease"]);
    let note = lacking.note(UNLISTED, "may not run SCAN (ACL: +scan)");
    let said = says(&lacking, "doctor --quick --only no-lease -o csv", 1, &note);
    assert!(said.contains("no-lease"), "{said}");
}

#[test]
fn rights_that_a_command_does_not_need_are_not_missed() {
    for (rule, lines) in [
        ("-info", &["ls", "ls tasks", "inspect a", "cron ls"][..]),
        ("-memory", &["stats", "ls", "ls tasks"]),
        ("-scan", &["stats", "ls tasks", "inspect a"]),
        (
            QCTL_KEYS,
            &[
                "stats --memory",
                "ls",
                "inspect a",
                "inspect -q q",
                "ls servers",
            ],
        ),
    ] {
        let lacking = Lacking::new("reader", rule);
        for line in lines {
            let output = lacking.at(line).run_unchecked();
            assert_eq!(output.code, Some(0), "{rule}: {line}");
            assert!(
                !output.stderr_str().contains("ACL"),
                "{rule}: {line}: {}",
                output.stderr_str()
            );
        }
    }
}

/// The user, the right, the command, why it can do nothing, and the rule of the hint.
type Refused = [&'static str; 5];

const REFUSED: &[Refused] = &[
    [
        "reader",
        "-evalsha",
        "ls tasks",
        "may not run EVALSHA (ACL: +evalsha)",
        "+evalsha",
    ],
    [
        "reader",
        "-script",
        "ls tasks",
        "may not run SCRIPT LOAD (ACL: +script|load)",
        "'+script|load'",
    ],
    [
        "reader",
        "-sscan",
        "ls",
        "may not run SSCAN (ACL: +sscan)",
        "+sscan",
    ],
    [
        "reader",
        QCTL_KEYS,
        "cron ls nightly",
        NO_QCTL_KEYS,
        "'~qctl:*'",
    ],
    [
        "reader",
        QCTL_KEYS,
        "cron history nightly",
        NO_QCTL_KEYS,
        "'~qctl:*'",
    ],
    ["reader", QCTL_KEYS, "ls audit", NO_QCTL_KEYS, "'~qctl:*'"],
    [
        "operator",
        "-publish",
        "cancel running",
        "may not run PUBLISH (ACL: +publish)",
        "+publish",
    ],
    [
        "operator",
        "resetchannels",
        "cancel running",
        "may not use the channel asynq:cancel (ACL: &asynq:*)",
        "'&asynq:*'",
    ],
    [
        "operator",
        "-time",
        "cron add nightly @daily t",
        "may not run TIME (ACL: +time)",
        "+time",
    ],
    [
        "operator",
        "-sadd",
        "enqueue t",
        "may not run SADD (ACL: +sadd)",
        "+sadd",
    ],
    [
        "operator",
        "-script",
        "pause q",
        "may not run SCRIPT LOAD (ACL: +script|load)",
        "'+script|load'",
    ],
];

#[test]
fn where_nothing_can_be_done_the_error_names_the_right() {
    for &[user, rule, line, denied, right] in REFUSED {
        let lacking = Lacking::new(user, rule);
        lacking.redis.cmd(&["SCRIPT", "FLUSH"]);
        let said = says(&lacking, line, 4, &lacking.error(denied, right));
        assert_eq!(said, "", "{line}");
    }
}

#[test]
fn a_command_inside_a_script_is_named_too() {
    let lacking = Lacking::new("operator", "-zrem");
    let output = lacking.at("archive a").run_unchecked().expect_code(4);
    assert!(
        output.stderr_str().contains("+zrem"),
        "{}",
        output.stderr_str()
    );
}

#[test]
fn changes_are_made_without_the_right_to_record_them() {
    let lacking = Lacking::new("operator", QCTL_KEYS);
    for line in [
        "archive a",
        "retry b",
        "pause q",
        "resume q",
        "delete a --yes",
    ] {
        let output = lacking.at(line).run_unchecked().expect_code(0);
        let said = output.stderr_str();
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(
            said.starts_with("the change is not in the audit log"),
            "{said}"
        );
        assert!(said.contains(NO_QCTL_KEYS), "{said}");
    }
    says(&lacking, "enqueue t --quiet", 0, "");
}
