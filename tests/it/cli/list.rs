//! `qctl ls`.

use qctl::task::State;
use serde_json::json;

use super::{archived_long_ago, put, put_one_of_each, qctl};
use crate::harness::redis::Redis;

#[test]
fn alone_it_lists_queues() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    put(&redis, "r", "a", State::Scheduled);
    let table = "
        QUEUE  SIZE  ACT  PEND  SCHED  RETRY  ARCH  DONE  AGGR  LAT    PROC  FAIL  ERR  PAUSED
        q         7    1     1      1      1     1     1     1  <age>     0     0    -  -
        r         1    0     0      1      0     0     0     0      -     0     0    -  -
        ";
    for line in ["ls", "ls queues"] {
        let output = qctl(&redis, line).run_unchecked().expect_code(0);
        let words = |text: &str| -> Vec<String> {
            let latency = |word: &str| {
                let age = word.starts_with(char::is_numeric) && word.ends_with('d');
                if age {
                    "<age>".to_owned()
                } else {
                    word.to_owned()
                }
            };
            text.split_whitespace().map(latency).collect()
        };
        assert_eq!(words(output.stdout_str()), words(table));
        assert_eq!(output.stderr_str(), "");
    }
    qctl(&redis, "ls -o id").stdout("q\nr\n").run();
    qctl(&redis, "ls queues -q r --limit 1 -o id")
        .stdout("r\n")
        .run();
    qctl(&redis, "ls -l 1 -o id").stdout("q\n").run();
    let queues = qctl(&redis, "ls --json").run_unchecked().json();
    assert_eq!(queues[1]["queue"], "r");
    assert_eq!(queues[1]["error_rate"], json!(null));
}

#[test]
fn tasks_are_listed_state_by_state() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    archived_long_ago(&redis, "q", "archived");
    qctl(&redis, "ls tasks --time unix")
        .stdout(
            r#"
            ID           QUEUE  TYPE  STATE        TIME        PAYLOAD
            active       q      t     active       unknown     {"n":1}
            pending      q      t     pending      1700000000  {"n":1}
            scheduled    q      t     scheduled    4000000000  {"n":1}
            retry        q      t     retry        4000000000  {"n":1}
            archived     q      t     archived     1700000000  {"n":1}
            completed    q      t     completed    1700000000  {"n":1}
            aggregating  q      t     aggregating  1700000000  {"n":1}
            "#,
        )
        .run();
    let all = "active\npending\nscheduled\nretry\narchived\ncompleted\naggregating\n";
    for line in ["ls tasks -o id", "ls q -o id", "ls tasks -q q -q q -o id"] {
        qctl(&redis, line).stdout(all).run();
    }
}

#[test]
fn options_for_tasks_alone_list_tasks() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    for (options, id) in [("-s retry", "retry"), ("--group g", "aggregating")] {
        qctl(&redis, &format!("ls {options} -o id"))
            .stdout(&format!("{id}\n"))
            .run();
    }
    // A queue named by an option means what it means as a word.
    put(&redis, "r", "other", State::Pending);
    for line in ["ls -q r", "ls r", "ls tasks -q r", "ls -q r --sort id"] {
        let line = format!("{line} -o id");
        qctl(&redis, &line).stdout("other\n").run();
    }
    qctl(&redis, "ls queues -q r -o id").stdout("r\n").run();
}

#[test]
fn tasks_are_selected_by_queue_state_group_and_number() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    put(&redis, "r", "other", State::Archived);
    put(&redis, "r", "third", State::Archived);
    let ids = |line: &str, ids: &str| {
        let output = qctl(&redis, line).args(["-o", "id"]).run_unchecked();
        let seen: Vec<&str> = output.stdout_str().lines().collect();
        assert_eq!(seen, ids.split_whitespace().collect::<Vec<_>>(), "{line}");
    };
    ids("ls tasks -s archived", "archived other third");
    ids("ls tasks -s archived -q r", "other third");
    ids("ls tasks -s archived -q r -l 1", "other");
    ids(
        "ls tasks -s archived -s archived -s retry -q q",
        "archived retry",
    );
    ids("ls tasks --group g", "aggregating");
    ids("ls tasks --group g -s aggregating", "aggregating");
    ids("ls tasks --group nope", "");
    ids("ls r -q q -s archived", "other third archived");
    ids("ls tasks -l 0", "");
    // Nothing was asked for, so nothing is said to be missing.
    for line in ["ls tasks -l 0", "ls -l 0", "ls groups -l 0"] {
        qctl(&redis, line).run();
    }
}

