//! Repairs on the page and by the API: preview, run, stop, audit.

use serde_json::{Value, json};

use super::changes::post;
use super::doctor::{look, lose_a_task};
use super::{Page, TOKEN, audit};
use crate::cli::keys;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};

/// Asks for a repair. Returns the address of its preview.
#[track_caller]
fn ask(page: &Page, form: &str) -> String {
    let answer = page.submit("/doctor/repair", form);
    answer.expect(303).header("location").to_owned()
}

fn ids(redis: &Redis, queue: &str) -> u64 {
    redis.query(&["ZCARD", &keys(queue).archived()])
}

/// Three ids without a task in `low`, and one in `high`.
fn damaged() -> Redis {
    let redis = Redis::start();
    for (queue, id) in [("low", "a"), ("low", "b"), ("low", "c"), ("high", "d")] {
        lose_a_task(&redis, queue, id);
    }
    redis
}

#[test]
fn a_repair_is_previewed_run_recorded_and_what_it_repaired_is_no_longer_found() {
    let redis = damaged();
    let page = Page::with_token(&redis);
    look(&page, true);
    let address = ask(&page, "code=missing-task&queue=low");
    let preview = page.read(&address);
    for part in [
        "<strong>3 findings</strong> will be repaired: remove the id",
        "qctl doctor --fix --only missing-task --queue low",
        "<bdi>a</bdi></code>",
        "Repair 3 findings",
    ] {
        assert!(preview.contains(part), "no {part} in {preview}");
    }
    assert_eq!(ids(&redis, "low"), 3);
    assert_eq!(post(&page, &address, "start", "&count=4"), 409);
    assert_eq!(post(&page, &address, "start", ""), 400);
    assert_eq!(ids(&redis, "low"), 3);
    assert_eq!(post(&page, &address, "start", "&count=3"), 303);
    eventually(SOON, || {
        let html = page.read(&address);
        html.contains("repaired 3 findings").then_some(())
    });
    assert_eq!((ids(&redis, "low"), ids(&redis, "high")), (0, 1));
    let left = page.read("/doctor");
    assert!(left.contains("queue=high"), "{left}");
    assert!(!left.contains("queue=low"), "{left}");
    assert!(page.read("/changes").contains("Repair missing-task"));
    let audit = &audit(&redis)[0];
    for (key, value) in [
        ("verb", json!("doctor")),
        ("from", json!("page 127.0.0.1")),
        ("target", json!("queue:low missing-task")),
        ("changed", json!(3)),
        ("outcome", json!("done")),
    ] {
        assert_eq!(audit[key], value, "{audit}");
    }
}

#[test]
fn a_code_is_repaired_wherever_it_was_found() {
    let redis = damaged();
    let page = Page::with_token(&redis);
    assert!(look(&page, true).contains("Repair all"));
    let address = ask(&page, "code=missing-task");
    assert!(page.read(&address).contains("<strong>4 findings</strong>"));
    assert_eq!(post(&page, &address, "start", "&count=4"), 303);
    eventually(SOON, || {
        (ids(&redis, "low") + ids(&redis, "high") == 0).then_some(())
    });
}

#[test]
fn what_is_gone_by_itself_is_not_repaired() {
    let redis = damaged();
    let page = Page::with_token(&redis);
    look(&page, true);
    redis.cmd(&["ZREM", &keys("low").archived(), "a"]);
    let preview = page.read(&ask(&page, "code=missing-task&queue=low"));
    assert!(preview.contains("<strong>2 findings</strong>"), "{preview}");
    assert!(preview.contains("1 finding left out"), "{preview}");
    redis.cmd(&["DEL", &keys("low").archived()]);
    let preview = page.read(&ask(&page, "code=missing-task&queue=low"));
    assert!(preview.contains("Nothing to repair"), "{preview}");
}

