//! What attempts print, and who can read it later.

use std::path::Path;

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use super::shop::{Shop, keys, typed};
use crate::harness::proxy::Proxy;
use crate::harness::qctl::Qctl;
use crate::harness::running::Running;
use crate::harness::{SOON, eventually};

/// A worker with these lines in its file.
fn worker(shop: &Shop, file: &str, flags: &[&str]) -> Qctl {
    let with = Qctl::new(&shop.redis).file("qctl.toml", file);
    with.args(["work", "--config", "qctl.toml"]).args(flags)
}

fn work_off(shop: &Shop, file: &str) {
    worker(shop, file, &["--burst"])
        .run_unchecked()
        .expect_code(0);
}

/// The log of a task as documents.
fn log(shop: &Shop, id: &str) -> Vec<Value> {
    let logs = Qctl::new(&shop.redis).args(["logs", id, "--json"]);
    match logs.run_unchecked() {
        output if output.code == Some(3) => Vec::new(),
        output => output.json().as_array().unwrap().clone(),
    }
}

#[test]
fn a_file_says_which_attempts_leave_a_log() {
    let shop = Shop::open();
    let kinds = ["good", "bad", "good:all", "bad:none"];
    for kind in kinds {
        shop.enqueue(&typed(kind, kind));
    }
    let command = "echo out; echo err >&2;";
    work_off(
        &shop,
        &format!(
            "[handlers.\"good*\"]\nrun = \"{command}\"\n[handlers.bad]\nrun = \"{command} exit 3\"\n\
             [handlers.\"good:all\"]\nrun = \"{command}\"\nlogs = \"always\"\n\
             [handlers.\"bad:none\"]\nrun = \"{command} exit 3\"\nlogs = \"off\"\n"
        ),
    );
    let outcomes = kinds.map(|kind| {
        let log = log(&shop, kind);
        log.first()
            .map(|attempt| attempt["outcome"].as_str().unwrap().to_owned())
    });
    let outcomes = outcomes.each_ref().map(Option::as_deref);
    assert_eq!(outcomes, [None, Some("failed"), Some("done"), None]);
    let bad = &log(&shop, "bad")[0];
    assert_eq!(bad["attempt"], 1);
    let output = bad["output"].as_str().unwrap();
    assert!(output == "out\nerr\n" || output == "err\nout\n", "{output}");
    assert_eq!(
        (&bad["left_out_bytes"], &bad["output_end"]),
        (&0.into(), &Value::Null)
    );
}

#[test]
fn each_attempt_is_shown_below_its_heading() {
    let shop = Shop::open();
    shop.enqueue(&typed("t", "one"));
    let file =
        "[handlers.t]\nrun = \"echo retried $QCTL_TASK_RETRIED; printf '\\\\033[2J'; exit 1\"\n";
    work_off(&shop, file);
    Qctl::new(&shop.redis)
        .args(["retry", "one"])
        .run_unchecked();
    work_off(&shop, file);
    let shown = Qctl::new(&shop.redis).args(["logs", "one"]).run_unchecked();
    let shown: Vec<&str> = shown.stdout_str().lines().collect();
    let [first, one, escape, ending, second, two, ..] = shown.as_slice() else {
        panic!("{shown:?}");
    };
    assert!(first.starts_with("==> attempt 1 on "), "{first}");
    assert_eq!((*one, *escape), ("retried 0", "\\u{1b}[2J"));
    assert!(ending.starts_with("<== failed after "), "{ending}");
    assert!(second.starts_with("==> attempt 2 on "), "{second}");
    assert_eq!(*two, "retried 1");
    Qctl::new(&shop.redis)
        .args(["logs", "one", "--attempt", "2", "--raw"])
        .stdout("retried 1\n\u{1b}[2J")
        .run();
    Qctl::new(&shop.redis)
        .args(["logs", "one", "--attempt", "7"])
        .status(3)
        .stderr("error: there is no log of attempt 7 of task \"one\"\nhint: there are logs of attempts 1, 2\n")
        .run();
}

