//! Log files of `qctl work`: what is in them, when a new one begins, and what becomes of the old ones.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use chrono::TimeDelta;
use qctl::task::QueueName;
use serde_json::Value;
use tempfile::TempDir;

use super::shop::{Shop, task};
use crate::harness::qctl::Qctl;
use crate::harness::{SOON, eventually};

/// Tasks without a handler: two lines each, started and retry.
const TASKS: usize = 40;

/// A folder with a `qctl.toml` that says this about the log.
fn folder(log: &str) -> TempDir {
    let folder = TempDir::with_prefix("qctl-log-").unwrap();
    let toml = format!("[handlers.other]\nrun = \"true\"\n[log]\npath = \"logs/q.log\"\n{log}");
    fs::write(folder.path().join("qctl.toml"), toml).unwrap();
    folder
}

/// A worker that ends when all tasks have failed once.
fn work(shop: &Shop, folder: &TempDir) -> Qctl {
    shop.enqueue_many(&QueueName::default(), "n", TASKS);
    Qctl::new(&shop.redis)
        .args(["work", "--burst", "-c", "1"])
        .cwd(folder.path())
}

fn names(folder: &TempDir) -> BTreeSet<String> {
    let entries = fs::read_dir(folder.path().join("logs")).unwrap();
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
    entries
        .map(|entry| name(entry).into_string().unwrap())
        .collect()
}

