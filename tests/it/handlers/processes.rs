//! What only processes that stay can do wrong, each named in the log; and how they are kept.

use std::collections::HashSet;
use std::time::Duration;

use qctl::task::{NewTask, State};

use super::stand::{Stand, folder};
use crate::harness::qctl::Qctl;
use crate::harness::running::Output;
use crate::harness::{SOON, eventually};
use crate::worker::shop::{Shop, queue, typed};

/// What the scripts of this file begin with. `tasks` yields messages once qctl has said hello.
const PRELUDE: &str = r#"
import json, os, sys, time

def say(message, task=None, **more):
    if task:
        more["attempt_id"] = task["attempt_id"]
    print(json.dumps({"message": message, **more}), flush=True)

def tasks(**more):
    for line in sys.stdin:
        message = json.loads(line)
        if message["message"] == "hello":
            say("ready", version=1, **more)
        else:
            yield message

"#;

/// A worker with a handler that runs the script, with further keys.
#[track_caller]
fn stand(script: &str, keys: &str) -> Stand {
    let folder = folder();
    std::fs::write(folder.path().join("child.py"), format!("{PRELUDE}{script}")).unwrap();
    let config = format!(
        "[handlers.t]\npipe = ['python3', 'child.py']\ngrace = '200ms'\n{keys}\n\
         retry = {{ backoff = 'constant', min = '1h' }}\n[handlers.other]\nrun = 'true'\n"
    );
    Stand::of(folder, &config, &["-c", "8"])
}

fn enqueue(stand: &Stand, payload: &str) {
    let task = NewTask {
        payload: Some(payload.to_owned().into_bytes()),
        ..typed("t", payload)
    };
    stand
        .shop
        .enqueue(&task.with(|options| options.retention = Duration::from_secs(60)));
}

#[track_caller]
fn result(stand: &Stand, task: &str) -> String {
    let found = stand.shop.reaches(task, State::Completed);
    String::from_utf8(found.result.unwrap_or_default()).unwrap()
}

#[track_caller]
fn error(stand: &Stand, task: &str) -> String {
    let found = stand.shop.reaches(task, State::Retry);
    found.message.unwrap().last_error
}

/// The worker does not start, and this is what it says.
#[track_caller]
fn refused(script: &str, keys: &str) -> String {
    let shop = Shop::open();
    let config = format!("[handlers.t]\npipe = ['python3', 'child.py']\n{keys}\n");
    let output: Output = Qctl::new(&shop.redis)
        .file("qctl.toml", config)
        .file("child.py", format!("{PRELUDE}{script}"))
        .args(["work", "--quiet"])
        .run_unchecked()
        .expect_code(1);
    output.stderr_str().to_owned()
}

#[test]
fn a_process_that_is_never_ready_keeps_the_worker_from_starting() {
    for (script, keys, said) in [
        (
            "import no_such_module",
            "",
            "it ended before it was ready: exit status 1: ModuleNotFoundError: No module named 'no_such_module'",
        ),
        (
            "sys.stdin.read()",
            "start_timeout = '2s'",
            "it printed no ready message within 2s: does it flush its standard output?",
        ),
        (
            "say('ready', version=7); sys.stdin.read()",
            "",
            "it speaks version 7 of the protocol, and not 1",
        ),
        (
            "say('ready'); sys.stdin.read()",
            "",
            r#"its ready message lacks "version": 1"#,
        ),
        (
            "say('ready', version=1, concurrency=0); sys.stdin.read()",
            "",
            "its ready message has a concurrency of 0",
        ),
    ] {
        let told = refused(script, keys);
        assert!(told.contains(said), "{script}: {told}");
        assert!(told.contains("handler \"t\" cannot start"), "{told}");
    }
}

