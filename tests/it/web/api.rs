//! The JSON API: the documents of the command line.

use qctl::task::State;
use serde_json::{Value, json};

use super::{Page, encode, enqueue};
use crate::cli::{message, put, put_message, put_one_of_each};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

#[test]
fn the_documents_are_those_of_the_command_line() {
    let redis = Redis::start();
    put_one_of_each(&redis, "low");
    put(&redis, "critical", "a", State::Retry);
    redis.cmd(&["SET", "asynq:{low}:paused", "1700000000"]);
    let add = "cron add nightly @daily report -q low --quiet".split(' ');
    Qctl::new(&redis).args(add).run_unchecked().expect_code(0);
    let page = Page::with_token(&redis);
    for (path, command) in [
        ("queues", "ls queues"),
        ("queues?queue=cri*", "ls queues -q cri*"),
        ("queue?queue=low", "inspect -q low"),
        ("groups?queue=low", "ls groups -q low"),
        ("tasks", "ls tasks"),
        (
            "tasks?q=queue%3Alow%20state%3Aretry%2Carchived&limit=1",
            "ls tasks -q low -s retry,archived -l 1",
        ),
        ("task?queue=critical&id=a", "inspect a -q critical"),
        ("servers", "ls servers"),
        ("workers", "ls workers"),
        ("schedules?queue=low", "ls cron -q low"),
    ] {
        let arguments = command.split(' ').chain(["-o", "json"]);
        let printed = Qctl::new(&redis).args(arguments).run_unchecked().json();
        let answered = page.get(&format!("/api/{path}")).bearer().send();
        assert_eq!(
            settled(answered.expect(200).json()),
            settled(printed),
            "{path}"
        );
    }
    let stats = page
        .get("/api/stats?history=2")
        .bearer()
        .send()
        .expect(200)
        .json();
    let printed = Qctl::new(&redis).args(["stats", "--history", "2", "-o", "json"]);
    let printed = printed.run_unchecked().json();
    for part in ["queues", "total", "history"] {
        assert_eq!(
            settled(stats[part].clone()),
            settled(printed[part].clone()),
            "{part}"
        );
    }
    assert!(
        page.get("/api/trouble")
            .bearer()
            .send()
            .expect(200)
            .json()
            .is_array()
    );
}

