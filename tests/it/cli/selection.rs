//! What `ls tasks`, `retry`, `archive`, `delete` and `cancel` have in common: filters, queue globs, limits,
//! previews, rates. Each filter's own rule is tested beside its code; these tests prove that the selected
//! tasks, and no others, are listed and changed.

use std::time::{Duration, Instant};

use qctl::task::{Message, State};
use serde_json::json;

use super::{contents, keys, message, put, put_message, qctl, state};
use crate::harness::leaks::assert_no_leaks;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

/// Archived tasks that differ in type, error, payload and queue.
fn mixed() -> Redis {
    let redis = Redis::start();
    for (queue, id, kind, error, user) in [
        ("mail", "a", "email:deliver", "connection refused", 1),
        ("mail", "b", "email:deliver", "timeout", 2),
        ("mail", "c", "email:bounce", "connection refused", 3),
        ("mail-low", "d", "image:resize", "timeout", 4),
        ("other", "e", "email:deliver", "", 5),
    ] {
        let message = Message {
            kind: kind.to_owned(),
            payload: format!("{{\"user\":{user}}}").into_bytes(),
            last_error: error.to_owned(),
            ..message(queue, id)
        };
        put_message(&redis, &message, State::Archived);
    }
    redis
}

#[track_caller]
fn listed(redis: &Redis, args: &[&str], ids: &str) {
    let run = qctl(redis, "ls tasks -o id").args(args);
    let output = run.run_unchecked().expect_code(0);
    let seen: Vec<&str> = output.stdout_str().lines().collect();
    assert_eq!(seen, ids.split_whitespace().collect::<Vec<_>>(), "{args:?}");
}

#[test]
fn filters_choose_what_is_listed() {
    let redis = mixed();
    listed(&redis, &["-t", "email:*"], "a b c e");
    listed(&redis, &["-t", "email:deliver", "--error", "refused"], "a");
    listed(&redis, &["--filter", ".payload.user > 3"], "d e");
    listed(&redis, &["--filter", ".payload.user > 1", "-l", "2"], "b c");
    listed(&redis, &["-q", "mail*"], "a b c d");
    listed(&redis, &["-q", "mail?low", "-q", "other"], "d e");
    listed(&redis, &["-t", "nothing"], "");
    // All were archived just now.
    listed(&redis, &["--older-than", "1h"], "");
    // A limit ends the walk as soon as it is reached.
    qctl(&redis, "ls tasks -q mail -t email:* -l 1 -o id")
        .stdout("a\n")
        .run();
}

#[test]
fn filters_choose_what_is_changed() {
    let redis = mixed();
    qctl(
        &redis,
        "retry -q mail -t email:deliver --error timeout --quiet",
    )
    .stdout("retried 1 task\n")
    .run();
    assert_eq!(state(&redis, "mail", "b").as_deref(), Some("pending"));
    qctl(
        &redis,
        "delete -q * -s archived --yes --filter .payload.user>=4",
    )
    .stdout("deleted 2 tasks\n")
    .run();
    listed(&redis, &["-s", "archived"], "a c");
    qctl(&redis, "archive -q mail* -s pending -y --quiet -t nothing")
        .stdout("archived 0 tasks\n")
        .run();
    assert_no_leaks(&redis);
}

/// Six pending tasks, `a` the oldest. The types of three are `odd`.
fn six() -> Redis {
    let redis = Redis::start();
    for (n, id) in ["a", "b", "c", "d", "e", "f"].into_iter().enumerate() {
        let message = Message {
            kind: if n % 2 == 0 { "even" } else { "odd" }.to_owned(),
            ..message("q", id)
        };
        put_message(&redis, &message, State::Pending);
    }
    redis
}

