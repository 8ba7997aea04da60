//! Each view, as people and as scripts see it.

mod queues;

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
        waits_for_handler: false,
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
            r#""orphaned":true,"waiting_for_handler":false,"result":"/w==","result_encoding":"base64"}"#,
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
    let cases: [(&[State], &str); 9] = [
        (&[], "STATE TIME ERROR PAYLOAD"),
        (&[State::Pending], "PENDING SINCE PAYLOAD"),
        (&[State::Active], "STARTED PAYLOAD"),
        (&[State::Scheduled], "NEXT PAYLOAD"),
        (&[State::Retry], "NEXT RETRIED ERROR"),
        (&[State::Archived], "ARCHIVED RETRIED ERROR"),
        (&[State::Retry, State::Archived], "STATE TIME RETRIED ERROR"),
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
        "scheduled task t1 (email:deliver) in queue default for 2023-11-14T22:14:20Z (in 1m)\n"
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
            r#"{"lines":4,"dry_run":false,"enqueued":2,"would_enqueue":0,"existing":0,"failed":1,"#,
            r#""failures":[{"line":3,"id":null,"queue":null,"state":null,"error":"no type","existing":false,"gone":false}]}"#,
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
        states: None,
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
            "queue,action,dry_run,changed,tasks,states\n",
            "low,pause,false,true,,\nlow,resume,false,false,,\nlow,drop,false,true,2,\n",
        )
    );
}
