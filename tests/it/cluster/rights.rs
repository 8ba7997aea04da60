//! The users of `docs/access.md` on a cluster, and what they miss without the rights that only a cluster needs.

use crate::cli::access::{all_run, edits_and_copies, guard, profile, refused};
use crate::harness::cluster::Cluster;
use crate::harness::qctl::Qctl;
use crate::harness::redis::{Builder, Redis};
use crate::harness::{SOON, eventually};
use rustix::process::Signal;

fn server() -> Builder {
    guard(Redis::with(), "+cluster|slots +pubsub|numsub")
}

fn at(cluster: &Cluster, user: &str, line: &str) -> Qctl {
    let url = cluster.url().replace("://", &format!("://{user}:pw@"));
    Qctl::at(&url).args(line.split_whitespace())
}

/// Gives a user the rights of the guide and these.
fn set(cluster: &Cluster, user: &str, besides: &str) {
    let rules = format!("ACL SETUSER {user} reset {} {besides}", profile(user));
    for node in cluster.nodes() {
        node.cmd(&rules.split_whitespace().collect::<Vec<_>>());
    }
}

#[track_caller]
fn runs(cluster: &Cluster, user: &str, lines: &[&str]) {
    all_run(cluster.nodes(), |line| at(cluster, user, line), lines);
}

#[test]
fn the_users_of_the_guide_do_their_work_on_a_cluster() {
    let Some(cluster) = Cluster::with(server) else {
        return;
    };
    let operator = [
        "enqueue t --id a -q q",
        "enqueue t --id b -q other --in 1h",
        "archive b",
        "pause q",
        "resume q",
        "cron add nightly @daily t",
        "doctor --quick --only lost-task",
    ];
    runs(&cluster, "operator", &operator);
    let reader = [
        "stats --memory",
        "ls",
        "ls tasks",
        "inspect a",
        "inspect -q q",
        "cron ls",
        "doctor --quick --only lost-task",
    ];
    runs(&cluster, "reader", &reader);
    edits_and_copies(cluster.nodes(), |user, line| at(&cluster, user, line));
    let worker = at(&cluster, "worker", "work -q q --handle")
        .arg("t=sleep 60")
        .spawn();
    worker.wait_for_line(|line| line.contains("start") && line.contains(" a"), SOON);
    eventually(SOON, || {
        let cancelled = at(&cluster, "operator", "cancel a").run_unchecked();
        (cancelled.code == Some(0)).then_some(())
    });
    worker.wait_for_line(|line| line.contains("cancel") && line.contains(" a"), SOON);
    worker.signal(Signal::TERM);
    worker.wait(SOON).expect_code(0);
    for node in cluster.nodes() {
        assert_eq!(refused(node), [""; 0]);
    }
}

#[test]
fn a_right_that_only_a_cluster_needs_is_named() {
    let Some(cluster) = Cluster::with(server) else {
        return;
    };
    runs(&cluster, "operator", &["enqueue t --id a -q q"]);
    let worker = at(&cluster, "worker", "work -q q --handle")
        .arg("t=sleep 60")
        .spawn();
    worker.wait_for_line(|line| line.contains("start") && line.contains(" a"), SOON);
    set(&cluster, "operator", "+cluster|slots");
    let cancelled = at(&cluster, "operator", "cancel a")
        .run_unchecked()
        .expect_code(0);
    assert_eq!(
        cancelled.stdout_str(),
        "asked the servers to cancel 1 task\n"
    );
    assert_eq!(
        cancelled.stderr_str(),
        "how many workers listen is unknown: the user \"operator\" may not run PUBSUB NUMSUB (ACL: +pubsub|numsub)\n"
    );
    worker.signal(Signal::TERM);
    worker.wait(SOON);
    set(&cluster, "reader", "");
    let refused = at(&cluster, "reader", "ls").run_unchecked().expect_code(4);
    let said = refused.stderr_str();
    assert!(
        said.contains("the user \"reader\" may not run CLUSTER SLOTS (ACL: +cluster|slots)"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 2, "{said}");
}
