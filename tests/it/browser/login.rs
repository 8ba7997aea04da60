//! Beginning and ending a session.

use super::Visit;
use crate::harness::browser::Browser;
use crate::harness::redis::Redis;
use crate::web::{Page, TOKEN};

#[tokio::test]
async fn a_token_in_the_fragment_logs_in_and_leaves_the_address() {
    let Some(visit) = Visit::start().await else {
        return;
    };
    visit
        .browser
        .wait_until("return location.hash === ''")
        .await;
    assert!(!visit.browser.source().await.contains(TOKEN));
    // The cookie is not for scripts.
    assert_eq!(visit.browser.execute("return document.cookie").await, "");
    visit.is_clean().await;
}

/// As when the cookie ends, or somebody logs out in another window.
#[tokio::test]
async fn an_open_page_says_that_its_session_is_over_and_leads_to_the_login_and_back() {
    let Some(visit) = Visit::start().await else {
        return;
    };
    visit.open("/workers").await;
    let browser = &visit.browser;
    let live = "return document.getElementById('live').dataset.live === 'live'";
    browser.wait_until(live).await;
    let logout = "return fetch('/logout', { method: 'POST' }).then(() => null)";
    browser.execute(logout).await;
    // Live updates begin anew.
    browser.click("#live").await;
    browser.click("#live").await;
    browser.wait_for_text("The session is over").await;
    browser.wait_for_text("logged out").await;
    browser.picture("session-over").await;
    browser.fits().await;
    browser.click("#over a").await;
    browser.fill("input[name=token]", TOKEN).await;
    browser.click("main button").await;
    browser.find("nav.tabs").await;
    assert!(browser.url().await.ends_with("/workers"));
    browser.wait_until(live).await;
}

#[tokio::test]
async fn a_form_logs_in_without_javascript_and_a_wrong_token_stays_outside() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let redis = Redis::start();
    let page = Page::with_token(&redis);
    browser.without_javascript().await;
    browser
        .open(&format!("http://127.0.0.1:{}/workers", page.port))
        .await;
    browser.fill("input[name=token]", "not-the-token").await;
    browser.click("main button").await;
    browser.find("input[name=token]").await;
    assert_eq!(browser.count("nav.tabs").await, 0);
    browser.fill("input[name=token]", TOKEN).await;
    browser.click("main button").await;
    // The page that was asked for.
    browser.find("nav.tabs").await;
    assert!(browser.url().await.ends_with("/workers"));
}
