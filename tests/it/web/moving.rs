//! A task whose move to another queue was cut short, so that it is in neither queue.

use serde_json::json;

use super::doctor::look;
use super::forms::{COPY, FORM, open, post, set};
use super::{Page, qctl, store};
use crate::cli::{edit::cut_move, state};
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};

#[test]
fn it_is_said_to_be_on_its_way_until_the_doctor_has_finished_the_move() {
    let redis = Redis::start();
    store(&redis, b"old");
    let page = Page::with_token(&redis);
    let mut edit = open(&page, FORM);
    let mut copy = open(&page, COPY);
    cut_move(&redis, &["one"], "high", "qctl:moving:");
    let told = "is on its way from queue";
    let finish = "qctl doctor --fix --only unfinished-move --queue low";
    // Whoever looks at it.
    for path in ["/task?queue=low&id=one", FORM, COPY] {
        let html = page.get(path).bearer().send().expect(404).body;
        assert!(
            html.contains(told) && html.contains(finish),
            "{path}: {html}"
        );
    }
    let task = json!({"queue": "low", "id": "one"});
    for answer in [
        page.get("/api/task?queue=low&id=one").bearer().send(),
        page.send(
            "/api/task/edit",
            &json!({"queue": "low", "id": "one", "max_retry": 3}),
        ),
        page.send("/api/task/retry", &task),
    ] {
        let refused = answer.expect(404).json();
        assert!(
            refused["message"].as_str().unwrap().contains(told),
            "{refused}"
        );
    }
    // Whoever has opened it before.
    for (form, path) in [(&mut edit, "/task/save"), (&mut copy, "/task/enqueue")] {
        set(form, "payload", "mine");
        let html = post(&page, path, form).expect(404).body;
        assert!(
            html.contains(told) && html.contains(finish) && html.contains(">\nmine</textarea>"),
            "{path}: {html}"
        );
    }
    // As the page suggests.
    let found = look(&page, true);
    assert!(found.contains("unfinished-move"), "{found}");
    let preview = page.submit("/doctor/repair", "code=unfinished-move&queue=low");
    let address = preview.expect(303).header("location").to_owned();
    let html = page.read(&address);
    assert!(html.contains("Repair 1 finding"), "{html}");
    let id = address.split("id=").nth(1).unwrap();
    let start = format!("id={id}&count=1");
    page.submit("/change/start", &start).expect(303);
    eventually(SOON, || {
        let html = page.read(&address);
        html.contains("repaired 1 finding").then_some(())
    });
    page.read("/task?queue=high&id=one");
    assert_eq!(state(&redis, "high", "one").as_deref(), Some("scheduled"));
    assert_eq!(qctl(&redis, &["inspect", "one", "--raw"]), "old");
    let found = look(&page, true);
    assert!(!found.contains("unfinished-move"), "{found}");
}
