//! Whatever strangers write into the keys of a queue, of servers and of schedules, reading does not panic.

use std::cell::RefCell;

use chrono::TimeDelta;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use qctl::broker::Broker;
use qctl::broker::keys;
use qctl::clock;
use qctl::inspector::{Access, Inspector, Selection};
use redis::Connection;

use crate::broker::{connect, id, queue};
use crate::harness::redis::Redis;

/// A value for a key, as the command that writes it and its arguments.
type Write = (&'static str, Vec<Vec<u8>>);

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"a".to_vec()),
        "-?[0-9]{1,20}(\\.[0-9]{0,4})?|nan|inf|1e400".prop_map(String::into_bytes),
        // The beginning of a message, and what is no message at all.
        prop::collection::vec(any::<u8>(), 0..24),
        (any::<String>(), any::<i64>()).prop_map(|(text, n)| {
            let mut message = vec![0x0a, u8::try_from(text.len().min(99)).unwrap()];
            message.extend(text.bytes().take(99));
            message.extend([0x40]);
            message.extend(n.to_be_bytes());
            message
        }),
    ]
}

fn scores() -> impl Strategy<Value = Vec<u8>> {
    let odd = prop::sample::select(vec![
        "inf",
        "-inf",
        "0",
        "-1",
        "1e300",
        "1700000000.5",
        "9223372036854775807",
        "4000000000",
    ]);
    prop_oneof![
        odd.prop_map(|score| score.as_bytes().to_vec()),
        any::<i64>().prop_map(|score| score.to_string().into_bytes()),
    ]
}

fn writes() -> impl Strategy<Value = Write> {
    let field = prop::sample::select(vec![
        "msg",
        "state",
        "pending_since",
        "unique_key",
        "result",
        "group",
        "qctl_claim",
        "qctl_lost",
        "definition",
        "revision",
        "paused",
        "since",
        "fired",
        "outcome",
        "changed_at",
        "changed_by",
    ]);
    let list = prop::collection::vec(bytes(), 1..4).prop_map(|items| ("RPUSH", items));
    let set = prop::collection::vec(bytes(), 1..4).prop_map(|items| ("SADD", items));
    let sorted = prop::collection::vec((scores(), bytes()), 1..4).prop_map(|items| {
        (
            "ZADD",
            items
                .into_iter()
                .flat_map(|(score, id)| [score, id])
                .collect(),
        )
    });
    let hash = prop::collection::vec((field, bytes()), 1..6).prop_map(|items| {
        let items = items.into_iter();
        (
            "HSET",
            items
                .flat_map(|(field, value)| [field.as_bytes().to_vec(), value])
                .collect(),
        )
    });
    prop_oneof![1 => list, 1 => set, 3 => sorted, 3 => hash, 1 => bytes().prop_map(|text| ("SET", vec![text]))]
}

/// Keys that are read, with values for some of them.
fn contents() -> impl Strategy<Value = Vec<(String, Write)>> {
    let q = crate::cli::keys("q");
    let today = clock::now().date_naive();
    let keys = vec![
        q.pending(),
        q.active(),
        q.scheduled(),
        q.retry(),
        q.archived(),
        q.completed(),
        q.lease(),
        q.aside(),
        q.groups(),
        q.group("a"),
        q.aggregation_sets(),
        q.paused(),
        q.processed(),
        q.failed(),
        q.processed_on(today),
        q.failed_on(today),
        q.task(&id("a")),
        keys::SERVERS.to_owned(),
        keys::WORKERS.to_owned(),
        keys::SCHEDULERS.to_owned(),
        keys::server("h", 1, "x"),
        keys::workers("h", 1, "x"),
        keys::scheduler("a"),
        keys::scheduler_history("a"),
        keys::CRON_NAMES.to_owned(),
        keys::cron_schedule("a"),
        keys::cron_history("a"),
        keys::AUDIT.to_owned(),
    ];
    prop::collection::vec((prop::sample::select(keys), writes()), 1..16)
}

/// Reads everything. Errors are answers; what is asked is that there are some.
async fn read_all(broker: &Broker) {
    let (q, a, now) = (queue("q"), id("a"), clock::now());
    broker.queues().await.ok();
    broker.stats(std::slice::from_ref(&q), now).await.ok();
    broker.history(&q, 3, now).await.ok();
    broker.memory(&q).await.ok();
    broker.servers(now).await.ok();
    broker.workers(now).await.ok();
    broker.schedulers(now).await.ok();
    broker.events("a", 10).await.ok();
    broker.schedules().await.ok();
    broker.schedule_history("a", 10).await.ok();
    broker.audit_page(None, 10).await.ok();
    let inspector = Inspector::new(broker.clone(), Access::ReadOnly);
    if let Ok(task) = inspector.task(&[], &a).await {
        for ahead in [TimeDelta::zero(), TimeDelta::days(100_000)] {
            let then = now.checked_add_signed(ahead).unwrap_or(now);
            task.age(then);
            task.orphaned(then);
            task.since(then);
            task.score_at(then);
        }
        task.next_process_at();
    }
    let mut selection = Selection::queue("q").unwrap();
    selection.filter.older_than = Some(std::time::Duration::from_secs(1));
    for selection in [Selection::default(), selection] {
        let Ok(mut listing) = inspector.list(&selection).await else {
            continue;
        };
        while let Ok(Some(_)) = listing.next(now).await {}
    }
}

fn write(to: &mut Connection, contents: &[(String, Write)]) {
    let mut all = redis::pipe();
    all.cmd("FLUSHALL").cmd("SADD").arg(keys::QUEUES).arg("q");
    for (key, (command, arguments)) in contents {
        all.cmd(command).arg(key).arg(arguments);
    }
    // A key may have a type already, and no score is "nan".
    all.ignore_errors();
    all.query::<Vec<redis::RedisResult<redis::Value>>>(to)
        .unwrap();
}

#[test]
fn whatever_is_stored_can_be_read() {
    let redis = Redis::start();
    let to = RefCell::new(redis.connection().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let broker = runtime.block_on(connect(&redis.url())).unwrap();
    let mut runner = TestRunner::new(ProptestConfig {
        cases: ProptestConfig::default().cases / 4,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let read = runner.run(&contents(), |contents| {
        write(&mut to.borrow_mut(), &contents);
        runtime.block_on(read_all(&broker));
        Ok(())
    });
    read.unwrap();
}