#[test]
fn what_is_no_message_is_named_and_harms_nothing() {
    let stand = stand(
        r#"
print("loading the model")
for task in tasks(something="else"):
    print(json.dumps(task))
    say("shrug", task)
    say("done", {"attempt_id": 77})
    say("done")
    say("ready", version=1)
    say("done", task, result="fine", and_="more")
    say("done", task)
"#,
        "",
    );
    enqueue(&stand, "one");
    assert_eq!(result(&stand, "one"), "fine");
    for said in [
        r#"process 1: a line on standard output is no message: "loading the model". Print to standard error instead"#,
        "process 1: it answered attempt 77, which it does not have: it was answered before, or never given",
        "process 1: it answered attempt 1, which it does not have",
        r#"process 1: its answer "done" has no attempt_id"#,
        "process 1: it said ready more than once",
    ] {
        stand.says(said);
    }
    stand.close();
}

#[test]
fn an_answer_that_cannot_be_read_fails_its_task_at_once() {
    let stand = stand(
        r#"
answers = {
    "error": {"message": "fail", "error": {"code": 7}},
    "after": {"message": "fail", "after": "soon"},
    "then": {"message": "fail", "then": "archive"},
    "encoding": {"message": "done", "result": "?", "result_encoding": "base64"},
    "plain": {"message": "fail"},
}
for task in tasks():
    say(task=task, **answers[task["payload"]])
"#,
        "",
    );
    for (task, said) in [
        (
            "error",
            "unreadable answer: invalid type: map, expected a string",
        ),
        (
            "after",
            "unreadable answer: not a duration; use for example 90s",
        ),
        (
            "then",
            "unreadable answer: unknown variant `archive`, expected one of `retry`, `skip`, `release`",
        ),
        (
            "encoding",
            "unreadable answer: the result is not valid base64",
        ),
        ("plain", "failed without an error text"),
    ] {
        enqueue(&stand, task);
        let error = error(&stand, task);
        assert!(error.starts_with(said), "{error}");
    }
    stand.close();
}

/// One task cannot be told from another if the process does not begin with the attempt.
#[test]
fn a_line_that_is_too_long_fails_the_task_that_it_answers() {
    let stand = stand(
        r#"
held = []
for task in tasks(concurrency=2):
    held.append(task)
    if len(held) == 2:
        print(json.dumps({"attempt_id": held[0]["attempt_id"], "message": "done", "result": "x" * 17000000}), flush=True)
        say("done", held[1], result="y" * 2000000)
"#,
        "",
    );
    enqueue(&stand, "one");
    stand.shop.reaches("one", State::Active);
    enqueue(&stand, "two");
    let said = "unreadable answer: it printed a line of more than 16 MiB";
    assert_eq!(error(&stand, "one"), said);
    let found = stand.shop.reaches("two", State::Completed);
    assert_eq!(
        found.message.unwrap().last_error,
        "result of 2.0 MiB is larger than 1 MiB and was not stored"
    );
    stand.close();
}

#[test]
fn tasks_in_flight_are_as_many_as_a_process_takes() {
    let stand = stand(
        r#"
most = 0
held = []
for task in tasks(concurrency=3):
    held.append(task)
    # Answers arrive while the worker may send more.
    if len(held) == 3:
        time.sleep(0.02)
        most = max(most, len(held))
        for task in held:
            say("done", task, result=str(most))
        held = []
"#,
        "",
    );
    for n in 0..30 {
        enqueue(&stand, &n.to_string());
    }
    for n in 0..30 {
        assert_eq!(result(&stand, &n.to_string()), "3");
    }
    stand.close();
}

/// The specification's example of a message from qctl.
fn example(message: &str) -> serde_json::Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/pipe-protocol.md");
    let text = std::fs::read_to_string(path).unwrap();
    let begin = format!("{{\"message\":\"{message}\"");
    let line = text.lines().find(|line| line.starts_with(&begin)).unwrap();
    serde_json::from_str(line).unwrap()
}

