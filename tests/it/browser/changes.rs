//! Changes of tasks: previewed, run, cancelled.

use serde_json::json;

use super::{Visit, lines};
use crate::harness::qctl::Qctl;
use crate::harness::{SOON, eventually};

fn archive_some(visit: &Visit, count: u32) {
    visit.enqueue(&lines(
        0..count,
        |n| json!({"type": "email:deliver", "queue": "critical", "payload": {"n": n}}),
    ));
    visit.qctl(&["archive", "-q", "critical", "-s", "pending", "--yes"]);
}

fn count(visit: &Visit, state: &str) -> u64 {
    let printed = visit.qctl(&["stats", "critical", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&printed).unwrap();
    document["queues"][0][state].as_u64().unwrap()
}

#[tokio::test]
async fn all_that_match_are_previewed_and_retried() {
    let Some(visit) = Visit::start().await else {
        return;
    };
    archive_some(&visit, 120);
    visit.open("/tasks?q=queue:critical+state:archived").await;
    let browser = &visit.browser;
    browser.wait_for_text("120 tasks match").await;
    browser.click("#all").await;
    visit.is_clean().await;
    browser.picture("tasks-all-ticked").await;
    browser.click("button[value=retry]").await;
    browser.wait_for_text("120 tasks will run again").await;
    assert_eq!(count(&visit, "archived"), 120, "a preview changes nothing");
    browser.picture("change-preview").await;
    visit.is_clean().await;
    browser.click("main button.primary").await;
    browser.wait_for_text("120 tasks").await;
    eventually(SOON, || (count(&visit, "pending") == 120).then_some(()));
    browser.wait_for_text("retried").await;
    browser.picture("change-done").await;
    visit.is_clean().await;
}

#[tokio::test]
async fn a_slow_change_is_paused_resumed_and_stopped_and_the_page_finds_it_again() {
    let Some(visit) = Visit::start().await else {
        return;
    };
    archive_some(&visit, 60);
    visit.open("/tasks?q=queue:critical+state:archived").await;
    let browser = &visit.browser;
    browser.wait_for_text("60 tasks match").await;
    browser.click("#all").await;
    browser.click("button[value=retry]").await;
    browser.fill("#rate", "2").await;
    browser.click("main button.primary").await;
    browser.click("#change-pause").await;
    browser.find("#change-resume").await;
    browser.picture("change-paused").await;
    visit.is_clean().await;
    let before = count(&visit, "pending");
    let address = browser.url().await;
    visit.open("/").await;
    browser.open(&address).await;
    browser.find("#change-resume").await;
    assert_eq!(count(&visit, "pending"), before);
    browser.click("#change-resume").await;
    browser.click("#change-stop").await;
    browser.wait_for_text("stopped before the end").await;
    let changed = count(&visit, "pending");
    assert!(changed < 60);
    let text = browser.text().await;
    assert!(
        text.contains(&format!("retried {changed} of 60 tasks")),
        "{text}"
    );
    visit.is_clean().await;
}

#[tokio::test]
async fn a_running_task_is_cancelled() {
    let Some(visit) = Visit::start().await else {
        return;
    };
    let work =
        Qctl::new(&visit.redis).args(["work", "--handle", "slow=sleep 600", "--concurrency", "2"]);
    let work = work.spawn();
    visit.qctl(&["enqueue", "slow", "--id", "slow-one", "--max-retry", "0"]);
    work.wait_for_line(
        |line| line.contains("started") && line.contains("slow-one"),
        SOON,
    );
    visit.open("/task?queue=default&id=slow-one").await;
    visit.is_clean().await;
    visit.browser.picture("task-active").await;
    visit.browser.click("button[value=cancel]").await;
    work.wait_for_line(
        |line| line.contains("slow-one") && line.contains("archived"),
        SOON,
    );
    visit.is_clean().await;
}

#[tokio::test]
async fn the_keyboard_alone_selects_and_deletes() {
    let Some(visit) = Visit::start().await else {
        return;
    };
    archive_some(&visit, 2);
    let browser = &visit.browser;
    visit.open("/").await;
    browser.find("main").await;
    browser.press("/").await;
    browser.press("queue:critical state:archived\u{e007}").await;
    browser.wait_for_text("2 tasks match").await;
    // Tabs reach the first task; Enter opens it, its key asks for the deletion, and Enter on the button does it.
    browser
        .wait_until("document.querySelector('a.mono').focus(); return true")
        .await;
    browser.press("\u{e007}").await;
    browser.find("#delete").await;
    browser.press("D").await;
    browser.wait_for_text("will be deleted for good").await;
    browser.press("D").await;
    browser.wait_for_text("deleted").await;
    eventually(SOON, || (count(&visit, "archived") == 1).then_some(()));
    visit.is_clean().await;
}