/// The document without what changes from one moment to the next.
fn settled(mut document: Value) -> Value {
    match &mut document {
        Value::Array(all) => all.iter_mut().for_each(|one| *one = settled(one.take())),
        Value::Object(keys) => {
            for (key, value) in keys.iter_mut() {
                let moves =
                    ["latency_seconds", "age_seconds", "memory_bytes"].contains(&key.as_str());
                *value = if moves {
                    Value::Null
                } else {
                    settled(value.take())
                };
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    document
}

#[test]
fn failures_are_those_of_the_command_line() {
    let redis = Redis::start();
    put(&redis, "critical", "a", State::Retry);
    let page = Page::with_token(&redis);
    for (path, status, code) in [
        ("queue?queue=nothing", 404, "queue_not_found"),
        ("queues?queue=critica", 404, "queue_not_found"),
        ("task?queue=critical&id=b", 404, "task_not_found"),
        ("task?queue=critical&id=", 404, "task_not_found"),
        ("task?queue=critical", 400, "usage"),
        ("tasks?q=state%3Afailed", 400, "bad_filter"),
        ("tasks?q=queue%3Anothing", 404, "queue_not_found"),
        ("tasks?limit=-1", 400, "usage"),
        ("audit?before=yesterday", 400, "usage"),
        ("tasks?limit=0", 400, "usage"),
        ("tasks?limit=1001", 400, "usage"),
        ("tasks?from=damaged", 400, "usage"),
        ("stats?history=0", 400, "usage"),
        ("stats?history=500", 400, "usage"),
        ("audit?limit=0", 400, "usage"),
        ("nothing", 404, "not_found"),
    ] {
        let failure = page
            .get(&format!("/api/{path}"))
            .bearer()
            .send()
            .expect(status);
        assert_eq!(failure.header("content-type"), "application/json");
        let failure = failure.json();
        assert_eq!(failure["code"], code, "{path}: {failure}");
        assert!(
            failure["message"].is_string() && failure["exit_code"].is_u64(),
            "{failure}"
        );
    }
    let suggested = page.get("/api/queues?queue=critica").bearer().send().json();
    assert_eq!(suggested["hint"], "did you mean \"critical\"?");
    // A browser gets a page for the same.
    let html = page.get("/queue?queue=nothing").bearer().send().expect(404);
    assert_eq!(html.header("content-type"), "text/html; charset=utf-8");
    let days = page.get("/queue?queue=critical&days=8").bearer().send();
    assert!(days.expect(400).body.contains("8 is none of [7, 30, 90]"));
}

#[test]
fn tasks_by_id_are_those_of_inspect_and_ids_without_a_task_are_named() {
    let redis = Redis::start();
    put(&redis, "critical", "a", State::Retry);
    put(&redis, "low", "b", State::Pending);
    let page = Page::with_token(&redis);
    let ask = |q: &str| {
        let path = format!("/api/tasks?q={}", encode(q));
        page.get(&path).bearer().send().expect(200)
    };
    let inspect = ["inspect", "a", "-q", "critical", "-o", "json"];
    let printed = Qctl::new(&redis).args(inspect).run_unchecked().json();
    let one = ask("id:a");
    assert_eq!(settled(one.json()), settled(json!([printed])));
    assert_eq!(one.header("qctl-warning"), "");
    let some = ask("id:a,nothing");
    assert_eq!(some.json().as_array().unwrap().len(), 1);
    let warning = some.header("qctl-warning");
    assert!(warning.contains("nothing"), "{some:?}");
    assert_eq!(ask("id:nothing").json(), json!([]));
}

#[test]
fn a_list_of_tasks_goes_on_where_its_link_leads() {
    let redis = Redis::start();
    enqueue(&redis, "low", 5);
    enqueue(&redis, "high", 2);
    let page = Page::with_token(&redis);
    let mut address = "/api/tasks?q=.payload.n%20%3C%205&limit=2".to_owned();
    let (mut ids, mut answers) = (Vec::new(), 0);
    loop {
        let answer = page.get(&address).bearer().send().expect(200);
        let tasks = answer.json();
        let tasks = tasks.as_array().unwrap().iter();
        ids.extend(tasks.map(|task| task["id"].as_str().unwrap().to_owned()));
        answers += 1;
        let link = answer.header("link");
        if link.is_empty() {
            break;
        }
        let link = link.strip_suffix(">; rel=\"next\"").unwrap();
        address = link.strip_prefix('<').unwrap().to_owned();
    }
    let ls = ["ls", "tasks", "--filter", ".payload.n < 5", "-o", "id"];
    let listed = Qctl::new(&redis).args(ls).run_unchecked().expect_code(0);
    let listed: Vec<&str> = listed.stdout_str().lines().collect();
    assert_eq!(ids, listed);
    assert!((3..=4).contains(&answers), "{answers}");
}

#[test]
fn what_a_list_of_tasks_leaves_out_is_said() {
    let redis = Redis::start();
    put(&redis, "low", "a", State::Pending);
    redis.cmd(&["SET", "asynq:{low}:retry", "no set"]);
    let page = Page::with_token(&redis);
    let ask = |q: &str| {
        let path = format!("/api/tasks?q={}", encode(q));
        page.get(&path).bearer().send().expect(200)
    };
    let failed = ask("state:pending .payload.n.m == 1");
    assert_eq!(failed.json(), json!([]));
    let warning = failed.header("qctl-warning");
    assert!(
        warning.starts_with("the filter failed for 1 task"),
        "{failed:?}"
    );
    let unreadable = ask("state:retry");
    let warning = unreadable.header("qctl-warning");
    assert!(warning.contains("asynq:{low}:retry"), "{unreadable:?}");
}

#[test]
fn queues_are_paused_and_resumed() {
    let redis = Redis::start();
    put(&redis, "critical", "a", State::Retry);
    let page = Page::with_token(&redis);
    let post = |path: &str, body: &Value| page.post(path).bearer().json(body).send();
    let queue = json!({ "queue": "critical" });
    let paused = post("/api/queue/pause", &queue).expect(200).json();
    assert_eq!(paused[0]["queue"], "critical");
    assert!(redis.query::<bool>(&["EXISTS", "asynq:{critical}:paused"]));
    post("/api/queue/resume", &queue).expect(200);
    assert!(!redis.query::<bool>(&["EXISTS", "asynq:{critical}:paused"]));
    post("/api/queue/pause", &json!({ "queue": "nothing" })).expect(404);
    post("/api/queue/pause", &json!({})).expect(422);
    page.get("/api/queue/pause").bearer().send().expect(405);
    let reader = Page::read_only(&redis);
    let refused = reader.post("/api/queue/pause").bearer().json(&queue).send();
    refused.expect(404);
}

#[test]
fn payloads_are_downloaded_and_never_shown() {
    let redis = Redis::start();
    let payload = b"<script>alert(1)</script>\xff\x00".to_vec();
    let mut hostile = message("q", "../<a>\"b");
    hostile.payload = payload.clone();
    put_message(&redis, &hostile, State::Pending);
    let page = Page::with_token(&redis);
    let path = "/api/task/payload?queue=q&id=..%2F%3Ca%3E%22b";
    let file = page.get(path).bearer().send().expect(200);
    assert_eq!(file.header("content-type"), "application/octet-stream");
    let attached = "attachment; filename=\"____a__b-payload.bin\"";
    assert_eq!(file.header("content-disposition"), attached);
    assert!(
        file.header("content-security-policy")
            .starts_with("sandbox;")
    );
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    assert_eq!(file.body, String::from_utf8_lossy(&payload));
    let absent = page
        .get("/api/task/result?queue=q&id=..%2F%3Ca%3E%22b")
        .bearer();
    absent.send().expect(404);
}

#[test]
fn a_user_who_may_only_read_sees_the_page() {
    let rights = "+@read +@connection +eval +evalsha +script|load +info +time +cluster|slots";
    let redis = Redis::with()
        .config(&format!("user reader on >pw ~* &* {rights}"))
        .config("user visitor on >pw ~* &* +@connection +info +time")
        .start();
    put_one_of_each(&redis, "low");
    let at = |user: &str| {
        let url = format!("redis://{user}:pw@127.0.0.1:{}", redis.port());
        let qctl = Qctl::at(&url).file("token", super::TOKEN);
        Page::of(qctl, &["--auth-file", "token", "--read-only"])
    };
    let reader = at("reader");
    for path in [
        "/",
        "/queue?queue=low",
        "/api/stats",
        "/api/queues",
        "/api/queue?queue=low",
        "/api/tasks",
        "/api/servers",
        "/api/workers",
        "/api/schedules",
        "/api/trouble",
    ] {
        reader.get(path).bearer().send().expect(200);
    }
    // Whoever may not even read is told which right is missing.
    let refused = at("visitor")
        .get("/api/queues")
        .bearer()
        .send()
        .expect(403)
        .json();
    assert_eq!(refused["code"], "no_permission");
    assert!(
        refused["hint"].as_str().unwrap().contains("ACL SETUSER"),
        "{refused}"
    );
}
