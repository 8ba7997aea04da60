//! The overview, and the page of a queue.

use serde_json::json;

use super::{Visit, lines};
use crate::harness::{SOON, eventually};

#[tokio::test]
async fn the_overview_shows_trouble_first_and_narrows_to_a_name() {
    let Some(visit) = Visit::start().await else {
        return;
    };
    visit.browser.wait_for_text("qctl enqueue").await;
    visit.enqueue(&lines(
        0..12,
        |n| json!({"type": "email:deliver", "queue": "critical", "payload": n}),
    ));
    visit.enqueue(&lines(
        0..3,
        |n| json!({"type": "report:build", "queue": "reports", "payload": n}),
    ));
    // Its command is as long.
    let long = "reports-with-a-very-long-name-for-a-queue";
    visit.qctl(&["enqueue", "report:build", "--queue", long]);
    let browser = &visit.browser;
    for (width, height) in [(360, 740), (1280, 900)] {
        browser.resize(width, height).await;
        visit.open("/").await;
        browser.wait_for_text("no worker serves").await;
        browser.wait_for_text(long).await;
        visit.is_clean().await;
    }
    browser.fill("input[data-narrow]", "crit").await;
    browser
        .wait_until("return [...document.querySelectorAll('#queues tbody tr')].filter(row => row.checkVisibility()).length === 1")
        .await;
    visit.is_clean().await;

    // What is enqueued later appears by itself.
    browser.fill("input[data-narrow]", "").await;
    visit.enqueue(&lines(
        0..5,
        |n| json!({"type": "email:deliver", "queue": "late", "payload": n}),
    ));
    browser.wait_for_text("late").await;
    visit.is_clean().await;
}

#[tokio::test]
async fn a_queue_is_paused_and_resumed() {
    let Some(visit) = Visit::start().await else {
        return;
    };
    visit.enqueue(&lines(
        0..3,
        |n| json!({"type": "a", "queue": "billing", "payload": n}),
    ));
    visit.open("/queue?queue=billing").await;
    let browser = &visit.browser;
    let paused = || {
        let stats = visit.qctl(&["stats", "billing", "--json"]);
        let stats: serde_json::Value = serde_json::from_str(&stats).unwrap();
        stats["queues"][0]["paused"] == true
    };
    browser.click("form[action$=pause] button").await;
    browser.find("form[action$=resume]").await;
    assert!(paused());
    visit.is_clean().await;
    browser.click("form[action$=resume] button").await;
    browser.find("form[action$=pause]").await;
    eventually(SOON, || (!paused()).then_some(()));
    visit.is_clean().await;
    // Both are in the audit log.
    visit.open("/audit").await;
    browser.wait_for_text("resume").await;
    assert!(browser.text().await.contains("billing"));
    visit.is_clean().await;
}

#[tokio::test]
async fn what_the_pointer_is_on_stays_while_findings_come_and_go() {
    let Some(visit) = Visit::start().await else {
        return;
    };
    let browser = &visit.browser;
    let task_in = |queue| {
        let task = json!({"type": "a", "queue": queue});
        visit.enqueue(&lines(0..1, |_| task.clone()));
    };
    // So low that the page scrolls, and so high that it does not.
    for (height, late) in [(300, "later"), (900, "latest")] {
        task_in("early");
        browser.resize(1280, height).await;
        visit.open("/").await;
        browser.wait_for_text("no worker serves").await;
        let row = "document.getElementById('queue:early').getBoundingClientRect().top";
        browser.point_at("[id='queue:early']").await;
        let top = browser.execute(&format!("return {row}")).await;
        task_in(late);
        let in_trouble = "return document.getElementById('trouble').innerText";
        browser
            .wait_until(&format!("{in_trouble}.includes('{late}')"))
            .await;
        assert_eq!(browser.execute(&format!("return {row}")).await, top);
        visit.qctl(&["delete", "-q", "*", "-s", "pending", "--yes"]);
        browser
            .wait_until("return document.getElementById('trouble').hidden")
            .await;
        assert_eq!(browser.execute(&format!("return {row}")).await, top);
        visit.is_clean().await;
    }
}
