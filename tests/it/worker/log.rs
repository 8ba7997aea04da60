//! What `qctl work` says: lines for people, documents for machines, and never a password.

use std::process::{Child, Command, Stdio};

use serde_json::Value;

use qctl::task::{NewTask, QueueName, State, TaskType};

use super::shop::{Shop, task, typed};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};

const KEYS: [&str; 13] = [
    "time",
    "level",
    "event",
    "schedule",
    "queue",
    "task_id",
    "type",
    "retried",
    "took_seconds",
    "late_seconds",
    "retry_at",
    "message",
    "error",
];

/// A Redis with a password, and a task that succeeds, one that fails and one that is given up.
fn shop() -> Shop {
    let shop = Shop::on(Redis::with().password("hunter2").start());
    for (kind, name) in [("good", "one"), ("bad", "two"), ("hopeless", "three")] {
        shop.enqueue(&typed(kind, name));
    }
    shop
}

const HANDLERS: [&str; 6] = [
    "--handle",
    "good=true",
    "--handle",
    "bad=echo oh no >&2; exit 1",
    "--handle",
    "hopeless=exit 65",
];

fn work(shop: &Shop) -> Qctl {
    Qctl::new(&shop.redis)
        .args(["work", "--burst", "-c", "1"])
        .args(HANDLERS)
}

/// The lines, each as its words without the time and durations, which differ from run to run.
fn lines(said: &str) -> Vec<String> {
    let line = |line: &str| {
        let (time, rest) = line.split_once("  ").unwrap();
        assert_eq!((time.len(), &time[12..]), (13, "Z"), "{line}");
        let took = |word: &str| {
            !word.contains(' ') && word.starts_with(char::is_numeric) && word.ends_with('s')
        };
        let words = rest.split("  ").map(str::trim);
        let fixed = words.filter(|word| !word.is_empty() && !took(word));
        fixed.collect::<Vec<_>>().join("|")
    };
    said.lines().map(line).collect()
}

#[test]
fn lines_for_people() {
    let shop = shop();
    let output = work(&shop).run_unchecked().expect_code(0);
    assert_eq!(output.stdout_str(), "");
    let mut said = lines(output.stderr_str());
    let version = env!("CARGO_PKG_VERSION");
    let redis = shop.redis.url().replace(":hunter2@", "");
    assert_eq!(
        said.remove(0),
        format!(
            "INFO|ready|qctl {version}, {redis}, queues default=1, concurrency 1, handlers bad good hopeless"
        )
    );
    let last = said.pop().unwrap();
    let totals = "INFO|stopped|1 done, 2 failed (1 to be retried, 1 archived) in ";
    assert!(last.starts_with(totals), "{last}");
    let retry = said.iter().find(|line| line.contains("|retry|"));
    let retry = &retry.unwrap().clone();
    assert!(
        retry.starts_with("WARN|retry|default|bad|two|next attempt in ")
            && retry.ends_with("|exit status 1: oh no"),
        "{retry}"
    );
    // An outcome is written while the next task starts.
    let mut expected = [
        "INFO|started|default|good|one",
        "INFO|done|default|good|one",
        "INFO|started|default|bad|two",
        retry,
        "INFO|started|default|hopeless|three",
        "ERROR|archived|default|hopeless|three|exit status 65",
    ];
    said.sort();
    expected.sort_unstable();
    assert_eq!(said, expected);
}

#[test]
fn a_level_leaves_out_less_severe_lines() {
    let levels = |args: &[&str]| {
        let shop = shop();
        shop.enqueue(&typed("old", "four"));
        let output = work(&shop).args(["--discard", "old"]).args(args);
        let said = output.run_unchecked().expect_code(0);
        let mut events = lines(said.stderr_str());
        let word = |line: &String| line.split('|').nth(1).unwrap().to_owned();
        events = events.iter().map(word).collect();
        events.sort();
        events.dedup();
        events.join(" ")
    };
    let all = "archived claimed discarded done ready retry started stopped";
    assert_eq!(levels(&["--log-level", "debug"]), all);
    assert_eq!(levels(&[]), all.replace("claimed discarded ", ""));
    assert_eq!(levels(&["--log-level", "warn"]), "archived retry");
    assert_eq!(levels(&["--quiet"]), "archived retry");
    assert_eq!(levels(&["--log-level", "error"]), "archived");
    // What is asked for in detail is shown.
    assert_eq!(levels(&["--quiet", "--log-level", "error"]), "archived");
}

