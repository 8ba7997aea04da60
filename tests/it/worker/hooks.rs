//! What a program with a worker in its own process has a say in.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use qctl::task::State;
use qctl::task::transition::{AttemptError, Failure, Source, Verdict};
use qctl::worker::{Ended, Event, Hooks, Route};

use super::crew::{ended_of, failure, route};
use super::shop::{Shop, id, seconds_until, task};

/// A handler whose answer is the id of its task.
fn answers() -> Route {
    route("t", |attempt, mut stop| async move {
        match attempt.message.id.as_str() {
            "fails" => Err(failure(Verdict::Retry)),
            "panics" => panic!("oh no"),
            "released" => Err(failure(Verdict::Release)),
            "revoked" => Err(failure(Verdict::Revoke)),
            "chosen" => Err(Failure {
                delay: Some(Duration::from_secs(3000)),
                ..failure(Verdict::Retry)
            }),
            _ => {
                stop.requested().await;
                Ok(Vec::new())
            }
        }
    })
}

#[test]
fn failures_are_reported_with_their_source_and_the_program_chooses_the_delay() {
    let shop = Shop::open();
    for text in ["fails", "panics", "late", "released", "revoked", "chosen"] {
        shop.enqueue(&task(text).with(|options| {
            options.timeout = (text == "late").then_some(Duration::from_secs(1));
        }));
    }
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&told);
    let hooks = Hooks {
        on_failure: Some(Arc::new(move |message, failure| {
            let source = failure.source.as_ref();
            let source =
                source.and_then(|Source(error)| error.downcast_ref::<AttemptError>().cloned());
            tell.lock().unwrap().push((message.id.clone(), source));
        })),
        retry_delay: Some(Arc::new(|_, _| Duration::from_secs(2000))),
    };
    let events = shop
        .crew()
        .hooks(hooks)
        .route(answers())
        .slots(6)
        .work_off();
    let mut told = told.lock().unwrap().clone();
    told.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        told,
        [
            ("chosen".to_owned(), None),
            ("fails".to_owned(), None),
            (
                "late".to_owned(),
                Some(AttemptError::TimedOut(Duration::from_secs(1)))
            ),
            (
                "panics".to_owned(),
                Some(AttemptError::Panicked("oh no".to_owned()))
            ),
        ]
    );
    let delay = |text: &str| {
        let found = shop.find(text).unwrap();
        assert_eq!(found.state, State::Retry, "{text}");
        seconds_until(found.score.unwrap())
    };
    for text in ["fails", "panics", "late"] {
        assert!((1990..=2001).contains(&delay(text)), "{text}");
    }
    assert!((2990..=3001).contains(&delay("chosen")));
    assert!(delay("released") < 50);
    assert_eq!(shop.find("released").unwrap().message.unwrap().retried, 0);
    assert!(shop.find("revoked").is_none());
    let revoked = events.iter().find_map(|event| ended_of(event, "revoked"));
    assert_eq!(revoked, Some(Ended::Done));
    assert_eq!(shop.counters(), (5, 4));
}

#[test]
fn a_hook_that_panics_changes_nothing() {
    let shop = Shop::open();
    shop.enqueue(&task("one"));
    let hooks = Hooks {
        on_failure: Some(Arc::new(|_, _| panic!("reporting"))),
        retry_delay: Some(Arc::new(|_, _| panic!("choosing"))),
    };
    let handler = route("t", |_, _| async { Err(failure(Verdict::Retry)) });
    let events = shop.crew().hooks(hooks).route(handler).work_off();
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::Finished { task, ended: Ended::Retry { .. }, .. } if task.id == id("one")))
    );
}
