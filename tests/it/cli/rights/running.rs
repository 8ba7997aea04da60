//! The same for programs that go on: `work`, `cron run-scheduler`, `serve` and `dash`.

use std::collections::HashMap;

use redis::Value;
use rustix::process::Signal;

use super::{CLOCK, Lacking, NO_QCTL_KEYS, QCTL_KEYS};
use crate::cli::{contents, qctl, state};
use crate::harness::running::Running;
use crate::harness::tmux::Tmux;
use crate::harness::{SOON, eventually};
use crate::tui::SIZE;
use crate::web::{Page, TOKEN};

/// How often Redis has refused something with this name, a command or a channel.
fn refusals(lacking: &Lacking, object: &str) -> i64 {
    let log: Vec<HashMap<String, Value>> = lacking.redis.query(&["ACL", "LOG"]);
    let name = Value::BulkString(object.as_bytes().to_vec());
    let of = log.iter().filter(|entry| entry["object"] == name);
    let counts = of.map(|entry| redis::from_redis_value_ref::<i64>(&entry["count"]).unwrap());
    counts.sum()
}

/// Runs a task, and returns what the worker has printed about rights.
fn about_rights(lacking: &Lacking, running: Running) -> Vec<String> {
    qctl(&lacking.redis, "enqueue t --id one")
        .run_unchecked()
        .expect_code(0);
    running.wait_for_line(|line| line.contains("done") && line.contains(" one"), SOON);
    stop(running)
}

