//! `qctl import`: what is there already, and imports that were cut short.

use qctl::clock;
use qctl::task::State;
use rustix::process::Signal;
use serde_json::json;

use super::export::export;
use super::{keys, put, put_many, qctl, task_key};
use crate::harness::peer::Peer;
use crate::harness::proxy::Proxy;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};

/// Pending tasks `000000`, `000001`… of the queue `q`, as lines.
fn lines(count: usize) -> String {
    let line = |number| json!({"id": format!("{number:06}"), "queue": "q", "type": "t", "payload": {"n": number}});
    let lines: Vec<String> = (0..count).map(|number| line(number).to_string()).collect();
    lines.join("\n") + "\n"
}

/// The pending ids, the next one first.
fn pending(redis: &Redis) -> Vec<String> {
    let mut ids: Vec<String> = redis.query(&["LRANGE", &keys("q").pending(), "0", "-1"]);
    ids.reverse();
    ids
}

fn receipts(redis: &Redis) -> Vec<String> {
    redis.query(&["KEYS", "*qctl:receipt:import*"])
}

/// Takes the first pending tasks away, as workers do with those that succeed.
fn work_off(redis: &Redis, count: usize) -> Vec<String> {
    let mut done = Vec::new();
    for _ in 0..count {
        let id: String = redis.query(&["RPOP", &keys("q").pending()]);
        redis.cmd(&["DEL", &task_key("q", &id)]);
        done.push(id);
    }
    done
}

#[test]
fn other_tasks_and_locks_are_not_overwritten() {
    let redis = Redis::start();
    put(&redis, "q", "taken", State::Archived);
    let lock = keys("q").unique("t", Some(b"{}"));
    redis.cmd(&["SET", &lock, "holder", "EX", "1000"]);
    let input = format!(
        "{}\n{}\n{}\n{}\n",
        json!({"id": "taken", "queue": "q", "type": "t"}),
        json!({"id": "double", "queue": "q", "type": "t", "payload": {}, "unique_key": lock, "unique_expires_at": "2100-01-01T00:00:00Z"}),
        json!({"id": "late", "queue": "q", "type": "t", "payload": {}, "unique_key": lock, "unique_expires_at": "2020-01-01T00:00:00Z"}),
        json!({"id": "foreign", "queue": "q", "type": "t", "unique_key": "asynq:queues", "unique_expires_at": "2100-01-01T00:00:00Z"}),
    );
    let errors = "error: stdin:1: a task with the id \"taken\" is already in queue \"q\"\n\
        error: stdin:2: the unique lock of type \"t\" and this payload is taken in queue \"q\"\n\
        error: stdin:4:53: \"unique_key\" is not a lock of queue \"q\"\n";
    qctl(&redis, "import")
        .stdin(&input)
        .status(7)
        .stdout("imported 1 task, 3 lines failed\n")
        .stderr(errors)
        .run();
    assert_eq!(redis.query::<String>(&["GET", &lock]), "holder");
    assert_eq!(super::state(&redis, "q", "taken").unwrap(), "archived");
    assert_eq!(super::state(&redis, "q", "double"), None);
    assert_eq!(pending(&redis), ["late"]);
    // What is in the way is removed, and the import repeated.
    redis.cmd(&["DEL", &lock]);
    work_off(&redis, 1);
    let again = qctl(&redis, "import -o json").stdin(&input).run_unchecked();
    let again = again.expect_code(7).json();
    assert_eq!(
        (&again["imported"], &again["existing"], &again["gone"]),
        (&1.into(), &0.into(), &1.into())
    );
    assert_eq!(pending(&redis), ["double"]);
}

#[test]
fn nothing_but_conflicts_is_a_conflict() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    qctl(&redis, "import")
        .stdin("{\"id\":\"a\",\"queue\":\"q\",\"type\":\"other\"}\n")
        .status(6)
        .stdout("imported 0 tasks, 1 line failed\n")
        .stderr("error: stdin:1: a task with the id \"a\" is already in queue \"q\"\n")
        .run();
    qctl(&redis, "import --on-error stop")
        .stdin(
            "{\"id\":\"b\",\"queue\":\"q\",\"type\":\"t\",\"state\":\"retry\"}\n{\"type\":\"t\"}\n",
        )
        .status(2)
        .stdout("imported 0 tasks, 1 line failed\n")
        .stderr(
            "error: stdin:1: the key \"next_process_at\" is missing, which a retry task needs\n\
             hint: 0 lines done; correct line 1 and run the command again\n",
        )
        .run();
}

