//! What attempts have printed, on the page of their task.

use super::Page;
use super::client::Events;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};

/// Enqueues a task of type `t` under this id, and works it off with these lines in the worker's file.
#[track_caller]
pub(super) fn attempt(redis: &Redis, id: &str, retention: &str, file: &str) {
    let enqueue = ["enqueue", "t", "--id", id, "--retention", retention];
    let enqueue = Qctl::new(redis).args(enqueue).run_unchecked();
    enqueue.expect_code(0);
    let work = Qctl::new(redis).file("qctl.toml", file);
    let work = work.args(["work", "--config", "qctl.toml", "--burst"]);
    work.run_unchecked().expect_code(0);
}

#[test]
fn the_output_of_attempts_is_shown_harmlessly() {
    let redis = Redis::start();
    let hostile = "printf '<script>alert(1)</script>\\n\\033]0;x\\007\\033[31mred\\033[0m\\ta\\n'";
    let file = format!(
        "[handlers.t]\nrun = \"{}; exit 1\"\n",
        hostile.replace('\\', "\\\\")
    );
    attempt(&redis, "one", "0s", &file);
    Qctl::new(&redis)
        .args(["retry", "one"])
        .run_unchecked()
        .expect_code(0);
    attempt(
        &redis,
        "two",
        "0s",
        "[handlers.t]\nrun = \"echo second; exit 1\"\n",
    );
    let page = Page::with_token(&redis);
    let html = page.read("/task?queue=default&id=one");
    assert!(
        !html.contains("<script>alert") && !html.contains(['\u{1b}', '\u{7}']),
        "{html}"
    );
    let shown = "\n&lt;script&gt;alert(1)&lt;/script&gt;\n\\u{1b}]0;x\\u{7}\\u{1b}[31mred\\u{1b}[0m\ta\n</pre>";
    assert!(html.contains(shown), "{html}");
    // The newest attempt is unfolded, and last.
    let attempts: Vec<_> = html.split("<details class=\"attempt\"").skip(1).collect();
    assert_eq!(attempts.len(), 2, "{html}");
    let heads = attempts
        .iter()
        .map(|attempt| attempt.split_once('>').unwrap().0);
    let open: Vec<_> = heads.map(|head| head.ends_with(" open")).collect();
    assert_eq!(open, [false, true]);
    assert!(
        attempts[1].contains("second") && attempts[1].contains(">failed</span>"),
        "{}",
        attempts[1]
    );
}

#[test]
fn a_log_is_the_same_as_text_and_as_documents() {
    let redis = Redis::start();
    let file = "[handlers.t]\nrun = \"printf 'a\\\\033[1mb\\\\n'; exit 1\"\n";
    attempt(&redis, "one", "0s", file);
    let page = Page::with_token(&redis);
    let text = page
        .get("/task/log?queue=default&id=one")
        .bearer()
        .send()
        .expect(200);
    assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
    let printed = Qctl::new(&redis).args(["logs", "one"]).run_unchecked();
    assert_eq!(text.body, printed.stdout_str());
    let documents = page
        .get("/api/task/logs?queue=default&id=one")
        .bearer()
        .send()
        .expect(200);
    let printed = Qctl::new(&redis)
        .args(["logs", "one", "--json"])
        .run_unchecked();
    assert_eq!(documents.json(), printed.json());
    assert_eq!(
        page.get("/api/task/logs?queue=default&id=none")
            .bearer()
            .send()
            .status,
        404
    );
}

#[test]
fn what_is_cut_or_left_out_is_named() {
    let redis = Redis::start();
    let file =
        "[worker]\nlogs = { attempt = \"1KB\" }\n[handlers.t]\nrun = \"seq 100000; exit 1\"\n";
    attempt(&redis, "one", "0s", file);
    let page = Page::with_token(&redis);
    let html = page.read("/task?queue=default&id=one");
    assert!(
        html.contains("… 587,871 bytes left out …") && html.contains("\n100000\n"),
        "{html}"
    );
    // More than the page shows, and an entry that nobody can read.
    let log = "asynq:{default}:qctl:log:one";
    let entry: Vec<u8> = redis.query(&["LINDEX", log, "0"]);
    let large = [entry.as_slice(), &b"x".repeat(300 * 1024)].concat();
    redis::cmd("RPUSH")
        .arg(log)
        .arg(&large)
        .arg("nonsense")
        .exec(&mut redis.connection().unwrap())
        .unwrap();
    let html = page.read("/task?queue=default&id=one");
    assert!(html.len() < 100_000, "{}", html.len());
    assert!(
        html.contains("The output of 301.0 KiB is shown <a href=\"/task/log?"),
        "{html}"
    );
    assert!(
        html.contains("1 entries of the log cannot be read"),
        "{html}"
    );
    let answer = page
        .get("/api/task/logs?queue=default&id=one")
        .bearer()
        .send()
        .expect(200);
    assert_eq!(
        answer.header("qctl-warning"),
        "1 entries of the log cannot be read"
    );
}

