//! The commands that the page and the dashboard show: pasted into a shell, they do what they say, whatever the names.

use std::time::Duration;

use chrono::DateTime;
use qctl::clock;
use qctl::command_line;
use qctl::inspector::edit::{Edit, NewPayload};
use qctl::inspector::query::Query;
use qctl::inspector::{Options, Selection};
use qctl::schedule::form::Form;
use qctl::task::transition::Action;
use qctl::task::{Message, NewTask, QueueName, State, TaskId, TaskType};
use serde_json::{Value, json};

use super::{keys, message, put, put_message, put_stored};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::running::Output;

/// Names that mean something to a shell, to `printf`, to `qctl`, or to a terminal.
const NAMES: [&str; 20] = [
    "plain",
    "a b",
    "it's",
    "$(touch pwned)",
    "`touch pwned`",
    "--yes",
    "-",
    "a\"b\\c\\\\'",
    "*",
    "a,b",
    "; touch pwned #",
    "~",
    "!!",
    "%s%n",
    "{a,b}",
    "$HOME",
    "é\u{202e}\u{1b}[31m",
    "line\nbreak\t'%d'!",
    "@file",
    "\u{9b}'",
];

/// Runs a command as if it had been pasted.
fn paste(redis: &Redis, command: &str) -> Output {
    let redis = redis.url();
    Qctl::played_by(&format!(
        "qctl() {{ {} \"$@\"; }}\n{command}",
        env!("CARGO_BIN_EXE_qctl")
    ))
    .env("QCTL_REDIS", redis)
    .run_unchecked()
}

#[track_caller]
fn succeeds(redis: &Redis, command: &str) -> String {
    let output = paste(redis, command);
    assert_eq!(output.code, Some(0), "{command}\n{}", output.stderr_str());
    output.stdout_str().to_owned()
}

fn named(name: &str) -> Message {
    Message {
        kind: name.to_owned(),
        last_error: format!("an error: {name}"),
        ..message(name, name)
    }
}

fn state(redis: &Redis, name: &str) -> Option<String> {
    let id = TaskId::from_stored(name.as_bytes().to_vec());
    redis.query(&["HGET", &keys(name).task(&id), "state"])
}

fn selection(name: &str) -> Selection {
    Selection::queue(name).unwrap()
}

#[test]
fn names_from_strangers_change_nothing_but_their_own_tasks() {
    let redis = Redis::start();
    for name in NAMES {
        put_message(&redis, &named(name), State::Archived);
        let queue = QueueName::new(name).unwrap();
        let id = TaskId::new(name).unwrap();
        let (options, by_id) = (Options::default(), Selection::ids([id.clone()]));

        let listed = succeeds(&redis, &(command_line::ls(&selection(name)) + " -o id"));
        assert_eq!(listed.lines().count(), 1, "{name:?}: {listed}");
        succeeds(&redis, &command_line::inspect(&queue, &id));
        succeeds(&redis, &command_line::inspect_queue(&queue));
        let logs = paste(&redis, &command_line::logs(&queue, &id, Some("1")));
        let none = logs.stderr_str().contains("there is no log of");
        assert!(none, "{name:?}: {}", logs.stderr_str());

        let mut dry = Options::default();
        dry.dry_run = true;
        succeeds(&redis, &command_line::change(Action::Retry, &by_id, &dry));
        assert_eq!(state(&redis, name).as_deref(), Some("archived"), "{name:?}");
        succeeds(
            &redis,
            &command_line::change(Action::Retry, &by_id, &options),
        );
        assert_eq!(state(&redis, name).as_deref(), Some("pending"), "{name:?}");

        let mut described = selection(name).state(State::Pending);
        described.filter = Query::parse("newer:900w .retried == 0")
            .unwrap()
            .selection()
            .filter
            .clone();
        described.filter.kind = Some(wildmatch(name));
        described.filter.error = Some(name.to_owned());
        let archive = command_line::change(Action::Archive, &described, &options);
        assert_eq!(paste(&redis, &archive).code, Some(2), "it must ask");
        succeeds(&redis, &(archive + " --yes"));
        assert_eq!(state(&redis, name).as_deref(), Some("archived"), "{name:?}");

        for (command, paused) in [
            (command_line::pause(&queue), 1),
            (command_line::resume(&queue), 0),
        ] {
            succeeds(&redis, &command);
            let exists: i64 = redis.query(&["EXISTS", &keys(name).paused()]);
            assert_eq!(exists, paused, "{command}");
        }
        let drop = command_line::drop(&queue, true);
        succeeds(&redis, &drop.replacen("drop ", "drop --yes ", 1));
        assert_eq!(state(&redis, name), None, "{name:?}");
    }
    let left: Vec<String> = redis.query(&["SMEMBERS", "asynq:queues"]);
    assert_eq!(left, Vec::<String>::new());
}

