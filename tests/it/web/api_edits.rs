//! Edits, copies and moves by the API.

use qctl::task::State;
use serde_json::{Value, json};

use super::{Page, enqueue, inspect, qctl, store};
use crate::cli::{put, state};
use crate::harness::proxy::Proxy;
use crate::harness::redis::Redis;

/// The version of a task.
#[track_caller]
fn version(page: &Page) -> String {
    let task = page.get("/api/task?queue=low&id=one").bearer().send();
    let version = task.expect(200).header("qctl-version").to_owned();
    assert_eq!(version.len(), 40, "{version}");
    version
}

#[test]
fn a_task_is_edited_unless_it_has_changed_since() {
    let redis = Redis::start();
    store(&redis, b"old");
    let page = Page::with_token(&redis);
    let seen = version(&page);
    let wanted = json!({
        "queue": "low", "id": "one", "version": seen,
        "payload": {"n": 1.0, "a": [2]}, "next_process_at": "2030-01-02T03:04:05Z",
        "max_retry": 3, "timeout_seconds": 90, "deadline": "2031-01-01T00:00:00Z", "retention_seconds": 60,
    });
    let outcome = page.send("/api/task/edit", &wanted).expect(200).json();
    assert_eq!(
        json!([outcome["action"], outcome["matched"], outcome["changed"]]),
        json!(["edit", 1, 1])
    );
    let task = inspect(&redis, "one");
    for key in [
        "payload",
        "next_process_at",
        "max_retry",
        "timeout_seconds",
        "deadline",
        "retention_seconds",
    ] {
        assert_eq!(task[key], wanted[key], "{key}");
    }
    // That was another version.
    let refused = page.send("/api/task/edit", &wanted).expect(409).json();
    assert_eq!(refused["code"], "wrong_state", "{refused}");
    // What is null is not set, what is absent stays, and what is the same changes nothing.
    let unset = json!({ "queue": "low", "id": "one", "deadline": null, "retention_seconds": null });
    page.send("/api/task/edit", &unset).expect(200);
    let task = inspect(&redis, "one");
    assert_eq!(
        json!([
            task["deadline"],
            task["retention_seconds"],
            task["max_retry"]
        ]),
        json!([null, 0, 3])
    );
    let again = page.send("/api/task/edit", &unset).expect(200).json();
    assert_eq!(json!([again["matched"], again["changed"]]), json!([1, 0]));
    let moved = json!({ "queue": "low", "id": "one", "move_to": "high" });
    page.send("/api/task/edit", &moved).expect(200);
    assert_eq!(inspect(&redis, "one")["queue"], "high");
    page.send("/api/task/edit", &moved).expect(404);
}

