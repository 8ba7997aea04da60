//! One task: what its attempts print.

use tempfile::TempDir;

use super::Visit;
use crate::harness::qctl::Qctl;

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
