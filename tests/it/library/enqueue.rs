//! What a client stores, and what it refuses.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use qctl::{Client, Error, State, Task};

use super::Place;
use crate::harness::SOON;
use crate::harness::proxy::Proxy;

#[tokio::test(flavor = "multi_thread")]
async fn every_option_arrives() {
    let place = Place::new().await;
    let deadline = SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000);
    let task = Task::json("email:welcome", &[1, 2])
        .unwrap()
        .queue("critical")
        .id("one")
        .max_retry(3)
        .timeout(Duration::from_millis(1500))
        .deadline(deadline)
        .process_in(Duration::from_secs(600))
        .unique(Duration::from_secs(60))
        .retention(Duration::from_secs(3600))
        .header("k", "vé");
    let enqueued = place.client.enqueue(task).await.unwrap();
    assert_eq!(
        (&*enqueued.id, &*enqueued.queue, enqueued.state),
        ("one", "critical", State::Scheduled)
    );
    let found = place.find("critical", "one").await.unwrap();
    assert_eq!(
        (found.state, found.score),
        (State::Scheduled, enqueued.next_process_at)
    );
    let wait = enqueued.next_process_at.unwrap() - qctl::clock::now();
    assert!((595..=601).contains(&wait.num_seconds()), "{wait}");
    let message = found.message.unwrap();
    assert_eq!(
        (&*message.kind, &*message.payload),
        ("email:welcome", b"[1,2]".as_slice())
    );
    assert_eq!((message.max_retry, message.timeout), (3, 2));
    assert_eq!((message.deadline, message.retention), (4_000_000_000, 3600));
    assert_eq!(
        message.headers,
        BTreeMap::from([("k".to_owned(), "vé".to_owned())])
    );
    assert_ne!(message.unique_key, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn defaults_are_asynqs() {
    let place = Place::new().await;
    let enqueued = place.client.enqueue(Task::new("t", "")).await.unwrap();
    assert_eq!(
        (&*enqueued.queue, enqueued.state),
        ("default", State::Pending)
    );
    assert_eq!(enqueued.next_process_at, None);
    let message = place
        .find("default", &enqueued.id)
        .await
        .unwrap()
        .message
        .unwrap();
    assert_eq!(
        (message.max_retry, message.timeout, message.retention),
        (25, 1800, 0)
    );
    let grouped = Task::new("t", "").group("g");
    let grouped = place.client.enqueue(grouped).await.unwrap();
    assert_eq!(grouped.state, State::Aggregating);
    let past = Task::new("t", "").process_at(SystemTime::UNIX_EPOCH);
    assert_eq!(
        place.client.enqueue(past).await.unwrap().state,
        State::Pending
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_already_is_told_apart() {
    let place = Place::new().await;
    let unique = || Task::new("t", "p").unique(Duration::from_secs(60));
    place.client.enqueue(unique().id("one")).await.unwrap();
    let duplicate = place.client.enqueue(unique()).await.unwrap_err();
    assert!(
        duplicate.is_duplicate() && !duplicate.is_id_taken(),
        "{duplicate}"
    );
    let taken = place
        .client
        .enqueue(Task::new("t", "").id("one"))
        .await
        .unwrap_err();
    assert!(taken.is_id_taken() && !taken.is_temporary(), "{taken}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_asynq_would_refuse_is_refused() {
    let place = Place::new().await;
    let plain = || Task::new("t", "");
    for task in [
        Task::new(" ", ""),
        plain().queue(""),
        plain().id(" "),
        plain().group(" "),
        plain().unique(Duration::from_millis(999)),
        plain().timeout(Duration::MAX),
        plain().retention(Duration::MAX),
        plain().process_in(Duration::MAX),
    ] {
        let refused = place.client.enqueue(task).await;
        assert!(
            matches!(
                refused,
                Err(Error::Name(_) | Error::Option(_) | Error::Broker(_))
            ),
            "{refused:?}"
        );
    }
    assert_eq!(
        place.redis.query::<Vec<String>>(&["KEYS", "*:t:*"]),
        [""; 0]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_many_has_its_own_outcome() {
    let place = Place::new().await;
    let tasks = (0..2_500).map(|n| match n {
        1_200 => Task::new("t", "").id("0"),
        1_300 => Task::new("t", "").queue(" "),
        n => Task::new("t", n.to_string())
            .id(n.to_string())
            .header("h", "v"),
    });
    let outcomes = place.client.enqueue_many(tasks).await;
    assert_eq!(outcomes.len(), 2_500);
    for (n, outcome) in outcomes.into_iter().enumerate() {
        match (n, outcome) {
            (1_200, outcome) => assert!(outcome.unwrap_err().is_id_taken()),
            (1_300, outcome) => assert!(matches!(outcome, Err(Error::Name(_)))),
            (n, outcome) => assert_eq!(outcome.unwrap().id, n.to_string()),
        }
    }
    let last = place
        .find("default", "2499")
        .await
        .unwrap()
        .message
        .unwrap();
    assert_eq!(
        (&*last.payload, last.headers.len()),
        (b"2499".as_slice(), 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_told_at_once() {
    let begun = std::time::Instant::now();
    let refused = Client::connect("redis://127.0.0.1:1").await.unwrap_err();
    assert!(refused.is_temporary(), "{refused}");
    assert!(begun.elapsed() < SOON);
    let unreadable = Client::connect("http://:hunter2@h").await.unwrap_err();
    assert!(matches!(unreadable, Error::Address(_)));
    assert!(!format!("{unreadable} {unreadable:?}").contains("hunter2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_stores_tasks_once() {
    let place = Place::new().await;
    let proxy = Proxy::new(&place.redis);
    let client = Client::connect(&proxy.url()).await.unwrap();
    let pending = "asynq:{default}:pending";
    proxy.lose_next_reply_to(pending);
    client.enqueue(Task::new("t", "").id("one")).await.unwrap();
    proxy.lose_next_reply_to(pending);
    let tasks = (0..250).map(|n| Task::new("t", n.to_string()));
    let outcomes = client.enqueue_many(tasks).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(proxy.lost(), 2);
    assert_eq!(place.redis.query::<usize>(&["LLEN", pending]), 251);
}