#[test]
fn an_import_that_was_killed_is_repeated_without_doubles_even_if_workers_go_on() {
    let redis = Redis::start();
    let input = lines(5_000);
    let proxy = Proxy::new(&redis);
    let mut running = Qctl::at(&proxy.url())
        .args(["import"])
        .stdin(&input)
        .spawn();
    eventually(SOON, || (pending(&redis).len() > 1_200).then_some(()));
    proxy.stall();
    running.kill9();
    drop(proxy);
    // What was on its way has arrived when the list no longer grows.
    let mut before = 0;
    eventually(SOON, || {
        let now = pending(&redis).len();
        (std::mem::replace(&mut before, now) == now).then_some(())
    });
    let mut done = work_off(&redis, 1_050);
    assert!(!receipts(&redis).is_empty());
    let sum = qctl(&redis, "import -o json").stdin(&input).run_unchecked();
    let sum = sum.expect_code(0).json();
    assert_eq!(sum["imported"], 5_000 - before);
    assert_eq!(sum["existing"], before - done.len());
    assert_eq!(sum["gone"], done.len());
    done.extend(pending(&redis));
    let all: Vec<String> = (0..5_000).map(|number| format!("{number:06}")).collect();
    assert_eq!(done, all);
    // Nothing is left to repeat, so nothing is remembered.
    assert_eq!(receipts(&redis), [""; 0]);
}

#[test]
fn an_import_can_be_interrupted_and_says_how_to_go_on() {
    let redis = Redis::start();
    let proxy = Proxy::new(&redis);
    let input = lines(50_000);
    let running = Qctl::at(&proxy.url())
        .args(["import", "-o", "json"])
        .stdin(&input)
        .spawn();
    eventually(SOON, || (!pending(&redis).is_empty()).then_some(()));
    running.signal(Signal::INT);
    let output = running.wait(SOON).expect_code(130);
    let done = output.json()["lines"].as_u64().unwrap();
    assert!(0 < done && done < 50_000, "{done}");
    assert_eq!(pending(&redis).len() as u64, done);
    let hint = output.stderr_str();
    assert!(
        hint.ends_with(
            " lines done; run the command again with the same input: no task is imported twice\n"
        ),
        "{hint}"
    );
}

#[test]
fn a_lost_answer_doubles_nothing() {
    let redis = Redis::start();
    let proxy = Proxy::new(&redis);
    proxy.lose_next_reply_to("import:");
    let output = Qctl::at(&proxy.url())
        .args(["import", "-o", "json"])
        .stdin(lines(250))
        .run_unchecked()
        .expect_code(0);
    assert_eq!(proxy.lost(), 1);
    let sum = output.json();
    assert_eq!(
        (&sum["imported"], &sum["existing"]),
        (&250.into(), &0.into())
    );
    let ids = pending(&redis);
    assert_eq!(ids.len(), 250);
    assert!(ids.is_sorted());
}

/// The input of an import that fails at its last line, because another task has the id, and what it says first.
fn failing_input(redis: &Redis, count: usize) -> String {
    put(redis, "q", "taken", State::Archived);
    lines(count) + &json!({"id": "taken", "queue": "q", "type": "other"}).to_string()
}

