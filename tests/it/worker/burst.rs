//! How `qctl work --burst` ends: for a script, its exit code is all that counts.

use std::time::{Duration, Instant};

use qctl::broker::Error;
use qctl::task::State;
use qctl::worker::WorkerError;

use super::crew::{Crew, Gate};
use super::shop::{Shop, keys, task, typed};
use crate::harness::proxy::Proxy;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};

fn burst(url: &str) -> Qctl {
    Qctl::at(url)
        .args(["work", "--burst", "--shutdown-timeout", "200ms"])
        .args(["--handle", "t=true", "--handle", "bad=exit 1"])
}

#[test]
fn a_burst_that_redis_does_not_permit_ends_with_4_and_is_never_ready() {
    let shop = Shop::open();
    shop.enqueue(&task("one"));
    shop.redis.cmd(&[
        "ACL", "SETUSER", "weak", "on", ">x", "~*", "&*", "+@all", "-evalsha", "-eval",
    ]);
    let url = shop.redis.url().replace("redis://", "redis://weak:x@");
    let output = burst(&url).run_unchecked().expect_code(4);
    let said = output.stderr_str();
    assert!(
        said.contains("error: ") && said.contains("hint: "),
        "{said}"
    );
    assert!(!said.contains("ready"), "{said}");
    assert_eq!(shop.state("one"), Some(State::Pending));
}

#[test]
fn a_burst_on_a_replica_ends_with_4_and_is_never_ready() {
    let (shop, replica) = (Shop::open(), Redis::start());
    shop.enqueue(&task("one"));
    let port = shop.redis.port().to_string();
    replica.cmd(&["REPLICAOF", "127.0.0.1", &port]);
    eventually(SOON, || {
        replica
            .query::<bool>(&["EXISTS", &keys().pending()])
            .then_some(())
    });
    let output = burst(&replica.url()).run_unchecked().expect_code(4);
    assert!(
        !output.stderr_str().contains("ready"),
        "{}",
        output.stderr_str()
    );
}

#[test]
fn a_burst_on_a_full_redis_ends_with_1() {
    let shop = Shop::open();
    shop.enqueue(&task("one"));
    shop.redis.cmd(&["CONFIG", "SET", "maxmemory", "1"]);
    let output = burst(&shop.redis.url()).run_unchecked().expect_code(1);
    let said = output.stderr_str();
    assert!(said.contains("is out of memory"), "{said}");
    assert!(
        !said.contains("Pipeline") && !said.contains("ready"),
        "{said}"
    );
}

/// An outcome that cannot be written is kept until its lease is over, here for a second.
#[test]
fn a_burst_that_loses_redis_ends() {
    let shop = Shop::open();
    let (proxy, gate) = (Proxy::new(&shop.redis), Gate::closed());
    shop.enqueue(&task("one"));
    let worker = Crew::at(&proxy.url())
        .burst()
        .with(|settings| {
            settings.shutdown_timeout = Duration::from_millis(200);
            settings.timing.leases.length = Duration::from_secs(1);
        })
        .route(gate.route("t"))
        .start();
    worker.started("one");
    proxy.cut();
    gate.open();
    let ended = worker.result();
    assert!(
        matches!(ended, Err(WorkerError::Redis(Error::Unreachable { .. }))),
        "{ended:?}"
    );
}

/// It goes on with all other queues first.
#[test]
fn a_burst_with_a_key_of_a_wrong_type_does_the_rest_and_ends_with_1() {
    let shop = Shop::open();
    for name in ["one", "two"] {
        shop.enqueue(&task(name));
    }
    for key in ["asynq:{broken}:pending", "asynq:{worse}:scheduled"] {
        shop.redis.cmd(&["SET", key, "x"]);
    }
    for queue in ["broken", "worse"] {
        shop.redis.cmd(&["SADD", "asynq:queues", queue]);
    }
    for queue in ["broken", "worse"] {
        shop.enqueue(&task("three"));
        let begun = Instant::now();
        let output = burst(&shop.redis.url())
            .args(["-q", "default", "-q", queue])
            .run_unchecked()
            .expect_code(1);
        let said = output.stderr_str();
        assert!(begun.elapsed() < Duration::from_secs(5), "{said}");
        assert!(said.contains("ready") && said.contains("done"), "{said}");
        let errors = said.lines().filter(|line| line.contains("ERROR"));
        assert!(errors.count() <= 4, "{said}");
        assert_eq!(shop.list(&keys().pending()), [""; 0]);
    }
}

#[test]
fn fail_on_error_ends_with_9() {
    let shop = Shop::open();
    let work = |args: &[&str]| burst(&shop.redis.url()).args(args).run_unchecked();
    shop.enqueue(&task("good"));
    work(&["--fail-on-error"]).expect_code(0);
    shop.enqueue(&typed("bad", "bad"));
    work(&["--fail-on-error"]).expect_code(9);
    shop.enqueue(&typed("bad", "again"));
    work(&[]).expect_code(0);
}
