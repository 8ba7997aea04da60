//! `qctl ls`: sorted, with chosen columns, uncut, watched.

use qctl::task::State;
use rustix::process::Signal;

use super::{put, put_many, put_one_of_each, qctl};
use crate::harness::SOON;
use crate::harness::redis::Redis;

#[test]
fn rows_are_sorted_by_keys_of_their_documents() {
    let redis = Redis::start();
    for (queue, tasks) in [("a", 1), ("b", 3), ("c", 1), ("d", 0)] {
        put(&redis, queue, "done", State::Completed);
        for id in 0..tasks {
            put(&redis, queue, &id.to_string(), State::Archived);
        }
    }
    let ids = |line: &str, ids: &str| {
        let output = qctl(&redis, line).args(["-o", "id"]).run_unchecked();
        let output = output.expect_code(0);
        let seen: Vec<&str> = output.stdout_str().lines().collect();
        assert_eq!(seen, ids.split_whitespace().collect::<Vec<_>>(), "{line}");
    };
    ids("ls --sort archived", "d a c b");
    ids("ls --sort=-archived", "b a c d");
    ids("ls --sort -archived,-queue", "b c a d");
    // The limit counts after sorting.
    ids("ls --sort=-archived -l 1", "b");
    ids("ls tasks -s archived --sort=-queue,id", "0 0 1 2 0");
    ids("ls b --sort state,-id -l 3", "2 1 0");
    // By the titles of columns, also those of a narrow terminal, in every format.
    ids("ls --sort arch", "d a c b");
    ids("ls --sort=-ARCHIVED,-Queue", "b c a d");
    ids("ls --sort=-aggr,-queue", "d c b a");
    ids("ls b -s archived --sort=-id", "2 1 0");
    let csv = qctl(&redis, "ls --sort=-archived -l 1 -o csv").run_unchecked();
    assert!(csv.stdout_str().lines().nth(1).unwrap().starts_with("b,"));
    let json = qctl(&redis, "ls --sort=-archived --json").run_unchecked();
    assert_eq!(json.json()[0]["queue"], "b");
    qctl(&redis, "ls --sort archivd")
        .status(2)
        .stderr("error: queues have no column or key \"archivd\" to sort by\nhint: did you mean archived?\n")
        .run();
    qctl(&redis, "ls groups --sort nothing")
        .status(2)
        .stderr("error: groups have no column or key \"nothing\" to sort by\nhint: use some of queue,group,size, or keys of -o json\n")
        .run();
    // Every list can be sorted.
    for line in ["servers", "workers", "groups", "cron", "audit", "tasks"] {
        qctl(&redis, &format!("ls {line} --sort queue -o id")).run_unchecked();
    }
    ids("ls groups --sort group", "");
}

#[test]
fn what_does_not_fit_into_memory_is_not_sorted() {
    let redis = Redis::start();
    put_many(&redis, 10_000);
    let line = "ls tasks --sort id -o id";
    qctl(&redis, line)
        .status(2)
        .stderr(
            "
            error: there are more than 10000 tasks
            hint: a list that is sorted or watched is kept in memory: select fewer, or without --sort use --limit
            ",
        )
        .run();
    let watched = format!("{} -w", line.replace(" --sort id", ""));
    qctl(&redis, &watched).run_unchecked().expect_code(2);
    qctl(&redis, "delete first --yes")
        .run_unchecked()
        .expect_code(0);
    let output = qctl(&redis, &line.replace("id -o", "-id -o")).run_unchecked();
    assert_eq!(output.stdout_str().lines().next(), Some("009999"));
    let table = qctl(&redis, "ls tasks --sort id --no-headers").run_unchecked();
    assert_eq!(table.stdout_str().lines().count(), 100);
    assert_eq!(
        table.stderr_str(),
        "showing the first 100 tasks; use --limit to show more\n"
    );
}

