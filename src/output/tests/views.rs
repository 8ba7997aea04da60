//! Each view, as people and as scripts see it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Bench, now, settings};
use crate::broker::Enqueued;
use crate::broker::records::{
    Day, Figure, FoundTask, GroupSize, Late, QueueStats, ServerFacts, ServerFound, WorkerFound,
    WrongType,
};
use crate::document::change::{QueueChange, Verb};
use crate::document::enqueued::EnqueuedDocument;
use crate::document::import::{ImportDocument, LineDocument};
use crate::document::queue::GroupDocument;
use crate::document::queue::{DayDocument, QueueDetails, QueueDocument};
use crate::document::server::{ServerDocument, WorkerDocument};
use crate::document::stats::Stats;
use crate::document::task::TaskDocument;
use crate::output::{Format, Settings};
use crate::task::{NewTask, QueueName, Start, State, TaskId, TaskType};
use crate::view::settings::ColorChoice;
use crate::view::{Row, Table, View};

fn shown<V: View>(view: &V, format: Format) -> String {
    let bench = Bench::new(settings(format), false);
    bench.printer.show(view, now()).unwrap();
    bench.out.text()
}

/// On a terminal of 80 columns.
fn fitted<V: View>(view: &V) -> String {
    let never = Settings {
        color: ColorChoice::Never,
        ..Settings::default()
    };
    let bench = Bench::new(never, true);
    bench.printer.show(view, now()).unwrap();
    bench.out.text()
}

fn listed<R: Row>(rows: &[R]) -> String {
    let bench = Bench::new(settings(Format::Table), false);
    let mut list = bench.printer.rows(R::columns(), now());
    for row in rows {
        list.push(row).unwrap();
    }
    list.finish().unwrap();
    bench.out.text()
}

fn stats(name: &str, retry: u64, failed_today: u64) -> QueueStats {
    let mut counts: BTreeMap<State, u64> = State::ALL.into_iter().map(|state| (state, 0)).collect();
    counts.insert(State::Pending, 1_000_000);
    counts.insert(State::Retry, retry);
    QueueStats {
        queue: QueueName::new(name).unwrap(),
        counts,
        groups: 0,
        paused: name == "low",
        paused_at: (name == "low").then(now),
        latency: Some(Duration::from_millis(192_500)),
        processed_today: 500,
        failed_today,
        processed_total: 12_345,
        failed_total: 67,
        memory_bytes: None,
        late: Late::default(),
        unreadable: Vec::new(),
    }
}

fn server() -> ServerFound {
    ServerFound {
        host: "web-1".into(),
        pid: 42,
        server_id: "5e6f".into(),
        concurrency: 10,
        queues: BTreeMap::from([("low".into(), 1), ("default".into(), 3)]),
        strict: false,
        status: "active".into(),
        started_at: Some(now() - Duration::from_secs(7_500)),
        active_workers: 3,
    }
}

fn worker() -> WorkerFound {
    WorkerFound {
        host: "web-1".into(),
        pid: 42,
        server_id: "5e6f".into(),
        task_id: "t1".into(),
        kind: "email:deliver".into(),
        payload: b"{}".to_vec(),
        queue: "default".into(),
        started_at: Some(now() - Duration::from_secs(5)),
        deadline: None,
    }
}

fn day() -> Day {
    Day {
        queue: QueueName::default(),
        date: now().date_naive(),
        processed: Some(200),
        failed: Some(3),
    }
}

fn group() -> GroupSize {
    GroupSize {
        queue: QueueName::default(),
        group: "digest".into(),
        size: 7,
        unreadable: None,
    }
}

/// The header of CSV is a list of its own, so it is held against the documents.
#[test]
fn fields_are_the_keys_of_the_documents() {
    fn check<R: Row>(row: &R) {
        let document = serde_json::to_value(row).unwrap();
        let keys: Vec<_> = document.as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys, R::FIELDS);
        let cells = Table::list(std::slice::from_ref(row));
        assert_eq!(cells.heads.len(), cells.rows[0].len());
    }
    check(&super::task("b", b"{}"));
    check(&QueueDocument::from(&stats("default", 0, 0)));
    check(&DayDocument::from(&day()));
    check(&GroupDocument::from(&group()));
    check(&ServerDocument::from(&server()));
    check(&WorkerDocument::from(worker()));
}

