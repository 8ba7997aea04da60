//! The forms that edit a task and enqueue a copy of it.

use qctl::task::State;
use serde_json::{Value, json};

use super::forms::{COPY, FORM, fields, open, post, set, text};
use super::{Page, audit, inspect, qctl, store};
use crate::cli::put;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

#[test]
fn a_task_is_edited_and_the_change_is_recorded() {
    let redis = Redis::start();
    store(&redis, b"{\"n\":12345678901234567890123,\"tags\":[]}");
    let page = Page::with_token(&redis);
    let html = page.read("/task?queue=low&id=one");
    assert!(
        html.contains("href=\"/task/edit?queue=low&amp;id=one\""),
        "{html}"
    );
    let mut form = open(&page, FORM);
    // What is not changed is not saved.
    let same = post(&page, "/task/save", &form).expect(200).body;
    assert!(same.contains("there is nothing to save"), "{same}");
    for (name, value) in [
        (
            "payload",
            "{\n  \"n\": 12345678901234567890124,\n  \"tags\": [ ]\n}",
        ),
        ("at", "2030-01-02T03:04:05Z"),
        ("max_retry", "3"),
        ("timeout", "90s"),
        ("retention", "1d"),
    ] {
        set(&mut form, name, value);
    }
    let preview = post(&page, "/task/preview", &form).expect(200).body;
    let command = "qctl edit --payload '";

    assert!(preview.contains(command) && preview.contains(" --at 2030-01-02T03:04:05Z --max-retry 3 --timeout 1m30s --retention 1d --queue low one"), "{preview}");
    assert_eq!(inspect(&redis, "one")["max_retry"], 25);
    let saved = post(&page, "/task/save", &form).expect(303);
    let after = page.read(saved.header("location"));
    assert!(after.contains("Saved"), "{after}");
    let task = inspect(&redis, "one");
    let stored: Vec<u8> = redis.query(&["HGET", "asynq:{low}:t:one", "msg"]);
    let payload = b"{\"n\":12345678901234567890124,\"tags\":[]}";
    assert!(stored.windows(payload.len()).any(|part| part == payload));
    assert_eq!(task["next_process_at"], "2030-01-02T03:04:05Z");
    assert_eq!(
        [
            &task["max_retry"],
            &task["timeout_seconds"],
            &task["retention_seconds"]
        ],
        [3, 90, 86_400]
    );
    let audit = audit(&redis);
    assert_eq!(
        [&audit[0]["verb"], &audit[0]["from"]],
        ["edit", "page 127.0.0.1"]
    );
}

#[test]
fn mistakes_are_shown_below_their_fields_and_what_was_typed_stays() {
    let redis = Redis::start();
    store(&redis, b"{}");
    let page = Page::with_token(&redis);
    let mut form = open(&page, FORM);
    for (name, value) in [
        ("payload", "{\"a\": <b>"),
        ("max_retry", "-1"),
        ("timeout", ""),
        ("at", "soon"),
        ("move_to", " "),
    ] {
        set(&mut form, name, value);
    }
    let html = post(&page, "/task/save", &form).expect(400).body;
    for (name, why) in [
        ("payload", "for another kind, choose"),
        ("max_retry", "not a number of retries, from 0"),
        ("timeout", "every attempt needs a time limit"),
        ("at", "not a time"),
        ("move_to", "at least one character"),
    ] {
        let below = html
            .split(&format!("<span id=\"{name}-said\">"))
            .nth(1)
            .unwrap();
        let below = below.split("</div>").next().unwrap();
        assert!(
            below.contains("role=\"alert\"") && below.contains(why),
            "{name}: {below}"
        );
    }
    assert!(
        html.contains("{&quot;a&quot;: &lt;b&gt;") && html.contains("value=\"soon\""),
        "{html}"
    );
    assert_eq!(inspect(&redis, "one")["max_retry"], 25);
    // A move keeps the start.
    let mut form = open(&page, FORM);
    set(&mut form, "move_to", "high");
    set(&mut form, "at", "now+2h");
    let html = post(&page, "/task/save", &form).expect(400).body;
    assert!(
        html.contains("change either the queue or the start"),
        "{html}"
    );
}

#[test]
fn what_another_has_changed_is_not_overwritten() {
    let redis = Redis::start();
    store(&redis, b"old");
    let page = Page::with_token(&redis);
    let mut form = open(&page, FORM);
    qctl(&redis, &["edit", "one", "--max-retry", "7", "--yes"]);
    set(&mut form, "payload", "mine");
    let html = post(&page, "/task/save", &form).expect(409).body;
    assert!(
        html.contains("has changed since this form was opened")
            && html.contains("Stored now: <bdi>7</bdi>"),
        "{html}"
    );
    assert_eq!(inspect(&redis, "one")["payload"], "old");
    // The form now knows what it replaces.
    let mut again = fields(&html);
    assert!(again.iter().any(|(_, value)| value == "mine"), "{again:?}");
    set(&mut again, "max_retry", "7");
    post(&page, "/task/save", &again).expect(303);
    let task = inspect(&redis, "one");
    assert_eq!(
        [&task["payload"], &task["max_retry"]],
        [&json!("mine"), &json!(7)]
    );
    qctl(&redis, &["delete", "one", "--yes"]);
    let html = post(&page, "/task/save", &again).expect(404).body;
    assert!(
        html.contains("cannot be edited now") && html.contains(">\nmine</textarea>"),
        "{html}"
    );
}

