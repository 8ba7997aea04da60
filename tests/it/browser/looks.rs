//! Every page at every size, in light and dark, and without JavaScript.

use std::time::Instant;

use serde_json::json;

use super::{Visit, lines};
use crate::harness::SOON;
use crate::harness::qctl::Qctl;
use crate::harness::running::Running;

/// Something of everything, and the worker that runs one of the tasks.
fn fill(visit: &Visit) -> Running {
    visit.enqueue(&lines(0..400, |n| {
        json!({"type": "email:deliver", "queue": "critical", "payload": {"user_id": n, "template": "welcome"}})
    }));
    visit.enqueue(&lines(0..30, |n| json!({"type": "image:resize-with-a-very-long-type-name", "queue": "media", "payload": {"n": n}})));
    visit.enqueue(&lines(0..12, |n| {
        json!({"type": "digest:collect", "queue": "digest", "group": format!("user-{}", n % 3), "payload": n})
    }));
    visit.qctl(&[
        "enqueue",
        "report:build",
        "--queue",
        "reports",
        "--id",
        "report-one",
        "--in",
        "2h",
    ]);
    visit.qctl(&[
        "archive", "-q", "media", "-s", "pending", "--yes", "--limit", "8",
    ]);
    visit.qctl(&["pause", "reports"]);
    visit.qctl(&[
        "cron",
        "add",
        "nightly",
        "0 3 * * *",
        "report:build",
        "--queue",
        "reports",
    ]);
    visit.damage();
    visit.qctl(&["enqueue", "slow", "--id", "slow-one"]);
    let work = Qctl::new(&visit.redis).args([
        "work",
        "--handle",
        "slow=seq -f 'line %g of what it prints' 40; sleep 600",
    ]);
    let work = work.spawn();
    work.wait_for_line(|line| line.contains("started"), SOON);
    work
}

/// The name of a page, its address, and a text that only it shows.
const PAGES: [(&str, &str, &str); 13] = [
    ("overview", "/", "no worker serves it"),
    ("queue", "/queue?queue=critical", "Attempts per day"),
    ("tasks", "/tasks?q=queue:critical,media", "email:deliver"),
    ("task", "/task?queue=default&id=slow-one", "Payload"),
    (
        "edit",
        "/task/edit?queue=reports&id=report-one",
        "Timeout of an attempt",
    ),
    (
        "clone",
        "/task/clone?queue=default&id=slow-one",
        "Unique for",
    ),
    ("workers", "/workers", "slots"),
    ("schedules", "/schedules", "nightly"),
    ("doctor", "/doctor", "missing-task"),
    ("code", "/doctor/explain?code=lost-task", "Cause"),
    ("codes", "/doctor/explain", "stale-lock"),
    ("audit", "/audit", "cron add"),
    ("missing", "/task?queue=default&id=nobody", "does not exist"),
];

#[tokio::test]
async fn every_page_fits_and_is_quiet_at_every_size_in_light_and_dark() {
    let Some(visit) = Visit::start().await else {
        return;
    };
    let _work = fill(&visit);
    for scheme in ["light", "dark"] {
        visit.browser.prefer(scheme).await;
        for (width, height) in [(360, 740), (1280, 900), (1920, 1080)] {
            visit.browser.resize(width, height).await;
            for (name, path, text) in PAGES {
                visit.open(path).await;
                visit.browser.wait_for_text(text).await;
                visit
                    .browser
                    .picture(&format!("{name}-{width}-{scheme}"))
                    .await;
                visit.browser.fits().await;
                let mut complaints = visit.browser.complaints().await;
                // The browser notes each answer that is an error.
                complaints.retain(|said| name != "missing" || !said.contains("404"));
                assert!(complaints.is_empty(), "{name}: {complaints:#?}");
            }
        }
    }
}

/// Between a phone and a desk, tables drop columns, or take two lines for a row.
#[tokio::test]
async fn every_page_fits_at_sizes_between() {
    let Some(visit) = Visit::start().await else {
        return;
    };
    let _work = fill(&visit);
    for width in [730, 870, 1000, 1061, 1100] {
        visit.browser.resize(width, 800).await;
        for (_, path, text) in PAGES {
            visit.open(path).await;
            visit.browser.wait_for_text(text).await;
            visit.browser.fits().await;
        }
    }
}

#[tokio::test]
async fn names_of_some_length_are_whole_in_a_list_of_tasks() {
    let Some(visit) = Visit::start().await else {
        return;
    };
    visit.enqueue(&lines(0..3, |n| {
        json!({"type": "notification:push:ios", "queue": "notifications-north", "payload": {"n": n}})
    }));
    let cut = "return [...document.querySelectorAll('.task-name, .task-queue')]
        .filter(cell => cell.scrollWidth > cell.clientWidth).map(cell => cell.textContent)";
    for width in [800, 1280] {
        visit.browser.resize(width, 800).await;
        visit.open("/tasks").await;
        visit.browser.wait_for_text("notifications-north").await;
        let cut = visit.browser.execute(cut).await;
        assert_eq!(cut, json!([]), "{width}");
    }
}

#[tokio::test]
async fn without_javascript_every_page_can_be_read_and_paged() {
    let Some(visit) = Visit::start().await else {
        return;
    };
    let _work = fill(&visit);
    visit.browser.without_javascript().await;
    for (name, path, text) in PAGES {
        let asked = Instant::now();
        // The figures of an overview may be as old as the time between two samples.
        loop {
            visit.open(path).await;
            let shown = visit.browser.text().await;
            if shown.contains(text) {
                break;
            }
            assert!(asked.elapsed() < SOON, "{name}: {shown}");
        }
    }
    visit.open("/tasks?q=queue:critical").await;
    // By the keyboard: a click does not scroll what the bar of actions covers.
    let next = visit.browser.find("a[rel=next]").await;
    next.send_keys("\n").await.unwrap();
    visit.browser.wait_for_text("51–100").await;
}
