//! Every format at a fixed instant and width, and hostile text in each of them.

mod formats;
mod tables;
mod views;
mod watch;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Answer, Error, Format, LogFormat, Printer, Settings, Sink, Streams};
use crate::broker::records::FoundTask;
use crate::document::Document as _;
use crate::document::task::TaskDocument;
use crate::task::{Message, QueueName, State, TaskId};
use crate::view::TimeStyle;
use crate::view::log::{Level, LogLine};
use crate::view::settings::ColorChoice;
use crate::view::{Page, View};

/// Keeps what is written to it.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A reader that has gone.
struct Gone;

impl Write for Gone {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

struct Bench {
    printer: Printer,
    out: Kept,
    err: Kept,
}

impl Bench {
    fn new(settings: Settings, terminal: bool) -> Self {
        Self::answered(settings, terminal, "")
    }

    fn answered(settings: Settings, terminal: bool, answer: &'static str) -> Self {
        let (out, err) = (Kept::default(), Kept::default());
        let sink = |kept: &Kept| Sink {
            to: Box::new(kept.clone()),
            terminal,
        };
        let streams = Streams {
            out: sink(&out),
            err: sink(&err),
            input: Box::new(answer.as_bytes()),
            input_terminal: terminal,
            size: || Some((80, 6)),
        };
        Self {
            printer: Printer::with_streams(settings, streams),
            out,
            err,
        }
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

fn task(id: &str, payload: &[u8]) -> TaskDocument {
    let found = FoundTask {
        queue: QueueName::default(),
        id: TaskId::new(id).unwrap(),
        state: State::Retry,
        message: Ok(Message {
            kind: "email:deliver".into(),
            payload: payload.to_vec(),
            max_retry: 25,
            retried: 3,
            last_error: "connection refused".into(),
            last_failed_at: 1_699_999_000,
            timeout: 1800,
            ..Message::default()
        }),
        result: None,
        pending_since: None,
        score: Some(now() + TimeDelta::seconds(192)),
        waits_for_handler: false,
        lease_expires_at: None,
    };
    TaskDocument::new(found, now())
}

fn settings(format: Format) -> Settings {
    Settings {
        format,
        ..Settings::default()
    }
}

/// What a list of these tasks prints.
fn list(settings: Settings, terminal: bool, tasks: &[TaskDocument]) -> String {
    let for_people = matches!(settings.format, Format::Table | Format::Wide);
    let bench = Bench::new(settings, terminal);
    let columns = TaskDocument::columns_for(&[State::Retry]);
    let mut rows = bench.printer.rows(columns, now());
    for task in tasks {
        rows.push(task).unwrap();
    }
    assert_eq!(rows.finish().unwrap(), tasks.len() as u64);
    // People are told that there is nothing; it is no data.
    let note = if for_people && tasks.is_empty() {
        "no tasks\n"
    } else {
        ""
    };
    assert_eq!(bench.err.text(), note);
    bench.out.text()
}

fn two() -> [TaskDocument; 2] {
    [
        task("0d9b2c7e-58d1-4f5f-9f0e-0a4c5a3b2c1d", b"{\"a\": 1.0}"),
        task("b", b"plain"),
    ]
}

const LINES: &str = concat!(
    r#"{"id":"0d9b2c7e-58d1-4f5f-9f0e-0a4c5a3b2c1d","queue":"default","type":"email:deliver","#,
    r#""state":"retry","payload":{"a": 1.0},"payload_encoding":"json","headers":{},"max_retry":25,"#,
    r#""retried":3,"last_error":"connection refused","last_failed_at":"2023-11-14T21:56:40Z","#,
    r#""timeout_seconds":1800,"deadline":null,"group":null,"unique_key":null,"retention_seconds":0,"#,
    r#""completed_at":null,"next_process_at":"2023-11-14T22:16:32Z","pending_since":null,"#,
    r#""lease_expires_at":null,"orphaned":false,"waiting_for_handler":false,"result":null,"result_encoding":null}"#,
    "\n",
    r#"{"id":"b","queue":"default","type":"email:deliver","#,
    r#""state":"retry","payload":"plain","payload_encoding":"text","headers":{},"max_retry":25,"#,
    r#""retried":3,"last_error":"connection refused","last_failed_at":"2023-11-14T21:56:40Z","#,
    r#""timeout_seconds":1800,"deadline":null,"group":null,"unique_key":null,"retention_seconds":0,"#,
    r#""completed_at":null,"next_process_at":"2023-11-14T22:16:32Z","pending_since":null,"#,
    r#""lease_expires_at":null,"orphaned":false,"waiting_for_handler":false,"result":null,"result_encoding":null}"#,
    "\n",
);

#[test]
fn hostile_text_reaches_no_terminal_in_any_format() {
    let evil = "\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\r\nb\u{7f}";
    let payload = format!("\"\u{9b}2J\u{202e}\u{7f}{}\"", r"\u001b");
    let hostile = [task(evil, payload.as_bytes()), task("c", evil.as_bytes())];
    for format in Format::ALL {
        let never = Settings {
            color: ColorChoice::Never,
            ..settings(*format)
        };
        let printed = list(never, true, &hostile);
        for c in printed.chars() {
            let fine = c == '\n' || !c.is_control() && c != '\u{202e}';
            assert!(fine, "{format:?} lets {c:?} through");
        }
    }
    let bench = Bench::new(settings(Format::Table), false);
    bench.printer.warn("queue \u{1b}[2J\nis odd");
    bench.printer.error("no \u{9b}", Some("\u{202e}"));
    assert_eq!(
        bench.err.text(),
        "warning: queue \\u{1b}[2J\nis odd\nerror: no \\u{9b} (\\u{202e})\n"
    );
}

#[test]
fn colors_on_terminals_or_when_forced() {
    let tasks = [task("b", b"x")];
    assert!(!list(settings(Format::Table), false, &tasks).contains('\u{1b}'));
    let always = Settings {
        color: ColorChoice::Always,
        ..settings(Format::Table)
    };
    let expected = concat!(
        "\u{1b}[2mID\u{1b}[0m  \u{1b}[2mQUEUE\u{1b}[0m    \u{1b}[2mTYPE\u{1b}[0m           \u{1b}[2mNEXT\u{1b}[0m      ",
        "\u{1b}[2mRETRIED\u{1b}[0m  \u{1b}[2mERROR\u{1b}[0m\n",
        "b   default  email:deliver  in 3m12s     3/25  \u{1b}[31mconnection refused\u{1b}[0m\n",
    );
    assert_eq!(list(always, false, &tasks), expected);
    assert_eq!(list(settings(Format::Table), true, &tasks), expected);
}

#[test]
fn a_later_batch_grows_columns() {
    let mut tasks: Vec<_> = (0..1_000).map(|_| task("b", b"x")).collect();
    tasks.push(task("longer", b"x"));
    let printed = list(settings(Format::Table), false, &tasks);
    assert_eq!(printed.lines().count(), 1_002);
    assert!(printed.ends_with(
        "\nb   default  email:deliver  in 3m12s     3/25  connection refused\n\
         longer  default  email:deliver  in 3m12s     3/25  connection refused\n"
    ));
}

#[test]
fn a_closed_pipe_is_told_apart() {
    let streams = || Streams {
        out: Sink {
            to: Box::new(Gone),
            terminal: false,
        },
        err: Sink {
            to: Box::new(Gone),
            terminal: false,
        },
        input: Box::new(io::empty()),
        input_terminal: false,
        size: || None,
    };
    for format in Format::ALL {
        let printer = Printer::with_streams(settings(*format), streams());
        let shown = printer.show(&task("b", b"x"), now());
        assert!(matches!(shown, Err(Error::Closed)), "{format:?}");
        printer.warn("nobody hears this");
    }
}

#[test]
fn a_task_has_a_page() {
    let bench = Bench::new(settings(Format::Table), false);
    let document = task("b", b"{\"a\":[1.0]}");
    bench.printer.show(&document, now()).unwrap();
    assert_eq!(
        bench.out.text(),
        concat!(
            "ID:            b\n",
            "Queue:         default\n",
            "Type:          email:deliver\n",
            "State:         retry\n",
            "Retried:       3/25\n",
            "Next process:  2023-11-14T22:16:32Z (in 3m12s)\n",
            "Last failed:   2023-11-14T21:56:40Z (16m40s ago)\n",
            "Timeout:       30m\n",
            "\n",
            "Last error:\n  connection refused\n",
            "\n",
            "Payload:\n  {\n    \"a\": [\n      1.0\n    ]\n  }\n",
        )
    );
}

#[test]
fn one_asked_for_is_an_object_and_two_are_an_array() {
    let printed = |tasks: &[TaskDocument]| {
        let bench = Bench::new(settings(Format::Json), false);
        bench.printer.show_all(tasks, now()).unwrap();
        bench.out.text()
    };
    assert!(printed(&two()[..1]).starts_with("{\n  \"id\""));
    assert!(printed(&two()).starts_with("[\n  {\n    \"id\""));
}

#[test]
fn quiet_silences_what_is_not_needed() {
    let quiet = Settings {
        quiet: true,
        ..Settings::default()
    };
    let bench = Bench::new(quiet, false);
    bench.printer.note("a note");
    bench.printer.hint("a hint");
    bench.printer.error("it failed", None);
    assert_eq!(bench.err.text(), "error: it failed\n");
    assert_eq!(bench.out.text(), "");
}

#[test]
fn questions_are_asked_of_people_only() {
    let ask = |answer, terminal, no_input| {
        let settings = Settings {
            no_input,
            ..Settings::default()
        };
        let bench = Bench::answered(settings, terminal, answer);
        (bench.printer.confirm("delete 3 tasks?"), bench.err.text())
    };
    let asked = "delete 3 tasks? [y/N] ".to_owned();
    assert_eq!(ask("Yes\n", true, false), (Answer::Yes, asked.clone()));
    assert_eq!(ask("\n", true, false), (Answer::No, asked.clone()));
    let ended = format!("{asked}\n");
    assert_eq!(ask("", true, false), (Answer::No, ended));
    assert_eq!(ask("y\n", true, true), (Answer::NotAsked, String::new()));
    assert_eq!(ask("y\n", false, false), (Answer::NotAsked, String::new()));
}

#[test]
fn log_lines() {
    let bench = Bench::new(Settings::default(), false);
    let line = LogLine {
        queue: Some("a\u{1b}b".into()),
        took_seconds: Some(0.25),
        ..LogLine::new(now(), Level::Info, "done")
    };
    bench.printer.log(&line, LogFormat::Text);
    bench.printer.log(&line, LogFormat::Json);
    let (text, json) = bench
        .err
        .text()
        .split_once('\n')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    assert!(text.ends_with("done       a\\u{1b}b  250ms"), "{text}");
    assert!(
        json.contains(r#""event":"done","schedule":null,"queue":"a\u001bb","task_id":null"#),
        "{json}"
    );
}

#[test]
fn progress_is_invisible_off_a_terminal() {
    let bench = Bench::new(Settings::default(), false);
    let progress = bench.printer.progress(Some(10));
    progress.advance(5);
    bench.printer.note("half");
    bench.printer.raw(b"\xff\0").unwrap();
    drop(progress);
    assert_eq!(bench.err.text(), "half\n");
    assert_eq!(*bench.out.0.lock().unwrap(), b"\xff\0");
}
