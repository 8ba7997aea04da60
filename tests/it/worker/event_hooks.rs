//! Commands that are run when attempts have ended.

use std::path::Path;
use std::time::Instant;

use qctl::task::State;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::shop::{Shop, task};
use super::stage::marked;
use crate::harness::SOON;
use crate::harness::qctl::Qctl;
use crate::harness::running::Output;

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
    let log = output.stderr_str();
    assert!(log.contains("20 hooks did not end"), "{log}");
    assert_eq!(shop.counters(), (20, 0));
    assert_eq!(marked("MARK", folder), [""; 0]);
}
