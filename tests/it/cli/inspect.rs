//! `qctl inspect`.

use qctl::task::{Message, State};

use super::{message, put, put_message, put_one_of_each, qctl, task_key};
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};

#[test]
fn absent_values_are_null() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Retry);
    qctl(&redis, "inspect a --json")
        .stdout(
            r#"
            {
              "id": "a",
              "queue": "q",
              "type": "t",
              "state": "retry",
              "payload": {"n":1},
              "payload_encoding": "json",
              "headers": {},
              "max_retry": 25,
              "retried": 3,
              "last_error": "boom",
              "last_failed_at": "2023-11-14T22:13:20Z",
              "timeout_seconds": 1800,
              "deadline": null,
              "group": null,
              "unique_key": null,
              "retention_seconds": 0,
              "completed_at": null,
              "next_process_at": "2096-10-02T07:06:40Z",
              "pending_since": null,
              "lease_expires_at": null,
              "orphaned": false,
              "waiting_for_handler": false,
              "result": null,
              "result_encoding": null
            }
            "#,
        )
        .run();
}

#[test]
fn people_get_a_page() {
    let redis = Redis::start();
    let message = qctl::task::Message {
        payload: br#"{"user":1,"tags":["a","b"]}"#.to_vec(),
        retried: 3,
        last_error: "connection refused\nat line 3".to_owned(),
        last_failed_at: 1_700_000_000,
        deadline: 4_000_000_000,
        retention: 3600,
        headers: [("trace".to_owned(), "abc".to_owned())].into(),
        ..message("q", "a")
    };
    put_message(&redis, &message, State::Retry);
    qctl(&redis, "inspect a --time iso")
        .stdout(
            r#"
            ID:            a
            Queue:         q
            Type:          t
            State:         retry
            Retried:       3/25
            Next process:  2096-10-02T07:06:40Z
            Last failed:   2023-11-14T22:13:20Z
            Deadline:      2096-10-02T07:06:40Z
            Timeout:       30m
            Retention:     1h
            Header:        trace=abc

            Last error:
              connection refused
              at line 3

            Payload:
              {
                "user": 1,
                "tags": [
                  "a",
                  "b"
                ]
              }
            "#,
        )
        .run();
}

#[test]
fn bytes_that_are_not_text_are_shown_in_base64_and_said_to_be() {
    let redis = Redis::start();
    qctl(&redis, "enqueue t --id a --payload -")
        .stdin(b"\0\xff\n")
        .status(0)
        .run_unchecked();
    let shown = qctl(&redis, "inspect a").run_unchecked();
    assert!(
        shown
            .stdout_str()
            .ends_with("\nPayload (base64):\n  AP8K\n")
    );
}

#[test]
fn several_tasks_are_several_pages_or_one_array() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Scheduled);
    put(&redis, "r", "b", State::Scheduled);
    qctl(&redis, "inspect a b -o id").stdout("a\nb\n").run();
    let both = qctl(&redis, "inspect a b --json").run_unchecked().json();
    assert_eq!(
        (&both[0]["queue"], &both[1]["queue"]),
        (&"q".into(), &"r".into())
    );
    assert_eq!(
        qctl(&redis, "inspect a b -o ndjson")
            .run_unchecked()
            .ndjson()
            .len(),
        2
    );
    let csv = qctl(&redis, "inspect a b -o csv").run_unchecked();
    let lines: Vec<&str> = csv.stdout_str().lines().collect();
    assert_eq!(
        (lines.len(), lines[1].starts_with("a,q,t,scheduled,")),
        (3, true)
    );
    qctl(&redis, "inspect a b --time unix")
        .stdout(
            r#"
            ID:            a
            Queue:         q
            Type:          t
            State:         scheduled
            Retried:       0/25
            Next process:  4000000000
            Timeout:       30m

            Payload:
              {
                "n": 1
              }

            ID:            b
            Queue:         r
            Type:          t
            State:         scheduled
            Retried:       0/25
            Next process:  4000000000
            Timeout:       30m

            Payload:
              {
                "n": 1
              }
            "#,
        )
        .run();
}

#[test]
fn ids_are_found_in_any_queue_and_doubtful_ones_refused() {
    let redis = Redis::start();
    put(&redis, "one", "same", State::Pending);
    put(&redis, "two", "same", State::Archived);
    qctl(&redis, "inspect same")
        .status(6)
        .stderr(
            "
            error: task \"same\" is in several queues: one, two
            hint: name the queue with --queue
            ",
        )
        .run();
    let task = qctl(&redis, "inspect same --queue two --json")
        .run_unchecked()
        .json();
    assert_eq!(task["state"], "archived");
}

