//! The doctor: look, read, repair.

use std::time::Instant;

use qctl::task::State;

use super::Visit;
use crate::cli::{keys, put};
use crate::harness::SOON;
use crate::web::lose_a_task;

impl Visit {
    /// Some damage of each severity, found at one look.
    pub(super) fn damage(&self) {
        let redis = &self.redis;
        for n in 1..=4 {
            lose_a_task(
                redis,
                "mail",
                &format!("6ba7b810-9dad-11d1-80b4-00c04fd430c{n}"),
            );
        }
        lose_a_task(redis, "shop:orders", "order-1207");
        put(redis, "mail", "forgotten", State::Retry);
        redis.cmd(&["ZREM", &keys("mail").retry(), "forgotten"]);
        redis.cmd(&["SET", "asynq:{mail}:unique:email:9f86d081", "nobody"]);
        redis.cmd(&["SADD", &keys("mail").groups(), "user-17"]);
        redis.cmd(&["SET", &keys("shop:orders").scheduled(), "text"]);
        let look = self.page.post("/api/doctor/look").bearer();
        look.json(&serde_json::json!({ "quick": true }))
            .send()
            .expect(200);
    }
}

#[tokio::test]
async fn damage_is_found_explained_repaired_and_recorded() {
    let Some(visit) = Visit::start().await else {
        return;
    };
    let browser = &visit.browser;
    visit.open("/doctor").await;
    browser.wait_for_text("Nothing is known yet").await;
    visit.is_clean().await;
    browser.picture("doctor-unknown").await;
    for id in ["a", "b"] {
        lose_a_task(&visit.redis, "low", id);
    }
    browser.click("#look").await;
    browser.wait_for_text("looked at again in 2").await;
    browser.wait_for_text("2 ids without a task").await;
    browser.picture("doctor-waiting").await;
    visit.is_clean().await;
    browser.click(".diagnosis summary").await;
    let shown = "document.getElementById('phase').dataset";
    browser
        .wait_until(&format!("{shown}.old = ''; return true"))
        .await;
    browser
        .wait_until(&format!("return !('old' in {shown})"))
        .await;
    let text = browser.text().await;
    assert!(
        text.contains("An id was left"),
        "what is open stays open: {text}"
    );
    browser.click("#look-stop").await;
    browser.click("#look-quick").await;
    browser.click(".diagnosis summary").await;
    browser.wait_for_text("An id was left").await;
    browser.picture("doctor-explained").await;
    visit.is_clean().await;
    browser.click(".diagnosis li button").await;
    browser.wait_for_text("2 findings will be repaired").await;
    browser
        .wait_for_text("qctl doctor --fix --only missing-task --queue low")
        .await;
    browser.picture("repair-preview").await;
    visit.is_clean().await;
    let left: u64 = visit.redis.query(&["ZCARD", &keys("low").archived()]);
    assert_eq!(left, 2, "a preview changes nothing");
    browser.click("main button.primary").await;
    browser.wait_for_text("repaired 2 findings").await;
    browser.picture("repair-done").await;
    visit.is_clean().await;
    browser.click("#phase a[href='/doctor']").await;
    browser.wait_for_text("No findings").await;
    visit.is_clean().await;
    visit.open("/audit").await;
    browser.wait_for_text("missing-task").await;
}

/// Loads the page again until it shows this text: a scan may take longer than the first page waits for it.
async fn load_until(visit: &Visit, text: &str) {
    let asked = Instant::now();
    while !visit.browser.text().await.contains(text) {
        assert!(asked.elapsed() < SOON, "{}", visit.browser.text().await);
        let address = visit.browser.url().await;
        visit.browser.open(&address).await;
    }
}

#[tokio::test]
async fn without_javascript_a_look_is_made_and_read() {
    let Some(visit) = Visit::start().await else {
        return;
    };
    visit.browser.without_javascript().await;
    lose_a_task(&visit.redis, "low", "a");
    visit.open("/doctor").await;
    visit.browser.click("#look").await;
    load_until(&visit, "looked at again in").await;
    visit.browser.wait_for_text("Load this page again").await;
    visit.browser.click("#look-stop").await;
    visit.browser.wait_for_text("1 id without a task").await;
    visit.browser.click("#look-quick").await;
    load_until(&visit, "1 id without a task").await;
    visit.browser.click(".diagnosis li button").await;
    visit
        .browser
        .wait_for_text("1 finding will be repaired")
        .await;
    visit.browser.click("main button.primary").await;
    load_until(&visit, "repaired 1 finding").await;
}