/// Starts a worker whose only command waits for a file, and waits until the log shows its first line.
fn running(shop: &Shop, go: &Path) -> Running {
    shop.enqueue(&typed("t", "one"));
    let wait = format!("until [ -e {} ]; do sleep 0.05; done", go.display());
    let file = format!("[handlers.t]\nrun = \"echo first; {wait}; echo last; exit 1\"\n");
    let running = worker(shop, &file, &[]).spawn();
    eventually(SOON, || {
        let log = log(shop, "one");
        let first = log.first()?;
        assert_eq!(first["ended_at"], Value::Null);
        (first["output"] == "first\n").then_some(())
    });
    running
}

#[test]
fn a_log_is_followed_until_the_task_has_ended() {
    let shop = Shop::open();
    let folder = TempDir::new().unwrap();
    let go = folder.path().join("go");
    let _worker = running(&shop, &go);
    let follower = Qctl::new(&shop.redis).args(["logs", "-f", "one"]).spawn();
    follower.wait_for_line(|line| line == "first", SOON);
    std::fs::write(go, "").unwrap();
    follower.wait_for_line(|line| line == "last", SOON);
    // It waits for a retry, which may come.
    Qctl::new(&shop.redis)
        .args(["archive", "one"])
        .run_unchecked()
        .expect_code(0);
    let lines = follower.wait(SOON).expect_code(0);
    let lines: Vec<&str> = lines.stdout_str().lines().skip(1).collect();
    assert_eq!(lines[..2], ["first", "last"]);
    assert!(lines[2].starts_with("<== failed after "), "{lines:?}");
}

#[test]
fn whoever_follows_a_log_waits_for_a_redis_that_is_away() {
    let shop = Shop::open();
    let proxy = Proxy::new(&shop.redis);
    let folder = TempDir::new().unwrap();
    let go = folder.path().join("go");
    let _worker = running(&shop, &go);
    let follower = Qctl::at(&proxy.url()).args(["logs", "-f", "one"]).spawn();
    follower.wait_for_line(|line| line == "first", SOON);
    proxy.cut();
    follower.wait_for_line(|line| line.ends_with("; waiting for Redis"), SOON);
    std::fs::write(go, "").unwrap();
    proxy.heal();
    follower.wait_for_line(|line| line == "last", SOON);
    follower.signal(Signal::INT);
    follower.wait(SOON).expect_code(130);
}

#[test]
fn a_killed_worker_leaves_what_was_printed() {
    let shop = Shop::open();
    let worker = running(&shop, Path::new("/never"));
    worker.signal(Signal::KILL);
    worker.wait(SOON);
    assert_eq!(log(&shop, "one")[0]["outcome"], Value::Null);
    Qctl::new(&shop.redis)
        .args(["logs", "one", "--raw"])
        .stdout("first\n")
        .run();
}

#[test]
fn a_flood_is_cut_in_the_middle() {
    let shop = Shop::open();
    shop.enqueue(&typed("t", "one"));
    let file =
        "[worker]\nlogs = { attempt = \"1KB\" }\n[handlers.t]\nrun = \"seq 100000; exit 1\"\n";
    work_off(&shop, file);
    let log = &log(&shop, "one")[0];
    assert!(log["output"].as_str().unwrap().starts_with("1\n2\n3\n"));
    assert!(
        log["output_end"]
            .as_str()
            .unwrap()
            .ends_with("\n99999\n100000\n")
    );
    assert_eq!(log["left_out_bytes"], 588_895 - 1024);
    let raw = Qctl::new(&shop.redis).args(["logs", "one", "--raw"]);
    let raw = raw.run_unchecked().expect_code(0);
    assert_eq!(raw.stdout.len(), 1024);
    assert_eq!(
        raw.stderr_str(),
        "warning: 587,871 bytes of attempt 1 were not kept\n"
    );
    let shown = Qctl::new(&shop.redis).args(["logs", "one"]).run_unchecked();
    assert!(
        shown
            .stdout_str()
            .contains("\n… 587,871 bytes left out …\n")
    );
}