#[test]
fn messages_have_the_keys_that_the_specification_shows() {
    let stand = stand(
        r#"
for line in sys.stdin:
    message = json.loads(line)
    if message["message"] == "hello":
        hello = message
        say("ready", version=1)
    else:
        say("done", message, result=[hello, message])
"#,
        "",
    );
    let traced = typed("t", "one").with(|options| {
        options.retention = Duration::from_secs(60);
        options.headers = [("traceparent".to_owned(), "00-ab".to_owned())].into();
    });
    stand.shop.enqueue(&traced);
    let seen: serde_json::Value = serde_json::from_str(&result(&stand, "one")).unwrap();
    assert_eq!(seen[0], example("hello"));
    let keys = |message: &serde_json::Value| -> Vec<String> {
        message.as_object().unwrap().keys().cloned().collect()
    };
    let task = &seen[1];
    assert_eq!(keys(task), keys(&example("task")));
    assert_eq!(
        (&task["id"], &task["payload"], &task["attempt_number"]),
        (&"one".into(), &"p".into(), &1.into())
    );
    assert_eq!(task["traceparent"], "00-ab");
    stand.close();
}

/// Otherwise they would keep other handlers from working.
#[test]
fn tasks_that_no_process_has_room_for_hold_no_slot() {
    let stand = stand(
        r#"
for task in tasks():
    while not os.path.exists("go"):
        time.sleep(0.01)
    say("done", task)
"#,
        "",
    );
    for n in 0..20 {
        enqueue(&stand, &n.to_string());
    }
    stand.shop.enqueue(&typed("other", "other"));
    eventually(SOON, || stand.shop.state("other").is_none().then_some(()));
    let active = stand.shop.list(&crate::worker::shop::keys().active());
    assert_eq!(active.len(), 1);
    std::fs::write(stand.path("go"), "").unwrap();
    for n in 0..20 {
        result(&stand, &n.to_string());
    }
    stand.close();
}

#[test]
fn a_crash_fails_what_its_process_held_and_nothing_else() {
    let stand = stand(
        r#"
held = []
for task in tasks(concurrency=4):
    if task["payload"] == "crash":
        print("out of luck", file=sys.stderr)
        sys.exit(3)
    held.append(task)
    if os.path.exists("go"):
        for task in held:
            say("done", task, result=str(os.getpid()))
        held = []
"#,
        "processes = 2",
    );
    // One for each process: the one with more room is chosen.
    for task in ["one", "two", "crash"] {
        enqueue(&stand, task);
        eventually(SOON, || {
            (stand.shop.state(task)? != State::Pending).then_some(())
        });
    }
    let crashed = "the handler's process ended: exit status 3: out of luck";
    assert_eq!(error(&stand, "crash"), crashed);
    let held = ["one", "two"].map(|task| {
        eventually(SOON, || {
            let state = stand.shop.state(task)?;
            Some(state == State::Active)
        })
    });
    assert!(held.contains(&true), "both were with one process");
    std::fs::write(stand.path("go"), "").unwrap();
    // Enough for both processes.
    for n in 0..8 {
        enqueue(&stand, &n.to_string());
    }
    let mut done = HashSet::new();
    for (task, survives) in ["one", "two"].into_iter().zip(held) {
        if survives {
            done.insert(result(&stand, task));
        }
    }
    assert!(!done.is_empty());
    stand.says("out of luck");
    stand.close();
}

/// It is not their fault.
#[test]
fn tasks_beside_one_that_does_not_end_are_released() {
    let stand = stand("for task in tasks(concurrency=8): pass", "");
    let second = Some(Duration::from_secs(1));
    stand
        .shop
        .enqueue(&typed("t", "stuck").with(|options| options.timeout = second));
    enqueue(&stand, "beside");
    assert_eq!(error(&stand, "stuck"), "timed out after 1s");
    assert_eq!(
        error(&stand, "beside"),
        "the handler's process was killed: it did not end an attempt within 200ms, and has never answered: \
         does it flush its standard output?"
    );
    let retried = |task| stand.shop.find(task).unwrap().message.unwrap().retried;
    assert_eq!((retried("stuck"), retried("beside")), (1, 0));
    stand.close();
}

