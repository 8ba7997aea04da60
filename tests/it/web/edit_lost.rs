//! Forms of a task whose answers from Redis are lost.

use super::forms::{COPY, FORM, fields, open, post, set};
use super::{Page, inspect, qctl, store};
use crate::harness::proxy::Proxy;
use crate::harness::redis::Redis;

/// A Redis with a task, and a page that reaches it through a proxy.
fn behind_proxy() -> (Redis, Proxy, Page) {
    let redis = Redis::start();
    store(&redis, b"old");
    let proxy = Proxy::new(&redis);
    let page = Page::behind(&proxy);
    (redis, proxy, page)
}

/// What scripts leave for a call that is sent again.
const RECEIPT: &str = "qctl:receipt:";

#[test]
fn a_save_without_an_answer_keeps_what_was_typed_and_the_next_one_tells_the_truth() {
    let (redis, proxy, page) = behind_proxy();
    let mut form = open(&page, FORM);
    set(&mut form, "payload", "mine");
    set(&mut form, "at", "now+2h");
    proxy.lose_all_replies_to(RECEIPT);
    let html = post(&page, "/task/save", &form).expect(503).body;
    assert!(
        html.contains("It is not known whether this was saved")
            && html.contains(">\nmine</textarea>"),
        "{html}"
    );
    assert_eq!(inspect(&redis, "one")["payload"], "mine");
    // Another page of the same Redis, which answers by now.
    let page = Page::with_token(&redis);
    let again = fields(&html);
    let saved = post(&page, "/task/save", &again).expect(303);
    assert_eq!(
        saved.header("location"),
        "/task?queue=low&id=one&done=saved"
    );
    // Somebody else may have changed it as well, or a worker may have finished it.
    qctl(&redis, &["edit", "one", "--max-retry", "7", "--yes"]);
    let html = post(&page, "/task/save", &again).expect(409).body;
    assert!(
        html.contains("has changed since this form was opened")
            && html.contains("It is not known whether this was saved before"),
        "{html}"
    );
    qctl(&redis, &["delete", "one", "--yes"]);
    let html = post(&page, "/task/save", &again).expect(404).body;
    assert!(
        html.contains("cannot be edited now")
            && html.contains("It is not known whether this was saved before"),
        "{html}"
    );
}

#[test]
fn a_move_without_an_answer_is_found_in_the_other_queue() {
    let (redis, proxy, page) = behind_proxy();
    let mut form = open(&page, FORM);
    set(&mut form, "move_to", "high");
    // The task is stored there by then.
    proxy.lose_all_replies_to("qctl:receipt:move:");
    let html = post(&page, "/task/save", &form).expect(503).body;
    assert!(
        html.contains("It is not known whether this was saved"),
        "{html}"
    );
    assert_eq!(inspect(&redis, "one")["queue"], "high");
    let page = Page::with_token(&redis);
    let saved = post(&page, "/task/save", &fields(&html)).expect(303);
    assert_eq!(
        saved.header("location"),
        "/task?queue=high&id=one&done=saved"
    );
}

#[test]
fn a_copy_without_an_answer_is_enqueued_once() {
    let (redis, proxy, page) = behind_proxy();
    let form = open(&page, COPY);
    proxy.lose_all_replies_to(RECEIPT);
    let html = post(&page, "/task/enqueue", &form).expect(503).body;
    assert!(
        html.contains("It is not known whether this was enqueued"),
        "{html}"
    );
    let copies = || qctl(&redis, &["ls", "tasks", "-o", "id"]);
    assert_eq!(copies().lines().count(), 2, "the original and one copy");
    let page = Page::with_token(&redis);
    let again = fields(&html);
    post(&page, "/task/enqueue", &again).expect(303);
    assert_eq!(copies().lines().count(), 2);
    // It has run by now.
    for id in copies().lines().filter(|id| *id != "one") {
        qctl(&redis, &["delete", id, "--yes"]);
    }
    let html = post(&page, "/task/enqueue", &again).expect(409).body;
    assert!(html.contains("has enqueued a copy already"), "{html}");
    assert_eq!(copies(), "one\n");
}
