//! `qctl ls audit`: every change by an operator is recorded.

use qctl::broker::keys::AUDIT;
use qctl::task::State;
use rustix::process::Signal;
use serde_json::{Value, json};

use super::hostile::harmless;
use super::{contents, keys, put, qctl};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::tmux::Tmux;
use crate::harness::{SOON, eventually};

/// Runs a command as the user `ann`.
#[track_caller]
fn ann(redis: &Redis, line: &str) {
    let run = qctl(redis, line).env("USER", "ann").file("cron.toml", CRON);
    run.run_unchecked().expect_code(0);
}

const CRON: &str = "[[cron]]\nname = \"b\"\nspec = \"@hourly\"\ntype = \"t\"\n";

/// Verb, target, matched, changed, failed and outcome of each change, newest first.
fn audit(redis: &Redis) -> Vec<Value> {
    let listed = qctl(redis, "ls audit -o ndjson").run_unchecked().ndjson();
    let row = |change: Value| {
        let keys = ["verb", "target", "matched", "changed", "failed", "outcome"];
        Value::from_iter(keys.map(|key| change[key].clone()))
    };
    listed.into_iter().map(row).collect()
}

/// As in a container or a cron job. The runner sets no variable by itself.
#[test]
fn without_a_name_in_the_environment_the_user_id_is_recorded() {
    let redis = Redis::start();
    put(&redis, "a-queue-of-some-length", "a", State::Archived);
    qctl(&redis, "drop a-queue-of-some-length --force --yes")
        .run_unchecked()
        .expect_code(0);
    let listed = qctl(&redis, "ls audit --json").run_unchecked().json();
    let who = listed[0]["who"].as_str().unwrap();
    let uid = format!("uid {}@", rustix::process::getuid().as_raw());
    assert!(who.starts_with(&uid) && who.len() > uid.len(), "{who}");
    // A narrow terminal has room for the target.
    let variables = [("COLUMNS", "80")];
    let Some(terminal) = Tmux::with(&redis.url(), (80, 24), "ls audit", &variables) else {
        return;
    };
    let screen = terminal.sees(&["left with 0"]);
    assert!(screen.contains("queue:a-queue-of-some-l"), "{screen}");
    assert!(!screen.contains("MATCHED"), "{screen}");
}