fn stop(running: Running) -> Vec<String> {
    running.signal(Signal::TERM);
    let output = running.wait(SOON).expect_code(0);
    let lines = output.stderr_str().lines();
    lines
        .filter(|line| line.contains("ACL"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_worker_that_may_not_subscribe_runs_tasks_and_says_so_once() {
    for (rule, object, denied) in [
        (
            "-subscribe",
            "subscribe",
            "may not run SUBSCRIBE (ACL: +subscribe)",
        ),
        (
            "resetchannels",
            "asynq:cancel",
            "may not use the channel asynq:cancel (ACL: &asynq:*)",
        ),
    ] {
        let lacking = Lacking::new("worker", rule);
        let worker = lacking.at("work --handle t=true").spawn();
        eventually(SOON, || (refusals(&lacking, object) > 1).then_some(()));
        let said = about_rights(&lacking, worker);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("listen for cancellations"), "{said:?}");
        assert!(said[0].contains(denied), "{said:?}");
    }
}

#[test]
fn a_worker_without_redis_s_clock_runs_tasks() {
    let lacking = Lacking::new("worker", "-time");
    let worker = lacking.at("work --handle t=true --no-scheduler").spawn();
    let said = about_rights(&lacking, worker);
    let note = lacking.note(CLOCK, "may not run TIME (ACL: +time)");
    assert_eq!(said, [note.trim_end()]);
}

/// Its scripts would end half-way, and move the same task again and again.
#[test]
fn a_worker_that_may_not_write_all_that_its_scripts_write_does_not_start() {
    for command in [
        "zrem", "del", "lrem", "ltrim", "hset", "hdel", "lpush", "incrby",
    ] {
        let lacking = Lacking::new("worker", &format!("-{command}"));
        let before = contents(&lacking.redis);
        let name = command.to_uppercase();
        let denied = format!("may not run {name} (ACL: +{command})");
        lacking
            .at("work --burst --handle t=true")
            .status(4)
            .stderr(&lacking.error(&denied, &format!("+{command}")))
            .run();
        assert_eq!(contents(&lacking.redis), before, "{command}");
    }
    let lacking = Lacking::new("worker", "-zrem -del");
    let refused = lacking.at("work --burst --handle t=true").run_unchecked();
    let said = refused.expect_code(4).stderr_str().to_owned();
    assert!(said.contains("(ACL: +zrem +del)"), "{said}");
}

#[test]
fn a_worker_without_qctl_s_keys_runs_tasks_and_no_schedules() {
    let lacking = Lacking::new("worker", QCTL_KEYS);
    let worker = lacking.at("work --handle t=true").spawn();
    worker.wait_for_line(|line| line.contains("ACL"), SOON);
    let said = about_rights(&lacking, worker);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains(NO_QCTL_KEYS), "{said:?}");
}

#[test]
fn a_worker_without_what_only_figures_need_misses_nothing() {
    for rule in ["-info", "-publish"] {
        let lacking = Lacking::new("worker", rule);
        let worker = lacking.at("work --handle t=true").spawn();
        assert_eq!(about_rights(&lacking, worker), [""; 0], "{rule}");
    }
}

#[test]
fn the_page_shows_the_rest_and_names_the_rights() {
    let lacking = Lacking::new("reader", &format!("-info -memory {QCTL_KEYS}"));
    let page = Page::of(
        lacking.at("--read-only").file("token", TOKEN),
        &["--auth-file", "token"],
    );
    let get = |path: &str| page.get(path).bearer().send().expect(200);
    let queue = get("/queue?queue=q").body;
    assert!(queue.contains("archived"), "{queue}");
    let overview = eventually(SOON, || {
        let overview = get("/").body;
        overview.contains("MEMORY USAGE").then_some(overview)
    });
    for rule in ["+info", "+memory|usage"] {
        assert_eq!(
            overview.matches(&format!("(ACL: {rule})")).count(),
            1,
            "{rule}: {overview}"
        );
    }
    let schedules = get("/schedules").body;
    assert!(
        schedules.contains("stored schedules are unknown: "),
        "{schedules}"
    );
    assert!(!schedules.contains("No schedules"), "{schedules}");
    let stats = get("/api/stats").json();
    assert_eq!(stats["redis"], serde_json::Value::Null);
    assert_eq!(stats["queues"][0]["retry"], 1);
}

#[test]
fn the_dashboard_shows_the_rest_and_names_the_rights() {
    let lacking = Lacking::new("reader", &format!("-info -memory {QCTL_KEYS}"));
    let url = format!("redis://reader:pw@127.0.0.1:{}", lacking.redis.port());
    let Some(tmux) = Tmux::start(&url, SIZE, "dash") else {
        return;
    };
    tmux.sees(&["1 Queues", " q ", "(ACL: +info)", "(ACL: +memory|usage)"]);
    let screen = tmux.sees(&[" q "]);
    assert_eq!(screen.matches("+info").count(), 1, "{screen}");
    tmux.keys("4")
        .sees(&["stored schedules are unknown", "~qctl:*"]);
}

/// Rights for everything but the places of limits.
const NO_PLACES: &str = "resetkeys ~asynq:{* ~asynq:queues ~asynq:servers* ~asynq:workers* ~qctl:*";

#[test]
fn a_worker_that_may_not_use_a_limit_says_so_once_and_runs_the_other_types() {
    for (rule, limit, denied) in [
        (
            NO_PLACES,
            "concurrency = 1",
            "may not use the keys asynq:* (ACL: ~asynq:*)",
        ),
        (QCTL_KEYS, "rate = '9/s'", NO_QCTL_KEYS),
        // Before Redis 7.2, the refusal does not name the command.
        ("-time", "rate = '9/s'", "+time)"),
    ] {
        let lacking = Lacking::new("worker", rule);
        qctl(&lacking.redis, "enqueue limited --id waits")
            .run_unchecked()
            .expect_code(0);
        let config = format!(
            "[handlers.t]\nrun = 'true'\n[handlers.limited]\nrun = 'true'\nlimit = {{ {limit} }}\n"
        );
        let worker = lacking
            .at("work --no-scheduler")
            .file("qctl.toml", config)
            .spawn();
        let asks = |line: &str| line.contains("ask for places of limits");
        let line = worker.wait_for_line(asks, SOON);
        assert!(line.contains(denied), "{line}");
        qctl(&lacking.redis, "enqueue t --id one")
            .run_unchecked()
            .expect_code(0);
        worker.wait_for_line(|line| line.contains("done") && line.contains(" one"), SOON);
        assert_eq!(state(&lacking.redis, "default", "waits").unwrap(), "retry");
        lacking.set("");
        worker.wait_for_line(
            |line| line.contains("done") && line.contains(" waits"),
            SOON,
        );
        let said = stop(worker);
        let about = said.iter().filter(|line| line.contains("ERROR")).count();
        assert_eq!(about, 1, "{said:?}");
    }
}
