//! Selections and bulk changes through the program: who is chosen, what is said, what is left.

use std::time::{Duration, Instant};

use qctl::broker::keys::QueueKeys;
use qctl::task::{NewTask, QueueName, State, TaskType};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::broker::{Lab, NOW, id, now, queue, unique};
use crate::harness::leaks::assert_no_leaks;
use crate::harness::qctl::Qctl;
use crate::harness::running::Output;
use crate::harness::{SOON, eventually};

fn qctl(lab: &Lab, line: &str) -> Qctl {
    Qctl::new(&lab.redis).args(line.split(' '))
}

/// What a change says as JSON: matched, changed, skipped.
fn moved(output: &Output) -> (u64, u64, u64) {
    let json = output.json();
    let number = |name: &str| json[name].as_u64().unwrap();
    (number("matched"), number("changed"), number("skipped"))
}

/// Ten unique pending tasks with the payloads `{"n": 0}` to `{"n": 9}`; the types of the even ones differ.
async fn ten(lab: &Lab, to: &QueueName) {
    for n in 0..10 {
        let kind = if n % 2 == 0 {
            "email:send"
        } else {
            "image:scale"
        };
        lab.enqueue(&NewTask {
            queue: to.clone(),
            kind: TaskType::new(kind).unwrap(),
            payload: Some(json!({ "n": n }).to_string().into_bytes()),
            ..unique(&format!("n-{n}"))
        })
        .await;
    }
}

async fn lab_of_ten() -> Lab {
    let lab = Lab::start().await;
    ten(&lab, &lab.queue).await;
    lab
}

fn pending(lab: &Lab) -> Vec<String> {
    lab.list(&lab.keys.pending())
}

#[tokio::test]
async fn a_type_chooses() {
    let lab = lab_of_ten().await;
    qctl(&lab, "delete -q default -s pending -t email:* --yes")
        .stdout("deleted 5 tasks\n")
        .stderr("looked at 10 tasks\n")
        .run();
    assert_eq!(pending(&lab), ["n-9", "n-7", "n-5", "n-3", "n-1"]);
    // Five tasks, their locks, their list, the names of the queues.
    assert_eq!(lab.left().len(), 5 + 5 + 2);
    assert_no_leaks(&lab.redis);
}

#[tokio::test]
async fn a_dry_run_says_the_same_and_changes_nothing() {
    let lab = lab_of_ten().await;
    let before = lab.snapshot();
    let line = "archive -q default -s pending --filter .payload.n>6 --json";
    let told = json!({"action": "archive", "dry_run": true, "matched": 3, "changed": 3, "skipped": 0, "failures": []});
    let dry = qctl(&lab, &format!("{line} --dry-run")).run_unchecked();
    assert_eq!(dry.json(), told);
    assert_eq!(dry.stderr_str(), "looked at 10 tasks\n");
    assert_eq!(lab.snapshot(), before);
    let done = qctl(&lab, &format!("{line} --yes")).run_unchecked();
    let mut told: Value = told;
    told["dry_run"] = json!(false);
    assert_eq!(done.json(), told);
    assert_eq!(done.stderr_str(), "looked at 10 tasks\n");
    assert_eq!(lab.zset(&lab.keys.archived()).len(), 3);
}

#[tokio::test]
async fn answers_of_a_filter() {
    let lab = lab_of_ten().await;
    for (filter, matched) in [
        ("true", 10),
        ("0", 10),
        ("false", 0),
        ("null", 0),
        ("empty", 0),
        (".payload.n", 10),
        (".payload.n==3,true", 1),
        (".type|startswith(\"email\")", 5),
    ] {
        let line = format!("delete -q default -s pending -n --json --filter {filter}");
        let output = qctl(&lab, &line).run_unchecked().expect_code(0);
        assert_eq!(moved(&output), (matched, matched, 0), "{filter}");
        assert_eq!(output.stderr_str(), "looked at 10 tasks\n");
    }
    for (filter, failed) in [
        ("error(\"no\")", "10 tasks"),
        ("halt", "10 tasks"),
        ("if(.payload.n==4)then(error)else(false)end", "task"),
    ] {
        let line = format!("delete -q default -s pending -n --json --filter {filter}");
        let output = qctl(&lab, &line).run_unchecked().expect_code(0);
        let said = output.stderr_str();
        assert!(said.contains("warning: the filter failed for "), "{said}");
        assert!(
            said.contains(failed) && said.contains("looked at 10 tasks"),
            "{said}"
        );
    }
    qctl(&lab, "delete -q default -s pending --yes --filter .n==")
        .status(2)
        .stderr(
            r#"
            error: the filter ".n==" is not a jq expression
            hint: use one such as '.payload.user_id == 42 and .retried > 3'
            "#,
        )
        .run();
    assert_eq!(pending(&lab).len(), 10);
}