#[test]
fn a_dry_run_ends_with_the_numbers_of_the_real_run() {
    let redis = six();
    let before = contents(&redis);
    let line = "archive -q q -s pending -t odd --limit 2 --json --quiet";
    let dry = qctl(&redis, &format!("{line} --dry-run")).run_unchecked();
    let mut report = json!({"action": "archive", "dry_run": true, "matched": 2, "changed": 0, "would_change": 2,
        "unchanged": 0, "queues": [{"queue": "q", "tasks": 2}], "requested": 0, "unconfirmed": 0, "skipped": 0, "skipped_moved": 0, "skipped_unknown_age": 0, "failures": []});
    assert_eq!(dry.expect_code(0).json(), report);
    assert_eq!(contents(&redis), before);
    let real = qctl(&redis, &format!("{line} --yes")).run_unchecked();
    report["dry_run"] = json!(false);
    report["changed"] = report["would_change"].take();
    report["would_change"] = json!(0);
    assert_eq!(real.expect_code(0).json(), report);
    assert_eq!(redis.query::<u64>(&["LLEN", &keys("q").pending()]), 4);
}

#[test]
fn a_queue_with_the_name_of_a_glob_is_meant_itself() {
    let redis = Redis::start();
    for queue in ["import:a", "import:*"] {
        put(&redis, queue, "x", State::Archived);
    }
    qctl(&redis, "delete -q import:* -s archived --yes")
        .stdout("deleted 1 task\n")
        .run();
    assert_eq!(state(&redis, "import:*", "x"), None);
    assert_eq!(state(&redis, "import:a", "x").as_deref(), Some("archived"));
}

#[test]
fn a_rate_is_kept() {
    for filter in ["", " -t *"] {
        let redis = six();
        let start = Instant::now();
        let line = format!("delete -q q -s pending --yes --quiet --rate 4{filter}");
        qctl(&redis, &line).stdout("deleted 6 tasks\n").run();
        // Four at once, and the others a second later.
        assert!(start.elapsed() >= Duration::from_secs(1));
    }
}

#[test]
fn a_filter_is_counted_and_shown_before_the_question() {
    let redis = mixed();
    let before = contents(&redis);
    qctl(&redis, "delete -q * -s archived -t email:*")
        .status(2)
        .stderr(
            "
              mail  archived  a  email:deliver
              mail  archived  b  email:deliver
              mail  archived  c  email:bounce
              …
              by queue: mail 3, other 1
            error: delete 4 tasks: not confirmed, nothing was changed
            hint: repeat it with --yes, or look first with --dry-run
            ",
        )
        .run();
    qctl(&redis, "delete -q * -s archived -t email:* -n")
        .stdout("would delete 4 tasks\n")
        .stderr(concat!(
            "  mail  archived  a  email:deliver\n",
            "  mail  archived  b  email:deliver\n",
            "  mail  archived  c  email:bounce\n",
            "  …\n",
            "  by queue: mail 3, other 1\n",
        ))
        .run();
    assert_eq!(contents(&redis), before);
}

#[test]
fn filters_and_globs_that_make_no_sense_are_refused() {
    let redis = mixed();
    let before = contents(&redis);
    qctl(&redis, "retry -q mail --filter .payload==")
        .status(2)
        .stderr(
            "
            error: the filter \".payload==\" is not a jq expression (expected term at the end)
            hint: use one such as '.payload.user_id == 42 and .retried > 3'
            ",
        )
        .run();
    qctl(&redis, "retry -q nope*")
        .status(3)
        .stderr("error: no queue matches \"nope*\"\nhint: qctl ls queues\n")
        .run();
    qctl(&redis, "retry -q mail --rate 0")
        .status(2)
        .stderr(
            "
            error: invalid value '0' for '--rate <N>': not a whole number above 0

            For more information, try '--help'.
            ",
        )
        .run();
    // Ids are chosen already.
    for filter in [
        "--type=x",
        "--error=x",
        "--older-than=1s",
        "--newer-than=1s",
        "--filter=.",
    ] {
        for command in ["delete", "cancel"] {
            Qctl::new(&redis)
                .args([command, "a", "-y", filter])
                .status(2)
                .stderr(
                    "
                    error: tasks are selected either by id, or by state, group and filters
                    hint: remove the ids, and select queues with --queue
                    ",
                )
                .run();
        }
    }
    assert_eq!(contents(&redis), before);
}