#[test]
fn payloads_of_the_api_are_exact() {
    let redis = Redis::start();
    store(&redis, b"old");
    let page = Page::with_token(&redis);
    for (body, stored) in [
        (
            r#"{ "n" : 12345678901234567890123 }"#,
            &br#"{ "n" : 12345678901234567890123 }"#[..],
        ),
        (r#""a\r\nb""#, b"a\r\nb"),
        (r#""/wA=","payload_encoding":"base64""#, b"\xff\x00"),
        (r#""[1]","payload_encoding":"text""#, b"[1]"),
        (r#""x","payload_encoding":"json""#, b"\"x\""),
    ] {
        let body = format!(r#"{{"queue":"low","id":"one","payload":{body}}}"#);
        let sent = page.post("/api/task/edit").bearer().json_text(body).send();
        sent.expect(200);
        let raw = crate::harness::qctl::Qctl::new(&redis).args(["inspect", "one", "--raw"]);
        assert_eq!(raw.run_unchecked().stdout, stored);
    }
}

/// Whether each of these requests about the task `one`, with these keys, is refused with this status for this reason.
#[track_caller]
fn are_refused(page: &Page, path: &str, requests: &[(Value, u16, &str)]) {
    for (more, status, why) in requests {
        let mut body = json!({ "queue": "low", "id": "one" });
        let more = more.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(more);
        let refused = page.send(path, &body).expect(*status).json();
        let message = refused["message"].as_str().unwrap();
        assert!(message.contains(why), "{body}: {message}");
    }
}

#[test]
fn what_cannot_be_edited_or_copied_says_why() {
    let redis = Redis::start();
    store(&redis, b"old");
    put(&redis, "low", "runs", State::Active);
    let page = Page::with_token(&redis);
    let both = json!({ "max_retry": -1, "next_process_at": "soon" });
    let move_and_start = json!({ "move_to": "high", "next_process_at": "now" });
    let base64 = json!({ "payload": 1, "payload_encoding": "base64" });
    let edits = [
        (
            json!({ "timeout_seconds": 0 }),
            400,
            "timeout_seconds: every attempt",
        ),
        (
            json!({ "timeout_seconds": 17_280_000_000_u64 }),
            400,
            "timeout_seconds: too long (at most 106751d)",
        ),
        (
            json!({ "retention_seconds": u64::MAX }),
            400,
            "retention_seconds: ",
        ),
        (both, 400, "next_process_at: "),
        (move_and_start, 400, "change either"),
        (base64, 400, "must be a string"),
        (json!({ "unique_seconds": 5 }), 400, "unique_seconds"),
        (json!({ "max_retries": 5 }), 422, "max_retries"),
        (json!({ "id": "runs", "max_retry": 5 }), 409, "running"),
        (
            json!({ "id": "none", "max_retry": 5 }),
            404,
            "does not exist",
        ),
    ];
    are_refused(&page, "/api/task/edit", &edits);
    let copies = [
        (json!({ "id": "none" }), 404, "does not exist"),
        (json!({ "queue": "none" }), 404, "does not exist"),
        (json!({ "copy_id": " " }), 400, "white space"),
        (json!({ "move_to": "" }), 400, "move_to: a queue name"),
    ];
    are_refused(&page, "/api/task/copy", &copies);
    assert_eq!(inspect(&redis, "one")["max_retry"], 25);
}

#[test]
fn a_copy_is_enqueued_once_under_its_id() {
    let redis = Redis::start();
    store(&redis, b"old");
    let page = Page::with_token(&redis);
    let wanted = json!({
        "queue": "low", "id": "one", "copy_id": "two", "next_process_at": null, "payload": "new",
        "unique_seconds": 600, "move_to": "high",
    });
    let copy = page.send("/api/task/copy", &wanted).expect(200).json();
    assert_eq!(
        json!([copy["id"], copy["queue"], copy["state"], copy["existing"]]),
        json!(["two", "high", "pending", false])
    );
    assert!(inspect(&redis, "two")["unique_key"].is_string());
    let refused = || {
        let refused = page.send("/api/task/copy", &wanted).expect(409).json();
        assert_eq!(refused["code"], "id_taken");
        assert_eq!(
            refused["message"],
            "task \"two\" was enqueued in queue \"high\" before"
        );
    };
    refused();
    // What is remembered of it ends by itself.
    let seconds: i64 = redis.query(&["TTL", "asynq:{high}:qctl:receipt:two"]);
    assert!((86_000..=86_400).contains(&seconds), "{seconds}");
    qctl(&redis, &["delete", "two", "--yes"]);
    refused();
    // Any number of copies, each with an id of its own; a scheduled task has scheduled copies.
    let plain = json!({ "queue": "low", "id": "one" });
    let ids = [(); 2].map(|()| {
        let copy = page.send("/api/task/copy", &plain).expect(200).json();
        assert_eq!(copy["state"], "scheduled");
        copy["id"].clone()
    });
    assert_ne!(ids[0], ids[1]);
    let audit: Value = serde_json::from_str(&qctl(&redis, &["ls", "audit", "--json"])).unwrap();
    let copies = audit.as_array().unwrap().iter();
    let copies: Vec<_> = copies
        .filter(|change| change["verb"] == "enqueue")
        .collect();
    assert_eq!(copies.len(), 5, "{audit}");
    assert_eq!(copies[4]["target"], "queue:high id:two");
    assert_eq!(copies[4]["from"], "page 127.0.0.1");
}

#[test]
fn tasks_are_moved_by_the_number_that_was_previewed() {
    let redis = Redis::start();
    enqueue(&redis, "low", 3);
    put(&redis, "low", "a", State::Archived);
    put(&redis, "other", "b", State::Retry);
    let page = Page::with_token(&redis);
    let mut asked = json!({ "action": "edit", "q": "queue:low state:pending", "move_to": "high" });
    let preview = page.send("/api/tasks/preview", &asked).expect(200).json();
    assert_eq!(
        json!([preview["action"], preview["would_change"]]),
        json!(["edit", 3])
    );
    asked["count"] = json!(2);
    page.send("/api/tasks/run", &asked).expect(409);
    asked["count"] = json!(3);
    let outcome = page.send("/api/tasks/run", &asked).expect(200).json();
    assert_eq!(outcome["changed"], 3);
    assert_eq!(redis.query::<usize>(&["LLEN", "asynq:{high}:pending"]), 3);
    let tasks = json!([{ "queue": "low", "id": "a" }, { "queue": "other", "id": "b" }]);
    let named = json!({ "action": "edit", "tasks": tasks, "move_to": "high", "count": 2 });
    let outcome = page.send("/api/tasks/run", &named).expect(200).json();
    assert_eq!(outcome["changed"], 2, "{outcome}");
    for id in ["a", "b"] {
        assert!(state(&redis, "high", id).is_some());
    }
    for wrong in [
        json!({ "action": "edit", "q": "queue:high state:pending" }),
        json!({ "action": "retry", "q": "queue:high state:pending", "move_to": "low" }),
        json!({ "action": "edit", "move_to": "low" }),
        json!({ "action": "edit", "tasks": [], "move_to": "low" }),
        json!({ "action": "edit", "tasks": [{ "queue": "high", "id": "a" }], "q": "", "move_to": "low" }),
    ] {
        page.send("/api/tasks/preview", &wrong).expect(400);
    }
}

#[test]
fn an_answer_that_was_lost_is_not_called_a_failure() {
    let redis = Redis::start();
    store(&redis, b"old");
    let proxy = Proxy::new(&redis);
    let page = Page::behind(&proxy);
    proxy.lose_all_replies_to("qctl:receipt:");
    let edit = json!({ "queue": "low", "id": "one", "max_retry": 3 });
    let copy = json!({ "queue": "low", "id": "one", "copy_id": "two" });
    for (path, body) in [("/api/task/edit", &edit), ("/api/task/copy", &copy)] {
        let unknown = page.send(path, body).expect(503).json();
        assert_eq!(unknown["code"], "unanswered", "{path}: {unknown}");
    }
    assert_eq!(inspect(&redis, "one")["max_retry"], 3);
    // Whoever asks again is told that it was done.
    proxy.lose_no_more_replies();
    let again = page.send("/api/task/edit", &edit).expect(200).json();
    assert_eq!(json!([again["matched"], again["changed"]]), json!([1, 0]));
    let taken = page.send("/api/task/copy", &copy).expect(409).json();
    assert_eq!(taken["code"], "id_taken", "{taken}");
}

#[test]
fn without_redis_nothing_is_edited_copied_or_moved() {
    let redis = Redis::start();
    store(&redis, b"old");
    let proxy = Proxy::new(&redis);
    let page = Page::behind(&proxy);
    let before = inspect(&redis, "one");
    proxy.cut();
    let tasks = json!([{ "queue": "low", "id": "one" }]);
    for (path, body) in [
        (
            "task/edit",
            json!({ "queue": "low", "id": "one", "max_retry": 3 }),
        ),
        ("task/copy", json!({ "queue": "low", "id": "one" })),
        (
            "tasks/preview",
            json!({ "action": "edit", "tasks": tasks, "move_to": "high" }),
        ),
        (
            "tasks/run",
            json!({ "action": "edit", "tasks": tasks, "move_to": "high", "count": 1 }),
        ),
    ] {
        let answer = page.send(&format!("/api/{path}"), &body).expect(503);
        assert_eq!(answer.header("retry-after"), "5", "{path}");
        let refused = answer.json();
        assert_eq!(refused["code"], "unreachable", "{path}: {refused}");
    }
    assert_eq!(inspect(&redis, "one"), before);
}