#[test]
fn what_was_imported_before_and_is_gone_since_is_counted_apart_and_can_be_imported_again() {
    let redis = Redis::start();
    let input = failing_input(&redis, 5);
    let taken = "error: stdin:6: a task with the id \"taken\" is already in queue \"q\"\n";
    qctl(&redis, "import")
        .stdin(&input)
        .status(7)
        .stdout("imported 5 tasks, 1 line failed\n")
        .stderr(taken)
        .run();
    for receipt in receipts(&redis) {
        let seconds: i64 = redis.query(&["TTL", &receipt]);
        assert!(
            (1..=86_400).contains(&seconds),
            "{receipt} lives for {seconds} s"
        );
    }
    work_off(&redis, 2);
    qctl(&redis, "import")
        .stdin(&input)
        .status(7)
        .stdout("imported 0 tasks, 3 already there, 1 line failed\n")
        .stderr(&format!(
            "{taken}imported before and gone since: 2 (--again imports them once more)\n"
        ))
        .run();
    assert_eq!(pending(&redis), ["000002", "000003", "000004"]);
    let rows = qctl(&redis, "import -o ndjson")
        .stdin(&input)
        .run_unchecked();
    let rows = rows.expect_code(7).ndjson();
    let row = |index: usize| (&rows[index]["existing"], &rows[index]["gone"]);
    assert_eq!(
        (row(1), row(2)),
        ((&false.into(), &true.into()), (&true.into(), &false.into()))
    );
    let again = || {
        qctl(&redis, "import --again -o json")
            .stdin(&input)
            .run_unchecked()
    };
    let sum = again().expect_code(7).json();
    assert_eq!(
        (&sum["imported"], &sum["existing"], &sum["gone"]),
        (&2.into(), &3.into(), &0.into())
    );
    assert_eq!(
        pending(&redis),
        ["000002", "000003", "000004", "000000", "000001"]
    );
    // As often as it is asked for.
    work_off(&redis, 5);
    assert_eq!(again().expect_code(7).json()["imported"], 5);
    work_off(&redis, 5);
    qctl(&redis, "delete taken --yes")
        .stdout("deleted 1 task\n")
        .run();
    let sum = qctl(&redis, "import -o json").stdin(&input).run_unchecked();
    let sum = sum.expect_code(0).json();
    assert_eq!((&sum["imported"], &sum["gone"]), (&1.into(), &5.into()));
    // Nothing is left to repeat, so nothing is remembered.
    assert_eq!(receipts(&redis), [""; 0]);
}

#[test]
fn a_lost_answer_does_not_make_what_was_there_before_look_imported() {
    for again in ["import -o json", "import --again -o json"] {
        let redis = Redis::start();
        let input = failing_input(&redis, 50);
        qctl(&redis, "import")
            .stdin(&input)
            .run_unchecked()
            .expect_code(7);
        work_off(&redis, 20);
        let proxy = Proxy::new(&redis);
        proxy.lose_next_reply_to("import:");
        let sum = Qctl::at(&proxy.url())
            .args(again.split(' '))
            .stdin(&input)
            .run_unchecked();
        let sum = sum.expect_code(7).json();
        assert_eq!(proxy.lost(), 1);
        let (imported, gone) = if again.contains("--again") {
            (20, 0)
        } else {
            (0, 20)
        };
        assert_eq!(
            (&sum["imported"], &sum["existing"], &sum["gone"]),
            (&imported.into(), &30.into(), &gone.into())
        );
        assert_eq!(pending(&redis).len(), 30 + imported);
    }
}

#[test]
fn a_large_archive_is_warned_of() {
    let (from, to) = (Redis::start(), Redis::start());
    put_many(&from, 10_000);
    let lines = export(&from, "export -q q");
    qctl(&to, "import")
        .stdin(&lines)
        .stdout("imported 10,001 tasks\n")
        .stderr("warning: the archive of queue q holds 10,001 tasks: when the next one is archived, all but the latest 9,999 are deleted\n")
        .run();
}

#[test]
fn go_works_off_what_was_imported() {
    let (from, to) = (Redis::start(), Redis::start());
    let (Some(mut enqueuer), Some(mut worker)) = (Peer::start(&from), Peer::start(&to)) else {
        return;
    };
    let base = json!({"op": "enqueue", "queue": "q", "type": "t", "payload_base64": "e30="});
    for (id, more) in [
        ("now", json!({})),
        ("unique", json!({"unique_s": 600})),
        (
            "kept",
            json!({"retention_s": 600, "type": "u", "headers": {"k": "v"}}),
        ),
        (
            "later",
            json!({"process_at_unix": clock::now().timestamp() + 2}),
        ),
        ("grouped", json!({"group": "g"})),
    ] {
        let mut request = base.clone();
        request["id"] = id.into();
        for (key, value) in more.as_object().unwrap() {
            request[key] = value.clone();
        }
        enqueuer.call(&request);
    }
    let lines = export(&from, "export -q q");
    let sum = qctl(&to, "import -o json").stdin(&lines).run_unchecked();
    assert_eq!(sum.expect_code(0).json()["imported"], 5);
    // Go's client finds the lock.
    let mut again = base.clone();
    again["unique_s"] = 600.into();
    Peer::start(&to).unwrap().try_call(&again).unwrap_err();
    worker.call(&json!({
        "op": "serve", "concurrency": 2, "queues": {"q": 1}, "task_check_ms": 10, "delayed_check_ms": 50,
        "handlers": {"t": {"do": "succeed"}, "u": {"do": "succeed", "result_base64": "b2s="}},
        "aggregator": {"type": "t", "grace_s": 1, "max_size": 1},
    }));
    let left = || {
        let keys: Vec<String> = to.query(&["KEYS", "asynq:{q}:*"]);
        let ours = |key: &String| !key.contains("processed");
        let mut keys: Vec<String> = keys.into_iter().filter(ours).collect();
        keys.sort();
        keys
    };
    eventually(SOON, || {
        (left() == ["asynq:{q}:completed", "asynq:{q}:t:kept"]).then_some(())
    });
    qctl(&to, "inspect kept --result").stdout("ok").run();
}

