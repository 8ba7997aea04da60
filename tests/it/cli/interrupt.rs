//! Readers that go, and Ctrl-C.

use qctl::task::State;
use rustix::process::Signal;

use super::{keys, put, put_many, qctl};
use crate::harness::leaks::assert_no_leaks;
use crate::harness::proxy::Proxy;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};

#[test]
fn a_bulk_change_stops_after_its_step_and_says_how_far_it_came() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let redis = Redis::start();
        put_many(&redis, 50_000);
        let proxy = Proxy::new(&redis);
        let running = Qctl::at(&proxy.url())
            .args(["retry", "-q", "q", "-o", "ndjson"])
            .spawn();
        let pending = keys("q").pending();
        eventually(SOON, || {
            (redis.query::<u64>(&["LLEN", &pending]) > 0).then_some(())
        });
        proxy.stall();
        running.signal(signal);
        proxy.heal();
        let output = running.wait(SOON).expect_code(code);
        let moved = output.json();
        let changed = moved["changed"].as_u64().unwrap();
        assert_eq!(changed, redis.query::<u64>(&["LLEN", &pending]));
        assert!(0 < changed && changed < 50_001, "{moved}");
        assert_eq!(moved["matched"], 50_001);
        assert_eq!(output.stderr_str(), "");
        // It goes on where it was.
        qctl(&redis, "retry -q q -o csv --no-headers")
            .stdout(&format!(
                "retry,false,{0},{0},0,0,0,0,0,0,[],0,\"[{{\"\"queue\"\":\"\"q\"\",\"\"tasks\"\":{0}}}]\"\n",
                50_001 - changed
            ))
            .run();
    }
}

#[test]
fn a_repair_stops_after_its_step_and_says_how_far_it_came() {
    let redis = Redis::start();
    put_many(&redis, 20_000);
    redis.cmd(&["DEL", &keys("q").archived()]);
    let proxy = Proxy::new(&redis);
    let running = Qctl::at(&proxy.url())
        .args([
            "doctor",
            "--quick",
            "--fix",
            "--yes",
            "--only",
            "lost-task",
            "-o",
            "ndjson",
        ])
        .spawn();
    let back = || redis.query::<u64>(&["ZCARD", &keys("q").archived()]);
    eventually(SOON, || (back() > 0).then_some(()));
    proxy.stall();
    running.signal(Signal::INT);
    proxy.heal();
    let stopped = running.wait(SOON).expect_code(130).json();
    assert_eq!(stopped["repaired"], back());
    assert!(
        stopped["repaired"].as_u64() < stopped["found"].as_u64(),
        "{stopped}"
    );
    let rest = qctl(
        &redis,
        "doctor --quick --fix --yes --only lost-task -o ndjson",
    );
    // Nearly 20,000 findings, on a slow machine.
    let rest = rest.spawn().wait(4 * SOON).expect_code(0).json();
    assert_eq!(rest["found"], rest["repaired"]);
}

#[test]
fn a_change_repeats_its_step_while_redis_does_not_answer() {
    let redis = Redis::start();
    put_many(&redis, 50_000);
    qctl(&redis, "retry -q q --dry-run").run_unchecked();
    let proxy = Proxy::new(&redis);
    proxy.lose_next_reply_to(keys("q").pending());
    let output = Qctl::at(&proxy.url())
        .args(["retry", "-q", "q", "-o", "csv", "--no-headers"])
        .run_unchecked()
        .expect_code(0);
    assert_eq!(
        output.stdout_str(),
        "retry,false,50001,50001,0,0,0,0,0,0,[],0,\"[{\"\"queue\"\":\"\"q\"\",\"\"tasks\"\":50001}]\"\n"
    );
    assert_trying_again(output.stderr_str());
    assert_eq!(proxy.lost(), 1);
}

#[test]
fn a_change_that_is_stopped_during_an_outage_says_what_is_unconfirmed() {
    let redis = Redis::start();
    put_many(&redis, 2_000);
    qctl(&redis, "retry -q q --dry-run").run_unchecked();
    let proxy = Proxy::new(&redis);
    let pending = keys("q").pending();
    proxy.lose_all_replies_to(&pending);
    let running = Qctl::at(&proxy.url())
        .args(["retry", "-q", "q", "--json"])
        .spawn();
    eventually(SOON, || (proxy.lost() > 1).then_some(()));
    running.signal(Signal::TERM);
    let output = running.wait(SOON).expect_code(143);
    let moved = redis.query::<u64>(&["LLEN", &pending]);
    assert!(0 < moved && moved < 2_001);
    let outcome = output.json();
    assert_eq!([&outcome["changed"], &outcome["unconfirmed"]], [0, moved]);
    assert_trying_again(output.stderr_str());
}

/// One warning, however often the step was repeated.
fn assert_trying_again(stderr: &str) {
    assert!(
        stderr.starts_with("warning: cannot reach Redis at "),
        "{stderr}"
    );
    assert!(
        stderr.ends_with("; trying again for 30 seconds\n"),
        "{stderr}"
    );
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

#[test]
fn a_filtered_change_stops_too() {
    let redis = Redis::start();
    put_many(&redis, 9);
    let line = "delete -q q -s archived -t * --yes --rate 2 --json --quiet";
    let running = qctl(&redis, line).spawn();
    let archived = keys("q").archived();
    let left = || redis.query::<u64>(&["ZCARD", &archived]);
    eventually(SOON, || (left() < 10).then_some(()));
    running.signal(Signal::INT);
    let moved = running.wait(SOON).expect_code(130).json();
    let changed = 10 - left();
    assert!(changed < 10, "{moved}");
    assert_eq!([&moved["matched"], &moved["changed"]], [10, changed]);
    assert_no_leaks(&redis);
}

#[test]
fn a_reader_that_goes_ends_it_quietly() {
    let redis = Redis::start();
    put_many(&redis, 2_000);
    for (format, first) in [
        ("id", "000000"),
        ("csv", "id,queue,"),
        ("ndjson", r#"{"id":""#),
        ("table", "ID  "),
        ("json", "["),
    ] {
        let script = format!(
            "{{ {} ls q -l 100000 -o {format}; echo $? >&2; }} | head -n 1 | cut -c 1-{}",
            env!("CARGO_BIN_EXE_qctl"),
            first.len()
        );
        Qctl::played_by(&script)
            .env("QCTL_REDIS", redis.url())
            .stdout(&format!("{first}\n"))
            .stderr("0\n")
            .run();
    }
}

#[test]
fn nowhere_to_write_is_a_failure() {
    let redis = Redis::start();
    put(&redis, "q", "a", State::Pending);
    let script = format!("{} ls > /dev/full", env!("CARGO_BIN_EXE_qctl"));
    Qctl::played_by(&script)
        .env("QCTL_REDIS", redis.url())
        .status(1)
        .stderr("error: cannot write to stdout (No space left on device (os error 28))\n")
        .run();
}
