//! `qctl edit ID`: a task is edited as text, in an editor or from a file, and what was typed is never lost.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use qctl::task::{Message, State};
use rustix::process::Signal;
use tempfile::TempDir;

use super::{contents, keys, put, put_message, qctl, state, task_key};
use crate::harness::proxy::Proxy;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::running::Output;
use crate::harness::tmux::Tmux;
use crate::harness::{SOON, eventually};

fn stored(redis: &Redis, id: &str) -> Message {
    let bytes: Vec<u8> = redis.query(&["HGET", &task_key("q", id), "msg"]);
    Message::from_bytes(&bytes).unwrap()
}

/// A user with a folder for temporary files, and a shell script as the editor: `$1` is the file.
struct User {
    folder: TempDir,
}

impl User {
    fn new() -> Self {
        Self {
            folder: TempDir::with_prefix("qctl-editor-").unwrap(),
        }
    }

    fn edits(&self, redis: &Redis, line: &str, script: &str) -> Qctl {
        let program = self.folder.path().join("an editor");
        fs::write(&program, script).unwrap();
        let tmp = self.folder.path().join("tmp");
        fs::create_dir_all(&tmp).unwrap();
        qctl(redis, line)
            .env("TMPDIR", &tmp)
            .env("EDITOR", format!("sh -eu '{}'", program.display()))
            .env("QCTL", env!("CARGO_BIN_EXE_qctl"))
    }

    fn left_files(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.folder.path().join("tmp")).unwrap();
        files.map(|file| file.unwrap().path()).collect()
    }

    /// The file that this output names, which nobody else can read.
    fn kept(&self, output: &Output) -> PathBuf {
        let files = self.left_files();
        let [file] = files.as_slice() else {
            panic!("{files:?}")
        };
        assert!(
            output
                .stderr_str()
                .contains(&format!("--from {}\n", file.display())),
            "{}",
            output.stderr_str()
        );
        assert_eq!(mode(file), 0o600);
        file.clone()
    }
}

fn mode(file: &Path) -> u32 {
    fs::metadata(file).unwrap().permissions().mode() & 0o777
}

/// The arguments that use a text again.
fn from(file: &Path) -> String {
    format!("edit a --queue q --from {}", file.display())
}

const CHANGE: &str =
    r#"sed -i 's/max-retry: 25/max-retry: 3/; s/"n": 1/"n": 12345678901234567890123/' "$1""#;

#[test]
fn what_is_changed_in_the_text_is_changed_in_the_task() {
    let (redis, user) = (Redis::start(), User::new());
    put(&redis, "q", "a", State::Retry);
    let script = format!("stat -c %a \"$1\" >> ../mode\ncp \"$1\" ../shown\n{CHANGE}\n");
    let script = script.replace("../", &format!("{}/", user.folder.path().display()));
    user.edits(&redis, "edit a", &script)
        .stdout("edited 1 task\n")
        .run();
    let message = stored(&redis, "a");
    assert_eq!(message.payload, b"{\"n\":12345678901234567890123}");
    assert_eq!(message.max_retry, 3);
    assert_eq!(user.left_files(), Vec::<PathBuf>::new());
    let file = |name: &str| fs::read_to_string(user.folder.path().join(name)).unwrap();
    assert_eq!(file("mode"), "600\n");
    assert!(file("shown").ends_with("payload: json\n{\n  \"n\": 1\n}\n"));
    // An editor that puts a new file in place of the old one, and prints.
    let script =
        "sed 's/max-retry: 3/max-retry: 4/' \"$1\" > \"$1.new\"; mv \"$1.new\" \"$1\"; echo saved";
    let edited = user.edits(&redis, "edit a --json", script).run_unchecked();
    assert_eq!(edited.json()["changed"], 1);
    assert_eq!(edited.stderr_str(), "saved\n");
    assert_eq!(stored(&redis, "a").max_retry, 4);
    user.edits(&redis, "edit a", "sed -i 's/^queue: q$/queue: low/' \"$1\"")
        .stdout("edited 1 task\n")
        .stderr("warning: queue low does not exist yet, and no server serves it\n")
        .run();
    assert_eq!(state(&redis, "low", "a").unwrap(), "retry");
    assert_eq!(state(&redis, "q", "a"), None);
}

