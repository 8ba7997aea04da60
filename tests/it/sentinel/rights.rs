//! The users of `docs/access.md` behind Sentinels, who have `+role` besides.

use std::slice;

use qctl::task::State;
use rustix::process::Signal;

use crate::cli::access::{all_run, guard, profile, refused};
use crate::cli::put;
use crate::harness::qctl::Qctl;
use crate::harness::redis::{Builder, Redis};
use crate::harness::sentinel::{CLIENT, Trio};
use crate::harness::{SOON, eventually};

fn server() -> Builder {
    guard(Redis::with(), "+role")
}

fn at(trio: &Trio, user: &str, line: &str) -> Qctl {
    let url = trio
        .url()
        .replace(&format!("{CLIENT}:@"), &format!("{user}:pw@"));
    Qctl::at(&url).args(line.split_whitespace())
}

#[track_caller]
fn runs(trio: &Trio, user: &str, lines: &[&str]) {
    let primary = slice::from_ref(trio.primary());
    all_run(primary, |line| at(trio, user, line), lines);
}

#[test]
fn the_users_of_the_guide_do_their_work_behind_sentinels() {
    let trio = Trio::with().servers(server).start();
    for (id, state) in [("a", State::Retry), ("b", State::Archived)] {
        put(trio.primary(), "q", id, state);
    }
    let operator = [
        "enqueue t --id c -q q --unique 1h",
        "archive a",
        "retry -q q -s archived --yes",
        "pause q",
        "resume q",
        "cron add nightly @daily t",
        "cron pause nightly",
        "doctor --quick --only lost-task",
        "delete c --yes",
    ];
    runs(&trio, "operator", &operator);
    let reader = [
        "stats --memory",
        "ls",
        "ls tasks",
        "ls servers",
        "inspect a",
        "inspect -q q",
        "cron ls",
        "cron history nightly",
        "doctor --quick --only lost-task",
    ];
    runs(&trio, "reader", &reader);
    let worker = at(&trio, "worker", "work --handle t=true").spawn();
    let scheduler = at(&trio, "scheduler", "cron run-scheduler").spawn();
    let often = ["cron", "add", "often", "@every 1s", "t", "-q", "ticks"];
    at(&trio, "operator", "")
        .args(often)
        .run_unchecked()
        .expect_code(0);
    eventually(SOON, || {
        let ticks: u64 = trio.primary().query(&["LLEN", "asynq:{ticks}:pending"]);
        (ticks > 0).then_some(())
    });
    runs(&trio, "operator", &["enqueue t --id one"]);
    worker.wait_for_line(|line| line.contains("done") && line.contains(" one"), SOON);
    for running in [worker, scheduler] {
        running.signal(Signal::TERM);
        running.wait(SOON).expect_code(0);
    }
    assert_eq!(refused(trio.primary()), [""; 0]);
}

#[test]
fn without_the_right_to_ask_for_the_role_the_sentinels_word_counts() {
    let trio = Trio::with().servers(server).start();
    let rules = format!("ACL SETUSER reader reset {}", profile("reader"));
    trio.primary()
        .cmd(&rules.split_whitespace().collect::<Vec<_>>());
    put(trio.primary(), "q", "a", State::Retry);
    let output = at(&trio, "reader", "ls tasks -o id")
        .run_unchecked()
        .expect_code(0);
    assert_eq!(output.stdout_str(), "a\n");
    assert_eq!(
        output.stderr_str(),
        "the role of the server is unknown, so the Sentinels' word counts: \
         the user \"reader\" may not run ROLE (ACL: +role)\n"
    );
}