#[test]
fn each_kind_of_change_is_recorded_with_its_counts() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Archived);
    put(&redis, "q", "b", State::Archived);
    put(&redis, "old", "a", State::Pending);
    for line in [
        "retry -q q -s archived -t t",
        "archive -q q a",
        "delete -q q a --yes",
        "pause q",
        "pause q old",
        "resume q",
        "drop old --force --yes",
        "cron add a @daily t",
        "cron pause a",
        "cron resume a",
        "cron run a",
        "cron sync cron.toml --prune --yes",
        "cron rm b --yes",
    ] {
        ann(&redis, line);
    }
    let mut expected = vec![
        json!(["retry", "queue:q state:archived type:t", 2, 2, 0, "done"]),
        json!(["archive", "queue:q id:a", 1, 1, 0, "done"]),
        json!(["delete", "queue:q id:a", 1, 1, 0, "done"]),
        json!(["pause", "queue:q", 1, 1, 0, "done"]),
        json!(["pause", "queue:q,old", 2, 1, 0, "done"]),
        json!(["resume", "queue:q", 1, 1, 0, "done"]),
        json!(["drop", "queue:old", 1, 1, 0, "done"]),
        json!(["cron add", "a", 1, 1, 0, "done"]),
        json!(["cron pause", "a", 1, 1, 0, "done"]),
        json!(["cron resume", "a", 1, 1, 0, "done"]),
        json!(["cron run", "a", 1, 1, 0, "done"]),
        json!(["cron sync", "cron.toml", 2, 2, 0, "done"]),
        json!(["cron rm", "b", 1, 1, 0, "done"]),
    ];
    expected.reverse();
    assert_eq!(audit(&redis), expected);
    let first = qctl(&redis, "ls audit -o json --limit 1");
    let first = first.run_unchecked().json()[0].take();
    assert!(
        first["who"].as_str().unwrap().starts_with("ann@"),
        "{first}"
    );
    assert_eq!(first["from"], "cli");
    assert_eq!(first["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn nothing_is_recorded_where_nothing_may_change() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Archived);
    qctl(&redis, "cron add a @daily t --quiet").run_unchecked();
    redis.cmd(&["DEL", AUDIT]);
    let before = contents(&redis);
    for line in [
        "retry -q q --dry-run",
        "drop q --force --dry-run",
        "cron rm a --dry-run",
        "cron add b @daily t --dry-run",
        "pause q --read-only",
        "retry a --read-only",
        "retry -q q -t none",
        "delete -q q -s archived",
    ] {
        qctl(&redis, line).run_unchecked();
    }
    assert_eq!(contents(&redis), before);
    assert_eq!(redis.query::<i64>(&["EXISTS", AUDIT]), 0);
    qctl(&redis, "ls audit")
        .stdout("")
        .stderr("no changes\n")
        .run();
}

#[test]
fn the_changes_of_a_queue_are_found() {
    let redis = Redis::start();
    for queue in ["mail", "mail:eu", "low", "a,b"] {
        for id in ["x", "y"] {
            put(&redis, queue, &format!("{queue}-{id}"), State::Archived);
        }
    }
    // Damage that doctor repairs.
    redis.cmd(&["ZADD", &keys("low").lease(), "1", "nobody"]);
    for line in [
        "retry -q mail*",
        "pause low mail",
        // Ids alone: the record says where they were.
        "delete low-x mail:eu-x --yes",
        "doctor --quick --fix --yes --only stray-lease",
        "cron add queue:low @daily t",
        "resume a,b low",
    ] {
        ann(&redis, line);
    }
    let found = |queue: &str| -> Vec<String> {
        let listed = qctl(&redis, "ls audit -o ndjson -q")
            .arg(queue)
            .run_unchecked();
        let targets = listed.expect_code(0).ndjson();
        let target = |change: &Value| change["target"].as_str().unwrap().to_owned();
        targets.iter().map(target).collect()
    };
    let (low, both) = (
        "queue:low stray-lease",
        "queue:low,mail:eu id:low-x,mail:eu-x",
    );
    let resumed = "queue:\"a,b\",low";
    assert_eq!(found("low"), [resumed, low, both, "queue:low,mail"]);
    assert_eq!(found("mail:eu"), [both, "queue:mail*"]);
    assert_eq!(found("mail"), ["queue:low,mail", "queue:mail*"]);
    assert_eq!(found("mail*"), [both, "queue:low,mail", "queue:mail*"]);
    assert_eq!(found("a,b"), [resumed]);
    assert_eq!(found("nope"), [""; 0]);
    qctl(
        &redis,
        "ls audit -q low --sort verb --columns verb,target -l 1",
    )
    .stdout(
        "
            VERB    TARGET
            delete  queue:low,mail:eu id:low-x,mail:eu-x
            ",
    )
    .run();
    // On a narrow terminal, the queue of a repair is there.
    let narrow = qctl(&redis, "ls audit -q low")
        .env("COLUMNS", "80")
        .run_unchecked();
    assert!(narrow.stdout_str().contains(low), "{}", narrow.stdout_str());
}

#[test]
fn a_change_that_is_interrupted_or_killed_says_so() {
    let redis = Redis::start();
    for id in ["a", "b", "c", "d", "e"] {
        put(&redis, "q", id, State::Archived);
    }
    let retry = || qctl(&redis, "retry -q q --rate 1 --quiet").spawn();
    let left = || redis.query::<u64>(&["ZCARD", &keys("q").archived()]);
    let running = retry();
    eventually(SOON, || (left() == 4).then_some(()));
    running.signal(Signal::INT);
    running.wait(SOON).expect_code(130);
    let mut killed = retry();
    eventually(SOON, || (left() == 3).then_some(()));
    killed.kill9();
    let target = "queue:q";
    let expected = [
        json!(["retry", target, 4, null, null, null]),
        json!(["retry", target, 5, 1, 0, "interrupted"]),
    ];
    assert_eq!(audit(&redis), expected);
}

#[test]
fn a_failed_change_is_recorded_as_failed() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    redis.cmd(&["SADD", &keys("q").paused(), "x"]);
    redis.cmd(&["DEL", &keys("q").pending()]);
    redis.cmd(&["SET", &keys("q").pending(), "x"]);
    qctl(&redis, "drop q --force --yes").run_unchecked();
    qctl(&redis, "cron run none").run_unchecked().expect_code(3);
    assert_eq!(
        audit(&redis)[0],
        json!(["cron run", "none", 1, null, null, "failed"])
    );
}