#[tokio::test]
async fn a_limit_counts_those_that_fit() {
    let lab = lab_of_ten().await;
    let line = "delete -q default -s pending -t image:* -l 2 --json";
    let dry = qctl(&lab, &format!("{line} -n")).run_unchecked();
    assert_eq!(moved(&dry), (2, 2, 0));
    let done = qctl(&lab, &format!("{line} --yes")).run_unchecked();
    assert_eq!(moved(&done), (2, 2, 0));
    assert_eq!(pending(&lab).len(), 8);
}

#[tokio::test]
async fn filters_are_no_use_with_ids() {
    let lab = lab_of_ten().await;
    for command in ["retry", "archive", "delete --yes", "cancel"] {
        qctl(&lab, &format!("{command} n-1 --filter false"))
            .status(2)
            .stderr(
                "
                error: tasks are named by id or chosen by filters, not both
                hint: leave out the ids, and name a queue with --queue
                ",
            )
            .run();
    }
    assert_eq!(pending(&lab).len(), 10);
}

#[tokio::test]
async fn queues_by_pattern() {
    let lab = Lab::start().await;
    for name in ["import:a", "import:b", "other", "import:*"] {
        ten(&lab, &queue(name)).await;
    }
    let count = |name: &str| -> u64 {
        let key = QueueKeys::new(&queue(name)).pending();
        lab.redis.query(&["LLEN", &key])
    };
    qctl(&lab, "delete -q import:* -s pending --yes")
        .stdout("deleted 10 tasks\n")
        .run();
    assert_eq!(
        (count("import:*"), count("import:a")),
        (0, 10),
        "a queue's own name"
    );
    qctl(&lab, "delete -q import:? -s pending -t image:* --yes")
        .stdout("deleted 10 tasks\n")
        .stderr("looked at 20 tasks\n")
        .run();
    assert_eq!(
        (count("import:a"), count("import:b"), count("other")),
        (5, 5, 10)
    );
    let none = qctl(&lab, "delete -q nothing* -s pending --yes").run_unchecked();
    let none = none.expect_code(3);
    assert!(
        none.stderr_str().starts_with("error: queue \"nothing*\""),
        "{none:?}"
    );
}

#[tokio::test]
async fn errors_states_and_ages() {
    let lab = Lab::start().await;
    for n in 0..6 {
        let claim = lab.active(&unique(&format!("n-{n}"))).await;
        let mut message = claim.message.clone();
        message.last_error = if n < 2 { "no route" } else { "disk full" }.into();
        // Half of them long ago, and half in the far future of the tests.
        message.last_failed_at = if n % 2 == 0 { 1_000_000 } else { NOW };
        let settlement = qctl::task::transition::Settlement::Retry {
            message,
            at: now(),
            counted: true,
        };
        lab.settle(claim, settlement).await;
        lab.redis.cmd(&["DEL", &lab.keys.unique("t", Some(b"p"))]);
    }
    let count = |filters: &str| {
        let line = format!("delete -q default -s retry -s archived -n --json {filters}");
        moved(&qctl(&lab, &line).run_unchecked().expect_code(0)).0
    };
    assert_eq!((count("--error full"), count("--error Full")), (4, 0));
    assert_eq!((count("--older-than 1h"), count("--newer-than 1h")), (3, 3));
    assert_eq!(count("--error full --older-than 1h"), 2);
    qctl(&lab, "retry -q default --error route")
        .stdout("retried 2 tasks\n")
        .stderr("looked at 6 tasks\n")
        .run();
    assert_eq!(pending(&lab).len(), 2);
    assert_eq!(lab.zset(&lab.keys.retry()).len(), 4);
}

#[tokio::test]
async fn lists_have_the_same_filters() {
    let lab = lab_of_ten().await;
    qctl(
        &lab,
        "ls tasks -q def* -s pending -t email:* --filter .payload.n>2 -o id",
    )
    .stdout("n-4\nn-6\nn-8\n")
    .stderr("looked at 10 tasks\n")
    .run();
    let first = qctl(&lab, "ls tasks -t email:* -l 1 -o id").stdout("n-0\n");
    first.stderr("looked at 1 task\n").run();
    let failed = qctl(&lab, "ls tasks --filter error -o id").run_unchecked();
    assert!(
        failed
            .stderr_str()
            .contains("the filter failed for 10 tasks"),
        "{failed:?}"
    );
}

