//! Failures as reported to a program, and what it decides.

use std::time::Duration;

use qctl::{AttemptError, Context, Error, HandlerResult, Outcome, State, Task};

use super::{Place, told};
use crate::worker::shop::seconds_until;

async fn fails(task: Task, cx: Context) -> HandlerResult {
    match std::str::from_utf8(task.payload())? {
        "number" => {
            "x".parse::<i32>()?;
        }
        "panics" => panic!("oh no"),
        "late" => {
            cx.stop_requested().await;
        }
        _ => {}
    }
    Ok(Outcome::Done)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_failure_is_reported_with_its_error() {
    let place = Place::new().await;
    for payload in ["number", "panics", "late", "fine"] {
        let task = Task::new("t", payload)
            .id(payload)
            .timeout(Duration::from_secs(1));
        place.client.enqueue(task.max_retry(1)).await.unwrap();
    }
    let (tell, mut told) = told();
    let worker = place.worker().on_error(move |failed| {
        let error = failed.error();
        let known = error.downcast_ref::<AttemptError>().cloned();
        assert_eq!(failed.task().payload(), failed.task_id().as_bytes());
        assert_eq!(
            (failed.queue(), failed.retried(), failed.max_retry()),
            ("default", 0, 1)
        );
        assert!(!failed.is_last());
        let parse = error.is::<std::num::ParseIntError>();
        tell.send((failed.task_id().to_owned(), known, parse)).ok();
    });
    let worker = worker.start(fails).await.unwrap();
    let mut seen = [told.next().await, told.next().await, told.next().await];
    seen.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        seen,
        [
            (
                "late".to_owned(),
                Some(AttemptError::TimedOut(Duration::from_secs(1))),
                false
            ),
            ("number".to_owned(), None, true),
            (
                "panics".to_owned(),
                Some(AttemptError::Panicked("oh no".to_owned())),
                false
            ),
        ]
    );
    place.reaches("fine", None).await;
    worker.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_chooses_the_delay_by_attempt_and_error() {
    let place = Place::new().await;
    let task = Task::new("t", "number").id("one");
    place.client.enqueue(task).await.unwrap();
    let worker = place.worker().retry_delay(|failed| {
        assert!(failed.error().is::<std::num::ParseIntError>());
        match failed.retried() {
            0 => Duration::ZERO,
            _ => Duration::from_secs(1000),
        }
    });
    let worker = worker.start(fails).await.unwrap();
    loop {
        let found = place.reaches("one", Some(State::Retry)).await.unwrap();
        if found.message.unwrap().retried == 2 {
            assert!((990..=1001).contains(&seconds_until(found.score.unwrap())));
            break;
        }
    }
    worker.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_cannot_be_used_are_refused() {
    let place = Place::new().await;
    let weightless = place.worker().queues([("a", 0)]).start(fails).await;
    assert!(matches!(weightless, Err(Error::Setting(_))));
    let blank = place.worker().queues([(" ", 1)]).start(fails).await;
    assert!(matches!(blank, Err(Error::Name(_))));
}