#[test]
fn a_change_that_fails_half_way_does_not_claim_that_nothing_was_changed() {
    let redis = Redis::with()
        .config("user op on >pw ~asynq:queues ~asynq:{a}:* ~qctl:* &* +@all")
        .start();
    put(&redis, "a", "t", State::Pending);
    put(&redis, "b", "t", State::Pending);
    let url = format!("redis://op:pw@127.0.0.1:{}", redis.port());
    let paused = Qctl::at(&url).args(["pause", "a", "b"]).run_unchecked();
    assert!(
        paused.stderr_str().contains("(ACL: ~asynq:*)"),
        "{}",
        paused.stderr_str()
    );
    assert!(redis.query::<bool>(&["EXISTS", &keys("a").paused()]));
    let expected = json!(["pause", "queue:a,b", 2, null, null, "failed"]);
    assert_eq!(audit(&redis), [expected]);
}

#[test]
fn a_stream_that_cannot_be_written_spoils_no_change() {
    let redis = Redis::with()
        .config("user op on >pw ~asynq:* &* +@all")
        .start();
    put(&redis, "q", "a", State::Archived);
    let url = format!("redis://op:pw@127.0.0.1:{}", redis.port());
    let retried = Qctl::at(&url).args(["retry", "a"]).run_unchecked();
    let retried = retried.expect_code(0);
    let said = retried.stderr_str();
    assert_eq!(said.lines().count(), 1, "{said}");
    let note = "the change is not in the audit log (Redis at redis://op@";
    assert!(
        said.starts_with(note) && said.contains("(ACL: ~qctl:*)"),
        "{said}"
    );
    assert!(retried.stdout_str().starts_with("retried 1 task"));

    redis.cmd(&["SET", AUDIT, "a string"]);
    let paused = qctl(&redis, "pause q").run_unchecked().expect_code(0);
    let said = paused.stderr_str();
    assert!(
        said.contains("(qctl:audit is a string, not a stream)"),
        "{said}"
    );
    // What changes nothing needs no record.
    assert_eq!(qctl(&redis, "pause q").run_unchecked().stderr_str(), "");
    qctl(&redis, "ls audit")
        .status(1)
        .stderr(
            "error: qctl:audit is a string, not a stream\nhint: rename or delete the key with redis-cli\n",
        )
        .run();
}

#[test]
fn entries_of_strangers_are_shown_and_harmless() {
    let redis = Redis::start();
    let nasty = "a\u{1b}[2J\u{202e}b";
    redis.cmd(&[
        "XADD", AUDIT, "5-1", "verb", nasty, "who", nasty, "matched", "-1",
    ]);
    redis.cmd(&["XADD", AUDIT, "6-1", "something", "else"]);
    redis.cmd(&["XADD", AUDIT, "7-1", "of", "no id", "verb", "gone"]);
    for format in ["table", "wide", "id"] {
        let output = qctl(&redis, "ls audit -o").arg(format).run_unchecked();
        let output = output.expect_code(0);
        assert!(output.stdout_str().lines().count() >= 3);
        harmless(&output);
    }
    let verbs: Vec<Value> = audit(&redis).iter().map(|row| row[0].clone()).collect();
    assert_eq!(verbs, [json!(null), json!(nasty), json!("gone")]);
}

#[test]
fn the_stream_keeps_its_length() {
    let redis = Redis::start();
    let mut pipeline = ::redis::pipe();
    for number in 0..10_500 {
        pipeline
            .cmd("XADD")
            .arg(AUDIT)
            .arg("*")
            .arg("verb")
            .arg(number)
            .ignore();
    }
    pipeline
        .query::<()>(&mut redis.connection().unwrap())
        .unwrap();
    qctl(&redis, "pause q --force --quiet").run_unchecked();
    let length = redis.query::<u64>(&["XLEN", AUDIT]);
    assert!((10_000..10_200).contains(&length), "{length}");
    let all = audit(&redis);
    assert_eq!(all.len() as u64, length - 1);
    assert_eq!(all[0][0], "pause");
    let hundred = qctl(&redis, "ls audit --no-headers").run_unchecked();
    assert_eq!(hundred.stdout_str().lines().count(), 100);
}