#[test]
fn a_text_without_changes_changes_nothing() {
    let (redis, user) = (Redis::start(), User::new());
    put(&redis, "q", "a", State::Pending);
    let before = contents(&redis);
    for script in [
        "true",
        ": > \"$1\"",
        "sed -i 's/^{$/{ /; s/: 1/:1/' \"$1\"",
        "sed -i '/^[^#]/d' \"$1\"",
    ] {
        user.edits(&redis, "edit a", script)
            .stderr("the text has no changes: nothing was changed\n")
            .run();
    }
    user.edits(&redis, "edit a", "exit 3")
        .status(1)
        .stderr(&format!(
            "error: the editor \"sh -eu '{}'\" failed (exit status: 3), and nothing was changed\n\
             hint: to use another one, set VISUAL or EDITOR\n",
            user.folder.path().join("an editor").display()
        ))
        .run();
    assert_eq!(contents(&redis), before);
    assert_eq!(user.left_files(), Vec::<PathBuf>::new());
    // VISUAL comes first, unless the terminal is dumb.
    for (terminal, code) in [("xterm", 0), ("dumb", 1)] {
        let visual = user.edits(&redis, "edit a", "exit 3").env("VISUAL", "true");
        visual
            .env("TERM", terminal)
            .run_unchecked()
            .expect_code(code);
    }
}

#[test]
fn a_text_that_cannot_be_used_stays_in_a_file() {
    let (redis, user) = (Redis::start(), User::new());
    put(&redis, "q", "a", State::Pending);
    let before = contents(&redis);
    let script = format!("{CHANGE}\nsed -i 's/^}}$/,}}/' \"$1\"; chmod 644 \"$1\"");
    let refused = user.edits(&redis, "edit a", &script).run_unchecked();
    let refused = refused.expect_code(2);
    assert!(
        refused.stderr_str().starts_with(
            "error: the text cannot be used (the payload is not JSON (key must be a string at line 3 column 2 of the payload); \
             for a payload of another kind, write \"payload: text\"), and nothing was changed\n\
             hint: your text is in a file: qctl edit a --queue q --from "
        ),
        "{}",
        refused.stderr_str()
    );
    let file = user.kept(&refused);
    assert_eq!(contents(&redis), before);
    // The same mistake, from the file.
    let again = qctl(&redis, &from(&file)).run_unchecked().expect_code(2);
    assert!(again.stderr_str().contains("key must be a string"));
    let fixed = fs::read_to_string(&file).unwrap().replace(",}", "}");
    qctl(&redis, "edit a --from -")
        .stdin(fixed)
        .stdout("edited 1 task\n")
        .run();
    assert_eq!(stored(&redis, "a").max_retry, 3);
    fs::remove_file(&file).unwrap();
    // An editor that fails after it has saved.
    let failed = user.edits(&redis, "edit a", "echo x >> \"$1\"; exit 3");
    let failed = failed.run_unchecked().expect_code(1);
    let file = user.kept(&failed);
    assert!(fs::read_to_string(file).unwrap().ends_with("}\nx\n"));
}

/// What becomes of the task while the editor is open, and the exit code then.
#[test]
fn a_task_that_changes_meanwhile_is_left_alone_and_the_text_stays_in_a_file() {
    for (meanwhile, code, why) in [
        (
            "\"$QCTL\" edit a --timeout 7s",
            6,
            "error: task \"a\" in queue \"q\" has changed meanwhile\n",
        ),
        (
            "\"$QCTL\" delete a --yes",
            3,
            "error: task \"a\" does not exist in any queue\n",
        ),
    ] {
        let (redis, user) = (Redis::start(), User::new());
        put(&redis, "q", "a", State::Archived);
        let script = format!("{meanwhile} >/dev/null\n{CHANGE}\n");
        let refused = user.edits(&redis, "edit a", &script).run_unchecked();
        let refused = refused.expect_code(code);
        assert!(
            refused.stderr_str().contains(why),
            "{}",
            refused.stderr_str()
        );
        let file = user.kept(&refused);
        if code == 6 {
            assert_eq!(stored(&redis, "a").max_retry, 25);
            qctl(&redis, &from(&file)).stdout("edited 1 task\n").run();
            let message = stored(&redis, "a");
            assert_eq!((message.max_retry, message.payload.len()), (3, 29));
        }
    }
    // A worker has it.
    let (redis, user) = (Redis::start(), User::new());
    put(&redis, "q", "a", State::Active);
    user.edits(&redis, "edit a", "exit 3")
        .status(6)
        .stderr(
            "error: cannot edit task \"a\" in queue \"q\" (it is running)\nhint: qctl cancel a\n",
        )
        .run();
}

