//! `qctl delete`.

use qctl::task::State;

use super::{contents, put, put_one_of_each, qctl, state};
use crate::harness::redis::Redis;

#[test]
fn nothing_is_deleted_without_confirmation() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    let before = contents(&redis);
    qctl(&redis, "delete archived")
        .status(2)
        .stderr(
            "
              q  archived  archived  t
            error: delete 1 task: not confirmed, nothing was changed
            hint: repeat it with --yes, or look first with --dry-run
            ",
        )
        .run();
    qctl(&redis, "delete archived --quiet")
        .status(2)
        .stderr("error: delete 1 task: not confirmed, nothing was changed\n")
        .run();
    // An answer that is not typed by a person is none.
    qctl(&redis, "delete -q q -s archived")
        .stdin("y\n")
        .status(2)
        .stderr(
            "
              q  archived  archived  t
            error: delete 1 task: not confirmed, nothing was changed
            hint: repeat it with --yes, or look first with --dry-run
            ",
        )
        .run();
    qctl(&redis, "delete archived -n")
        .stdout("would delete 1 task\n")
        .stderr("  q  archived  archived  t\n")
        .run();
    qctl(&redis, "delete -q q -s archived -n")
        .stdout("would delete 1 task\n")
        .stderr("  q  archived  archived  t\n")
        .run();
    assert_eq!(contents(&redis), before);
}

#[test]
fn a_yes_deletes_for_good() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    qctl(&redis, "delete pending scheduled --yes")
        .stdout("deleted 2 tasks\n")
        .run();
    assert_eq!(state(&redis, "q", "pending"), None);
    qctl(&redis, "delete -q q -s retry -s archived -s completed -y")
        .stdout("deleted 3 tasks\n")
        .run();
    qctl(&redis, "delete -q q --group g -y")
        .stdout("deleted 1 task\n")
        .run();
    qctl(&redis, "ls q -o id").stdout("active\n").run();
}

#[test]
fn a_deleted_unique_task_may_come_again() {
    let redis = Redis::start();
    let enqueue = || qctl(&redis, "enqueue t --unique 1h --id a").run_unchecked();
    enqueue().expect_code(0);
    qctl(&redis, "delete a -y").stdout("deleted 1 task\n").run();
    enqueue().expect_code(0);
}

#[test]
fn running_tasks_are_not_deleted() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    qctl(&redis, "delete active -y")
        .status(6)
        .stdout("deleted 0 of 1 task, 1 failed\n")
        .stderr(
            "
            error: cannot delete task \"active\" in queue \"q\" (it is running)
            hint: qctl cancel active
            ",
        )
        .run();
    qctl(&redis, "delete -q q -s active -y")
        .status(2)
        .stderr(
            "
            error: cannot delete active tasks (they are running)
            hint: use qctl cancel, or --state orphaned for tasks whose server is gone
            ",
        )
        .run();
}

/// A group is no narrower choice of pending tasks: it would have deleted them all.
#[test]
fn a_group_and_another_state_do_not_meet() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    let before = contents(&redis);
    for line in [
        "delete -q q -s pending --group g --yes",
        "archive -q q -s pending --group g --yes",
    ] {
        qctl(&redis, line)
            .status(2)
            .stderr(
                "
                error: tasks of a group are always in state aggregating
                hint: remove --state or --group
                ",
            )
            .run();
    }
    assert_eq!(contents(&redis), before);
}

#[test]
fn more_than_one_step_is_deleted() {
    let redis = Redis::start();
    for number in 0..250 {
        put(&redis, "q", &format!("{number}"), State::Completed);
    }
    qctl(&redis, "delete -q q -s completed -y -o csv")
        .stdout("action,dry_run,matched,changed,would_change,requested,unconfirmed,skipped,skipped_moved,skipped_unknown_age,failures,unchanged,queues\ndelete,false,250,250,0,0,0,0,0,0,[],0,\"[{\"\"queue\"\":\"\"q\"\",\"\"tasks\"\":250}]\"\n")
        .run();
}
