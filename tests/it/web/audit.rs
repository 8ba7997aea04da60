//! The audit log, and one change of it.

use qctl::broker::keys::AUDIT;
use qctl::task::State;

use super::{Page, qctl};
use crate::cli::put;
use crate::harness::redis::Redis;

/// Writes an entry as qctl does.
fn entry(redis: &Redis, id: &str, fields: &[&str]) {
    let mut add = vec!["XADD", AUDIT, id];
    add.extend(fields);
    redis.cmd(&add);
}

/// The page of the change of this id, as text.
#[track_caller]
fn change(page: &Page, id: &str) -> String {
    page.read(&format!("/audit/entry?id={id}"))
}

#[test]
fn a_change_has_a_page_with_everything_that_is_recorded() {
    let redis = Redis::start();
    let id = format!("order-{}-end", "0123456789".repeat(15));
    put(&redis, "low", &id, State::Archived);
    qctl(&redis, &["delete", &id, "--yes"]);
    let page = Page::with_token(&redis);
    let list = page.read("/audit");
    let address = list.split("href=\"/audit/entry?id=").nth(1).unwrap();
    let address = address.split('"').next().unwrap();
    let shown = change(&page, address);
    let named = address.replace("%2D", "-");
    for part in [&*id, "delete", "cli", "Matched", "Changed", "done", &*named] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

#[test]
fn a_change_is_found_with_its_end_and_without() {
    let redis = Redis::start();
    entry(
        &redis,
        "100-0",
        &["verb", "retry", "target", "<b>", "matched", "7"],
    );
    for number in 0..450 {
        let id = format!("{}-0", 200 + number);
        entry(&redis, &id, &["verb", "pause", "target", "queue:q"]);
    }
    entry(
        &redis,
        "900-0",
        &[
            "of",
            "100-0",
            "verb",
            "retry",
            "outcome",
            "interrupted",
            "changed",
            "3",
        ],
    );
    // Its beginning has been removed.
    entry(
        &redis,
        "901-0",
        &["of", "50-0", "verb", "drop", "outcome", "done"],
    );
    // Not by qctl.
    entry(&redis, "902-0", &["of", "<x>", "verb", "odd"]);
    let page = Page::with_token(&redis);
    assert!(page.read("/audit").contains("not finished"));
    let oldest = page.read("/audit?before=51-0");
    assert!(
        oldest.contains(">drop<") && oldest.contains(">odd<") && !oldest.contains(">pause<"),
        "{oldest}"
    );
    assert_eq!(oldest.matches("/audit/entry?id=").count(), 1, "{oldest}");
    let shown = change(&page, "100-0");
    assert!(
        shown.contains("interrupted: it was stopped before its end") && shown.contains("&lt;b&gt;"),
        "{shown}"
    );
    assert!(change(&page, "50-0").contains("drop"));
    let open = change(&page, "300-0");
    assert!(open.contains("not finished: it is under way"), "{open}");
    // An end is no change, and there may be none of this id.
    for (id, status) in [("900-0", 404), ("77-0", 404), ("yesterday", 400)] {
        let address = format!("/audit/entry?id={id}");
        page.get(&address).bearer().send().expect(status);
    }
}
