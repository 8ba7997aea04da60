//! The findings of `[trouble]` count unless limits on the command line replace them.

use qctl::task::State;

use super::{check, reasons};
use crate::cli::access::{at, guarded};
use crate::cli::{keys, put, qctl, task_key};
use crate::harness::redis::Redis;

/// The checks that are not OK.
fn checks(redis: &Redis, line: &str) -> Vec<String> {
    let output = check(redis, &format!("{line} -o json"));
    let reasons = reasons(&output).into_iter();
    reasons.map(|[_, check, _, _]| check).collect()
}

#[test]
fn without_limits_the_findings_decide() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    let now = qctl::clock::now().timestamp();
    let since = (now - 3_630) * 1_000_000_000;
    redis.cmd(&[
        "HSET",
        &task_key("q", "a"),
        "pending_since",
        &since.to_string(),
    ]);
    put(&redis, "q", "b", State::Active);
    redis.cmd(&["ZADD", &keys("q").lease(), &(now - 3_630).to_string(), "b"]);
    let output = check(&redis, "").expect_code(2);
    assert_eq!(
        output.stdout_str(),
        "CRITICAL: 1 queue checked\n\
         \n\
         STATUS    QUEUE  CHECK     REASON\n\
         critical  q      unserved  1 pending, the oldest for 1h, no worker serves it\n\
         warning   q      orphaned  1 active task has lost its worker, the first for 1h\n"
    );
    // A limit on the command line is what was asked for.
    assert_eq!(checks(&redis, "--max-pending 9"), [""; 0]);
    assert_eq!(
        checks(&redis, "--max-pending 9 --trouble"),
        ["unserved", "orphaned"]
    );
    // It replaces what it is about.
    assert_eq!(checks(&redis, "--max-orphaned 5 --trouble"), ["unserved"]);
    assert_eq!(
        checks(&redis, "--min-workers 1 --max-orphaned 0, --trouble"),
        ["workers", "orphaned"]
    );
}

#[test]
fn the_file_decides_whether_findings_count() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    let codes = |file: &str, line: &str| {
        let command = qctl(&redis, "check -o json").args(line.split_whitespace());
        let output = command.file("qctl.toml", file).run_unchecked();
        let reasons = reasons(&output).into_iter();
        reasons.map(|[_, check, _, _]| check).collect::<Vec<_>>()
    };
    let limit = "[check]\nmax_pending = 0\n";
    assert_eq!(codes(limit, ""), ["pending", "unserved"]);
    assert_eq!(codes(limit, "--max-retry 0"), ["pending"]);
    assert_eq!(codes("[check]\ntrouble = false\n", ""), [""; 0]);
    assert_eq!(
        codes("[check]\ntrouble = false\n", "--trouble"),
        ["unserved"]
    );
    assert_eq!(
        codes("[check]\ntrouble = true\n", "--max-retry 0"),
        ["unserved"]
    );
    let patient = "[trouble.queues.q]\nunserved = false\n";
    assert_eq!(codes(patient, ""), ["pending-too-long"]);
    let none = "[trouble.queues.q]\nunserved = false\n[check.queues.q]\nmax_latency = \"none\"\n";
    assert_eq!(codes(none, ""), [""; 0]);
}

#[test]
fn what_a_user_may_not_read_is_unknown() {
    let redis = guarded();
    put(&redis, "q", "a", State::Archived);
    let all = "check --max-pending 9 --max-memory 1TB --max-overdue 1m --min-workers 0 --trouble";
    at(&redis, "reader", all).run_unchecked().expect_code(0);
    redis.cmd(&["ACL", "SETUSER", "reader", "-info"]);
    let output = at(&redis, "reader", &format!("{all} -o json"));
    let output = output.run_unchecked().expect_code(3);
    let found = reasons(&output);
    assert_eq!((&*found[0][0], &*found[0][1]), ("unknown", "memory"));
    assert!(found[0][3].contains("(ACL: +info)"), "{found:?}");
    // Nobody needs what was not asked for.
    at(&redis, "reader", "check --max-pending 9")
        .run_unchecked()
        .expect_code(0);
    redis.cmd(&[
        "ACL",
        "SETUSER",
        "reader",
        "+info",
        "resetkeys",
        "~asynq:{*",
        "~asynq:queues",
    ]);
    let output = at(&redis, "reader", "check -o json")
        .run_unchecked()
        .expect_code(3);
    let found = reasons(&output);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&*found[0][0], &*found[0][1]), ("unknown", "workers"));
}