#[tokio::test]
async fn cancelling_with_filters() {
    let lab = lab_of_ten().await;
    lab.broker.claim(&lab.queue, 6, now()).await.unwrap();
    let line = "cancel -q default -t email:* --json";
    let dry = qctl(&lab, &format!("{line} -n")).run_unchecked();
    let told = json!({"action": "cancel", "dry_run": true, "matched": 3, "changed": 3, "skipped": 0, "failures": []});
    assert_eq!(
        (dry.json(), dry.stderr_str()),
        (told, "looked at 6 tasks\n")
    );
    let limited = qctl(&lab, &format!("{line} -n -l 2")).run_unchecked();
    assert_eq!(moved(&limited), (2, 2, 0));
    let done = qctl(&lab, &format!("{line} --yes")).run_unchecked();
    assert_eq!(moved(&done.expect_code(0)), (3, 3, 0));
    let refused = qctl(&lab, line).run_unchecked().expect_code(2);
    assert!(
        refused.stderr_str().contains("not confirmed"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn without_a_terminal_nothing_is_done_unasked() {
    let lab = lab_of_ten().await;
    let before = lab.snapshot();
    qctl(&lab, "delete -q default -s pending --filter .payload.n<4")
        .status(2)
        .stderr(
            "
            looked at 10 tasks
              default  pending  n-3  image:scale
              default  pending  n-2  email:send
              default  pending  n-1  image:scale
              …
            error: not confirmed, nothing is changed
            hint: repeat it with --yes, or look first with --dry-run
            ",
        )
        .run();
    assert_eq!(lab.snapshot(), before);
}

#[tokio::test]
async fn an_archive_is_not_pushed_over_unasked() {
    let lab = Lab::start().await;
    lab.enqueue(&unique("first")).await;
    lab.fill(State::Archived, 9_990, "a");
    lab.fill(State::Pending, 19, "x");
    let before = lab.left().len();
    for more in ["", " -t t", " -n"] {
        let line = format!("archive -q default -s pending --yes{more}");
        let refused = qctl(&lab, &line).run_unchecked().expect_code(2);
        let said = refused.stderr_str();
        assert!(
            said.contains(
                "error: archiving 20 tasks would delete 11 tasks for good (an archive holds 9999)"
            ),
            "{said}"
        );
        assert!(said.contains("--allow-trim"), "{said}");
    }
    assert_eq!(lab.left().len(), before);
    qctl(&lab, "archive -q default -s pending -l 9 --yes")
        .stdout("archived 9 tasks\n")
        .run();
    qctl(&lab, "archive -q default -s pending --yes --allow-trim")
        .stdout("archived 11 tasks\n")
        .run();
    assert_eq!(lab.zset(&lab.keys.archived()).len(), 9_999);
    // What was trimmed left neither hash nor lock: by the scores of the tests, the first task is oldest.
    assert_eq!(lab.left().len(), 9_999 + 2);
    assert_no_leaks(&lab.redis);
}

#[tokio::test]
async fn a_rate_is_kept() {
    for filter in ["", " -t *"] {
        let lab = lab_of_ten().await;
        let start = Instant::now();
        let line = format!("delete -q default -s pending --yes --json --rate 8{filter}");
        let output = qctl(&lab, &line).run_unchecked();
        assert_eq!(moved(&output), (10, 10, 0));
        // Eight at once, and the others a second later.
        assert!(start.elapsed() >= Duration::from_secs(1));
    }
}

#[tokio::test]
async fn an_interrupted_change_says_how_far_it_came() {
    for (filter, matched) in [("", 10), (" -t *", 2)] {
        let lab = lab_of_ten().await;
        let line = format!("delete -q default -s pending --yes --json --rate 2{filter}");
        let running = qctl(&lab, &line).spawn();
        eventually(SOON, || (pending(&lab).len() < 10).then_some(()));
        running.signal(Signal::INT);
        let output = running.wait(SOON).expect_code(130);
        let left = pending(&lab).len() as u64;
        // A slow machine may have made another step.
        let changed = 10 - left;
        assert!(changed < 10);
        let matched = if matched == 10 { 10 } else { changed };
        assert_eq!(moved(&output), (matched, changed, 0));
        assert_eq!(lab.left().len() as u64, 2 * left + 2, "with their locks");
        assert_no_leaks(&lab.redis);
        let gone = if filter.is_empty() { "n-0" } else { "n-9" };
        assert!(lab.hash(gone).is_empty());
        assert!(
            lab.broker
                .find(&lab.queue, &id(gone))
                .await
                .unwrap()
                .is_none()
        );
    }
}