#[test]
fn a_process_has_its_variables_its_priority_and_its_limits() {
    let stand = stand(
        r#"
import resource
for task in tasks():
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    memory, _ = resource.getrlimit(resource.RLIMIT_AS)
    facts = [os.environ["GREETING"], os.nice(0), files, memory]
    say("done", task, result=facts)
"#,
        "env = { GREETING = 'hello' }\nnice = 7\nlimits = { files = 33, memory = '1GB' }",
    );
    enqueue(&stand, "one");
    let facts = format!(r#"["hello", 7, 33, {}]"#, 1_u64 << 30);
    assert_eq!(result(&stand, "one"), facts);
    stand.close();
}

#[test]
fn a_process_is_replaced_when_it_is_worn_out() {
    let script = r#"
hoard = []
for task in tasks():
    if task["payload"] == "grow":
        hoard.append(bytearray(os.urandom(1)) * 200_000_000)
    say("done", task, result=str(os.getpid()))
"#;
    for (keys, grow, said) in [
        (
            "max_tasks = 1",
            false,
            "process 1: it is replaced: max_tasks",
        ),
        (
            "max_age = '500ms'",
            false,
            "process 1: it is replaced: max_age",
        ),
        (
            "max_memory = 100",
            true,
            "process 1: it is replaced: max_memory, with",
        ),
    ] {
        let stand = stand(script, keys);
        let first = if grow { "grow" } else { "first" };
        enqueue(&stand, first);
        let before = result(&stand, first);
        stand.says(said);
        enqueue(&stand, "then");
        assert_ne!(result(&stand, "then"), before);
        stand.close();
    }
}

#[test]
fn a_process_that_is_replaced_finishes_what_it_has() {
    let stand = stand(
        r#"
held = []
for message in tasks(concurrency=2, capabilities=["drain"]):
    if message["message"] == "task":
        held.append(message)
    else:
        for task in held:
            say("done", task, result="drained")
"#,
        "max_tasks = 2",
    );
    for task in ["one", "two"] {
        enqueue(&stand, task);
    }
    for task in ["one", "two"] {
        assert_eq!(result(&stand, task), "drained");
    }
    stand.close();
}

#[test]
fn a_process_that_ignores_the_end_of_its_input_is_killed() {
    let stand = stand(
        r#"
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for task in tasks():
    say("done", task)
while True:
    time.sleep(60)
"#,
        "",
    );
    let output = stand.close();
    let said = output.stderr_str();
    let line = "process 1: it did not end within 200ms of the end of its standard input: SIGTERM";
    assert!(said.contains(line), "{said}");
}

#[test]
fn a_process_that_closes_its_streams_is_replaced() {
    let script = r#"
for task in tasks():
    if task["payload"] == "close":
        os.close(1)
        time.sleep(60)
    say("done", task, result="fine")
"#;
    let stand = stand(script, "");
    enqueue(&stand, "close");
    let error = error(&stand, "close");
    assert_eq!(
        error,
        "the handler's process was killed: it has closed its standard output"
    );
    enqueue(&stand, "next");
    assert_eq!(result(&stand, "next"), "fine");
    stand.close();
}

/// Tasks that wait meanwhile hold no slot, and other handlers go on.
#[test]
fn while_no_process_can_be_had_tasks_wait_in_line_and_lose_nothing() {
    let stand = stand(
        r#"
if os.path.exists("broken"):
    sys.exit("the database is away")
for task in tasks():
    if task["payload"] == "break":
        open("broken", "w").close()
        sys.exit(1)
    say("done", task)
"#,
        "",
    );
    enqueue(&stand, "break");
    stand.says("it ended before it was ready: exit status 1: the database is away. The next try to start it is in");
    for n in 0..20 {
        enqueue(&stand, &n.to_string());
    }
    stand.shop.enqueue(&typed("other", "other"));
    eventually(SOON, || stand.shop.state("other").is_none().then_some(()));
    let waiting = stand.shop.find("19").unwrap().message.unwrap();
    assert_eq!(waiting.retried, 0);
    std::fs::remove_file(stand.path("broken")).unwrap();
    for n in 0..20 {
        result(&stand, &n.to_string());
    }
    assert_eq!(stand.shop.counters().1, 1);
    stand.close();
}

#[test]
fn what_a_process_says_is_in_the_log() {
    let stand = stand(
        r#"
for task in tasks():
    print("to standard error", file=sys.stderr, flush=True)
    say("log", text="general", level="warning")
    say("log", task, text="about a task", level="error")
    say("progress", task, percent=40, text="halfway")
    say("done", task)
"#,
        "",
    );
    enqueue(&stand, "one");
    let line = |text: &str| stand.says(text);
    assert!(line("process 1: to standard error").contains("INFO   handler"));
    assert!(line("process 1: general").contains("WARN   handler"));
    let about = line("process 1: about a task");
    assert!(
        about.contains("ERROR  handler    default  t  one"),
        "{about}"
    );
    stand.close();
}

#[test]
fn processes_do_not_outlive_a_killed_worker() {
    let mut stand = stand("for task in tasks(): pass", "processes = 3");
    enqueue(&stand, "one");
    stand.shop.reaches("one", State::Active);
    stand.worker.kill9();
    eventually(SOON, || stand.processes().is_empty().then_some(()));
}

/// Two queues may hold the same id.
#[test]
fn answers_name_attempts_and_not_ids() {
    let folder = folder();
    let script = r#"
held = []
for task in tasks(concurrency=2):
    held.append(task)
    if len(held) == 2:
        for task in reversed(held):
            say("done", task, result=task["queue"])
"#;
    std::fs::write(folder.path().join("child.py"), format!("{PRELUDE}{script}")).unwrap();
    let config = "[handlers.t]\npipe = ['python3', 'child.py']\n";
    let stand = Stand::of(folder, config, &["-c", "4", "-q", "a,b"]);
    for name in ["a", "b"] {
        let task = typed("t", "same").with(|options| {
            options.queue = queue(name);
            options.retention = Duration::from_secs(60);
        });
        stand.shop.enqueue(&task);
    }
    for name in ["a", "b"] {
        let found = eventually(SOON, || {
            let found = stand.shop.find_in(name, "same");
            found.filter(|found| found.state == State::Completed)
        });
        assert_eq!(found.result.unwrap(), name.as_bytes());
    }
    stand.close();
}

/// All of its processes end with it, and others are started.
#[test]
fn processes_come_back_after_the_guardian_was_killed() {
    let script = r#"
import os
for task in tasks():
    say("done", task, result=f"{os.getppid()} {os.getpid()}")
"#;
    let stand = stand(script, "");
    enqueue(&stand, "one");
    let first = result(&stand, "one");
    let (guardian, process) = first.split_once(' ').unwrap();
    let guardian = rustix::process::Pid::from_raw(guardian.parse().unwrap()).unwrap();
    rustix::process::kill_process(guardian, rustix::process::Signal::KILL).unwrap();
    // Some of them may reach the first process, which lives on for a moment, and then come back later.
    let others: Vec<String> = (0..20).map(|n| format!("other{n}")).collect();
    for other in &others {
        enqueue(&stand, other);
    }
    let by_another = |other: &String| {
        let found = stand.shop.find(other).unwrap();
        let by = String::from_utf8(found.result?).unwrap();
        (!by.ends_with(&format!(" {process}"))).then_some(())
    };
    eventually(SOON, || others.iter().find_map(by_another));
    stand.close();
}