fn wildmatch(text: &str) -> wildmatch::WildMatch {
    wildmatch::WildMatch::new(text)
}

#[test]
fn ids_that_are_no_arguments_go_through_standard_input() {
    let redis = Redis::start();
    for id in ["-", " ", "", "\"quoted\"", "nul\0", "break\n", "\u{1b}[2J"] {
        put_stored(&redis, &message("low", id));
        let id = TaskId::from_stored(id.as_bytes().to_vec());
        let by_id = Selection::ids([id]);
        let delete = command_line::change(Action::Delete, &by_id, &Options::default());
        assert!(!delete.contains(char::is_control), "{delete:?}");
        let delete = if delete.contains(" | ") {
            delete
        } else {
            delete.replacen("delete", "delete --yes", 1)
        };
        assert!(
            succeeds(&redis, &delete).contains("deleted 1 task"),
            "{delete}"
        );
    }
}

#[test]
fn what_no_shell_can_pass_is_a_comment() {
    for name in ["nul\0", "break\n"] {
        let queue = QueueName::new(name).unwrap();
        assert_eq!(
            command_line::pause(&queue),
            "# no command: a name contains a NUL character or ends with a line break"
        );
    }
}

#[test]
fn commands_read_as_people_write_them() {
    let query = "queue:critical,import:* state:retry,archived error:\"no route\" older:1h limit:5 .retried > 3";
    let query = Query::parse(query).unwrap();
    let mut options = Options::default();
    options.rate = std::num::NonZeroU32::new(100);
    options.allow_trim = true;
    for (command, expected) in [
        (
            command_line::change(Action::Archive, query.selection(), &options),
            "qctl archive --allow-trim --rate 100 --queue critical --queue 'import:*' --state 'retry,archived' \
             --error 'no route' --older-than 1h --filter '.retried > 3' --limit 5",
        ),
        (command_line::ls(&Selection::default()), "qctl ls tasks"),
        (command_line::cron_run("nightly"), "qctl cron run nightly"),
    ] {
        assert_eq!(command, expected);
    }
}

