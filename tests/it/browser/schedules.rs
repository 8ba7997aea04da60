//! Schedules.

use super::Visit;
use crate::harness::{SOON, eventually};

#[tokio::test]
async fn a_schedule_is_added_and_run() {
    let Some(visit) = Visit::start().await else {
        return;
    };
    visit.open("/schedules").await;
    visit.browser.picture("schedules-empty").await;
    visit.is_clean().await;
    let browser = &visit.browser;
    visit.open("/schedule/new").await;
    browser.fill("input[name=name]", "nightly").await;
    browser.fill("input[name=spec]", "0 3 * * *").await;
    browser.fill("input[name=type]", "report:build").await;
    browser
        .wait_until("return document.getElementById('times').textContent.includes('03:00')")
        .await;
    browser.picture("schedule-new").await;
    visit.is_clean().await;
    browser.click("main button.primary").await;
    browser.wait_for_text("nightly").await;
    eventually(SOON, || {
        visit
            .qctl(&["cron", "ls", "--json"])
            .contains("nightly")
            .then_some(())
    });
    visit.open("/schedules").await;
    browser.click("form[action$=run] button").await;
    eventually(SOON, || {
        visit
            .qctl(&["ls", "tasks", "-s", "pending"])
            .contains("report:build")
            .then_some(())
    });
    visit.is_clean().await;
}