#[test]
fn columns_are_chosen_by_their_titles() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    qctl(&redis, "ls --columns archived,queue,ever_failed")
        .stdout(
            "
            ARCHIVED  QUEUE  EVER FAILED
                   1  q                0
            ",
        )
        .run();
    qctl(&redis, "ls tasks -s retry --columns id,error --sort id")
        .stdout(
            "
            ID     ERROR
            retry  boom
            ",
        )
        .run();
    qctl(&redis, "ls groups --columns SIZE --no-headers")
        .stdout("1\n")
        .run();
    qctl(&redis, "ls groups --columns weight,size,title")
        .status(2)
        .stderr("error: there is no column \"weight\" or \"title\"\nhint: use some of queue,group,size\n")
        .run();
    qctl(&redis, "ls --columns queue -o json")
        .status(2)
        .stderr("error: --columns applies to tables only\nhint: JSON and CSV have every key: select some with jq, or with cut\n")
        .run();
    for line in ["servers", "workers", "cron"] {
        let line = format!("ls {line} --columns queue,queues");
        let output = qctl(&redis, &line).run_unchecked().expect_code(2);
        assert!(output.stderr_str().contains("use some of "), "{line}");
    }
}

#[test]
fn nothing_is_cut_when_asked() {
    let redis = Redis::start();
    let id = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
    let queue = "a-queue-with-a-name-that-is-long-enough-to-be-cut";
    put(&redis, queue, id, State::Pending);
    let narrow = qctl(&redis, "ls tasks")
        .env("COLUMNS", "60")
        .run_unchecked();
    assert!(narrow.stdout_str().contains('…'));
    for line in ["ls tasks --no-trunc", "ls tasks --no-trunc --sort id"] {
        let whole = qctl(&redis, line).env("COLUMNS", "60").run_unchecked();
        let row = whole.stdout_str().lines().nth(1).unwrap().to_owned();
        let all = [id, queue, "pending", "{\"n\":1}"];
        assert!(all.iter().all(|text| row.contains(text)), "{row}");
    }
    qctl(&redis, "ls --no-trunc --watch")
        .run_unchecked()
        .expect_code(2);
}

#[test]
fn a_list_is_watched() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Scheduled);
    let running = qctl(&redis, "ls tasks -w=100ms -o ndjson").spawn();
    let is_list = |count: usize| {
        move |line: &str| {
            let list: serde_json::Value = serde_json::from_str(line).unwrap();
            list.as_array().unwrap().len() == count
        }
    };
    running.wait_for_line(is_list(1), SOON);
    put(&redis, "q", "b", State::Scheduled);
    running.wait_for_line(is_list(2), SOON);
    running.signal(Signal::INT);
    running.wait(SOON).expect_code(0);
    let running = qctl(&redis, "ls -w=100ms --columns queue,sched --sort queue").spawn();
    running.wait_for_line(|line| line == "q          2", SOON);
    put(&redis, "q", "c", State::Scheduled);
    running.wait_for_line(|line| line == "q          3", SOON);
    running.signal(Signal::INT);
    running.wait(SOON).expect_code(0);
    for (line, said) in [
        (
            "ls -w=1ms",
            "error: the interval is too short\nhint: use 100ms or more\n",
        ),
        (
            "ls --watch 1s",
            "error: queue \"1s\" does not exist\nhint: to set the interval: --watch=1s\n",
        ),
        (
            "ls -w -q nope",
            "error: queue \"nope\" does not exist\nhint: qctl ls queues\n",
        ),
    ] {
        let output = qctl(&redis, line).run_unchecked();
        assert_eq!(output.stderr_str(), said, "{line}");
        assert_ne!(output.code, Some(0));
    }
}

#[test]
fn the_version_is_a_document_too() {
    let redis = Redis::start();
    let version = env!("CARGO_PKG_VERSION");
    qctl(&redis, "version")
        .stdout(&format!("qctl {version}\n"))
        .run();
    let document = qctl(&redis, "version -o json").run_unchecked().json();
    assert_eq!(document["version"], version);
    assert_eq!(document["os"], "linux");
    for command in ["ls", "check", "cron add"] {
        let help = qctl(&redis, &format!("help {command}")).run_unchecked();
        let help = help.expect_code(0);
        assert!(
            help.stdout_str()
                .contains(&format!("Usage: qctl {command}"))
        );
    }
}