#[test]
fn what_a_filter_cannot_judge_does_not_match_and_is_told() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Archived);
    qctl(&redis, "retry -q q --filter .payload+1")
        .stdout("retried 0 tasks\n")
        .stderr(
            "
            warning: the filter failed for 1 task, which do not match (first: cannot calculate {\"n\":1} + 1)
            ",
        )
        .run();
}

/// Asynq keeps 9,999 archived tasks of a queue, and deletes the oldest beyond for good.
#[test]
fn archiving_more_than_the_archive_holds_must_be_allowed() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    put(&redis, "q", "b", State::Pending);
    let archived = keys("q").archived();
    let mut connection = redis.connection().unwrap();
    let mut pipeline = ::redis::pipe();
    for number in 0..9_998 {
        pipeline.zadd(&archived, number, 4_000_000_000_u64).ignore();
    }
    pipeline.query::<()>(&mut connection).unwrap();
    for tasks in [
        "-q q -s pending --yes",
        "-q q -s pending --yes --quiet -t t",
        "-q q -s pending --quiet -n",
        "a b",
    ] {
        let refused = qctl(&redis, &format!("archive {tasks}")).status(2);
        let quiet = tasks.contains("--quiet");
        let hint = "hint: add --allow-trim to delete them, or select fewer with --limit\n";
        refused
            .stderr(&format!(
                "error: an archive holds 9999 tasks, and archiving 2 more would delete 1 for good\n{}",
                if quiet { "" } else { hint }
            ))
            .run();
    }
    qctl(&redis, "archive -q q -s pending --yes --limit 1")
        .stdout("archived 1 task\n")
        .run();
    qctl(&redis, "archive -q q -s pending --yes --allow-trim")
        .stdout("archived 1 task\n")
        .run();
}

#[test]
fn a_filter_looks_into_json_in_any_layout() {
    let redis = Redis::start();
    let message = Message {
        payload: b"{\n  \"user\": 7\n}\n".to_vec(),
        ..message("q", "a")
    };
    put_message(&redis, &message, State::Pending);
    listed(&redis, &["--filter", ".payload.user == 7"], "a");
}

/// An expression may loop, or collect without an end.
#[test]
fn a_filter_that_does_not_end_is_stopped() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Archived);
    for (expression, why) in [
        ("def f: 1 + f; f", "it recurses too deeply"),
        ("last(range(1e12)) > 3", "it took more than 1000000 steps"),
    ] {
        let refused = qctl(&redis, "ls tasks --filter").arg(expression);
        let refused = refused.run_unchecked().expect_code(2);
        // On a busy machine, the time limit may come first.
        let whys = [why, "it ran for more than 2 seconds"].map(|why| {
            format!(
                "error: the filter cannot be used on task \"a\" ({why})\n\
                 hint: qctl inspect a -o json shows what the filter sees\n"
            )
        });
        let error = refused.stderr_str();
        assert!(whys.iter().any(|why| why == error), "{error}");
    }
}

#[test]
fn a_filter_that_is_no_condition_changes_nothing() {
    let redis = six();
    let before = contents(&redis);
    for expression in [".payload.n=3", ".", ".retried"] {
        let line = format!("delete -q q -s pending --yes --filter {expression}");
        let refused = qctl(&redis, &line).run_unchecked().expect_code(2);
        let error = refused.stderr_str();
        assert!(
            error.contains("instead of true or false; did you mean `==`?"),
            "{error}"
        );
    }
    assert_eq!(contents(&redis), before);
}

#[test]
fn the_ids_changed_are_printed_in_the_order_of_the_list() {
    let redis = six();
    let line = "delete -q q -s pending -t odd -l 2 -o id --quiet";
    qctl(&redis, &format!("{line} --dry-run"))
        .stdout("b\nd\n")
        .run();
    qctl(&redis, &format!("{line} --yes"))
        .stdout("b\nd\n")
        .run();
    qctl(&redis, "delete - --yes -o id")
        .stdin("f\ne\n")
        .stdout("f\ne\n")
        .run();
    assert_eq!(redis.query::<u64>(&["LLEN", &keys("q").pending()]), 2);
}

