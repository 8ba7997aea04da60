//! A task in the editor, and moves to another queue.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use qctl::task::{Message, State};
use rustix::process::{Pid, Signal, test_kill_process};
use serde_json::Value;
use tempfile::TempDir;

use super::{SIZE, select};
use crate::cli::{put, put_message, state, task_key};
use crate::harness::proxy::Proxy;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::tmux::Tmux;
use crate::harness::{SOON, eventually};

/// An editor that is a shell script, a Redis with the archived task `one`, and the dashboard with the cursor on it.
pub(super) struct Desk {
    folder: TempDir,
    pub(super) redis: Redis,
    /// What the dashboard sees of Redis.
    pub(super) proxy: Proxy,
    pub(super) tmux: Tmux,
}

impl Desk {
    pub(super) fn new(editor: &str, size: (u16, u16)) -> Option<Self> {
        let redis = Redis::start();
        put(&redis, "low", "one", State::Archived);
        let folder = TempDir::with_prefix("qctl-editor-").unwrap();
        let script = folder.path().join("editor");
        std::fs::write(&script, format!("#!/bin/sh\n{editor}\n")).unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
        let variables = [
            ("EDITOR", script.to_str().unwrap()),
            ("TMPDIR", folder.path().to_str().unwrap()),
        ];
        let proxy = Proxy::new(&redis);
        let tmux = Tmux::with(&proxy.url(), size, "dash", &variables)?;
        tmux.sees(&["1 Queues", "low"]);
        tmux.keys("2").sees(&["one", "archived"]);
        Some(Self {
            folder,
            redis,
            proxy,
            tmux,
        })
    }

    /// The task as a document.
    pub(super) fn task(&self) -> Value {
        let inspect = Qctl::new(&self.redis).args(["inspect", "one", "-o", "json"]);
        inspect.run_unchecked().expect_code(0).json()
    }

    /// The texts that are kept.
    pub(super) fn kept(&self) -> Vec<PathBuf> {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        let files = files.map(|file| file.unwrap().path());
        let is_text = |path: &PathBuf| path.extension().is_some_and(|end| end == "txt");
        files.filter(is_text).collect()
    }
}

/// An editor that sets the retry limit.
pub(super) const RETRIES: &str = "sed -i 's/^max-retry: .*/max-retry: 7/' \"$1\"";

#[test]
fn a_task_is_edited_after_a_question() {
    // It asks for a line, as a program that has the terminal may.
    let editor = format!("printf 'in the editor: '; read line; echo \"read $line\"; {RETRIES}");
    let Some(desk) = Desk::new(&editor, (80, 24)) else {
        return;
    };
    let tmux = &desk.tmux;
    tmux.keys("E").sees(&["in the editor:"]);
    assert!(!tmux.screen().contains("1 Queues"));
    tmux.text("some text").keys("Enter");
    tmux.sees(&[
        "1 Queues",
        "edit 1 task: max-retry 25 → 7? y/N",
        "qctl edit --max-retry 7 --queue low one",
    ]);
    assert_ne!(desk.task()["max_retry"], 7);
    tmux.keys("y").sees(&["edited 1 task"]);
    assert_eq!(desk.task()["max_retry"], 7);
    assert_eq!(desk.kept(), [] as [PathBuf; 0]);
    // From its page, and without a change.
    tmux.keys("Enter").sees(&["› one", "Payload", "E edit"]);
    tmux.keys("E").sees(&["in the editor:"]);
    tmux.keys("Enter");
    tmux.sees(&["› one", "the text has no changes: nothing was changed"]);
    tmux.keys("q");
    tmux.left(0);
}

#[test]
fn a_copy_is_enqueued_after_a_question() {
    // The second time, the text stays as it is.
    let once = "[ -e \"$0.done\" ] && exit; : > \"$0.done\"";
    let change = "sed -i 's/^max-retry: .*/max-retry: 7/; s/^queue: .*/queue: high/; s/^unique: none/unique: 1h/' \"$1\"";
    let Some(desk) = Desk::new(&format!("{once}; {change}"), (80, 24)) else {
        return;
    };
    let tmux = &desk.tmux;
    tmux.sees(&["R retry"]);
    tmux.keys("N")
        .sees(&["in the new queue high? y/N", "qctl enqueue --payload"]);
    tmux.keys("y")
        .sees(&["enqueued task", "in queue high", "2 tasks"]);
    let tasks = Qctl::new(&desk.redis).args(["ls", "tasks", "-q", "high", "-o", "json"]);
    let tasks = tasks.run_unchecked().expect_code(0).json();
    let copy = &tasks[0];
    assert_eq!(
        (&copy["max_retry"], &copy["state"], &copy["payload"]),
        (&7.into(), &"pending".into(), &desk.task()["payload"])
    );
    let id = copy["id"].as_str().unwrap();
    assert!(
        tmux.screen().replace('\n', "").contains(id),
        "{}",
        tmux.screen()
    );
    assert_eq!(desk.task()["max_retry"], 25, "the original stays");
    assert_eq!(desk.kept(), [] as [PathBuf; 0]);
    tmux.keys("N").sees(&["queue high? y/N"]);
    tmux.keys("n");
    tmux.sees(&["nothing was changed; your text is in the file"]);
    assert_eq!(desk.kept().len(), 1);
    tmux.keys("6").sees(&["enqueue", "queue:high"]);
}

