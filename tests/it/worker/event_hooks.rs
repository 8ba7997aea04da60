//! Commands that are run when attempts have ended.

use std::path::Path;
use std::time::Instant;

use qctl::task::{QueueName, State};
use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::operation::get;
use super::shop::{Shop, task};
use super::stage::marked;
use crate::harness::qctl::Qctl;
use crate::harness::running::Output;
use crate::harness::{SOON, eventually};

fn work_off(shop: &Shop, folder: &Path, config: &str, args: &[&str]) -> Output {
    let file = folder.join("qctl.toml");
    std::fs::write(&file, config).unwrap();
    Qctl::new(&shop.redis)
        .args(["work", "--burst", "-c", "2", "--config"])
        .arg(&file)
        .args(args)
        .env("MARK", folder.to_str().unwrap())
        .cwd(folder)
        .run_unchecked()
        .expect_code(0)
}

/// The events that a hook has got, by the id of their task.
fn events(folder: &Path, name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
    let mut events: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    events.sort_by_key(|event| event["task_id"].to_string());
    events
}

#[test]
fn hooks_get_the_end_of_each_attempt_once_its_outcome_is_written() {
    let shop = Shop::open();
    let folder = TempDir::with_prefix("qctl-hooks-").unwrap();
    let folder = folder.path();
    for (name, retries) in [("good", 0), ("bad", 0), ("again", 1), ("later", 1)] {
        shop.enqueue(&task(name).with(|options| options.max_retry = retries));
    }
    let config = "
        [handlers.t]
        run = 'test $QCTL_TASK_ID != later || exit 75; test $QCTL_TASK_ID = good || { echo no >&2; exit 3; }'
        env = { GREETING = 'hello' }
        on_success = 'event=$(cat); printf \"%s\\n\" \"$event\" >> success; echo $QCTL_TASK_ID $GREETING > said'
        on_failure = 'event=$(cat); printf \"%s\\n\" \"$event\" >> failure'
        on_archive = 'event=$(cat); printf \"%s\\n\" \"$event\" >> archive; exit 1'
    ";
    let output = work_off(&shop, folder, config, &[]);
    let ids = |name| -> Vec<String> {
        let events = events(folder, name);
        let id = |event: &Value| event["task_id"].as_str().unwrap().to_owned();
        events.iter().map(id).collect()
    };
    assert_eq!(ids("success"), ["good"]);
    assert_eq!(ids("failure"), ["again", "bad"]);
    assert_eq!(ids("archive"), ["bad"]);
    let said = std::fs::read_to_string(folder.join("said")).unwrap();
    assert_eq!(said, "good hello\n");
    let mut archived = events(folder, "archive").remove(0);
    assert!(archived["time"].take().is_string() && archived["took_seconds"].take().is_f64());
    assert_eq!(
        archived,
        json!({
            "time": null, "event": "archived", "handler": "t", "queue": "default", "task_id": "bad", "type": "t",
            "retried": 0, "error": "exit status 3: no", "next_attempt_at": null, "took_seconds": null
        })
    );
    let again = &events(folder, "failure")[0];
    assert!(again["event"] == "retry" && again["next_attempt_at"].is_string());
    assert_eq!(shop.state("bad"), Some(State::Archived));
    let log = output.stderr_str();
    assert!(log.contains("on_archive failed: exit status 1"), "{log}");
}

#[test]
fn slow_hooks_delay_no_task_and_do_not_outlive_the_worker() {
    let shop = Shop::open();
    let folder = TempDir::with_prefix("qctl-hooks-").unwrap();
    let folder = folder.path();
    for n in 0..20 {
        shop.enqueue(&task(&format!("{n}")));
    }
    let config = "
        [handlers.t]
        run = 'true'
        on_success = 'sleep 60'
    ";
    let begun = Instant::now();
    let output = work_off(&shop, folder, config, &["--shutdown-timeout", "200ms"]);
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    let mut log = output.stderr_str().lines().rev();
    let [stopped, killed] = [log.next().unwrap(), log.next().unwrap()];
    let expected = "stopped    20 done, 0 failed, 20 hooks lost in ";
    assert!(stopped.contains(expected), "{stopped}");
    let expected = "WARN   handler    t  shutdown_timeout is over: 20 hooks did not end";
    assert!(killed.contains(expected), "{killed}");
    assert_eq!(shop.counters(), (20, 0));
    assert_eq!(marked("MARK", folder), [""; 0]);
}

/// Four run and a thousand wait. The others are dropped, of which each is counted, and some have a line in the log.
#[test]
fn hooks_beyond_a_thousand_are_dropped_and_counted() {
    const TASKS: usize = 1010;
    let shop = Shop::open();
    let folder = TempDir::with_prefix("qctl-hooks-").unwrap();
    let folder = folder.path();
    shop.enqueue_many(&QueueName::default(), "n", TASKS);
    let socket = folder.join("worker.sock");
    let config = format!(
        "[worker]\nlisten = 'unix:{}'\nshutdown_timeout = '100ms'\n\
         [handlers.t]\nexec = ['true']\non_success = 'sleep 60'\n",
        socket.display()
    );
    let worker = Qctl::new(&shop.redis)
        .args(["work", "-c", "20"])
        .file("qctl.toml", config)
        .spawn();
    let lost = "qctl_worker_hooks_lost_total{handler=\"t\"} 6\n";
    eventually(SOON, || {
        let (_, figures) = get(&socket, "/metrics")?;
        figures.contains(lost).then_some(())
    });
    worker.signal(Signal::TERM);
    let output = worker.wait(SOON).expect_code(0);
    let log = output.stderr_str();
    let dropped = log.lines().filter(|line| line.contains("was not run"));
    let dropped: Vec<&str> = dropped.collect();
    let times = |n: usize, times: &str| {
        let text = "on_success was not run: too many hooks are waiting; this has happened";
        dropped[n].ends_with(&format!("{text} {times}"))
    };
    let all = times(0, "1 time") && times(1, "2 times") && times(2, "4 times");
    assert!(all && dropped.len() == 3, "{dropped:?}");
    let stopped = log.lines().last().unwrap();
    let expected = "stopped    1,010 done, 0 failed, 1,010 hooks lost in ";
    assert!(stopped.contains(expected), "{stopped}");
}