#[test]
fn a_released_task_has_not_failed() {
    let shop = Shop::open();
    shop.enqueue(&typed("busy", "one"));
    let output = Qctl::new(&shop.redis)
        .args(["work", "--burst", "--fail-on-error"])
        .args(["--handle", "busy=echo later >&2; exit 75"])
        .run_unchecked()
        .expect_code(0);
    let said = lines(output.stderr_str());
    let released = said
        .iter()
        .find(|line| line.contains("|released|"))
        .unwrap();
    assert!(released.starts_with("INFO|released|default|busy|one|next attempt in "));
    assert!(
        said.last().unwrap().contains("0 failed, 1 released"),
        "{said:#?}"
    );
}

#[test]
fn a_handler_that_can_no_longer_start_is_an_error_of_the_worker_and_not_of_its_tasks() {
    let shop = Shop::open();
    let folder = tempfile::TempDir::new().unwrap();
    let program = folder.path().join("job.sh");
    std::fs::write(&program, "#!/nonexistent\n").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&program, mode).unwrap();
    let config = format!(
        "[handlers.t]\nexec = [{:?}]\n",
        program.display().to_string()
    );
    shop.enqueue(&typed("t", "one").with(|options| options.max_retry = 0));
    let output = Qctl::new(&shop.redis)
        .file("qctl.toml", config)
        .args(["work", "--burst"])
        .run_unchecked()
        .expect_code(0);
    let said = lines(output.stderr_str());
    let reason = format!(
        "|the handler cannot start: {} not found (or the interpreter in its first line)",
        program.display()
    );
    let released = said
        .iter()
        .find(|line| line.contains("|released|"))
        .unwrap();
    assert!(
        released.starts_with("ERROR|released|default|t|one|") && released.ends_with(&reason),
        "{released}"
    );
    assert_eq!(
        shop.reaches("one", State::Retry).message.unwrap().retried,
        0
    );
}

#[test]
fn a_result_that_is_too_large_is_a_warning_and_an_error_of_the_task() {
    let shop = Shop::open();
    let kept = |name: &str| typed("huge", name).with(|options| options.retention = SOON);
    shop.enqueue(&kept("kept"));
    // Nobody would have seen the result of this one.
    shop.enqueue(&typed("huge", "gone"));
    let output = Qctl::new(&shop.redis)
        .args([
            "work",
            "--burst",
            "--handle",
            "huge=head -c 2097152 /dev/zero",
        ])
        .run_unchecked()
        .expect_code(0);
    let said = lines(output.stderr_str());
    let error = "result of 2.0 MiB is larger than 1 MiB and was not stored";
    let warned: Vec<&String> = said.iter().filter(|line| line.contains("WARN")).collect();
    assert_eq!(warned, [&format!("WARN|done|default|huge|kept|{error}")]);
    let found = shop.reaches("kept", State::Completed);
    let message = found.message.unwrap();
    assert_eq!(message.last_error, error);
    assert!(qctl::task::transition::result_was_too_large(&message));
}

#[test]
fn a_queue_that_does_not_exist_or_is_paused_is_reported_at_the_start() {
    let shop = Shop::open();
    shop.enqueue(&typed("t", "one"));
    let work = |args: &[&str]| {
        let worker = Qctl::new(&shop.redis).args(["work", "--burst", "--handle", "other=true"]);
        worker.args(args).run_unchecked()
    };
    let first = |args: &[&str]| lines(work(args).expect_code(0).stderr_str())[0].clone();
    assert_eq!(
        first(&["-q", "defualt"]),
        "WARN|queue|defualt|does not exist yet; did you mean \"default\"?"
    );
    assert_eq!(first(&["-q", "mail"]), "INFO|queue|mail|does not exist yet");
    let glob = work(&["-q", "tenant:*=1"]).expect_code(2);
    assert_eq!(
        glob.stderr_str(),
        "error: queue \"tenant:*\" does not exist, and a worker takes no globs\n\
         hint: name each queue: -q critical=6 -q default=3\n"
    );
    Qctl::new(&shop.redis)
        .args(["pause", "default"])
        .run_unchecked()
        .expect_code(0);
    assert_eq!(
        first(&["-q", "mail,default=3"]),
        "INFO|queue|mail|does not exist yet"
    );
    assert_eq!(
        first(&[]),
        "WARN|queue|default|paused with 1 pending task: run qctl resume to continue"
    );
    assert_eq!(shop.state("one"), Some(State::Pending));
}