/// The text of a log file, compressed or not.
fn text(folder: &TempDir, name: &str) -> String {
    let path = folder.path().join("logs").join(name);
    if path.extension().is_none_or(|extension| extension != "gz") {
        return fs::read_to_string(path).unwrap();
    }
    let output = Command::new("gzip").arg("-dc").arg(path).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn is_old(name: &str) -> bool {
    name.starts_with("q-") && name.contains(".log")
}

#[test]
fn a_file_that_has_grown_is_renamed_and_no_line_is_lost() {
    let shop = Shop::open();
    let folder = folder("format = \"json\"\nmax_size = \"2KB\"\n");
    work(&shop, &folder).run();
    let names = names(&folder);
    let old: Vec<&String> = names.iter().filter(|name| is_old(name)).collect();
    assert!(old.len() > 3 && names.len() == old.len() + 1, "{names:?}");
    let mut events = Vec::new();
    // The names of old files sort by time, and after them comes the current one.
    for name in old.into_iter().map(String::as_str).chain(["q.log"]) {
        let text = text(&folder, name);
        assert!(text.len() <= 2048 && text.ends_with('\n'), "{name}: {text}");
        for line in text.lines() {
            let document: Value = serde_json::from_str(line).unwrap();
            events.push(document["event"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(events.len(), 2 * TASKS + 2, "{events:?}");
    assert_eq!(events[0], "ready");
    assert_eq!(events[events.len() - 1], "stopped");
}

#[test]
fn old_files_are_compressed_and_their_number_is_limited() {
    let shop = Shop::open();
    let folder = folder("max_size = \"1KB\"\nmax_backups = 2\ncompress = true\n");
    work(&shop, &folder).run();
    let names = names(&folder);
    assert_eq!(names.len(), 3, "{names:?}");
    let old = names.iter().filter(|name| is_old(name));
    for name in old {
        assert!(name.ends_with(".log.gz"), "{names:?}");
        assert!(text(&folder, name).contains("  WARN   retry "), "{name}");
    }
    assert!(text(&folder, "q.log").contains("  INFO   stopped    0 done, "));
}

#[test]
fn old_files_are_deleted_by_their_age_and_others_are_left_alone() {
    let shop = Shop::open();
    let folder = folder("max_age = 2\ncompress = true\n");
    let logs = folder.path().join("logs");
    fs::create_dir(&logs).unwrap();
    let named = |days: i64, end: &str| {
        let at = qctl::clock::now() - TimeDelta::days(days);
        format!("q-{}.log{end}", at.format("%Y-%m-%dT%H-%M-%S%.3f"))
    };
    let (young, older, oldest) = (named(1, ""), named(3, ""), named(30, ".gz"));
    let others = [
        "q-notes.log",
        "other-2020-01-01T00-00-00.000.log",
        "q-2020.log.gz",
    ];
    let all = [young.as_str(), &older, &oldest].into_iter().chain(others);
    for name in all {
        fs::write(logs.join(name), "text\n").unwrap();
    }
    work(&shop, &folder).run();
    let mut expected: BTreeSet<String> = others.into_iter().map(str::to_owned).collect();
    expected.extend(["q.log".to_owned(), format!("{young}.gz")]);
    assert_eq!(names(&folder), expected);
    assert_eq!(text(&folder, &format!("{young}.gz")), "text\n");
}

#[test]
fn lines_of_a_file_have_date_and_level_and_no_colors() {
    let shop = Shop::open();
    let folder = folder("level = \"warn\"\n");
    work(&shop, &folder).args(["--color", "always"]).run();
    let text = text(&folder, "q.log");
    assert_eq!(text.lines().count(), TASKS, "{text}");
    for line in text.lines() {
        let (time, rest) = line.split_once("  ").unwrap();
        assert!(time.len() == 24 && time.ends_with('Z'), "{line}");
        assert!(
            rest.starts_with("WARN   retry      default  t  n"),
            "{line}"
        );
    }
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn a_file_that_cannot_be_written_is_reported_once_and_the_lines_go_to_stderr() {
    let shop = Shop::open();
    let folder = folder("");
    // A file where the folder should be.
    fs::write(folder.path().join("logs"), "").unwrap();
    let output = work(&shop, &folder).run_unchecked().expect_code(0);
    let said = output.stderr_str();
    let warnings = said.lines().filter(|line| line.starts_with("warning: "));
    let warnings: Vec<&str> = warnings.collect();
    assert_eq!(warnings.len(), 1, "{said}");
    assert!(
        warnings[0].starts_with(
            "warning: log file \"logs/q.log\": cannot be written, so its lines go to stderr ("
        ),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1 + 2 * TASKS + 2, "{said}");
}

#[test]
fn a_device_is_not_renamed_and_a_full_one_stops_nothing() {
    let shop = Shop::open();
    let folder = folder("max_size = \"1KB\"\n");
    fs::create_dir(folder.path().join("logs")).unwrap();
    let path = folder.path().join("logs/q.log");
    for (device, lines) in [("/dev/null", 0), ("/dev/full", 1 + 2 * TASKS + 2)] {
        std::os::unix::fs::symlink(device, &path).unwrap();
        let output = work(&shop, &folder).run_unchecked().expect_code(0);
        assert_eq!(output.stderr_str().lines().count(), lines, "{device}");
        assert_eq!(names(&folder).len(), 1);
        fs::remove_file(&path).unwrap();
        shop.redis.cmd(&["FLUSHALL"]);
    }
}

/// Whoever reads a pipe may be slow: a worker that waited for it would lose its leases.
#[test]
fn a_pipe_without_a_reader_blocks_nothing() {
    let shop = Shop::open();
    let folder = folder("");
    fs::create_dir(folder.path().join("logs")).unwrap();
    let path = folder.path().join("logs/q.log");
    let made = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    work(&shop, &folder).run();
    let tasks = u64::try_from(TASKS).unwrap();
    assert_eq!(shop.counters(), (tasks, tasks));
}

/// What logrotate and people do.
#[test]
fn a_file_that_somebody_else_renames_is_begun_anew() {
    let shop = Shop::open();
    let folder = folder("");
    let worker = Qctl::new(&shop.redis)
        .args(["work", "-c", "1"])
        .cwd(folder.path())
        .spawn();
    let path = folder.path().join("logs/q.log");
    let holds = |path: &Path, word: &str| {
        fs::read_to_string(path)
            .is_ok_and(|text| text.contains(word))
            .then_some(())
    };
    eventually(SOON, || holds(&path, "ready"));
    let moved = path.with_extension("moved");
    fs::rename(&path, &moved).unwrap();
    shop.enqueue(&task("late"));
    eventually(SOON, || holds(&path, "late"));
    assert_eq!(holds(&moved, "late"), None);
    worker.signal(rustix::process::Signal::TERM);
    worker.wait(SOON).expect_code(0);
}

#[test]
fn flags_and_variables_come_before_the_file() {
    let shop = Shop::open();
    let lines = |level: &str, args: &[&str], variable: &str| {
        let folder = folder(&format!("level = \"{level}\"\n"));
        let work = work(&shop, &folder).args(args);
        work.env("QCTL_LOG_LEVEL", variable).run();
        shop.redis.cmd(&["FLUSHALL"]);
        text(&folder, "q.log").lines().count()
    };
    assert_eq!(lines("info", &[], ""), 2 * TASKS + 2);
    assert_eq!(lines("info", &[], "warn"), TASKS);
    assert_eq!(
        lines("info", &["--log-level", "debug"], "warn"),
        3 * TASKS + 2
    );
    let folder = folder("");
    work(&shop, &folder)
        .env("QCTL_LOG_LEVEL", "loud")
        .status(2)
        .stderr("error: QCTL_LOG_LEVEL: unknown log level \"loud\", use one of error, warn, info, debug\n")
        .run();
}

/// The example of an application's own file, accepted as it is.
#[test]
fn the_asynq_section_of_an_application_configures_a_worker() {
    let shop = Shop::open();
    let folder = TempDir::with_prefix("qctl-log-").unwrap();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/asynq.yaml");
    fs::copy(example, folder.path().join("asynq.yaml")).unwrap();
    let checked = Qctl::new(&shop.redis)
        .args(["work", "--check", "-o", "json", "--config", "asynq.yaml"])
        .args(["--handle", "*=cat"])
        .cwd(folder.path())
        .run_unchecked()
        .expect_code(0);
    let plan = checked.json();
    assert_eq!(plan["concurrency"], 10);
    assert_eq!(
        plan["queues"],
        serde_json::json!({"critical": 6, "default": 3, "low": 1})
    );
    assert_eq!(plan["log_path"], "./logs/asynq.log");
    let handler = &plan["handlers"][0];
    assert_eq!(
        (&handler["max_retry"], &handler["backoff"]),
        (&3.into(), &"constant".into())
    );
    assert_eq!(handler["backoff_min_seconds"], 10.0);
    let notes: Vec<&str> = checked.stderr_str().lines().collect();
    assert_eq!(
        notes,
        [
            "asynq.redis_pool_size has no effect: one connection serves all tasks",
            "asynq.yaml: only its section asynq is read, not server, redis; name the Redis with --redis or QCTL_REDIS",
        ]
    );
    // With a constant delay and its own limit, a task fails at most so often.
    let mut failing = task("a");
    failing.options.max_retry = 0;
    shop.enqueue(&failing);
    Qctl::new(&shop.redis)
        .args(["work", "--burst", "--quiet", "--config", "asynq.yaml"])
        .args(["--handle", "t=exit 1"])
        .cwd(folder.path())
        .run();
    let text = fs::read_to_string(folder.path().join("logs/asynq.log")).unwrap();
    let events = text.lines().map(|line| {
        let document: Value = serde_json::from_str(line).unwrap();
        document["event"].as_str().unwrap().to_owned()
    });
    let events: Vec<String> = events.collect();
    assert_eq!(
        events,
        ["queue", "queue", "ready", "started", "archived", "stopped"]
    );
}
