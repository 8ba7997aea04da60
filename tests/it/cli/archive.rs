//! `qctl archive`.

use qctl::task::State;

use super::{contents, put, put_one_of_each, qctl, state};
use crate::harness::redis::Redis;

#[test]
fn named_tasks_are_archived_without_a_question() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    qctl(&redis, "archive pending scheduled")
        .stdout("archived 2 tasks\n")
        .run();
    assert_eq!(state(&redis, "q", "pending").as_deref(), Some("archived"));
    qctl(&redis, "archive archived")
        .status(6)
        .stdout("archived 0 of 1 task, 1 failed\n")
        .stderr("error: cannot archive task \"archived\" in queue \"q\" (it is already archived)\n")
        .run();
    qctl(&redis, "archive retry")
        .arg("--json")
        .stdout(
            r#"
            {
              "action": "archive",
              "dry_run": false,
              "matched": 1,
              "changed": 1,
              "would_change": 0,
              "requested": 0,
              "unconfirmed": 0,
              "skipped": 0,
              "skipped_moved": 0,
              "skipped_unknown_age": 0,
              "failures": [],
              "unchanged": 0,
              "queues": [
                {
                  "queue": "q",
                  "tasks": 1
                }
              ]
            }
            "#,
        )
        .run();
}

#[test]
fn many_at_once_need_a_yes() {
    let redis = Redis::start();
    for id in ["a", "b", "c", "d"] {
        put(&redis, "q", id, State::Pending);
    }
    let before = contents(&redis);
    qctl(&redis, "archive -q q -s pending")
        .status(2)
        .stderr(
            "
              q  pending  a  t
              q  pending  b  t
              q  pending  c  t
              …
            error: archive 4 tasks: not confirmed, nothing was changed
            hint: repeat it with --yes, or look first with --dry-run
            ",
        )
        .run();
    qctl(&redis, "archive -q q -s pending --dry-run")
        .stdout("would archive 4 tasks\n")
        .stderr("  q  pending  a  t\n  q  pending  b  t\n  q  pending  c  t\n  …\n")
        .run();
    assert_eq!(contents(&redis), before);
    qctl(&redis, "archive -q q -s pending --limit 3 --yes")
        .stdout("archived 3 tasks\n")
        .run();
    qctl(&redis, "archive -q q -s pending -y")
        .stdout("archived 1 task\n")
        .run();
    // Nothing to do is nothing to ask about.
    qctl(&redis, "archive -q q -s pending")
        .stdout("archived 0 tasks\n")
        .run();
}

#[test]
fn a_queue_alone_is_not_enough() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    qctl(&redis, "archive -q q --yes")
        .status(2)
        .stderr(
            "
            error: a selection of tasks to archive needs a state
            hint: add --state, for example --state retry
            ",
        )
        .run();
    qctl(&redis, "archive --state pending --yes")
        .status(2)
        .stderr("error: no tasks are selected to archive\nhint: pass ids, or both --queue QUEUE (all queues: --queue '*') and --state STATE\n")
        .run();
}
