//! `qctl drop`.

use qctl::task::State;

use super::{contents, keys, put, put_one_of_each, qctl};
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};

#[test]
fn an_empty_queue_goes_after_a_yes() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Completed);
    qctl(&redis, "delete a -y").run_unchecked().expect_code(0);
    qctl(&redis, "drop q")
        .status(2)
        .stderr(
            "
            error: drop queue \"q\" with 0 tasks: not confirmed, nothing was changed
            hint: repeat it with --yes, or look first with --dry-run
            ",
        )
        .run();
    qctl(&redis, "drop q --yes")
        .stdout("dropped queue q and 0 tasks\n")
        .run();
    assert!(contents(&redis).is_empty());
    qctl(&redis, "drop q --yes")
        .status(3)
        .stderr("error: queue \"q\" does not exist\nhint: qctl ls queues\n")
        .run();
}

#[test]
fn a_missing_queue_may_be_no_failure() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Completed);
    qctl(&redis, "drop none q 'x*' --force --yes --ignore-not-found")
        .stdout("dropped queue q and 1 task\n")
        .run();
    qctl(&redis, "drop q --yes --ignore-not-found").run();
    // The names of a list are missing one by one.
    put(&redis, "q", "a", State::Scheduled);
    qctl(&redis, "drop none,q --force --yes --ignore-not-found")
        .stdout("dropped queue q and 1 task\n")
        .run();
}

#[test]
fn a_queue_that_a_server_processes_is_dropped_with_a_warning() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Scheduled);
    let worker = qctl(&redis, "work -q q --handle t=true").spawn();
    worker.wait_for_line(|line| line.contains("ready"), SOON);
    eventually(SOON, || {
        let servers = qctl(&redis, "ls servers -o id").run_unchecked();
        (!servers.stdout.is_empty()).then_some(())
    });
    let dropped = qctl(&redis, "drop q --force --yes").run_unchecked();
    let warning = "queue \"q\" is processed by 1 server";
    assert!(dropped.stderr_str().contains(warning));
    assert_eq!(dropped.code, Some(0));
}

#[test]
fn a_queue_with_tasks_needs_force() {
    let redis = Redis::start();
    for state in State::ALL {
        if state != State::Active {
            put(&redis, "q", state.name(), state);
        }
    }
    put(&redis, "r", "stays", State::Pending);
    let before = contents(&redis);
    qctl(&redis, "drop q --yes")
        .status(6)
        .stderr(
            "
            error: queue \"q\" still holds tasks (7)
            hint: add --force to delete its tasks too; without --yes you are asked first
            ",
        )
        .run();
    qctl(&redis, "drop q --force --dry-run")
        .stdout("would drop queue q and 7 tasks: 1 pending, 1 scheduled, 1 retry, 1 archived, 1 completed, 1 aggregating, 1 aside\n")
        .run();
    assert_eq!(contents(&redis), before);
    qctl(&redis, "drop q --force --yes --json")
        .stdout(
            r#"
            [
              {
                "queue": "q",
                "action": "drop",
                "dry_run": false,
                "changed": true,
                "tasks": 7,
                "states": null
              }
            ]
            "#,
        )
        .run();
    assert!(contents(&redis).keys().all(|key| !key.contains("{q}")));
    qctl(&redis, "ls tasks -o id").stdout("stays\n").run();
}

#[test]
fn the_question_and_the_audit_say_what_is_lost() {
    let redis = Redis::start();
    for (queue, id, state) in [
        ("q", "a", State::Pending),
        ("q", "b", State::Pending),
        ("r", "c", State::Archived),
    ] {
        put(&redis, queue, id, state);
    }
    let asked = qctl(&redis, "drop q r --force")
        .run_unchecked()
        .expect_code(2);
    let told = "drop 2 queues (q 2, r 1) with 3 tasks (2 pending, 1 archived): not confirmed";
    assert!(asked.stderr_str().contains(told), "{}", asked.stderr_str());
    let dry = qctl(&redis, "drop q --force --dry-run --json").run_unchecked();
    assert_eq!(
        dry.expect_code(0).json()[0]["states"],
        serde_json::json!([{"state": "pending", "tasks": 2}])
    );
    qctl(&redis, "drop q --force --yes")
        .run_unchecked()
        .expect_code(0);
    let audit = qctl(&redis, "ls audit --json").run_unchecked().json();
    assert_eq!(audit[0]["details"], "tasks deleted: 2");
    assert_eq!(audit[0]["changed"], 1);
}

#[test]
fn a_queue_at_work_is_never_dropped() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    let before = contents(&redis);
    for line in ["drop q --force --yes", "drop q --force --dry-run"] {
        qctl(&redis, line)
            .status(6)
            .stderr(
                "
                error: queue \"q\" has running tasks (1)
                hint: pause the queue and wait, or cancel its running tasks
                ",
            )
            .run();
    }
    assert_eq!(contents(&redis), before);
}

#[test]
fn tasks_that_are_being_merged_count_in_a_dry_run_too() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Aggregating);
    let (group, sets) = (keys("q").group("g"), keys("q").aggregation_sets());
    let set = format!("{group}:open");
    redis.cmd(&["RENAME", &group, &set]);
    redis.cmd(&["ZADD", &sets, "4000000000", &set]);
    qctl(&redis, "drop q --yes")
        .status(6)
        .stderr(
            "
            error: queue \"q\" still holds tasks (1)
            hint: add --force to delete its tasks too; without --yes you are asked first
            ",
        )
        .run();
    qctl(&redis, "drop q --dry-run")
        .status(6)
        .stderr(
            "
            error: queue \"q\" still holds tasks (1)
            hint: add --force to see what would be deleted
            ",
        )
        .run();
    qctl(&redis, "drop q --force --dry-run")
        .stdout("would drop queue q and 1 task: 1 aggregating\n")
        .run();
    qctl(&redis, "drop q --force --yes")
        .stdout("dropped queue q and 1 task\n")
        .run();
    assert!(contents(&redis).is_empty());
}

#[test]
fn several_queues_are_checked_before_the_first_is_dropped() {
    let redis = Redis::start();
    for queue in ["tmp:a", "tmp:b"] {
        put(&redis, queue, "t", State::Pending);
    }
    put(&redis, "busy", "t", State::Active);
    let before = contents(&redis);
    qctl(&redis, "drop tmp:* busy --force --yes")
        .status(6)
        .stderr(
            "
            error: queue \"busy\" has running tasks (1)
            hint: pause the queue and wait, or cancel its running tasks
            ",
        )
        .run();
    assert_eq!(contents(&redis), before);
    qctl(&redis, "drop tmp:* tmp:a --force --yes")
        .stdout("dropped queue tmp:a and 1 task\ndropped queue tmp:b and 1 task\n")
        .run();
    qctl(&redis, "ls queues -o id").stdout("busy\n").run();
    qctl(&redis, "drop tmp:* --yes")
        .status(3)
        .stderr("error: no queue matches \"tmp:*\"\nhint: qctl ls queues\n")
        .run();
}