#[test]
fn what_tables_show_of_a_uuid_is_enough_to_inspect_it() {
    let redis = Redis::start();
    let id = "0d9b2c7e-58d1-4f5f-9f0e-0a4c5a3b2c1d";
    put(&redis, "q", id, State::Archived);
    put(
        &redis,
        "r",
        "0d9b2c7f-0000-4f5f-9f0e-0a4c5a3b2c1d",
        State::Aggregating,
    );
    let found = format!("{id}\n");
    for short in ["0d9b2c7e", "0D9B2C7E", "0d9b2c7e-58", &id[..35]] {
        let inspect = qctl(&redis, "inspect -o id").arg(short);
        inspect.stdout(&found).run();
    }
    qctl(&redis, "inspect 0d9b2c7f -o id")
        .stdout("0d9b2c7f-0000-4f5f-9f0e-0a4c5a3b2c1d\n")
        .run();
    // A whole id comes first, and seven digits are too few.
    put(&redis, "q", "0d9b2c7e", State::Pending);
    qctl(&redis, "inspect 0d9b2c7e -o id")
        .stdout("0d9b2c7e\n")
        .run();
    qctl(&redis, "inspect 0d9b2c7")
        .status(3)
        .stderr(
            "error: task \"0d9b2c7\" does not exist in any queue\n\
             hint: qctl ls tasks; add --queue if its queue is not listed (qctl doctor)\n",
        )
        .run();
    for (line, what) in [
        ("inspect 0d9b2c80", "no task id begins with \"0d9b2c80\""),
        (
            "inspect 0d9b2c7f -q q",
            "no task id begins with \"0d9b2c7f\"",
        ),
    ] {
        let error = format!("error: {what}\nhint: qctl ls tasks\n");
        qctl(&redis, line).status(3).stderr(&error).run();
    }
    put(
        &redis,
        "r",
        "0d9b2c7f-1111-4f5f-9f0e-0a4c5a3b2c1d",
        State::Pending,
    );
    qctl(&redis, "inspect 0d9b2c7f")
        .status(6)
        .stderr(
            "
            error: several task ids begin with \"0d9b2c7f\": 0d9b2c7f-1111-4f5f-9f0e-0a4c5a3b2c1d, 0d9b2c7f-0000-4f5f-9f0e-0a4c5a3b2c1d
            hint: give more of the id
            ",
        )
        .run();
    // Other commands, and stdin, take whole ids.
    for line in ["inspect -", "archive - -y"] {
        let short = qctl(&redis, line).stdin("0d9b2c7e-58\n");
        let short = short.run_unchecked().expect_code(3);
        let error = "no task in any queue has the id \"0d9b2c7e-58\" (a whole id is needed here)\n\
                     hint: to see the ids that begin like this: qctl inspect 0d9b2c7e-58 -o id\n";
        assert!(short.stderr_str().contains(error), "{line}");
    }
}

#[test]
fn the_search_for_a_short_id_ends_after_a_million_ids() {
    let redis = Redis::start();
    put(&redis, "long", "a", State::Pending);
    // Their tasks are not looked at.
    let fill = "local ids = {} \
                for i = 1, 1000 do ids[i] = 'id-' .. i end \
                for _ = 1, 1100 do redis.call('RPUSH', KEYS[1], unpack(ids)) end";
    redis.cmd(&["EVAL", fill, "1", "asynq:{long}:pending"]);
    let looked = qctl(&redis, "inspect 0d9b2c7e").run_unchecked();
    let said = looked.expect_code(3).stderr_str().to_owned();
    let what = "error: no task id begins with \"0d9b2c7e\" (searched the first 100";
    assert!(said.starts_with(what), "{said}");
    // A long container does not use up the turns of a short one.
    put(
        &redis,
        "short",
        "0d9b2c7e-58f4-4f5f-9f0e-0a4c5a3b2c1d",
        State::Archived,
    );
    let found = qctl(&redis, "inspect 0d9b2c7e -o id");
    found
        .stdout("0d9b2c7e-58f4-4f5f-9f0e-0a4c5a3b2c1d\n")
        .stderr("not all tasks were searched; others may have an id that begins like this\n")
        .run();
}

