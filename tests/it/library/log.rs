//! What happens is written as `tracing` events.

use std::fmt::{Debug, Write as _};
use std::sync::Mutex;

use qctl::{Context, HandlerError, RedisSettings, State, Task};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::Place;
use crate::harness::{SOON, eventually};

/// The events of all workers of this process. A subscriber for one test alone would miss those of callsites that
/// another test has met before it.
static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps the events of the library, as `LEVEL message name=value …`.
struct Lines;

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0.insert_str(0, &format!("{value:?}"));
        } else {
            write!(self.0, " {}={value:?}", field.name()).unwrap();
        }
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target() == "qctl"
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        let line = format!("{} {}", event.metadata().level(), line.0);
        LINES.lock().unwrap().push(line);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_writes_events_that_the_program_subscribes_to() {
    tracing::subscriber::set_global_default(Lines).unwrap();
    let place = Place::new().await;
    let handler = |task: Task, _: Context| async move {
        match task.kind() {
            "bad" => Err(HandlerError::skip_retry("no such user")),
            _ => Err("not now".into()),
        }
    };
    let worker = place.start(handler).await;
    for kind in ["bad", "fails"] {
        let task = Task::new(kind, "").id(format!("logged-{kind}"));
        place.client.enqueue(task).await.unwrap();
    }
    place.reaches("logged-bad", Some(State::Archived)).await;
    place.reaches("logged-fails", Some(State::Retry)).await;
    worker.stop().await.unwrap();
    for (start, part) in [
        ("INFO worker ready", ""),
        ("DEBUG attempt started", "id=logged-bad"),
        ("ERROR task archived", "error=\"no such user\""),
        ("WARN attempt failed", "id=logged-fails"),
        ("INFO worker has stopped", ""),
    ] {
        tokio::task::block_in_place(|| {
            eventually(SOON, || {
                let lines = LINES.lock().unwrap();
                let mut lines = lines.iter();
                lines
                    .any(|line| line.starts_with(start) && line.contains(part))
                    .then_some(())
            });
        });
    }
}

#[test]
fn settings_show_no_secrets() {
    let settings = RedisSettings::new("rediss://app:hunter2@h").unwrap();
    let settings = settings.client_certificate("CERT", "PRIVATE");
    let shown = format!("{settings:?}");
    assert!(shown.contains("rediss://app@h:6379"), "{shown}");
    assert!(
        !shown.contains("hunter2") && !shown.contains("80, 82, 73"),
        "{shown}"
    );
}
