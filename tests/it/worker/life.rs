//! Handlers are started before the first task and stopped after the last.

use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use qctl::task::State;
use qctl::task::transition::{Failure, TaskResult};
use qctl::worker::{Attempt, Handler, NotStarted, Route, Stop};

use super::shop::{Shop, task};

/// What happened to handlers, in order.
type Notes = Arc<Mutex<Vec<String>>>;

struct Noting {
    name: &'static str,
    notes: Notes,
    starts: Result<(), String>,
}

impl Noting {
    fn route(name: &'static str, notes: &Notes) -> Route {
        Self::with(name, notes, Ok(()))
    }

    fn with(name: &'static str, notes: &Notes, starts: Result<(), String>) -> Route {
        let notes = Arc::clone(notes);
        let handler = Self {
            name,
            notes,
            starts,
        };
        Route::new(name, handler)
    }

    fn note(&self, what: &str) {
        let note = format!("{} {what}", self.name);
        self.notes.lock().unwrap().push(note);
    }
}

impl Handler for Noting {
    fn start(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async {
            self.note("starts");
            self.starts.clone()
        })
    }

    fn run<'a>(&'a self, _: &'a Attempt, _: Stop) -> BoxFuture<'a, Result<TaskResult, Failure>> {
        Box::pin(async {
            self.note("runs");
            Ok(Vec::new().into())
        })
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        Box::pin(async { self.note("stops") })
    }
}

#[test]
fn a_handler_is_started_once_and_stopped_after_the_last_task() {
    let shop = Shop::open();
    let notes = Notes::default();
    shop.enqueue(&task("one"));
    shop.enqueue(&task("two"));
    shop.crew().route(Noting::route("t", &notes)).work_off();
    let notes = notes.lock().unwrap().clone();
    assert_eq!(notes, ["t starts", "t runs", "t runs", "t stops"]);
}

#[test]
fn a_worker_whose_handler_cannot_start_takes_nothing_and_says_why() {
    let shop = Shop::open();
    let notes = Notes::default();
    shop.enqueue(&task("one"));
    let broken = Noting::with("broken", &notes, Err("no such program".to_owned()));
    let crew = shop.crew().route(Noting::route("t", &notes)).route(broken);
    let ended = crew.route(Noting::route("last", &notes)).start().result();
    let expected = NotStarted {
        pattern: "broken".to_owned(),
        reason: "no such program".to_owned(),
    };
    assert_eq!(ended, Err(expected.into()));
    let notes = notes.lock().unwrap().clone();
    assert_eq!(notes, ["t starts", "broken starts", "t stops"]);
    assert_eq!(shop.state("one"), Some(State::Pending));
}
