//! A page that stays open while Redis does not answer.

use serde_json::json;

use super::{Visit, lines};

#[tokio::test]
async fn an_open_page_shows_that_redis_is_away_and_recovers_by_itself() {
    let Some(mut visit) = Visit::start().await else {
        return;
    };
    visit.enqueue(&lines(
        0..4,
        |n| json!({"type": "a", "queue": "critical", "payload": n}),
    ));
    visit.open("/").await;
    visit.browser.wait_for_text("critical").await;
    visit.redis.stop();
    visit.browser.wait_for_text("Redis away").await;
    // What was last known is still there.
    assert!(visit.browser.text().await.contains("critical"));
    visit.browser.picture("redis-away").await;
    visit.browser.fits().await;
    visit.open("/workers").await;
    visit.browser.wait_for_text("Redis does not answer").await;
    visit.browser.picture("redis-away-workers").await;
    visit.open("/").await;
    visit.redis.start_again();
    visit
        .browser
        .wait_until("return !document.body.innerText.includes('Redis away')")
        .await;
    visit.browser.fits().await;
}