#[test]
fn a_repair_is_stopped_between_two_steps_and_its_count_is_exact() {
    let redis = Redis::start();
    let groups = keys("low").groups();
    let many = (0..5_000).map(|n| n.to_string());
    let add: Vec<String> = ["SADD".to_owned(), groups.clone()]
        .into_iter()
        .chain(many)
        .collect();
    redis.cmd(&add);
    let page = Page::with_token(&redis);
    look(&page, true);
    let known = || page.get("/api/doctor").bearer().send().expect(200).json();
    eventually(SOON, || (known()["looking"] == false).then_some(()));
    let address = ask(&page, "code=empty-group");
    eventually(SOON, || {
        page.read(&address)
            .contains("Repair 5\u{202f}000 findings")
            .then_some(())
    });
    assert_eq!(post(&page, &address, "start", "&count=5000"), 303);
    assert_eq!(post(&page, &address, "stop", ""), 303);
    let html = eventually(SOON, || {
        let html = page.read(&address);
        html.contains("stopped before the end").then_some(html)
    });
    let left: u64 = redis.query(&["SCARD", &groups]);
    let audit = &audit(&redis)[0];
    assert_eq!(audit["outcome"], "interrupted", "{html}");
    assert_eq!(audit["changed"], 5_000 - left);
    assert!(left > 0);
}

#[test]
fn what_cannot_be_repaired_is_refused() {
    let redis = damaged();
    let page = Page::with_token(&redis);
    let refuse = |form: &str, status: u16| {
        let answer = page.submit("/doctor/repair", form);
        assert_eq!(answer.status, status, "{form}: {answer:?}");
    };
    refuse("code=missing-task", 409);
    look(&page, true);
    refuse("code=none", 404);
    refuse("code=missing-task&queue=", 400);
    refuse("", 422);
    let reader = Page::read_only(&redis);
    let shown = look(&reader, true);
    assert!(
        shown.contains("missing-task") && !shown.contains("/doctor/repair"),
        "{shown}"
    );
    // What was seen once is not repaired while a server may be about to resolve it.
    look(&page, false);
    refuse("code=missing-task", 409);
}

#[test]
fn the_api_repairs_as_much_as_it_has_shown() {
    let redis = damaged();
    let page = Page::with_token(&redis);
    let send = |path: &str, body: &Value| page.post(path).bearer().json(body).send();
    let mut asked = json!({ "code": "missing-task", "queue": "low" });
    send("/api/doctor/preview", &asked).expect(409);
    send("/api/doctor/look", &json!({ "quick": true })).expect(200);
    let preview = send("/api/doctor/preview", &asked).expect(200).json();
    let line = "doctor --quick --fix --dry-run --only missing-task -q low --json";
    let printed = Qctl::new(&redis).args(line.split(' ')).run_unchecked();
    assert_eq!(preview, printed.json());
    send("/api/doctor/repair", &asked).expect(422);
    asked["count"] = json!(2);
    let stale = send("/api/doctor/repair", &asked).expect(409).json();
    assert_eq!(stale["message"], "3 findings match now, not 2");
    assert_eq!(ids(&redis, "low"), 3);
    asked["count"] = preview[0]["repaired"].clone();
    let repaired = send("/api/doctor/repair", &asked).expect(200).json();
    assert_eq!(
        (&repaired[0]["dry_run"], &repaired[0]["repaired"]),
        (&json!(false), &json!(3))
    );
    assert_eq!(ids(&redis, "low"), 0);
    let known = page.get("/api/doctor").bearer().send().expect(200).json();
    assert!(!known.to_string().contains("\"low\""), "{known}");
}

/// No cookie of a browser is enough, and a page that changes nothing has no such addresses.
#[test]
fn repairs_are_as_safe_as_other_changes() {
    let redis = damaged();
    let page = Page::with_token(&redis);
    look(&page, true);
    let form = format!("token={TOKEN}");
    let login = page.post("/login").same_origin().form(&form).send();
    let cookie = login.expect(303).cookie();
    let reader = Page::read_only(&redis);
    for path in [
        "/doctor/repair",
        "/api/doctor/preview",
        "/api/doctor/repair",
    ] {
        let asked = |page: &Page| {
            let body = json!({ "code": "missing-task", "count": 4 });
            let post = page.post(path);
            if path.starts_with("/api") {
                post.json(&body)
            } else {
                post.form("code=missing-task")
            }
        };
        asked(&page).send().expect(401);
        asked(&page).cookie(&cookie).send().expect(403);
        let foreign = asked(&page).cookie(&cookie);
        foreign
            .header("sec-fetch-site", "cross-site")
            .send()
            .expect(403);
        let answer = asked(&reader).bearer().send();
        assert!([404, 405].contains(&answer.status), "{path}: {answer:?}");
    }
    assert_eq!((ids(&redis, "low"), ids(&redis, "high")), (3, 1));
}