/// The list of a queue, on the smallest screen: no column for the queue, room for the error, and the keys for one task.
#[test]
fn the_list_of_a_queue_shows_errors_and_keys_on_a_small_screen() {
    let redis = Redis::start();
    let id = "an-id-of-some-length-1";
    put(&redis, "low", id, State::Archived);
    let bytes: Vec<u8> = redis.query(&["HGET", &task_key("low", id), "msg"]);
    let mut message = Message::from_bytes(&bytes).unwrap();
    message.last_error = "exit status 1: no such template".to_owned();
    put_message(&redis, &message, State::Archived);
    let Some(tmux) = Tmux::start(&redis.url(), (80, 24), "dash") else {
        return;
    };
    tmux.sees(&["1 Queues", "low"]);
    tmux.keys("2");
    select(&tmux, "queue:low state:archived", "1 task");
    // What can be done with one task is in the key bar of its own view.
    let screen = tmux.sees(&[
        "exit status 1: no such ",
        "R retry",
        "/ select",
        "space mark",
    ]);
    for column in ["QUEUE", "RETRIED"] {
        assert!(!screen.contains(column), "{screen}");
    }
}

#[test]
fn a_text_that_is_not_used_is_kept() {
    let Some(desk) = Desk::new(RETRIES, SIZE) else {
        return;
    };
    let tmux = &desk.tmux;
    tmux.keys("E").sees(&["edit 1 task: max-retry 25 → 7? y/N"]);
    tmux.keys("n");
    tmux.sees(&["nothing was changed; your text is in a file: qctl edit one --queue low --from"]);
    let [kept] = desk.kept().try_into().unwrap();
    let text = std::fs::read_to_string(&kept).unwrap();
    assert!(text.contains("max-retry: 7"), "{text}");
    // The command works, and quitting says it once more.
    let from = ["edit", "one", "--queue", "low", "--from"];
    let edit = Qctl::new(&desk.redis)
        .args(from)
        .arg(kept.to_str().unwrap());
    edit.run_unchecked().expect_code(0);
    assert_eq!(desk.task()["max_retry"], 7);
    tmux.keys("q");
    let screen = tmux.left(0);
    assert!(screen.contains("your text is in a file"), "{screen}");
}

#[test]
fn a_task_that_has_changed_meanwhile_stays_as_it_is() {
    let wait = "until [ -e go ]; do sleep 0.05; done";
    let editor = format!("cd \"$(dirname \"$0\")\"; echo in the editor; {wait}; {RETRIES}");
    let Some(desk) = Desk::new(&editor, SIZE) else {
        return;
    };
    let tmux = &desk.tmux;
    tmux.keys("E").sees(&["in the editor"]);
    let edit = Qctl::new(&desk.redis).args(["edit", "one", "--max-retry", "3"]);
    edit.run_unchecked().expect_code(0);
    std::fs::write(desk.folder.path().join("go"), "").unwrap();
    tmux.sees(&["edit 1 task: max-retry 25 → 7? y/N"]);
    tmux.keys("y");
    tmux.sees(&["has changed", "your text is in a file: qctl edit one"]);
    assert_eq!(desk.task()["max_retry"], 3);
    assert_eq!(desk.kept().len(), 1);
}

#[test]
fn an_editor_that_is_killed_leaves_a_terminal_that_works() {
    let spoil = "stty raw -echo; printf '\\033[?1049h\\033[?25l\\033[5;9r\\033[31m'";
    let Some(desk) = Desk::new(&format!("{spoil}; kill -9 $$"), SIZE) else {
        return;
    };
    let tmux = &desk.tmux;
    tmux.keys("E").sees(&["1 Queues", "(signal: 9", "EDITOR"]);
    tmux.keys("Enter").sees(&["› one", "Payload"]);
    tmux.text(":stats -o csv").keys("Enter");
    tmux.sees(&["queue,size", "low,1", "press a key to return"]);
    tmux.keys("x q");
    tmux.left(0);
}