#[test]
fn stats_fit_a_terminal() {
    let facts = ServerFacts {
        version: "7.0.15".into(),
        used_memory: Some(20 << 20),
        max_memory: Some(0),
        clients: Some(1),
        uptime: Some(Duration::from_secs(90_000)),
    };
    let view = Stats::new(&[stats("critical", 0, 6), stats("low", 12, 60)]).with_redis(&facts);
    let expected = concat!(
        "QUEUE     ACT  PEND  SCHED  RETRY  ARCH  DONE  AGGR    LAT  PROC  FAIL  PAUSED\n",
        "critical    0  1.0M      0      0     0     0     0  3m12s   500     6  -\n",
        "low         0  1.0M      0     12     0     0     0  3m12s   500    60  yes\n",
        "TOTAL       0  2.0M      0     12     0     0     0  3m12s  1000    66  -\n",
        "\n",
        "redis 7.0.15, 20.0 MiB used, 1 client, up 1d1h\n",
    );
    assert_eq!(fitted(&view), expected);
    assert_eq!(shown(&view, Format::Id), "critical\nlow\n");
    let csv = shown(&view, Format::Csv);
    assert_eq!(
        csv.lines().nth(2).unwrap(),
        "low,1000012,0,1000000,0,12,0,0,0,0,0,192.5,500,60,0.12,12345,67,true,2023-11-14T22:13:20Z,,,"
    );
    let json: serde_json::Value = serde_json::from_str(&shown(&view, Format::Json)).unwrap();
    assert_eq!(json["queues"][0]["latency_seconds"], 192.5);
    assert_eq!(json["total"]["size"], 2_000_012);
    assert_eq!(json["total"]["queue"], serde_json::Value::Null);
    assert_eq!(json["redis"]["max_memory_bytes"], serde_json::Value::Null);
    assert_eq!(json["history"], serde_json::Value::Null);
}