#[test]
fn a_task_without_a_log_says_why() {
    let redis = Redis::start();
    let quiet = "[handlers.t]\nrun = \"echo out\"\n";
    attempt(&redis, "done", "1h", quiet);
    let off = "[handlers.t]\nrun = \"echo out; exit 1\"\nlogs = \"off\"\n";
    attempt(&redis, "failed", "0s", off);
    let new = ["enqueue", "t", "--id", "new", "--in", "1h"];
    Qctl::new(&redis).args(new).run_unchecked().expect_code(0);
    let page = Page::with_token(&redis);
    for (id, why) in [
        ("done", "an attempt that succeeds is not kept"),
        ("failed", "No output was kept"),
        ("new", "No attempt has run yet"),
    ] {
        let html = page.read(&format!("/task?queue=default&id={id}"));
        assert!(html.contains(why), "{id}: {html}");
    }
}

/// One sample of Redis, however many browsers show the task.
#[test]
fn the_page_follows_a_task_and_many_viewers_cost_what_one_does() {
    let redis = Redis::start();
    let page = Page::with_token(&redis);
    let enqueue = ["enqueue", "t", "--id", "one"];
    Qctl::new(&redis)
        .args(enqueue)
        .run_unchecked()
        .expect_code(0);
    let live = || page.get("/live/task?queue=default&id=one").bearer();
    let mut viewers: Vec<_> = (0..10).map(|_| Events::of(&live())).collect();
    for viewer in &mut viewers {
        viewer.next("state-pending");
    }
    let before = reads(&redis);
    let _work = Qctl::new(&redis)
        .args(["work", "--handle", "t=echo first; sleep 600"])
        .spawn();
    let mut events = 0;
    for viewer in &mut viewers {
        viewer.next("first");
        events = events.max(viewer.count);
    }
    let reads = reads(&redis) - before;
    assert!(reads <= events + 2, "{reads} reads, {events} events");
}

/// A log may be large, so it is read again only when it has changed.
#[test]
fn the_log_of_a_task_at_rest_is_not_read_again() {
    let redis = Redis::start();
    let file = "[handlers.t]\nrun = \"echo first; exit 1\"\n";
    attempt(&redis, "one", "0s", file);
    let page = Page::with_token(&redis);
    let live = page.get("/live/task?queue=default&id=one").bearer();
    let mut viewer = Events::of(&live);
    viewer.next("first");
    // What was written a moment ago may be written again.
    let looks = || calls(&redis, "llen");
    let settled = || {
        let (before, looked) = (reads(&redis), looks());
        eventually(SOON, || (looks() >= looked + 3).then_some(()));
        (reads(&redis) == before).then_some(())
    };
    eventually(SOON, settled);
    Qctl::new(&redis)
        .args(["retry", "one"])
        .run_unchecked()
        .expect_code(0);
    let file = "[handlers.t]\nrun = \"echo second; exit 1\"\n";
    let work = Qctl::new(&redis).file("qctl.toml", file);
    let work = work.args(["work", "--config", "qctl.toml", "--burst"]);
    work.run_unchecked().expect_code(0);
    viewer.next("second");
}

/// How often a log was read.
fn reads(redis: &Redis) -> usize {
    calls(redis, "lrange")
}

/// How often Redis has performed a command.
fn calls(redis: &Redis, command: &str) -> usize {
    let stats: String = redis.query(&["INFO", "commandstats"]);
    let calls = stats.split(&format!("cmdstat_{command}:calls=")).nth(1);
    let calls = calls.and_then(|calls| calls.split(',').next());
    calls.map_or(0, |calls| calls.parse().unwrap())
}