#[test]
fn what_is_wrong_with_a_text_is_shown_in_the_editor() {
    let second = "grep -q '^# error' \"$1\" && sed -i 's/: many/: 7/' \"$1\" && exit";
    let editor = format!("{second}; sed -i 's/^max-retry: .*/max-retry: many/' \"$1\"");
    let Some(desk) = Desk::new(&editor, SIZE) else {
        return;
    };
    desk.tmux
        .keys("E")
        .sees(&["edit 1 task: max-retry 25 → 7? y/N"]);
}

/// The editor is started a second time, as a person has to see what is wrong.
#[test]
fn a_mistake_that_is_repeated_is_not_shown_forever() {
    let Some(desk) = Desk::new("echo >> \"$0.starts\"; echo nonsense > \"$1\"", SIZE) else {
        return;
    };
    desk.tmux
        .keys("E")
        .sees(&["1 Queues", "the text cannot be used", "qctl edit one"]);
    let [kept] = desk.kept().try_into().unwrap();
    assert_eq!(std::fs::read_to_string(kept).unwrap(), "nonsense\n");
    let starts = std::fs::read_to_string(desk.folder.path().join("editor.starts"));
    assert_eq!(starts.unwrap(), "\n\n");
}

/// As by Ctrl-C, while the text with the mistake on top is open.
#[test]
fn what_was_typed_before_the_editor_was_killed_is_kept() {
    let kill = "grep -q '^# error' \"$1\" && kill -INT $$";
    let editor = format!("{kill}; sed -i 's/^max-retry: .*/max-retry: many/' \"$1\"");
    let Some(desk) = Desk::new(&editor, SIZE) else {
        return;
    };
    desk.tmux
        .keys("E")
        .sees(&["1 Queues", "(signal: 2", "qctl edit one"]);
    let [kept] = desk.kept().try_into().unwrap();
    let text = std::fs::read_to_string(kept).unwrap();
    assert!(text.contains("max-retry: many"), "{text}");
    desk.tmux.keys("q");
    let screen = desk.tmux.left(0);
    assert!(screen.contains("your text is in a file"), "{screen}");
}

#[test]
fn a_signal_ends_the_editor_and_the_dashboard() {
    let editor = "echo $$ > \"$0.pid\"; echo in the editor; exec sleep 600";
    let Some(desk) = Desk::new(editor, SIZE) else {
        return;
    };
    desk.tmux.keys("E").sees(&["in the editor"]);
    desk.tmux.signal(Signal::TERM);
    desk.tmux.left(143);
    let pid = std::fs::read_to_string(desk.folder.path().join("editor.pid")).unwrap();
    let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    assert!(test_kill_process(pid).is_err(), "the editor goes on");
    assert_eq!(desk.kept(), [] as [PathBuf; 0]);
}

#[test]
fn marked_tasks_are_moved_to_another_queue() {
    let redis = Redis::start();
    for id in ["first", "second", "third"] {
        put(&redis, "low", id, State::Archived);
    }
    put(&redis, "critical", "other", State::Pending);
    let Some(tmux) = Tmux::start(&redis.url(), SIZE, "dash") else {
        return;
    };
    tmux.sees(&["1 Queues", "critical"]);
    tmux.keys("2");
    select(&tmux, "queue:low", "3 tasks");
    tmux.keys("Space Space").sees(&["2 marked"]);
    tmux.keys("E").sees(&["the editor opens one task"]);
    tmux.keys("M").sees(&["move to queue:"]);
    tmux.text("cr").keys("Tab");
    tmux.sees(&["move to queue: critical"]);
    tmux.keys("Enter").sees(&[
        "move 2 tasks to queue critical? y/N",
        "qctl edit --move-to critical --queue low first second",
    ]);
    tmux.keys("y").sees(&["edited 2 tasks", "1 task"]);
    for (id, queue) in [("first", "critical"), ("third", "low")] {
        eventually(SOON, || state(&redis, queue, id));
    }
    // All that match.
    select(&tmux, " state:archived", "1 task");
    tmux.keys("a M");
    tmux.text("crtical").keys("Enter");
    tmux.sees(&["move 1 task to the new queue crtical? y/N"]);
    tmux.keys("n").sees(&["nothing was changed"]);
}
