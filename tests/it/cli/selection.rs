//! What `ls tasks`, `retry`, `archive`, `delete` and `cancel` understand alike: filters and queue globs.
//! That each filter is right is tested beside it; these prove that it decides over what is changed.

use qctl::task::{Message, State};

use super::{contents, keys, message, put, put_message, qctl, state};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

/// Archived tasks that differ in all that can be asked for.
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
    // Archived far ahead: no older than anything.
    listed(&redis, &["--older-than", "1s"], "");
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
    .stderr("looked at 4 tasks\n")
    .run();
    listed(&redis, &["-s", "archived"], "a c");
    qctl(&redis, "archive -q mail* -s pending -y --quiet -t nothing")
        .stdout("archived 0 tasks\n")
        .run();
}

#[test]
fn a_filter_is_counted_and_shown_before_the_question() {
    let redis = mixed();
    let before = contents(&redis);
    qctl(&redis, "delete -q * -s archived -t email:*")
        .status(2)
        .stderr(
            "
            looked at 5 tasks
              mail  archived  c  email:bounce
              mail  archived  b  email:deliver
              mail  archived  a  email:deliver
              …
            error: not confirmed, nothing is changed
            hint: repeat it with --yes, or look first with --dry-run
            ",
        )
        .run();
    qctl(&redis, "delete -q * -s archived -t email:* -n")
        .stdout("would delete 4 tasks\n")
        .stderr("looked at 5 tasks\n")
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
            error: the filter \".payload==\" is not a jq expression
            hint: use one such as '.payload.user_id == 42 and .retried > 3'
            ",
        )
        .run();
    qctl(&redis, "retry -q nope*")
        .status(3)
        .stderr("error: queue \"nope*\" does not exist\nhint: qctl ls queues\n")
        .run();
    qctl(&redis, "retry -q mail --rate 0")
        .status(2)
        .stderr(
            "
            error: invalid value '0' for '--rate <N>': 0 is not in 1..=4294967295

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
                    error: tasks are named by id or chosen by filters, not both
                    hint: leave out the ids, and name a queue with --queue
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
            looked at 1 task
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
    qctl(&redis, "archive -q q -s pending --yes")
        .status(2)
        .stderr(
            "
            error: archiving 2 tasks would delete 1 task for good (an archive holds 9999)
            hint: add --allow-trim if that is wanted, or choose fewer with --limit
            ",
        )
        .run();
    qctl(&redis, "archive -q q -s pending --yes --limit 1")
        .stdout("archived 1 task\n")
        .run();
    qctl(&redis, "archive -q q -s pending --yes --allow-trim")
        .stdout("archived 1 task\n")
        .run();
}
