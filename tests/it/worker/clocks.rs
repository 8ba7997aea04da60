//! Workers and commands on machines whose clocks are wrong: Redis's clock counts.

use std::time::Duration;

use chrono::TimeDelta;
use qctl::broker::keys::{CARETAKER, QueueKeys};
use qctl::clock;
use qctl::task::{NewTask, QueueName, Start, State};
use qctl::worker::Ended;
use serde_json::json;
use tempfile::TempDir;

use super::crew::{Gate, succeed};
use super::shop::{Shop, id, keys, queue, seconds_until, task};
use crate::harness::clock::{SHIFTS, shift_clock};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};

fn worker(shop: &Shop, clock_ahead: i64) -> crate::harness::running::Running {
    Qctl::new(&shop.redis)
        .args(["work", "--handle", "t=true", "-q", "default"])
        .clock_ahead(clock_ahead)
        .spawn()
}

/// Puts a task into the last queue that each round of recovery, forwarding and cleaning looks at.
struct Sign(QueueKeys);

impl Sign {
    fn put(shop: &Shop) -> Self {
        let elsewhere = queue("zzz");
        let keys = QueueKeys::new(&elsewhere);
        let there = task("sign").with(|options| options.queue = elsewhere.clone());
        shop.enqueue(&there);
        let claim =
            async |broker: &qctl::broker::Broker| broker.claim(&elsewhere, 1, clock::now()).await;
        shop.ask(claim).unwrap();
        shop.redis.cmd(&["ZADD", &keys.lease(), "1", "sign"]);
        shop.redis.cmd(&["ZADD", &keys.completed(), "1", "over"]);
        Self(keys)
    }

    fn seen(&self, shop: &Shop) {
        for key in [self.0.lease(), self.0.completed()] {
            eventually(SOON, || {
                (!shop.redis.query::<bool>(&["EXISTS", &key])).then_some(())
            });
        }
    }
}

#[test]
fn a_worker_with_a_wrong_clock_leaves_running_tasks_results_and_due_times_alone() {
    for shift in SHIFTS {
        let shop = Shop::open();
        let gate = Gate::closed();
        shop.enqueue(&task("running"));
        let right = shop.crew().route(gate.route("t")).start();
        right.started("running");
        shop.enqueue(&NewTask {
            start: Start::At(clock::now() + TimeDelta::hours(10)),
            ..task("in ten hours")
        });
        shop.enqueue(&NewTask {
            start: Start::At(clock::now() + TimeDelta::seconds(1)),
            ..task("soon").with(|options| options.retention = Duration::from_secs(10 * 3_600))
        });
        let sign = Sign::put(&shop);
        // The worker with the wrong clock is to look after all queues.
        let role = ["EXISTS", CARETAKER];
        eventually(SOON, || shop.redis.query::<bool>(&role).then_some(()));
        shop.redis.cmd(&["DEL", CARETAKER]);
        let wrong = worker(&shop, shift);
        // It runs when it is due by Redis's clock, and its result is kept from then on.
        let done = shop.reaches("soon", State::Completed);
        let kept = seconds_until(done.score.unwrap());
        assert!((35_900..=36_001).contains(&kept), "{shift}: {kept}");
        sign.seen(&shop);
        assert_eq!(shop.state("running"), Some(State::Active), "{shift}");
        assert_eq!(
            shop.state("in ten hours"),
            Some(State::Scheduled),
            "{shift}"
        );
        assert_eq!(shop.state("soon"), Some(State::Completed), "{shift}");
        gate.open();
        assert_eq!(right.finished("running"), Ended::Done, "{shift}");
        let said = wrong.wait_for_line(|line| line.contains("Redis's clock is used"), SOON);
        let side = if shift > 0 { "ahead of" } else { "behind" };
        assert!(said.contains(side), "{said}");
    }
}

/// Go servers use the clocks of their machines: to a server whose clock is ahead, their leases seem to have expired.
#[test]
fn a_wrong_clock_of_redis_does_not_take_running_tasks_from_go_servers() {
    for shift in SHIFTS {
        let shop = Shop::on(Redis::with().clock_ahead(shift).start());
        let ahead = shop.ask(async |broker: &qctl::broker::Broker| broker.clock_ahead());
        assert!((ahead.num_seconds() + shift).abs() < 5, "{shift}: {ahead}");
        shop.enqueue(&task("of go"));
        shop.ask(async |broker: &qctl::broker::Broker| {
            broker.claim(&QueueName::default(), 1, clock::now()).await
        })
        .unwrap();
        let lease = shop.lease_of("of go").unwrap();
        assert!((lease - clock::now().timestamp()).abs() < 60, "{shift}");
        let sign = Sign::put(&shop);
        let worker = shop.crew().route(succeed("t")).start();
        sign.seen(&shop);
        assert_eq!(shop.state("of go"), Some(State::Active), "{shift}");
        assert_eq!(shop.lease_of("of go"), Some(lease), "{shift}");
        worker.stop();
    }
}