#[test]
fn lines_that_are_there_already_get_a_hint_and_none_is_called_wrong() {
    let redis = Redis::start();
    let lines = "{\"id\":\"a\",\"type\":\"t\"}\n{\"id\":\"b\",\"type\":\"t\"}\n";
    let enqueue = |words: &str| qctl(&redis, &format!("enqueue --from - {words}")).stdin(lines);
    enqueue("").run_unchecked().expect_code(0);
    let again = enqueue("").run_unchecked().expect_code(6);
    let said = again.stderr_str();
    for hint in [
        "hint: 2 lines done; continue with --skip 2\n",
        "hint: with --on-conflict ignore, a task that is there already is no error\n",
    ] {
        assert!(said.contains(hint), "{said}");
    }
    enqueue("--on-conflict ignore")
        .run_unchecked()
        .expect_code(0);
}

#[test]
fn a_dry_run_finds_what_an_import_would_and_stores_nothing() {
    let redis = Redis::start();
    put(&redis, "q", "taken", State::Archived);
    let lock = keys("q").unique("t", Some(b"{}"));
    let other = keys("q").unique("t", Some(b"1"));
    redis.cmd(&["SET", &lock, "holder", "EX", "1000"]);
    // A result that Go has written late is no task. An import deletes it.
    redis.cmd(&["HSET", &task_key("q", "free"), "result", "x"]);
    let ends = "2100-01-01T00:00:00Z";
    let input = [
        json!({"id": "taken", "queue": "q", "type": "t"}),
        json!({"id": "free", "queue": "q", "type": "t"}),
        json!({"id": "held", "queue": "q", "type": "t", "payload": {}, "unique_key": lock, "unique_expires_at": ends}),
        json!({"id": "first", "queue": "new", "type": "t", "state": "scheduled", "next_process_at": ends}),
        json!({"id": "first", "queue": "new", "type": "t", "state": "scheduled", "next_process_at": ends}),
        json!({"id": "first", "queue": "new", "type": "u"}),
        json!({"id": "one", "queue": "q", "type": "t", "payload": 1, "unique_key": other, "unique_expires_at": ends}),
        json!({"id": "two", "queue": "q", "type": "t", "payload": 1, "unique_key": other, "unique_expires_at": ends}),
        json!({"id": "bad", "queue": "q", "type": "t", "state": "odd"}),
        json!({"id": "running", "queue": "q", "type": "t", "state": "active"}),
    ];
    let input = input.map(|line| line.to_string()).join("\n");
    let before = super::contents(&redis);
    let run = |line: &str| qctl(&redis, line).stdin(&input).run_unchecked();
    let dry = run("import -n").expect_code(7);
    assert_eq!(
        dry.stdout_str(),
        "would import 4 tasks, 1 already there, 5 lines failed\n"
    );
    let documents = run("import --dry-run -o json --quiet")
        .expect_code(7)
        .json();
    assert_eq!(super::contents(&redis), before);
    assert_eq!(documents["dry_run"], true);
    assert_eq!(
        (&documents["imported"], &documents["would_import"]),
        (&0.into(), &4.into())
    );
    let rows = |line: &str| run(line).expect_code(7).stdout_str().to_owned();
    let would = rows("import -n -o ndjson --quiet");
    assert_eq!(super::contents(&redis), before);
    // What it has said is what happens.
    assert_eq!(rows("import -o ndjson --quiet"), would);
    let line = "import -n --read-only";
    qctl(&redis, line)
        .stdin(json!({"id": "x", "queue": "q", "type": "t"}).to_string())
        .stdout("would import 1 task\n")
        .run();
    qctl(&redis, "import -n")
        .stdin(json!({"id": "taken", "queue": "q", "type": "other"}).to_string())
        .status(6)
        .stdout("would import 0 tasks, 1 line failed\n")
        .stderr("error: stdin:1: a task with the id \"taken\" is already in queue \"q\"\n")
        .run();
}