#[test]
fn a_task_is_moved_unless_its_like_is_there() {
    let redis = Redis::start();
    let unique = |queue: &str, id: &str| {
        qctl(
            &redis,
            &["enqueue", "t", "-q", queue, "--id", id, "--unique", "1h"],
        );
    };
    unique("low", "one");
    unique("high", "two");
    let page = Page::with_token(&redis);
    let mut form = open(&page, FORM);
    // A pending task has no start.
    assert!(!form.iter().any(|(name, _)| name == "at"), "{form:?}");
    set(&mut form, "move_to", "high");
    let html = post(&page, "/task/save", &form).expect(409).body;
    assert!(
        html.contains("Nothing was saved: ") && html.contains("value=\"high\""),
        "{html}"
    );
    qctl(&redis, &["delete", "two", "--yes"]);
    let moved = post(&page, "/task/save", &form).expect(303);
    assert_eq!(
        moved.header("location"),
        "/task?queue=high&id=one&done=saved"
    );
    assert_eq!(inspect(&redis, "one")["queue"], "high");
}

#[test]
fn what_cannot_be_edited_has_no_button() {
    let redis = Redis::start();
    put(&redis, "low", "one", State::Active);
    let page = Page::with_token(&redis);
    let html = page.read("/task?queue=low&id=one");
    assert!(
        !html.contains("/task/edit") && html.contains("/task/clone"),
        "{html}"
    );
    assert_eq!(page.get(FORM).bearer().send().status, 409);
    assert_eq!(
        page.get("/task/edit?queue=low&id=none")
            .bearer()
            .send()
            .status,
        404
    );
    let reader = Page::read_only(&redis);
    for path in [FORM, COPY] {
        assert_eq!(reader.get(path).bearer().send().status, 404);
    }
    let html = reader.read("/task?queue=low&id=one");
    assert!(!html.contains("/task/clone"), "{html}");
    for path in ["/task/save", "/task/enqueue"] {
        let answer = reader.submit(path, "queue=low&id=one");
        assert_eq!(answer.status, 404);
    }
    // Another site cannot send it.
    let elsewhere = page
        .post("/task/save")
        .header("origin", "https://evil.example");
    elsewhere
        .bearer()
        .form("queue=low&id=one")
        .send()
        .expect(403);
}

#[test]
fn payloads_of_all_kinds_survive_the_form() {
    for payload in [
        &b"\xff\x00\x1b[2J"[..],
        b"\na\r\nb",
        b"\n\n a\n",
        b"",
        b"</textarea><script>alert(1)</script>",
    ] {
        let redis = Redis::start();
        store(&redis, payload);
        let page = Page::with_token(&redis);
        let mut form = open(&page, FORM);
        let same = post(&page, "/task/save", &form).expect(200).body;
        assert!(
            same.contains("nothing to save") && !same.contains("<script>alert"),
            "{payload:?}: {same}"
        );
        set(&mut form, "max_retry", "1");
        post(&page, "/task/save", &form).expect(303);
        let raw = Qctl::new(&redis)
            .args(["inspect", "one", "--raw"])
            .run_unchecked();
        assert_eq!(raw.stdout, payload);
    }
    let redis = Redis::start();
    store(&redis, "x".repeat(300 * 1024).as_bytes());
    let page = Page::with_token(&redis);
    let mut form = open(&page, FORM);
    assert!(!form.iter().any(|(name, _)| name == "payload"));
    set(&mut form, "max_retry", "1");
    post(&page, "/task/save", &form).expect(303);
    let task = inspect(&redis, "one");
    assert_eq!(
        (
            task["max_retry"].clone(),
            task["payload"].as_str().unwrap().len()
        ),
        (json!(1), 300 * 1024)
    );
}

/// Enqueues a task to be copied, and opens the form.
#[track_caller]
fn open_copy(redis: &Redis, page: &Page) -> Vec<(String, String)> {
    let original = "enqueue t -q low --id one --max-retry 4 --header a=b --payload {\"n\":1}";
    let original: Vec<&str> = original.split(' ').collect();
    qctl(redis, &original);
    open(page, COPY)
}