/// A virtual machine that was suspended, or an administrator who sets the clock.
#[test]
fn a_clock_that_jumps_while_commands_run_ends_none_of_them() {
    let shop = Shop::open();
    let folder = TempDir::with_prefix("qctl-jump-").unwrap();
    let (shift, go) = (folder.path().join("shift"), folder.path().join("go"));
    shop.enqueue(&task("one"));
    let worker = Qctl::new(&shop.redis)
        .args(["work", "-q", "default", "--handle"])
        .arg("t=until [ -e \"$GO\" ]; do sleep 0.05; done")
        .env("GO", &go)
        .clock_ahead_as_in(&shift)
        .spawn();
    shop.reaches("one", State::Active);
    for jump in [3_600, -86_400] {
        let before = shop.lease_of("one").unwrap();
        shift_clock(&shift, jump);
        // A heartbeat after the jump: the lease goes on by Redis's clock.
        eventually(SOON, || (shop.lease_of("one")? > before).then_some(()));
        let left = shop.lease_of("one").unwrap() - clock::now().timestamp();
        assert!((20..=31).contains(&left), "{jump}: {left}");
        assert_eq!(shop.state("one"), Some(State::Active), "{jump}");
    }
    std::fs::write(&go, "").unwrap();
    worker.wait_for_line(|line| line.contains("done"), SOON);
    assert_eq!(shop.counters(), (1, 0));
}

/// A task that is running has its lease extended by the worker's own clock otherwise.
#[test]
fn leases_of_a_worker_with_a_wrong_clock_end_when_others_expect_it() {
    for shift in SHIFTS {
        let shop = Shop::open();
        shop.enqueue(&task("one"));
        let _worker = Qctl::new(&shop.redis)
            .args(["work", "--handle", "t=sleep 60", "-q", "default"])
            .clock_ahead(shift)
            .spawn();
        shop.reaches("one", State::Active);
        let left = shop.lease_of("one").unwrap() - clock::now().timestamp();
        assert!((25..=31).contains(&left), "{shift}: {left}");
    }
}

#[test]
fn commands_on_a_machine_with_a_wrong_clock_measure_ages_by_redis() {
    let shop = Shop::open();
    shop.enqueue(&task("fresh"));
    let keys = keys();
    shop.enqueue(&task("old"));
    let two_hours_ago = (clock::now() - TimeDelta::hours(2))
        .timestamp_nanos_opt()
        .unwrap();
    shop.redis.cmd(&[
        "HSET",
        &keys.task(&id("old")),
        "pending_since",
        &two_hours_ago.to_string(),
    ]);
    for shift in SHIFTS {
        let run = |line: &str| {
            Qctl::new(&shop.redis)
                .args(line.split(' '))
                .clock_ahead(shift)
                .run_unchecked()
        };
        let old = "-q default -s pending --older-than 1h";
        let listed = run(&format!("ls tasks {old} -o id"));
        assert_eq!(listed.stdout_str(), "old\n", "{shift}");
        let would = run(&format!("delete {old} -n -o json"));
        assert_eq!(would.json()["would_change"], json!(1), "{shift}");
        let later = run(&format!("enqueue t --in 10h -q other --id=x{shift}"));
        assert_eq!(later.code, Some(0));
        let due = shop.find_in("other", &format!("x{shift}")).unwrap().score;
        let wait = seconds_until(due.unwrap());
        assert!((35_900..=36_001).contains(&wait), "{shift}: {wait}");
        let stats = run("stats default -o json");
        let latency = stats.json()["queues"][0]["latency_seconds"]
            .as_f64()
            .unwrap();
        assert!(latency < 3_600.0, "{shift}: {latency}");
        assert!(
            stats.stderr_str().contains("Redis's clock is used"),
            "{shift}"
        );
    }
    let stats = Qctl::new(&shop.redis).args(["stats"]).run_unchecked();
    assert!(!stats.stderr_str().contains("clock"));
}