#[test]
fn nothing_is_opened_where_nothing_may_be_changed_or_nobody_looks() {
    let (redis, user) = (Redis::start(), User::new());
    put(&redis, "q", "a", State::Pending);
    let opened = "touch \"$0.opened\"";
    let refused = |line: &str, code| {
        let refused = user.edits(&redis, line, opened).run_unchecked();
        refused.expect_code(code).stderr_str().to_owned()
    };
    refused("edit a --read-only", 4);
    refused("edit a --no-input", 2);
    refused("edit a b", 2);
    refused("edit -", 2);
    refused("edit -q q -s pending", 2);
    refused("edit a -s pending", 2);
    refused("edit b", 3);
    let url = redis.url();
    user.edits(&redis, &format!("context add prod {url} --protected"), "")
        .env("XDG_CONFIG_HOME", user.folder.path())
        .run_unchecked()
        .expect_code(0);
    let protected = |line: &str| {
        let protected = user.edits(&redis, line, opened).env_remove("QCTL_REDIS");
        protected.env("XDG_CONFIG_HOME", user.folder.path())
    };
    protected("edit a --context prod")
        .run_unchecked()
        .expect_code(2);
    assert!(!user.folder.path().join("an editor.opened").exists());
    protected("edit a --context prod --confirm prod")
        .run_unchecked()
        .expect_code(0);
    assert!(user.folder.path().join("an editor.opened").exists());
    // No editor is chosen, and there is no terminal for vi.
    qctl(&redis, "edit a")
        .status(2)
        .stderr(
            "error: there is nothing to change, and no terminal for an editor\n\
             hint: add --payload, --jq, --in, --at, --max-retry, --timeout, --deadline, --retention or --move-to, or set EDITOR\n",
        )
        .run();
    // A dry run may look, and the text is not lost.
    let before = contents(&redis);
    let dry = user.edits(&redis, "edit a --dry-run --read-only", CHANGE);
    let dry = dry.run_unchecked().expect_code(0);
    assert_eq!(dry.stdout_str(), "would edit 1 task\n");
    user.kept(&dry);
    assert_eq!(contents(&redis), before);
}

#[test]
fn binary_and_hostile_payloads_survive_an_editor() {
    let (redis, user) = (Redis::start(), User::new());
    let mut message = super::message("q", "a");
    for (payload, encoding) in [
        (&b"\xff\x00\x01"[..], "base64"),
        (b"\x1b[2Jtext", "base64"),
        (b"# a\n\nqueue: x\n", "text"),
        (b"", "text"),
    ] {
        message.payload = payload.to_vec();
        put_message(&redis, &message, State::Pending);
        redis.cmd(&["DEL", &keys("q").pending()]);
        redis.cmd(&["LPUSH", &keys("q").pending(), "a"]);
        let script = format!(
            "grep -q '^payload: {encoding}$' \"$1\"; sed -i 's/^max-retry: .*/max-retry: 1/' \"$1\""
        );
        user.edits(&redis, "edit a", &script)
            .stdout("edited 1 task\n")
            .run();
        assert_eq!(stored(&redis, "a").payload, payload);
        assert_eq!(stored(&redis, "a").max_retry, 1);
    }
}

#[test]
fn on_a_terminal_a_mistake_is_shown_in_the_editor_again() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    let editor = TempDir::with_prefix("qctl-editor-").unwrap();
    let program = editor.path().join("editor");
    // The first time it makes a mistake; then it shows the first line, waits, and corrects it.
    let script = "if head -n 1 \"$1\" | grep -q '^# error: '; then head -n 1 \"$1\"; read line\n\
                  sed -i 's/^max-retry: x/max-retry: 7/' \"$1\"\n\
                  else sed -i 's/^max-retry: .*/max-retry: x/' \"$1\"; fi\n";
    fs::write(&program, script).unwrap();
    let command = format!("sh {}", program.display());
    let variables = [("EDITOR", command.as_str())];
    let Some(terminal) = Tmux::with(&redis.url(), (100, 24), "edit a", &variables) else {
        return;
    };
    terminal.sees(&["# error: max-retry: not a number of retries, from 0"]);
    terminal.keys("Enter");
    terminal.sees(&["edited 1 task", "left with 0"]);
    assert_eq!(stored(&redis, "a").max_retry, 7);
}

/// What is left of an edit in a terminal whose editor, a script, makes mistakes until it is given up: how often it was started, and
/// the text that was kept.
fn given_up(script: &str) -> Option<(usize, String)> {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    let user = User::new();
    let tmp = user.folder.path().to_str().unwrap();
    let starts = user.folder.path().join("starts");
    let program = user.folder.path().join("editor");
    let script = script.replace("STARTS", starts.to_str().unwrap());
    fs::write(&program, script).unwrap();
    let command = format!("sh {}", program.display());
    let variables = [("EDITOR", command.as_str()), ("TMPDIR", tmp)];
    let terminal = Tmux::with(&redis.url(), (200, 24), "edit a", &variables)?;
    let screen = terminal.sees(&[
        "the text cannot be used",
        "your text is in a file",
        "left with 2",
    ]);
    let (_, kept) = screen.split_once("--from ").unwrap();
    let text = fs::read_to_string(kept.split_whitespace().next().unwrap()).unwrap();
    assert_eq!(stored(&redis, "a").max_retry, 25);
    Some((fs::read_to_string(starts).unwrap().lines().count(), text))
}

