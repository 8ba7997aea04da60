//! One task: what its attempts print, and the forms that edit and copy it.

use tempfile::TempDir;

use super::Visit;
use crate::harness::qctl::Qctl;
use crate::web::protected::{NAME, Protected};

#[tokio::test]
async fn the_log_of_a_running_task_is_followed_without_loading_the_page_again() {
    let Some(visit) = Visit::start().await else {
        return;
    };
    let browser = &visit.browser;
    let folder = TempDir::new().unwrap();
    let go = folder.path().join("go");
    visit.qctl(&["enqueue", "t", "--id", "one"]);
    visit.open("/task?queue=default&id=one").await;
    browser.wait_for_text("No attempt has run yet").await;
    browser.execute("window.same = true").await;
    let handler = format!(
        "t=seq 200; until [ -e {} ]; do sleep 0.05; done; echo last; exit 1",
        go.display()
    );
    let _work = Qctl::new(&visit.redis)
        .args(["work", "--handle", &handler])
        .spawn();
    browser.wait_for_text("199").await;
    browser.picture("task-running").await;
    visit.is_clean().await;
    std::fs::write(go, "").unwrap();
    browser.wait_for_text("last").await;
    // The state and its actions follow, too, and the log stays at its end.
    browser.wait_for_text("Last error").await;
    browser.find("button[value=retry]").await;
    browser
        .wait_until(
            "const log = document.querySelector('.attempt:last-child .log'); return log.scrollTop > 0 && log.scrollTop + log.clientHeight >= log.scrollHeight - 1",
        )
        .await;
    assert_eq!(browser.execute("return window.same").await, true);
    visit.is_clean().await;
    visit.qctl(&["delete", "one", "--yes"]);
    browser.wait_for_text("no longer here").await;
    visit.is_clean().await;
}

#[tokio::test]
async fn a_task_is_edited_by_its_key_and_a_copy_is_enqueued() {
    let Some(visit) = Visit::start().await else {
        return;
    };
    let browser = &visit.browser;
    let payload = r#"{"user_id":42,"tags":["a","b"]}"#;
    visit.qctl(&[
        "enqueue",
        "t",
        "--id",
        "one",
        "--in",
        "1h",
        "--payload",
        payload,
    ]);
    visit.open("/task?queue=default&id=one").await;
    browser.press("E").await;
    browser.fill("input[name=max_retry]", "x").await;
    browser.click("button.primary").await;
    browser.wait_for_text("not a number of retries").await;
    for scheme in ["light", "dark"] {
        browser.prefer(scheme).await;
        for (width, height) in [(360, 740), (1280, 900)] {
            browser.resize(width, height).await;
            browser
                .picture(&format!("task-edit-{width}-{scheme}"))
                .await;
            browser.fits().await;
        }
    }
    browser.fill("input[name=max_retry]", "3").await;
    browser.click("button.primary").await;
    browser.wait_for_text("Saved.").await;
    browser.wait_for_text("0/3").await;
    visit.is_clean_after(&[400]).await;
    browser.press("N").await;
    browser.fill("input[name=move_to]", "copies").await;
    browser.fill("input[name=at]", "").await;
    browser.click("button.primary").await;
    browser.wait_for_text("Enqueued this task.").await;
    browser.picture("task-copied").await;
    visit.is_clean().await;
    let copies = visit.qctl(&["ls", "tasks", "-q", "copies", "-s", "pending", "-o", "id"]);
    assert_eq!(copies.lines().count(), 1);
}

#[tokio::test]
async fn a_protected_context_asks_for_its_name() {
    let stored = Protected::new();
    let page = stored.page(&[]);
    let Some(visit) = Visit::of(stored.redis, page).await else {
        return;
    };
    let browser = &visit.browser;
    visit.qctl(&["enqueue", "t", "-q", "low", "--id", "one"]);
    let paused = || visit.redis.query::<bool>(&["EXISTS", "asynq:{low}:paused"]);
    visit.open("/queue?queue=low").await;
    browser.click("form[action$=pause] button").await;
    browser.wait_for_text("is protected").await;
    browser.fill("input[name=context]", "another").await;
    browser.click("main button.primary").await;
    browser.wait_for_text("not the name of the context").await;
    assert!(!paused());
    for scheme in ["light", "dark"] {
        browser.prefer(scheme).await;
        for (width, height) in [(360, 740), (1280, 900)] {
            browser.resize(width, height).await;
            browser
                .picture(&format!("protected-{width}-{scheme}"))
                .await;
            browser.fits().await;
        }
    }
    browser.fill("input[name=context]", NAME).await;
    browser.click("main button.primary").await;
    browser.find("form[action$=resume]").await;
    assert!(paused());
    // The preview of a change has the field in itself.
    visit.open("/task?queue=low&id=one").await;
    browser.press("A").await;
    browser.fill("input[name=context]", NAME).await;
    browser.picture("protected-preview").await;
    browser.click("main button.primary").await;
    browser.wait_for_text("archived 1 task").await;
    visit.is_clean_after(&[403]).await;
}