#[test]
fn documents_for_machines() {
    let shop = shop();
    let output = work(&shop)
        .args(["--log-format", "json"])
        .run_unchecked()
        .expect_code(0);
    let said = output.stderr_str();
    let documents: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for document in &documents {
        let keys: Vec<&String> = document.as_object().unwrap().keys().collect();
        assert_eq!(keys, KEYS);
    }
    let about = |event: &str| {
        let found = documents.iter().find(|document| document["event"] == event);
        found.unwrap_or_else(|| panic!("no {event}: {said}"))
    };
    let retry = about("retry");
    assert_eq!(retry["level"], "warn");
    assert_eq!(retry["task_id"], "two");
    assert_eq!(retry["error"], "exit status 1: oh no");
    assert_eq!(retry["retried"], 0);
    assert!(retry["retry_at"].as_str().unwrap().ends_with('Z'));
    assert!(retry["took_seconds"].as_f64().unwrap() > 0.0);
    assert_eq!(about("archived")["level"], "error");
    assert_eq!(about("done")["retry_at"], Value::Null);
    assert_eq!(about("ready")["queue"], Value::Null);
}

#[test]
fn no_password_is_ever_printed() {
    let mut shop = shop();
    let worker = Qctl::new(&shop.redis)
        .args(["work", "--verbose"])
        .args(HANDLERS)
        .spawn();
    worker.wait_for_line(|line| line.contains("ready"), SOON);
    shop.redis.kill9();
    worker.wait_for_line(|line| line.contains("ERROR  error"), SOON);
    worker.signal(rustix::process::Signal::TERM);
    let output = worker.wait(SOON).expect_code(0);
    assert!(!output.stderr_str().contains("hunter2"));
}

/// A type, an id or an error may hold anything; a terminal must not obey it.
#[test]
fn hostile_text_is_shown_escaped() {
    let shop = Shop::open();
    let hostile = "\u{1b}]0;owned\u{7}\u{202e}evil";
    shop.enqueue(&NewTask {
        kind: TaskType::new(hostile).unwrap(),
        ..task("id\u{1b}[2J")
    });
    let output = Qctl::new(&shop.redis)
        .args(["work", "--burst", "--handle"])
        .arg("*=printf '\\033[31mred\\nfaked line' >&2; exit 1")
        .run_unchecked()
        .expect_code(0);
    let said = output.stderr_str();
    for forbidden in ['\u{1b}', '\u{7}', '\u{202e}'] {
        assert!(!said.contains(forbidden), "{said:?}");
    }
    assert!(
        said.contains("owned") && said.contains("faked line"),
        "{said}"
    );
    // One line each: ready, started, retry, stopped.
    assert_eq!(said.lines().count(), 4, "{said}");
}

/// A process that does not outlive the test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Whoever reads the log may hang. Were the worker to wait for it, it would lose its leases.
#[test]
fn a_log_without_a_reader_blocks_nothing() {
    let shop = Shop::open();
    // Far more lines than a pipe holds: each of these is told as started and as failed.
    let tasks = 2_000;
    shop.enqueue_many(&QueueName::default(), "n", tasks);
    let mut worker = Killed(
        Command::new(env!("CARGO_BIN_EXE_qctl"))
            .args(["work", "--burst", "-c", "20", "--handle", "other=true"])
            .env_clear()
            .env("PATH", "/bin:/usr/bin")
            .env("QCTL_REDIS", shop.redis.url())
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let tasks = u64::try_from(tasks).unwrap();
    eventually(SOON, || (shop.counters() == (tasks, tasks)).then_some(()));
    let status = eventually(SOON, || worker.0.try_wait().unwrap());
    assert!(status.success(), "{status}");
}
