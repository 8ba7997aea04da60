//! `qctl cron rm`, `pause`, `resume` and `run`.

use qctl::broker::keys;
use serde_json::json;

use super::{add, contents, document, qctl, set};
use crate::harness::redis::Redis;

#[test]
fn removal_is_confirmed_and_previewed() {
    let redis = Redis::start();
    add(&redis, "a", "@daily", "");
    add(&redis, "b", "@daily", "");
    let before = contents(&redis);
    qctl(&redis, "cron rm a")
        .status(2)
        .stderr(
            "
            error: remove schedule \"a\": not confirmed, nothing was changed
            hint: repeat it with --yes, or look first with --dry-run
            ",
        )
        .run();
    qctl(&redis, "cron rm a b --dry-run")
        .stdout("would remove schedule a\nwould remove schedule b\n")
        .run();
    qctl(&redis, "cron rm a none --yes")
        .status(3)
        .stderr("error: schedule \"none\" does not exist\nhint: qctl cron ls\n")
        .run();
    assert_eq!(contents(&redis), before);
    qctl(&redis, "cron rm a b a --yes")
        .stdout("removed schedule a\nremoved schedule b\n")
        .run();
    add(&redis, "a", "@daily", "");
    qctl(&redis, "cron delete a --yes")
        .stdout("removed schedule a\n")
        .run();
    let left: Vec<String> = contents(&redis).into_keys().collect();
    assert_eq!(left, [keys::CRON_VERSION]);
}

#[test]
fn a_missing_schedule_may_be_no_failure_of_a_removal() {
    let redis = Redis::start();
    add(&redis, "a", "@daily", "");
    qctl(&redis, "cron rm none a x* --yes --ignore-not-found")
        .stdout("removed schedule a\n")
        .run();
    qctl(&redis, "cron rm a --ignore-not-found").run();
}

#[test]
fn schedules_are_chosen_by_globs() {
    let redis = Redis::start();
    for name in ["report:day", "report:night", "poll"] {
        add(&redis, name, "@daily", "");
    }
    qctl(&redis, "cron pause report:* report:day")
        .stdout("paused schedule report:day\npaused schedule report:night\n")
        .run();
    qctl(&redis, "cron resume *:night")
        .stdout("resumed schedule report:night\n")
        .run();
    qctl(&redis, "cron pause x*")
        .status(3)
        .stderr("error: schedule \"x*\" does not exist\nhint: qctl cron ls\n")
        .run();
    // A name that looks like a glob is that schedule alone.
    add(&redis, "*", "@daily", "");
    qctl(&redis, "cron rm * --yes")
        .stdout("removed schedule *\n")
        .run();
}

#[test]
fn pausing_twice_is_harmless() {
    let redis = Redis::start();
    add(&redis, "a", "@daily", "");
    add(&redis, "b", "@daily", "");
    qctl(&redis, "cron pause a")
        .stdout("paused schedule a\n")
        .run();
    qctl(&redis, "cron pause a b")
        .stdout("schedule a was already paused\npaused schedule b\n")
        .run();
    assert_eq!(document(&redis, "a")["state"], "paused");
    qctl(&redis, "cron resume a -o json")
        .stdout(
            r#"
            [
              {
                "name": "a",
                "action": "resume",
                "dry_run": false,
                "changed": true
              }
            ]
            "#,
        )
        .run();
    qctl(&redis, "cron resume a b -o csv")
        .stdout("name,action,dry_run,changed\na,resume,false,false\nb,resume,false,true\n")
        .run();
    assert_eq!(document(&redis, "a")["state"], "active");
}

#[test]
fn one_of_a_followed_file_is_changed_with_a_warning() {
    let redis = Redis::start();
    let said = |line: &str, done: &str| {
        set(
            &redis,
            "a",
            "changed_by",
            r#"{"file":{"path":"/etc/qctl.toml","host":"web1"}}"#,
        );
        let output = qctl(&redis, line).run_unchecked().expect_code(0);
        assert!(output.stdout_str().starts_with(done), "{line}");
        output.stderr_str().to_owned()
    };
    add(&redis, "a", "@daily", "");
    let warning = "warning: schedule \"a\" comes from \"/etc/qctl.toml\" on web1, which may restore it when \
        the file changes or a worker starts there\n";
    assert_eq!(said("cron pause a", "paused"), warning);
    assert_eq!(said("cron pause a", "schedule a was already"), "");
    assert_eq!(said("cron resume a", "resumed"), warning);
    assert_eq!(said("cron add a @daily t", "schedule a is unchanged"), "");
    assert_eq!(said("cron add a @hourly t --replace", "replaced"), warning);
    assert_eq!(said("cron rm a --yes", "removed"), warning);
    add(&redis, "a", "@daily", "");
    qctl(&redis, "cron rm a --yes")
        .stdout("removed schedule a\n")
        .run();
}

#[test]
fn an_invalid_name_is_refused_before_anything_is_done() {
    let redis = Redis::start();
    add(&redis, "a", "@daily", "");
    let before = contents(&redis);
    for line in [
        "cron pause a none",
        "cron resume a none",
        "cron run none",
        "cron next none",
        "cron history none",
        "cron export none",
    ] {
        qctl(&redis, line)
            .status(3)
            .stderr("error: schedule \"none\" does not exist\nhint: qctl cron ls\n")
            .run();
    }
    assert_eq!(contents(&redis), before);
}

#[test]
fn a_run_by_hand_is_a_task_more_and_leaves_a_record() {
    let redis = Redis::start();
    add(
        &redis,
        "a",
        "@daily",
        "-q low --paused --unique 1h --payload x",
    );
    let next = document(&redis, "a")["next_at"].clone();
    let id = qctl(&redis, "cron run a -o id")
        .run_unchecked()
        .expect_code(0);
    let id = id.stdout_str().trim_end();
    assert!(id.starts_with("a@run-"), "{id}");
    let task = qctl(&redis, "inspect --json")
        .arg(id)
        .run_unchecked()
        .json();
    assert_eq!(
        (&task["queue"], &task["payload"]),
        (&json!("low"), &json!("x"))
    );
    let record = &qctl(&redis, "cron history a -o ndjson")
        .run_unchecked()
        .ndjson()[0];
    assert_eq!(record["task_id"], id);
    assert_eq!(record["task_state"], "pending");
    assert_eq!(record["tick"], json!(null));
    let one = document(&redis, "a");
    assert_eq!(one["last_outcome"], "enqueued");
    assert_eq!(one["last_task_id"], id);
    assert_eq!(
        (&one["next_at"], &one["previous_at"]),
        (&next, &json!(null))
    );
    // Go's tools see it too.
    let events: u64 = redis.query(&["ZCARD", &keys::scheduler_history("a")]);
    assert_eq!(events, 1);
    qctl(&redis, "cron run a")
        .status(6)
        .stderr(
            "
            error: the unique lock of type \"t\" and this payload is taken in queue \"low\"
            hint: the task that holds it frees it when it ends; if that task is gone: qctl doctor --fix --only stale-lock
            ",
        )
        .run();
}

#[test]
fn a_run_whose_record_fails_is_reported_as_enqueued() {
    let redis = Redis::start();
    add(&redis, "a", "@daily", "");
    redis.cmd(&["SET", &keys::cron_history("a"), "x"]);
    let output = qctl(&redis, "cron run a -o id")
        .run_unchecked()
        .expect_code(0);
    assert!(output.stdout_str().starts_with("a@run-"));
    let said = output.stderr_str();
    let start = "warning: the task is enqueued, but missing from its history (";
    assert!(said.starts_with(start), "{said}");
}