#[test]
fn an_active_task_shows_which_server_runs_it_and_since_when() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Active);
    let page = qctl(&redis, "inspect a").run_unchecked().expect_code(0);
    let unknown = "\nServer:      not known yet (servers report every 5 s)\n";
    assert!(page.stdout_str().contains(unknown), "{}", page.stdout_str());
    let enqueue = qctl(&redis, "enqueue sleep --id b -q r");
    enqueue.run_unchecked().expect_code(0);
    let working = qctl(&redis, "work -q r=1 --no-scheduler --handle")
        .arg("sleep=sleep 60")
        .spawn();
    let page = eventually(SOON, || {
        let page = qctl(&redis, "inspect b --time unix").run_unchecked();
        let page = page.stdout_str().to_owned();
        page.contains("\nStarted:").then_some(page)
    });
    let server = page.lines().find(|line| line.starts_with("Server: "));
    assert!(server.is_some_and(|line| line.contains(':')), "{page}");
    let listed = qctl(&redis, "ls r -s active --no-headers --time unix").run_unchecked();
    let started = listed.stdout_str().split_whitespace().nth(3).unwrap();
    assert!(page.contains(started), "{started} {page}");
    drop(working);
}

#[test]
fn what_does_not_exist_is_not_found() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    qctl(&redis, "inspect b")
        .status(3)
        .stderr("error: task \"b\" does not exist in any queue\nhint: qctl ls tasks; add --queue if its queue is not listed (qctl doctor)\n")
        .run();
    qctl(&redis, "inspect b -q q")
        .status(3)
        .stderr("error: task \"b\" does not exist in queue \"q\"\nhint: qctl ls tasks\n")
        .run();
    qctl(&redis, "inspect a -q nope")
        .status(3)
        .stderr("error: queue \"nope\" does not exist\nhint: qctl ls queues\n")
        .run();
    // Nothing is shown of a list that is not whole.
    qctl(&redis, "inspect a b")
        .status(3)
        .stderr("error: task \"b\" does not exist in any queue\nhint: qctl ls tasks; add --queue if its queue is not listed (qctl doctor)\n")
        .run();
}

#[test]
fn raw_and_result_write_exact_bytes() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Completed);
    redis.cmd(&[
        b"HSET",
        task_key("q", "a").as_bytes(),
        b"result",
        b"\x00\xff\n",
    ]);
    assert_eq!(
        qctl(&redis, "inspect a --raw").run_unchecked().stdout,
        b"{\"n\":1}"
    );
    assert_eq!(
        qctl(&redis, "inspect a --result").run_unchecked().stdout,
        b"\x00\xff\n"
    );
    put(&redis, "q", "b", State::Pending);
    qctl(&redis, "inspect b --result")
        .status(3)
        .stderr(
            "
            error: task \"b\" has no result (it is pending)
            hint: a task has a result once it has completed, if its handler returned one and it was enqueued with --retention
            ",
        )
        .run();
    let too_large = Message {
        last_error: "result of 2.0 MiB is larger than 1 MiB and was not stored".to_owned(),
        ..message("q", "large")
    };
    put_message(&redis, &too_large, State::Completed);
    qctl(&redis, "inspect large --result")
        .status(3)
        .stderr("error: task \"large\" completed, but its result is lost (result of 2.0 MiB is larger than 1 MiB and was not stored)\n")
        .run();
    qctl(&redis, "inspect a b --raw")
        .status(2)
        .stderr("error: --raw and --result print one task only\nhint: name one id\n")
        .run();
}

#[test]
fn something_must_be_named() {
    let redis = Redis::start();
    qctl(&redis, "inspect")
        .status(2)
        .stderr("error: name a task by id, or a queue with --queue\nhint: qctl ls tasks\n")
        .run();
    qctl(&redis, "inspect --raw")
        .status(2)
        .stderr(
            "
            error: the following required arguments were not provided:
              <ID>...

            Usage: qctl inspect --raw <ID>...

            For more information, try '--help'.
            ",
        )
        .run();
}

#[test]
fn a_queue_is_shown_whole() {
    let redis = Redis::start();
    put_one_of_each(&redis, "q");
    let queue = qctl(&redis, "inspect -q q --json").run_unchecked().json();
    assert_eq!(queue["size"], 7);
    assert_eq!(queue["group_sizes"][0]["group"], "g");
    assert_eq!(queue["servers"], serde_json::json!([]));
    assert_eq!(queue["history"].as_array().map(Vec::len), Some(7));
    assert!(queue["memory_bytes"].as_u64() > Some(0));
    let page = qctl(&redis, "inspect -q q").run_unchecked().expect_code(0);
    for line in [
        "Queue:            q",
        "  archived:       1",
        "q      g         1",
    ] {
        assert!(
            page.stdout_str().lines().any(|seen| seen == line),
            "{}",
            page.stdout_str()
        );
    }
    qctl(&redis, "inspect -q nope")
        .status(3)
        .stderr("error: queue \"nope\" does not exist\nhint: qctl ls queues\n")
        .run();
}