#[test]
fn a_table_has_at_most_a_hundred_tasks() {
    let redis = Redis::start();
    for number in 0..102 {
        put(&redis, "q", &format!("{number}"), State::Scheduled);
    }
    let shown = |line: &str| qctl(&redis, line).run_unchecked().expect_code(0);
    let table = shown("ls tasks --no-headers");
    assert_eq!(table.stdout_str().lines().count(), 100);
    assert_eq!(
        table.stderr_str(),
        "showing the first 100 tasks; use --limit to show more, or --queue and --state to narrow the list\n"
    );
    assert_eq!(shown("ls tasks --quiet").stderr_str(), "");
    let asked = shown("ls tasks --limit 101 --no-headers");
    assert_eq!(
        (asked.stdout_str().lines().count(), asked.stderr_str()),
        (101, "")
    );
    let all = shown("ls tasks -o ndjson");
    assert_eq!((all.ndjson().len(), all.stderr_str()), (102, ""));
}

#[test]
fn an_empty_list_is_reported_as_empty() {
    let redis = Redis::start();
    let empty = |line: &str, note: &str| {
        qctl(&redis, line).stderr(note).run();
        qctl(&redis, line).args(["-o", "wide"]).stderr(note).run();
        qctl(&redis, line).arg("--quiet").run();
        qctl(&redis, line).args(["-o", "json"]).stdout("[]\n").run();
        qctl(&redis, line).args(["-o", "ndjson"]).run();
        qctl(&redis, line).args(["-o", "id"]).run();
        qctl(&redis, line).args(["-o", "csv", "--no-headers"]).run();
    };
    empty("ls", "no queues\n");
    empty("ls tasks", "no tasks\n");
    let every = "servers report every 5 s; qctl ls tasks -s active shows what is running now\n";
    empty("ls servers", &format!("no servers\n{every}"));
    empty("ls workers", &format!("no running tasks reported\n{every}"));
    empty("ls groups", "no groups\n");
    qctl(&redis, "ls groups -o csv")
        .stdout("queue,group,size\n")
        .run();
}

#[test]
fn groups_are_listed_with_their_sizes() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Aggregating);
    put(&redis, "q", "b", State::Aggregating);
    put(&redis, "r", "c", State::Aggregating);
    qctl(&redis, "ls groups")
        .stdout(
            "
            QUEUE  GROUP  SIZE
            q      g         2
            r      g         1
            ",
        )
        .run();
    qctl(&redis, "ls groups -q r -o csv")
        .stdout("queue,group,size\nr,g,1\n")
        .run();
    qctl(&redis, "ls groups -l 1 -o id").stdout("g\n").run();
}

#[test]
fn unknown_queues_are_not_found() {
    let redis = Redis::start();
    for line in [
        "ls nope",
        "ls tasks -q nope",
        "ls -q nope",
        "ls groups -q nope",
    ] {
        qctl(&redis, line)
            .status(3)
            .stderr("error: queue \"nope\" does not exist\nhint: qctl ls queues\n")
            .run();
    }
}

#[test]
fn selections_that_make_no_sense_are_wrong_usage() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    qctl(&redis, "ls tasks --group g -s pending")
        .status(2)
        .stderr(
            "
            error: tasks of a group are always in state aggregating
            hint: remove --state or --group
            ",
        )
        .run();
    for line in [
        "ls queues -s pending",
        "ls servers --group g",
        "ls groups -s aggregating",
    ] {
        qctl(&redis, line)
            .status(2)
            .stderr("error: --state, --group and filters apply to tasks only\nhint: list them: qctl ls tasks, with these options\n")
            .run();
    }
    qctl(&redis, "ls tasks -s dead")
        .status(2)
        .stderr(
            "
            error: invalid value 'dead' for '--state <STATE>'
              [possible values: active, pending, scheduled, retry, archived, completed, aggregating, aside, orphaned]
            hint: --state archived
            ",
        )
        .run();
}

#[test]
fn a_state_or_a_misspelt_word_in_place_of_a_queue_gets_a_hint() {
    let redis = Redis::start();
    for (word, hint) in [
        ("archived", "qctl ls tasks --state archived"),
        ("failed", "qctl ls tasks --state retry,archived"),
        ("running", "qctl ls tasks --state active"),
        ("servrs", "qctl ls servers"),
        ("unlike", "qctl ls queues"),
    ] {
        qctl(&redis, &format!("ls {word}"))
            .status(3)
            .stderr(&format!(
                "error: queue \"{word}\" does not exist\nhint: {hint}\n"
            ))
            .run();
    }
}