#[test]
fn columns_depend_on_the_width_alone() {
    let titles = |width: u16, count: u64| {
        let settings = Settings {
            width: Some(width),
            ..Settings::default()
        };
        let bench = Bench::new(settings, false);
        let mut large = stats("a-queue-with-a-rather-long-name", count, count);
        large.processed_today = count * 9;
        bench.printer.show(&Stats::new(&[large]), now()).unwrap();
        let printed = bench.out.text();
        for line in printed.lines() {
            assert!(
                line.chars().count() <= usize::from(width),
                "{width}: {line}"
            );
        }
        let titles = printed.lines().next().unwrap();
        titles
            .split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    for (width, columns) in [(60, 8), (80, 12), (94, 14), (120, 14), (200, 14)] {
        assert_eq!(titles(width, 0).len(), columns, "{width}");
        assert_eq!(titles(width, u64::MAX / 9).len(), columns, "{width}");
    }
    assert_eq!(titles(160, 0)[6], "ARCHIVED");
}

#[test]
fn figures_that_cannot_be_are_unknown() {
    let mut queue = stats("q", 0, 501);
    queue.latency = None;
    let wrong = WrongType {
        key: "asynq:{q}:retry".into(),
        found: "string".into(),
        expected: "sorted set",
    };
    queue.unreadable = vec![(Figure::Count(State::Retry), wrong)];
    let view = Stats::new(&[queue]);
    let line = shown(&view, Format::Table);
    let cells: Vec<&str> = line.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(
        (cells[1], cells[5], cells[9]),
        ("unknown", "unknown", "unknown")
    );
    assert_eq!(cells[12], "unknown", "more failed than ended");
    let json: serde_json::Value = serde_json::from_str(&shown(&view, Format::Json)).unwrap();
    let queue = &json["queues"][0];
    for key in ["size", "retry", "latency_seconds", "error_rate"] {
        assert_eq!(queue[key], serde_json::Value::Null, "{key}");
    }
    assert_eq!(json["total"]["pending"], 1_000_000);
    assert_eq!(
        view.unreadable,
        [r#"queue "q": asynq:{q}:retry is a string, not a sorted set"#]
    );
}

#[test]
fn a_screen_without_room_for_all_queues_shows_the_worst() {
    let queues: Vec<_> = (0..40u64)
        .map(|number| {
            let mut queue = stats(&format!("q{number}"), 0, 0);
            queue.latency = Some(Duration::from_secs(number));
            queue
        })
        .collect();
    let never = Settings {
        color: ColorChoice::Never,
        ..Settings::default()
    };
    let bench = Bench::new(never, true);
    bench
        .printer
        .watch()
        .frame(&Stats::new(&queues), now())
        .unwrap();
    let printed = bench.out.text().replace("\u{1b}[K", "");
    let names: Vec<&str> = printed
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    // The terminal has six rows.
    assert_eq!(names, ["q39", "TOTAL", "39", "\u{1b}[J"]);
    assert!(printed.contains("\n\n39 more queues\n"), "{printed}");
}

#[test]
fn remarks_are_left_out_where_only_data_is_wanted() {
    let facts = ServerFacts {
        version: "7.0.15".into(),
        ..ServerFacts::default()
    };
    let view = Stats::new(&[stats("q", 0, 0)]).with_redis(&facts);
    let lines = |settings: Settings| {
        let bench = Bench::new(settings, false);
        bench.printer.show(&view, now()).unwrap();
        bench.out.text().lines().count()
    };
    let settings = Settings::default();
    assert_eq!(lines(settings.clone()), 4);
    let quiet = Settings {
        quiet: true,
        ..settings.clone()
    };
    assert_eq!(lines(quiet), 2);
    let headless = Settings {
        no_headers: true,
        ..settings
    };
    assert_eq!(lines(headless), 1);
}

#[test]
fn a_terminal_shows_the_beginning_of_a_huge_payload() {
    let mut task = super::task("b", "x\n".repeat(100_000).as_bytes());
    task.last_error = None;
    let printed = fitted(&task);
    assert!(
        (60_000..140_000).contains(&printed.len()),
        "{}",
        printed.len()
    );
    assert!(printed.ends_with("  (the rest is not shown on a terminal; -o json prints all)\n"));
    assert!(shown(&task, Format::Table).len() > 400_000, "pipes get all");
    let empty = shown(&super::task("b", b""), Format::Table);
    assert!(empty.ends_with("Payload:\n  (empty)\n"), "{empty}");
}

#[test]
fn rates_come_from_two_frames() {
    let mut after = stats("low", 0, 0);
    after.processed_total += 25;
    let before = Stats::new(&[stats("low", 0, 0)]);
    let mut view =
        Stats::new(std::slice::from_ref(&after)).with_rates(&before, Duration::from_secs(2));
    view.watched = true;
    assert_eq!(view.queues[0].processed_per_second, Some(12.5));
    assert_eq!(view.total.failed_per_second, Some(0.0));
    assert!(shown(&view, Format::Table).contains("  12.5/s  yes\n"));
    let reset = before.with_rates(&Stats::new(&[after]), Duration::from_secs(2));
    assert_eq!(reset.queues[0].processed_per_second, None);
    let instant = Stats::new(&[]).with_rates(&reset, Duration::ZERO);
    assert_eq!(instant.total.processed_per_second, None);
}

#[test]
fn memory_and_history_when_asked_for() {
    let mut queue = stats("default", 0, 0);
    queue.memory_bytes = Some(1536);
    let view = Stats::new(&[queue]).with_history(&[day()]);
    assert_eq!(
        shown(&view, Format::Table),
        concat!(
            "QUEUE       SIZE  ACTIVE  PENDING  SCHED  RETRY  ARCHIVED  COMPLETED  AGGR  LATENCY  PROCESSED  FAILED  ERRORS   MEMORY  PAUSED\n",
            "default  1000000       0  1000000      0      0         0          0     0    3m12s        500       0    0.0%  1.5 KiB  -\n",
            "\n",
            "QUEUE    DATE        PROCESSED  FAILED  ERRORS\n",
            "default  2023-11-14        200       3    1.5%\n",
        )
    );
}

#[test]
fn all_about_a_queue() {
    let view = QueueDetails {
        queue: QueueDocument::from(&stats("default", 2, 0)),
        group_sizes: vec![GroupDocument::from(&group())],
        servers: vec![ServerDocument::from(&server())],
        history: Vec::new(),
        unreadable: Vec::new(),
        unserved: false,
    };
    let page = shown(&view, Format::Table);
    assert!(page.starts_with("Queue:            default\nSize:             1000002\n"));
    assert!(page.ends_with(concat!(
        "\n\nQUEUE    GROUP   SIZE\ndefault  digest     7\n",
        "\nHOST   PID  STATUS  BUSY  QUEUES           STARTED\n",
        "web-1   42  active  3/10  default:3 low:1  2h5m ago\n",
    )));
    let line = shown(&view, Format::Ndjson);
    assert!(line.starts_with(r#"{"queue":"default","size":1000002,"active":0,"#));
    assert!(line.contains(
        r#""group_sizes":[{"queue":"default","group":"digest","size":7}],"servers":[{"server_id""#
    ));
}

#[test]
fn workers_are_listed() {
    assert_eq!(
        listed(&[WorkerDocument::from(worker())]),
        concat!(
            "TASK  QUEUE    TYPE           SERVER    STARTED\n",
            "t1    default  email:deliver  web-1:42  5s ago\n",
        )
    );
}

#[test]
fn an_undecodable_task_is_still_a_document() {
    let found = FoundTask {
        queue: QueueName::default(),
        id: TaskId::new("x").unwrap(),
        state: State::Active,
        message: Err(vec![0xff; 3]),
        result: Some(b"\xff".to_vec()),
        pending_since: None,
        score: None,
        lease_expires_at: None,
    };
    let document = TaskDocument::new(found, now());
    assert_eq!(
        shown(&document, Format::Ndjson),
        concat!(
            r#"{"id":"x","queue":"default","type":null,"state":"active","payload":null,"#,
            r#""payload_encoding":null,"headers":null,"max_retry":null,"retried":null,"#,
            r#""last_error":"the stored message cannot be decoded (3 bytes)","#,
            r#""last_failed_at":null,"timeout_seconds":null,"deadline":null,"group":null,"#,
            r#""unique_key":null,"retention_seconds":null,"completed_at":null,"#,
            r#""next_process_at":null,"pending_since":null,"lease_expires_at":null,"#,
            r#""orphaned":true,"result":"/w==","result_encoding":"base64"}"#,
            "\n"
        )
    );
    assert!(shown(&document, Format::Table).contains("State:    orphaned\n"));
}

#[test]
fn tables_of_tasks_suit_the_state() {
    let titles = |states: &[State]| {
        let columns = TaskDocument::columns_for(states);
        let shown = columns.iter().filter(|column| !column.head.wide);
        let titles: Vec<_> = shown.map(|column| column.head.title).collect();
        titles.join(" ")
    };
    let cases: [(&[State], &str); 8] = [
        (&[], "STATE TIME PAYLOAD"),
        (&[State::Pending], "PENDING SINCE PAYLOAD"),
        (&[State::Active], "STARTED PAYLOAD"),
        (&[State::Scheduled], "NEXT PAYLOAD"),
        (&[State::Retry], "NEXT RETRIED ERROR"),
        (&[State::Archived], "ARCHIVED RETRIED ERROR"),
        (&[State::Aggregating], "ADDED GROUP PAYLOAD"),
        (&[State::Completed], "COMPLETED RESULT PAYLOAD"),
    ];
    for (states, others) in cases {
        assert_eq!(titles(states), format!("ID QUEUE TYPE {others}"));
    }
}

fn enqueued(task: &NewTask) -> EnqueuedDocument {
    EnqueuedDocument::from(Enqueued::new(task, task.message().unwrap(), now()))
}

#[test]
fn one_enqueued_task() {
    let mut task = NewTask::new(TaskType::new("email:deliver").unwrap(), None);
    task.id = TaskId::new("t1").unwrap();
    let table = |task: &NewTask| shown(&enqueued(task), Format::Table);
    assert_eq!(
        table(&task),
        "enqueued task t1 (email:deliver) in queue default\n"
    );
    assert_eq!(
        shown(&enqueued(&task), Format::Ndjson),
        concat!(
            r#"{"id":"t1","queue":"default","type":"email:deliver","state":"pending","#,
            r#""next_process_at":null,"group":null,"existing":false}"#,
            "\n"
        )
    );
    assert_eq!(shown(&enqueued(&task), Format::Id), "t1\n");
    task.options.group = Some("digest".into());
    assert_eq!(
        table(&task),
        "added task t1 (email:deliver) to group digest of queue default\n"
    );
    task.start = Start::At(now() + Duration::from_secs(60));
    assert_eq!(
        table(&task),
        "scheduled task t1 (email:deliver) in queue default for 2023-11-14T22:14:20Z\n"
    );
}

#[test]
fn fed_from_a_stream() {
    let mut view = ImportDocument {
        lines: 4,
        enqueued: 2,
        ..ImportDocument::default()
    };
    view.fail(LineDocument {
        line: 3,
        error: Some("no type".into()),
        ..LineDocument::default()
    });
    assert_eq!(
        shown(&view, Format::Table),
        "enqueued 2 tasks, 1 line failed\n"
    );
    assert_eq!(
        shown(&view, Format::Ndjson),
        concat!(
            r#"{"lines":4,"enqueued":2,"existing":0,"failed":1,"#,
            r#""failures":[{"line":3,"id":null,"queue":null,"state":null,"error":"no type","existing":false}]}"#,
            "\n"
        )
    );
}

#[test]
fn queues_changed() {
    let change = |action, changed, tasks| QueueChange {
        queue: "low".into(),
        action,
        dry_run: false,
        changed,
        tasks,
    };
    let view = vec![
        change(Verb::Pause, true, None),
        change(Verb::Resume, false, None),
        change(Verb::Drop, true, Some(2)),
    ];
    assert_eq!(
        shown(&view, Format::Table),
        "paused queue low\nqueue low was not paused\ndropped queue low and 2 tasks\n"
    );
    assert!(shown(&view, Format::Json).starts_with("[\n  {\n    \"queue\": \"low\",\n"));
    assert_eq!(
        shown(&view, Format::Csv),
        concat!(
            "queue,action,dry_run,changed,tasks\n",
            "low,pause,false,true,\nlow,resume,false,false,\nlow,drop,false,true,2\n",
        )
    );
}