#[test]
fn a_copy_is_a_task_of_its_own() {
    let redis = Redis::start();
    let page = Page::with_token(&redis);
    let mut form = open_copy(&redis, &page);
    set(&mut form, "payload", "{\"n\": 2}");
    set(&mut form, "at", "now+1h");
    set(&mut form, "unique", "10m");
    let preview = post(&page, "/task/enqueue/preview", &form).expect(200).body;
    let preview = text(&preview);
    for part in [
        "qctl enqueue --payload '{\"n\":2}' --queue low --max-retry 4 --timeout 30m --at ",
        "Z --unique 10m --header 'a=b' t<",
    ] {
        assert!(preview.contains(part), "{preview}");
    }
    let copied = post(&page, "/task/enqueue", &form).expect(303);
    let location = copied.header("location");
    let shown = page.read(location);
    assert!(shown.contains("Enqueued this task"), "{shown}");
    let (_, id) = location.split_once("&id=").unwrap();
    let (id, _) = id.split_once('&').unwrap();
    let copy = inspect(&redis, &id.replace("%2D", "-"));
    let options = [
        "state",
        "queue",
        "payload",
        "max_retry",
        "headers",
        "timeout_seconds",
    ];
    let expected = json!(["scheduled", "low", {"n": 2}, 4, {"a": "b"}, 1800]);
    assert_eq!(json!(options.map(|key| copy[key].clone())), expected);
    assert!(copy["unique_key"].is_string());
    assert_eq!(inspect(&redis, "one")["payload"], json!({"n": 1}));
}

#[test]
fn an_identical_unique_task_is_in_the_way_of_a_copy() {
    let redis = Redis::start();
    let page = Page::with_token(&redis);
    let mut form = open_copy(&redis, &page);
    set(&mut form, "unique", "10m");
    post(&page, "/task/enqueue", &form).expect(303);
    let mut form = open(&page, COPY);
    set(&mut form, "unique", "10m");
    let said = |form: &[(String, String)], status| {
        let html = post(&page, "/task/enqueue", form).expect(status).body;
        let (_, below) = html.split_once("<span id=\"unique-said\">").unwrap();
        below.split("</div>").next().unwrap().to_owned()
    };
    let taken = said(&form, 409);
    assert!(
        taken.contains("role=\"alert\"") && taken.contains("is taken in queue"),
        "{taken}"
    );
    set(&mut form, "unique", "x");
    assert!(said(&form, 400).contains("not a duration"));
    set(&mut form, "unique", "");
    set(&mut form, "move_to", "new");
    post(&page, "/task/enqueue", &form).expect(303);
    assert_eq!(redis.query::<usize>(&["LLEN", "asynq:{new}:pending"]), 1);
}

#[test]
fn a_start_that_was_not_typed_is_left_as_it_is_by_now() {
    let redis = Redis::start();
    store(&redis, b"old");
    let page = Page::with_token(&redis);
    let mut form = open(&page, FORM);
    let noon = "2030-01-01T12:00:00Z";
    qctl(&redis, &["edit", "one", "--at", noon]);
    set(&mut form, "payload", "new");
    post(&page, "/task/save", &form).expect(303);
    assert_eq!(qctl(&redis, &["inspect", "one", "--raw"]), "new");
    assert_eq!(inspect(&redis, "one")["next_process_at"], noon);
    // What is shown beside another start is replaced once that is asked for.
    let mut form = open(&page, FORM);
    qctl(
        &redis,
        &[
            "edit",
            "one",
            "--max-retry",
            "3",
            "--at",
            "2030-01-01T13:00:00Z",
        ],
    );
    set(&mut form, "max_retry", "4");
    let again = post(&page, "/task/save", &form).expect(409).body;
    assert!(
        again.contains("Stored now: <bdi>2030-01-01T13:00:00Z"),
        "{again}"
    );
    post(&page, "/task/save", &fields(&again)).expect(303);
    let task = inspect(&redis, "one");
    assert_eq!(
        (&task["next_process_at"], &task["max_retry"]),
        (&json!(noon), &json!(4))
    );
}

#[test]
fn a_copy_is_not_enqueued_twice_from_one_form() {
    let redis = Redis::start();
    store(&redis, b"old");
    let page = Page::with_token(&redis);
    let form = open(&page, COPY);
    let copies = || qctl(&redis, &["ls", "tasks", "-o", "id"]).lines().count();
    post(&page, "/task/enqueue", &form).expect(303);
    let again = post(&page, "/task/enqueue", &form).expect(409).body;
    assert!(again.contains("has enqueued a copy already"), "{again}");
    assert_eq!(copies(), 2, "the original and one copy");
    post(&page, "/task/enqueue", &fields(&again)).expect(303);
    assert_eq!(copies(), 3);
    // A worker may have processed it meanwhile.
    let all = qctl(&redis, &["ls", "tasks", "-o", "id"]);
    for id in all.lines().filter(|id| *id != "one") {
        qctl(&redis, &["delete", id, "--yes"]);
    }
    let again = post(&page, "/task/enqueue", &form).expect(409).body;
    assert!(again.contains("has enqueued a copy already"), "{again}");
    assert_eq!(copies(), 1);
    let audit = audit(&redis);
    let enqueued = |change: &&Value| change["verb"] == "enqueue" && change["changed"] == 1;
    assert_eq!(audit.iter().filter(enqueued).count(), 2);
}