#[test]
fn a_comma_separates_queues_unless_a_queue_has_that_very_name() {
    let redis = Redis::start();
    put(&redis, "a", "in-a", State::Pending);
    put(&redis, "b", "in-b", State::Archived);
    let ids = |line: &str, ids: &str| {
        qctl(&redis, line).args(["-o", "id"]).stdout(ids).run();
    };
    ids("ls tasks -q a,b", "in-a\nin-b\n");
    ids("ls queues -q b,a", "b\na\n");
    ids("stats b,a", "b\na\n");
    ids("ls tasks -s pending,archived", "in-a\nin-b\n");
    qctl(&redis, "ls tasks -q a,c")
        .status(3)
        .stderr("error: queue \"c\" does not exist\nhint: qctl ls queues\n")
        .run();
    put(&redis, "a,b", "in-both", State::Pending);
    ids("ls tasks -q a,b", "in-both\n");
}

#[test]
fn a_missing_task_may_be_no_failure() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    qctl(&redis, "delete a nowhere --yes --ignore-not-found")
        .stdout("deleted 1 task\n")
        .run();
    qctl(&redis, "delete a nowhere --yes --ignore-not-found")
        .stdout("deleted 0 tasks\n")
        .run();
    for (command, done) in [
        ("retry", "retried 0 tasks\n"),
        ("archive", "archived 0 tasks\n"),
        ("cancel", "cancelled 0 tasks\n"),
    ] {
        qctl(&redis, &format!("{command} nowhere --ignore-not-found"))
            .stdout(done)
            .run();
    }
    // Other failures stay failures.
    put(&redis, "q", "b", State::Active);
    redis.cmd(&["ZADD", "asynq:{q}:lease", "99999999999", "b"]);
    qctl(&redis, "delete b nowhere --yes --ignore-not-found")
        .status(6)
        .stdout("deleted 0 of 1 task, 1 failed\n")
        .stderr(
            "
            error: cannot delete task \"b\" in queue \"q\" (it is running)
            hint: qctl cancel b
            ",
        )
        .run();
}

#[test]
fn numbers_that_are_none_are_wrong_usage() {
    let redis = Redis::start();
    for (line, option, why) in [
        ("ls -l x", "--limit <N>", "not a whole number"),
        ("retry -q q -l 1.5", "--limit <N>", "not a whole number"),
        (
            "retry -q q --rate 0",
            "--rate <N>",
            "not a whole number above 0",
        ),
    ] {
        let output = qctl(&redis, line).run_unchecked().expect_code(2);
        let word = line.rsplit(' ').next().unwrap();
        let error = format!("error: invalid value '{word}' for '{option}': {why}\n");
        let said = output.stderr_str();
        assert!(said.starts_with(&error), "{said}");
    }
}

#[test]
fn a_preview_of_several_queues_counts_the_tasks_of_each() {
    let redis = Redis::start();
    for (queue, tasks) in [("a", 1), ("b", 3), ("c", 2), ("d", 1), ("e", 1), ("f", 1)] {
        for id in 0..tasks {
            put(&redis, queue, &id.to_string(), State::Archived);
        }
    }
    let shown = |line: &str| qctl(&redis, line).run_unchecked();
    let preview = shown("delete -q * -s archived -n").expect_code(0);
    assert_eq!(
        preview.stderr_str(),
        "  a  archived  0  t\n  b  archived  0  t\n  b  archived  1  t\n  …\n  by queue: b 3, c 2, a 1, d 1, e 1, f 1\n"
    );
    put(&redis, "g", "0", State::Archived);
    let refused = shown("delete -q * -s archived").expect_code(2);
    let by_queue = "  by queue: b 3, c 2, a 1, d 1, e 1 and 2 more queues\n";
    assert!(refused.stderr_str().contains(by_queue));
    let document = shown("retry -q a,b -n -o json --quiet")
        .expect_code(0)
        .json();
    let queues = json!([{"queue": "b", "tasks": 3}, {"queue": "a", "tasks": 1}]);
    assert_eq!(document["queues"], queues);
    let one = shown("delete -q b -s archived -n").expect_code(0);
    assert!(!one.stderr_str().contains("by queue"));
}