/// An editor that is a script would otherwise be started again and again.
#[test]
fn on_a_terminal_a_mistake_that_is_repeated_ends_the_edit_and_is_kept() {
    if let Some(left) = given_up("echo >> 'STARTS'; echo nonsense > \"$1\"\n") {
        assert_eq!(left, (2, "nonsense\n".to_owned()));
    }
}

#[test]
fn an_editor_that_makes_another_mistake_each_time_is_not_started_forever() {
    if let Some((starts, text)) = given_up("echo >> 'STARTS'; wc -l < 'STARTS' > \"$1\"\n") {
        assert_eq!((starts, text.trim()), (10, "10"));
    }
}

/// Until Redis has answered, nothing is changed, and nobody waits for it who does not want to.
#[test]
fn ctrl_c_after_the_editor_ends_the_program_and_keeps_the_text() {
    let (redis, user) = (Redis::start(), User::new());
    put(&redis, "q", "a", State::Pending);
    let proxy = Proxy::new(&redis);
    let opened = user.folder.path().join("opened");
    let go = user.folder.path().join("go");
    let named_pipe = std::process::Command::new("mkfifo").arg(&go).status();
    assert!(named_pipe.unwrap().success());
    let script = format!(
        "touch '{}'; read line < '{}'; {CHANGE}",
        opened.display(),
        go.display()
    );
    let edit = user.edits(&redis, "edit a", &script);
    let mut running = edit.env("QCTL_REDIS", proxy.url()).spawn();
    eventually(SOON, || opened.exists().then_some(()));
    proxy.stall();
    fs::write(&go, "go\n").unwrap();
    // The first signals may still be the editor's.
    eventually(SOON, || {
        let has_ended = running.has_ended();
        if !has_ended {
            running.signal(Signal::INT);
        }
        has_ended.then_some(())
    });
    let ended = running.wait(SOON).expect_code(130);
    let file = user.kept(&ended);
    assert!(fs::read_to_string(file).unwrap().contains("max-retry: 3"));
    assert_eq!(stored(&redis, "a").max_retry, 25);
}

/// A file that may not grow stands for a disk that is full.
#[test]
fn what_was_typed_stays_when_the_disk_is_full() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    let folder = TempDir::with_prefix("qctl-editor-").unwrap();
    let program = folder.path().join("editor");
    // The editor itself may write more.
    let script = "ulimit -S -f unlimited; sed -i 's/^max-retry: .*/max-retry: x/' \"$1\"\n\
                  head -c 100000 /dev/zero | tr '\\0' '#' >> \"$1\"; echo >> \"$1\"; echo end >> \"$1\"\n";
    fs::write(&program, script).unwrap();
    let editor = format!("sh {}", program.display());
    let tmp = folder.path().join("tmp");
    fs::create_dir(&tmp).unwrap();
    let variables = [
        ("EDITOR", editor.as_str()),
        ("TMPDIR", tmp.to_str().unwrap()),
    ];
    let limited = folder.path().join("limited");
    let qctl = env!("CARGO_BIN_EXE_qctl");
    fs::write(
        &limited,
        format!("trap '' XFSZ; ulimit -S -f 40; exec {qctl} edit a\n"),
    )
    .unwrap();
    let limited = format!("sh {}", limited.display());
    let Some(terminal) = Tmux::running(&redis.url(), (100, 24), &limited, &variables) else {
        return;
    };
    terminal.sees(&[
        "cannot write the text for the editor",
        "--from",
        "left with 1",
    ]);
    let files: Vec<_> = fs::read_dir(&tmp)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    let [file] = files.as_slice() else {
        panic!("{files:?}")
    };
    let text = fs::read_to_string(file).unwrap();
    assert!(
        text.starts_with("# Task") && text.ends_with("\nend\n"),
        "{}",
        text.len()
    );
    assert_eq!(mode(file), 0o600);
}

#[test]
fn ctrl_c_is_the_editors() {
    let (redis, user) = (Redis::start(), User::new());
    put(&redis, "q", "a", State::Pending);
    let [opened, go] = ["opened", "go"].map(|name| user.folder.path().join(name));
    let named_pipe = std::process::Command::new("mkfifo").arg(&go).status();
    assert!(named_pipe.unwrap().success());
    let script = format!(
        "touch '{}'; read line < '{}'; {CHANGE}",
        opened.display(),
        go.display()
    );
    let running = user.edits(&redis, "edit a", &script).spawn();
    eventually(SOON, || opened.exists().then_some(()));
    running.signal(Signal::INT);
    running.signal(Signal::QUIT);
    fs::write(&go, "go\n").unwrap();
    let edited = running.wait(SOON).expect_code(0);
    assert_eq!(edited.stdout_str(), "edited 1 task\n");
    assert_eq!(user.left_files(), Vec::<PathBuf>::new());
}
