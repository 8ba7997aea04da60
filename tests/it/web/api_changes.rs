//! Changes by the API: what programs may do, and what the guide says about it.

use std::process::Command;

use qctl::broker::keys;
use qctl::task::State;
use serde_json::json;

use super::{Page, TOKEN, audit};
use crate::cli::{keys, put, state};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

#[test]
fn a_task_is_changed_by_its_id() {
    let redis = Redis::start();
    put(&redis, "low", "a", State::Archived);
    let page = Page::with_token(&redis);
    let task = json!({ "queue": "low", "id": "a" });
    let outcome = page.send("/api/task/retry", &task).expect(200).json();
    assert_eq!(
        (&outcome["action"], &outcome["changed"]),
        (&json!("retry"), &json!(1))
    );
    assert_eq!(state(&redis, "low", "a").as_deref(), Some("pending"));
    // As the command line: it is pending already.
    let refused = page.send("/api/task/retry", &task).expect(409).json();
    assert!(
        refused["message"].as_str().unwrap().contains("pending"),
        "{refused}"
    );
    page.send("/api/task/archive", &task).expect(200);
    page.send("/api/task/delete", &task).expect(200);
    page.send("/api/task/delete", &task).expect(404);
    page.send("/api/task/explode", &task).expect(404);
    page.send("/api/task/retry", &json!({ "queue": "low" }))
        .expect(422);
    let recorded = audit(&redis);
    assert_eq!(recorded[0]["from"], "page 127.0.0.1");
    // Also the one that was refused for the state of its task.
    assert_eq!(recorded.len(), 4, "{recorded:?}");
}

#[test]
fn a_selection_is_changed_by_the_number_that_was_previewed() {
    let redis = Redis::start();
    for id in ["a", "b"] {
        put(&redis, "low", id, State::Archived);
    }
    let page = Page::with_token(&redis);
    let mut asked = json!({ "action": "retry", "q": "queue:low state:archived" });
    page.send("/api/tasks/run", &asked).expect(422);
    let preview = page.send("/api/tasks/preview", &asked).expect(200).json();
    assert_eq!(preview["dry_run"], true);
    assert_eq!(
        (&preview["would_change"], &preview["changed"]),
        (&json!(2), &json!(0))
    );
    put(&redis, "low", "c", State::Archived);
    asked["count"] = preview["would_change"].clone();
    let stale = page.send("/api/tasks/run", &asked).expect(409).json();
    assert!(
        stale["message"]
            .as_str()
            .unwrap()
            .contains("3 tasks match now"),
        "{stale}"
    );
    assert_eq!(state(&redis, "low", "a").as_deref(), Some("archived"));
    asked["count"] = json!(3);
    let outcome = page.send("/api/tasks/run", &asked).expect(200).json();
    assert_eq!(
        (&outcome["dry_run"], &outcome["changed"]),
        (&json!(false), &json!(3))
    );
    assert_eq!(state(&redis, "low", "a").as_deref(), Some("pending"));
    for wrong in [
        json!({ "action": "retry", "q": "state:" }),
        json!({ "action": "retry", "q": "queue:nothing" }),
        json!({ "action": "explode", "q": "queue:low" }),
        json!({ "action": "retry", "q": "queue:low", "rat": 5 }),
    ] {
        let answer = page.send("/api/tasks/preview", &wrong);
        assert!(
            [400, 404, 422].contains(&answer.status),
            "{wrong}: {answer:?}"
        );
    }
}

/// No cookie of a browser is enough, and a page that changes nothing has no such addresses.
#[test]
fn changes_by_the_api_are_as_safe_as_those_of_the_page() {
    let redis = Redis::start();
    put(&redis, "low", "a", State::Archived);
    let page = Page::with_token(&redis);
    let login = page
        .post("/login")
        .same_origin()
        .form(&format!("token={TOKEN}"));
    let cookie = login.send().expect(303).cookie();
    let reader = Page::read_only(&redis);
    for (path, body) in [
        ("/api/task/delete", json!({ "queue": "low", "id": "a" })),
        (
            "/api/tasks/preview",
            json!({ "action": "delete", "q": "queue:low" }),
        ),
        (
            "/api/tasks/run",
            json!({ "action": "delete", "q": "queue:low", "count": 1 }),
        ),
        (
            "/api/task/edit",
            json!({ "queue": "low", "id": "a", "max_retry": 1 }),
        ),
        ("/api/task/copy", json!({ "queue": "low", "id": "a" })),
        ("/api/schedule/run", json!({ "name": "nightly" })),
    ] {
        page.post(path).json(&body).send().expect(401);
        page.post(path)
            .cookie(&cookie)
            .json(&body)
            .send()
            .expect(403);
        let foreign = page.post(path).cookie(&cookie).json(&body);
        foreign
            .header("origin", "https://evil.example")
            .send()
            .expect(403);
        let answer = reader.send(path, &body);
        assert!([404, 405].contains(&answer.status), "{path}: {answer:?}");
    }
    assert_eq!(state(&redis, "low", "a").as_deref(), Some("archived"));
}

#[test]
fn the_examples_of_the_guide_work() {
    let redis = Redis::start();
    for id in ["42", "43", "44", "45"] {
        put(&redis, "low", id, State::Archived);
    }
    let add = Qctl::new(&redis).args(["cron", "add", "nightly", "0 3 * * *", "report:build"]);
    add.run_unchecked().expect_code(0);
    redis.cmd(&["SADD", &keys("low").groups(), "user-1", "user-2"]);
    let page = Page::with_token(&redis);
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/serve.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let examples = guide.split("```sh\n").skip(1);
    let mut examples = examples.filter_map(|text| text.split("```").next());
    let example = examples.find(|text| text.contains("post()")).unwrap();
    let example = example
        .replace("$(cat token)", TOKEN)
        .replace("127.0.0.1:8080", &format!("127.0.0.1:{}", page.port));
    let ran = Command::new("sh").args(["-euc", &example]).output();
    let ran = ran.unwrap();
    assert!(ran.status.success(), "{ran:?}");
    let printed = String::from_utf8(ran.stdout).unwrap();
    assert!(printed.contains("\"would_change\":3"), "{printed}");
    assert!(printed.contains("\"repaired\":2"), "{printed}");
    assert_eq!(state(&redis, "low", "44").as_deref(), Some("pending"));
    let done = audit(&redis);
    let verbs: Vec<_> = done
        .iter()
        .rev()
        .filter_map(|entry| entry["verb"].as_str())
        .collect();
    let expected = [
        "cron add", "retry", "edit", "enqueue", "edit", "retry", "doctor", "pause", "resume",
        "cron run",
    ];
    assert_eq!(verbs, expected);
}

#[test]
fn a_run_that_is_missing_from_the_history_says_so() {
    let redis = Redis::start();
    let add = Qctl::new(&redis).args(["cron", "add", "nightly", "@daily", "report:build"]);
    add.run_unchecked().expect_code(0);
    redis.cmd(&["SET", &keys::cron_history("nightly"), "x"]);
    let page = Page::with_token(&redis);
    let ran = page
        .send("/api/schedule/run", &json!({ "name": "nightly" }))
        .expect(200);
    let warning = ran.header("qctl-warning");
    assert!(warning.contains("missing from its history"), "{warning}");
}