#[test]
fn a_task_that_is_gone_still_has_its_log() {
    let shop = Shop::open();
    shop.enqueue(&typed("t", "one"));
    work_off(
        &shop,
        "[worker]\nlogs = { when = \"always\", lifetime = \"1h\" }\n[handlers.t]\nrun = \"echo done\"\n",
    );
    assert!(shop.find("one").is_none());
    Qctl::new(&shop.redis)
        .args(["logs", "one", "--raw"])
        .stdout("done\n")
        .run();
    let lifetime: i64 = shop
        .redis
        .query(&["TTL", &format!("{}qctl:log:one", keys().prefix())]);
    assert!((3_500..=3_600).contains(&lifetime), "{lifetime}");
    Qctl::new(&shop.redis)
        .args(["logs", "two"])
        .status(3)
        .stderr("error: task \"two\" does not exist in any queue\nhint: qctl ls tasks; add --queue if its queue is not listed (qctl doctor)\n")
        .run();
}

/// Nothing is kept of an attempt that succeeds, unless the file says so, but whoever follows it sees its end.
#[test]
fn whoever_follows_an_attempt_that_succeeds_sees_its_last_lines() {
    let shop = Shop::open();
    shop.enqueue(&typed("t", "one"));
    let folder = TempDir::new().unwrap();
    let go = folder.path().join("go");
    let wait = format!("until [ -e {} ]; do sleep 0.05; done", go.display());
    let file = format!("[handlers.t]\nrun = \"echo first; {wait}; echo last\"\n");
    let _worker = worker(&shop, &file, &[]).spawn();
    let follower = Qctl::new(&shop.redis).args(["logs", "-f", "one"]).spawn();
    follower.wait_for_line(|line| line == "first", SOON);
    std::fs::write(go, "").unwrap();
    let output = follower.wait(SOON).expect_code(0);
    let lines: Vec<&str> = output.stdout_str().lines().skip(1).collect();
    assert_eq!(lines[..2], ["first", "last"]);
    assert!(lines[2].starts_with("<== done after "), "{lines:?}");
    eventually(SOON, || log(&shop, "one").is_empty().then_some(()));
}

#[test]
fn attempts_after_a_manual_retry_are_told_apart() {
    let shop = Shop::open();
    shop.enqueue(&typed("bad", "a"));
    let file = "[handlers.bad]\nrun = \"echo $QCTL_RETRIED >&2; exit 65\"\n";
    let run = |words: &str| {
        let run = Qctl::new(&shop.redis).args(words.split(' '));
        run.run_unchecked()
    };
    work_off(&shop, file);
    run("retry a").expect_code(0);
    work_off(&shop, file);
    let attempts = log(&shop, "a");
    let told: Vec<_> = attempts
        .iter()
        .map(|one| (&one["attempt"], &one["run"]))
        .collect();
    assert_eq!(told, [(&1.into(), &1.into()), (&1.into(), &2.into())]);
    let shown = run("logs a").expect_code(0).stdout_str().to_owned();
    let headings: Vec<_> = shown
        .lines()
        .filter(|line| line.starts_with("==>"))
        .collect();
    assert!(headings[0].starts_with("==> attempt 1 on "), "{shown}");
    assert!(headings[1].starts_with("==> attempt 1.2 on "), "{shown}");
    let count = |words: &str| run(words).json().as_array().unwrap().len();
    assert_eq!(count("logs a --attempt 1 --json"), 2);
    assert_eq!(count("logs a --attempt 1.2 --json"), 1);
    let missing = run("logs a --attempt 1.3").expect_code(3);
    assert_eq!(
        missing.stderr_str(),
        "error: there is no log of attempt 1.3 of task \"a\"\nhint: there are logs of attempts 1, 1.2\n"
    );
    for wrong in ["0", "1.0", "x", "1.2.3"] {
        run(&format!("logs a --attempt {wrong}")).expect_code(2);
    }
}
