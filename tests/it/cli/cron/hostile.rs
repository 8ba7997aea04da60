//! Schedules that a stranger has written: shown, escaped, and nothing breaks.

use qctl::broker::keys;
use serde_json::json;

use super::{add, qctl, set};
use crate::cli::hostile::harmless;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

const NASTY: &str = "a\u{1b}[2J\u{9b}31m\r\n\u{202e}b";

/// A schedule of which everything is nasty that can be.
fn put_nasty(redis: &Redis) {
    let definition = json!({
        "name": "nasty", "spec": "@daily", "type": NASTY, "payload": NASTY, "queue": NASTY,
        "note": NASTY, "group": NASTY, "headers": {NASTY: NASTY},
    });
    let outcome = json!({
        "tick": "2023-11-14T22:13:20Z", "at": "2023-11-14T22:13:21Z", "outcome": "enqueued",
        "task_id": NASTY, "queue": NASTY, "by": NASTY,
    });
    for name in [NASTY, "nasty"] {
        redis.cmd(&["SADD", keys::CRON_NAMES, name]);
        set(redis, name, "revision", "r");
        set(redis, name, "paused", "0");
        set(redis, name, "definition", &definition.to_string());
        set(redis, name, "outcome", &outcome.to_string());
        set(redis, name, "changed_by", NASTY);
        redis.cmd(&["LPUSH", &keys::cron_history(name), &outcome.to_string()]);
    }
    set(redis, NASTY, "definition", NASTY);
    let failed = json!({"tick": null, "at": "2023-11-14T22:13:21Z", "outcome": "failed", "error": NASTY, "by": ""});
    set(redis, NASTY, "outcome", &failed.to_string());
}

#[test]
fn nothing_reaches_people_raw() {
    let redis = Redis::start();
    put_nasty(&redis);
    for args in [
        &["cron", "ls"][..],
        &["cron", "ls", "-o", "wide"],
        &["cron", "ls", "-o", "id"],
        &["ls", "cron", "--color", "always", "-o", "id"],
        &["cron", "history", "nasty"],
        &["cron", "history", NASTY, "-o", "wide"],
        &["cron", "export"],
        &["cron", "export", "nasty"],
        &["cron", "next", "nasty", "-l", "1"],
        &["cron", "pause", NASTY],
        &["cron", "resume", NASTY],
        &["cron", "run", "nasty"],
        &["cron", "rm", NASTY, "-n"],
        &["cron", "sync", "empty.toml", "--prune", "-n"],
    ] {
        let qctl = Qctl::new(&redis).file("empty.toml", "").args(args);
        harmless(&qctl.run_unchecked().expect_code(0));
    }
    for args in [
        &["cron", "run", NASTY][..],
        &["cron", "next", NASTY],
        &["cron", "export", NASTY],
        &["cron", "next", "\u{1b}[2J"],
        &["cron", "add", NASTY, "@daily", "t"],
        &["cron", "add", "a", NASTY, "t"],
        &["cron", "add", "a", "@daily", "t", "--tz", NASTY],
        &["cron", "next", "--spec", NASTY],
        &["cron", "sync", NASTY],
    ] {
        let output = Qctl::new(&redis).args(args).run_unchecked();
        assert_ne!(output.code, Some(0), "{args:?}");
        harmless(&output);
    }
}

#[test]
fn a_broken_file_of_another_program_is_shown_on_one_line() {
    let redis = Redis::start();
    let broken = json!({"path": NASTY, "host": NASTY, "error": NASTY}).to_string();
    for file in [&broken, NASTY] {
        redis.cmd(&["ZADD", keys::CRON_BROKEN_FILES, "9999999999", file]);
    }
    let listed = qctl(&redis, "cron ls").run_unchecked().expect_code(0);
    harmless(&listed);
    assert_eq!(
        listed.stderr_str().lines().count(),
        2,
        "{}",
        listed.stderr_str()
    );
    redis.cmd(&["DEL", keys::CRON_BROKEN_FILES]);
    redis.cmd(&["SET", keys::CRON_BROKEN_FILES, "x"]);
    qctl(&redis, "cron ls").stderr("no schedules\n").run();
}

#[test]
fn what_cannot_be_read_can_be_replaced_and_removed() {
    let redis = Redis::start();
    for name in ["a", "b"] {
        add(&redis, name, "@daily", "");
        set(
            &redis,
            name,
            "definition",
            "{\"spec\":\"@daily\",\"type\":\"t\",\"later\":1}",
        );
    }
    for line in ["cron run a", "cron next a", "cron export a"] {
        let output = qctl(&redis, line).run_unchecked().expect_code(1);
        let said = output.stderr_str();
        assert!(
            said.starts_with("error: schedule \"a\" cannot be read (unknown field `later`"),
            "{said}"
        );
        assert!(
            said.ends_with("hint: store it again with qctl cron add --replace, or remove it\n"),
            "{said}"
        );
    }
    Qctl::new(&redis)
        .args(["cron", "add", "a", "@daily", "t"])
        .status(6)
        .stderr(
            "
            error: another schedule is called \"a\" (it differs in name, spec, type)
            hint: add --replace to replace it
            ",
        )
        .run();
    add(&redis, "a", "@daily", "--replace");
    qctl(&redis, "cron rm b --yes")
        .stdout("removed schedule b\n")
        .run();
    qctl(&redis, "cron export a -o id").stdout("a\n").run();
}