#[test]
fn states_without_an_age_are_left_out_with_a_note() {
    let redis = Redis::start();
    for state in [State::Scheduled, State::Active, State::Archived] {
        put(&redis, "q", state.name(), state);
    }
    redis.cmd(&["ZADD", &keys("q").archived(), "1700000000", "archived"]);
    let note = "left out 1 scheduled task: Redis does not store their age\n";
    qctl(
        &redis,
        "delete -q q -s scheduled,archived --older-than 1s --yes",
    )
    .stdout("deleted 1 task\n")
    .stderr(note)
    .run();
    let both = "left out 1 active task and 1 scheduled task: Redis does not store their age\n";
    qctl(&redis, "ls tasks --newer-than 1s")
        .stderr(&format!("no tasks\n{both}"))
        .run();
    let (scheduled, active) = (
        "select by start instead, such as --filter '.next_process_at < \"2026-12-01T09:00:00Z\"'",
        "qctl ls workers shows since when tasks have been running",
    );
    for (line, states, hint) in [
        (
            "delete -q q -s scheduled --older-than 1s --yes",
            "scheduled",
            scheduled,
        ),
        ("ls q -s scheduled --older-than 1s", "scheduled", scheduled),
        ("cancel -q q --older-than 1s --yes", "active", active),
    ] {
        let stderr = format!(
            "error: {states} tasks have no age: Redis does not store since when they have been in their state\nhint: {hint}\n"
        );
        qctl(&redis, line).status(2).stderr(&stderr).run();
    }
}

#[test]
fn all_that_a_selection_lacks_is_named_at_once() {
    let redis = Redis::start();
    for (line, hint) in [
        (
            "delete --filter .retried>3",
            "pass ids, or both --queue QUEUE (all queues: --queue '*') and --state STATE",
        ),
        (
            "archive -s retry",
            "pass ids, or both --queue QUEUE (all queues: --queue '*') and --state STATE",
        ),
        (
            "retry --error boom",
            "pass ids, or --queue QUEUE (all queues: --queue '*')",
        ),
        (
            "cancel -t x",
            "pass ids, or --queue QUEUE (all queues: --queue '*')",
        ),
    ] {
        let verb = line.split(' ').next().unwrap();
        qctl(&redis, line)
            .status(2)
            .stderr(&format!(
                "error: no tasks are selected to {verb}\nhint: {hint}\n"
            ))
            .run();
    }
}

#[test]
fn a_file_in_place_of_an_id_gets_a_hint() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Archived);
    let hint = |line: &str, hint: &str| {
        let output = qctl(&redis, line)
            .file("my ids.txt", "a\n")
            .arg("my ids.txt");
        let output = output.run_unchecked().expect_code(3);
        let said = output.stderr_str().lines().last().unwrap_or_default();
        assert_eq!(said, format!("hint: {hint}"), "{line}");
    };
    for line in ["delete --yes", "retry", "inspect", "wait"] {
        let command = line.split(' ').next().unwrap();
        hint(
            line,
            &format!("to read ids from a file: qctl {command} - < 'my ids.txt'"),
        );
    }
    for (id, hint) in [
        (
            "./none.txt",
            "to read ids from a file: qctl inspect - < ./none.txt",
        ),
        (
            "@/none.txt",
            "to read ids from a file: qctl inspect - < /none.txt",
        ),
        (
            "none.txt",
            "qctl ls tasks; add --queue if its queue is not listed (qctl doctor)",
        ),
    ] {
        qctl(&redis, &format!("inspect {id}"))
            .status(3)
            .stderr(&format!(
                "error: task \"{id}\" does not exist in any queue\nhint: {hint}\n"
            ))
            .run();
    }
    // What stdin names is an id, not a file.
    qctl(&redis, "inspect -")
        .file("ids", "")
        .stdin("ids\n")
        .status(3)
        .stderr("error: task \"ids\" does not exist in any queue\nhint: qctl ls tasks; add --queue if its queue is not listed (qctl doctor)\n")
        .run();
}