#[test]
fn schedules_are_added_paused_run_and_removed_whatever_their_names() {
    let redis = Redis::start();
    let form = |name: &str| Form {
        name: Some(
            name.split_whitespace()
                .collect::<String>()
                .replace(char::is_control, ""),
        ),
        spec: "0 3 * * *".to_owned(),
        kind: name.to_owned(),
        payload: Some(Value::from(name)),
        note: Some(format!("-{name}")),
        group: Some(name.to_owned()),
        headers: [("x-name".to_owned(), name.to_owned())].into(),
        tz: Some("Europe/Paris".to_owned()),
        timeout: Some("90s".to_owned()),
        ..Form::default()
    };
    let mut forms: Vec<Form> = NAMES.into_iter().map(form).collect();
    forms.push(Form {
        payload: None,
        payload_base64: Some("/wBcJw==".to_owned()),
        ..form("bytes")
    });
    for form in forms {
        let schedule = form.check(clock::now()).unwrap();
        let name = schedule.name.as_str();
        succeeds(&redis, &command_line::cron_add(&schedule, false, true));
        // YAML refuses this character, which JSON allows.
        let file = json!({ "cron": [form] })
            .to_string()
            .replace('\u{9b}', "\\u009b");
        let compared = Qctl::new(&redis)
            .file("one.yaml", file)
            .args(["cron", "sync", "one.yaml", "--dry-run", "-o", "json"])
            .run_unchecked()
            .expect_code(0)
            .json();
        assert_eq!(compared["unchanged"], 1, "{compared}");
        succeeds(&redis, &command_line::cron_ls(name));
        succeeds(&redis, &command_line::cron_pause(name));
        succeeds(&redis, &command_line::cron_resume(name));
        succeeds(&redis, &command_line::cron_run(name));
        let remove = command_line::cron_remove(name);
        succeeds(&redis, &remove.replacen("rm", "rm --yes", 1));
    }
    let left: i64 = redis.query(&["SCARD", qctl::broker::keys::CRON_NAMES]);
    assert_eq!(left, 0);
}

/// What an edit says, whatever the payload.
#[test]
fn edits_are_those_of_the_shell() {
    let redis = Redis::start();
    let bytes = [
        &b"\xff\x00'!%\n"[..],
        b"-",
        b"@a",
        b"",
        b"{\"a\": \"$(touch pwned)\"}",
    ];
    for (index, payload) in bytes.into_iter().enumerate() {
        let id = TaskId::new(format!("t{index}")).unwrap();
        put(&redis, "q", id.as_str(), State::Scheduled);
        let mut selection = Selection::ids([id.clone()]);
        selection.queues.push(QueueName::new("q").unwrap());
        let mut edit = Edit::default();
        edit.payload = Some(NewPayload::Bytes(payload.to_vec()));
        edit.start_at = DateTime::from_timestamp(4_000_000_000, 0);
        edit.max_retry = Some(3);
        edit.timeout = Some(90);
        edit.deadline = Some(if index == 0 { 0 } else { 4_000_000_001 });
        edit.retention = Some(0);
        let command = command_line::edit(&selection, &edit);
        // A terminal would ask.
        let yes = !command.contains("--yes");
        succeeds(
            &redis,
            &command.replace(
                "qctl edit",
                if yes { "qctl edit --yes" } else { "qctl edit" },
            ),
        );
        let stored: Vec<u8> = redis.query(&["HGET", &keys("q").task(&id), "msg"]);
        let stored = Message::from_bytes(&stored).unwrap();
        assert_eq!(stored.payload, payload, "{command}");
        let deadline = edit.deadline.unwrap();
        assert_eq!(
            (
                stored.max_retry,
                stored.timeout,
                stored.deadline,
                stored.retention
            ),
            (3, 90, deadline, 0)
        );
    }
}

/// A copy of a task, whatever its names.
#[test]
fn copies_are_those_of_the_shell() {
    let redis = Redis::start();
    for name in NAMES {
        let kind = TaskType::new(name).unwrap();
        let task = NewTask::new(kind, Some(name.into())).with(|options| {
            options.queue = QueueName::new("copies").unwrap();
            options.group = Some(name.to_owned());
            options.headers = [("x-name".to_owned(), name.to_owned())].into();
            options.unique_for = Some(Duration::from_secs(60));
        });
        succeeds(&redis, &command_line::enqueue(&task));
    }
    let listed = Qctl::new(&redis).args(["ls", "tasks", "-q", "copies", "-o", "ndjson"]);
    let listed = listed.run_unchecked().expect_code(0).ndjson();
    for name in NAMES {
        let same = |task: &&Value| {
            ["type", "group"].iter().all(|key| task[key] == name)
                && task["headers"]["x-name"] == name
        };
        assert_eq!(listed.iter().filter(same).count(), 1, "{name}");
    }
}
