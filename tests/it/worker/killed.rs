//! A worker that is killed again and again, under load, loses nothing and leaves nothing behind.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use qctl::task::QueueName;
use tempfile::TempDir;

use super::shop::Shop;
use super::stage::marked;
use crate::harness::qctl::Qctl;
use crate::harness::running::Running;
use crate::harness::{SOON, eventually, is_bookkeeping};

const TASKS: usize = 150;

fn work(shop: &Shop, folder: &Path) -> Running {
    let marker = folder.to_str().unwrap();
    // A failure for lack of a worker is tried again at once.
    let config = "
        [handlers.t]
        run = 'sleep 0.0$((QCTL_TASK_ID % 5)); echo $QCTL_TASK_ID >> done'
        retry = { backoff = 'constant', min = '0s' }
    ";
    Qctl::new(&shop.redis)
        .args(["work", "-c", "6", "--log-format", "json"])
        .file("qctl.toml", config)
        .env("QCTL_CONFIG", folder.join("qctl.toml"))
        .env("MARK", marker)
        .cwd(folder)
        .spawn()
}

/// How often each task has been done.
fn done(folder: &Path) -> BTreeMap<usize, usize> {
    let text = std::fs::read_to_string(folder.join("done")).unwrap_or_default();
    text.lines().fold(BTreeMap::new(), |mut times, line| {
        *times.entry(line.parse().unwrap()).or_default() += 1;
        times
    })
}

#[test]
fn a_worker_killed_ten_times_under_load_loses_nothing() {
    let shop = Shop::open();
    let folder = TempDir::with_prefix("qctl-killed-").unwrap();
    let folder = folder.path();
    let config = "
        [handlers.t]
        run = 'sleep 0.0$((QCTL_TASK_ID % 5)); echo $QCTL_TASK_ID >> done'
        retry = { backoff = 'constant', min = '0s' }
    ";
    std::fs::write(folder.join("qctl.toml"), config).unwrap();
    shop.enqueue_many(&QueueName::default(), "", TASKS);
    for round in 1..=10 {
        let before = done(folder).values().sum::<usize>();
        let mut worker = work(&shop, folder);
        // In the middle of its work, at a moment that nobody chooses.
        let some = fastrand::usize(1..8);
        eventually(SOON, || {
            let now = done(folder).values().sum::<usize>();
            (now >= before + some || now >= TASKS).then_some(())
        });
        worker.kill9();
        eventually(SOON, || marked("MARK", folder).is_empty().then_some(()));
        assert!(done(folder).len() < TASKS || round == 10, "too few tasks");
        // As if the minute had gone by after which others take up what it left.
        shop.rewind_leases();
    }
    let worker = work(&shop, folder);
    eventually(Duration::from_secs(60), || {
        let keys: Vec<String> = shop.redis.query(&["KEYS", "asynq:{default}:t:*"]);
        keys.is_empty().then_some(())
    });
    worker.signal(rustix::process::Signal::TERM);
    worker.wait(SOON).expect_code(0);
    assert_eq!(
        done(folder).into_keys().collect::<Vec<_>>(),
        (0..TASKS).collect::<Vec<_>>()
    );
    // Only the counters and the name of the queue are left.
    let mut left: Vec<String> = shop.redis.query(&["KEYS", "*"]);
    left.retain(|key| !key.contains(":processed") && !key.contains(":failed"));
    // What the killed workers announced runs out by itself.
    left.retain(|key| !key.starts_with("asynq:servers") && !key.starts_with("asynq:workers"));
    left.retain(|key| !is_bookkeeping(key));
    assert_eq!(left, ["asynq:queues"]);
    let (processed, failed) = shop.counters();
    assert_eq!(processed - failed, u64::try_from(TASKS).unwrap());
    assert_eq!(marked("MARK", folder), [""; 0]);
}
