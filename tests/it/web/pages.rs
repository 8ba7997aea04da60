//! The pages of queues and workers: what they show, change, and show anew while they are open.

use qctl::task::State;

use super::client::Events;
use super::{Page, encode};
use crate::cli::put;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};

fn enqueue(redis: &Redis, queue: &str, count: usize) {
    for _ in 0..count {
        let args = ["enqueue", "email:welcome", "-q", queue];
        Qctl::new(redis).args(args).run_unchecked().expect_code(0);
    }
}

#[test]
fn the_overview_begins_with_trouble_and_sorts_by_any_column() {
    let redis = Redis::start();
    enqueue(&redis, "few", 1);
    enqueue(&redis, "many", 2);
    let page = Page::with_token(&redis);
    let body = page.read("/");
    let place = |text: &str| {
        body.find(text)
            .unwrap_or_else(|| panic!("no {text} in {body}"))
    };
    assert!(place("no worker serves it") < place("id=\"queues\""));
    let order = |path: &str| {
        let body = page.read(path);
        body.find("id=\"queue:few\"") < body.find("id=\"queue:many\"")
    };
    assert!(!order("/?sort=pending"));
    assert!(order("/?sort=pending&dir=asc"));
    assert!(order("/?sort=queue"));
    let narrow = page.read("/?name=FE");
    assert!(narrow.contains("id=\"queue:few\"") && !narrow.contains("id=\"queue:many\""));
    // As the script does, and without losing the order.
    let words = page.read("/?name=W+fe&sort=pending&dir=asc");
    assert!(words.contains("id=\"queue:few\"") && !words.contains("id=\"queue:many\""));
    for field in [
        "name=\"sort\" value=\"pending\"",
        "name=\"dir\" value=\"asc\"",
    ] {
        assert!(words.contains(field), "{words}");
    }
}

#[test]
fn an_empty_redis_says_how_to_begin() {
    let redis = Redis::start();
    let page = Page::with_token(&redis);
    let body = page.read("/");
    assert!(
        body.contains("No queues yet") && body.contains("qctl enqueue"),
        "{body}"
    );
    let body = page.read("/workers");
    assert!(body.contains("No worker is running"), "{body}");
}

/// It was killed: its announcement has expired, and it did not remove it.
#[test]
fn a_worker_without_a_heartbeat_is_greyed() {
    let redis = Redis::start();
    let expired = (qctl::clock::now().timestamp() - 40).to_string();
    let name = "asynq:servers:{web-1:42:9b1c}";
    redis.cmd(&["ZADD", "asynq:servers", &expired, name]);
    let page = Page::with_token(&redis);
    let body = page.read("/workers");
    let grayed = body.find("<article class=\"panel server silent\" id=\"server:9b1c\"");
    let grayed = &body[grayed.unwrap_or_else(|| panic!("{body}"))..];
    assert!(grayed.contains("web-1"), "{grayed}");
    assert!(
        grayed.contains("last seen") && grayed.contains(" ago</time>"),
        "{grayed}"
    );
}

/// A queue whose name is markup, on every page that names it.
#[test]
fn hostile_names_are_only_text() {
    let redis = Redis::start();
    let name = "<script>alert(1)</script>\u{202e}\"'&";
    enqueue(&redis, name, 1);
    let page = Page::with_token(&redis);
    let encoded = "%3Cscript%3Ealert%281%29%3C%2Fscript%3E%E2%80%AE%22%27%26";
    for path in ["/".to_owned(), format!("/queue?queue={encoded}")] {
        let body = page.read(&path);
        assert!(body.contains("&lt;script&gt;alert(1)"), "{body}");
        assert!(!body.contains("<script>alert"), "{body}");
    }
    page.get("/queue?queue=none").bearer().send().expect(404);
}

/// The state that needs somebody comes first; others are chosen. The rows are those of the Tasks page.
#[test]
fn the_page_of_a_queue_lists_its_first_tasks() {
    let redis = Redis::start();
    enqueue(&redis, "low", 12);
    let page = Page::with_token(&redis);
    let body = |path: &str| page.read(path);
    let rows = |body: &str| body.matches("class=\"mono\" href=\"/task?").count();
    let pending = body("/queue?queue=low");
    assert_eq!(rows(&pending), 10, "{pending}");
    assert!(pending.contains("All 12 pending tasks"), "{pending}");
    put(&redis, "low", "dead", State::Archived);
    let archived = body("/queue?queue=low");
    assert_eq!(rows(&archived), 1, "{archived}");
    assert!(archived.contains("id=dead"), "{archived}");
    let chosen = body("/queue?queue=low&state=pending");
    assert_eq!(rows(&chosen), 10, "{chosen}");
    let none = body("/queue?queue=low&state=retry");
    assert!(none.contains("No retry tasks"), "{none}");
    let unknown = page.get("/queue?queue=low&state=dead").bearer().send();
    unknown.expect(400);
}

#[test]
fn a_queue_is_paused_resumed_and_deleted_by_its_forms() {
    let redis = Redis::start();
    enqueue(&redis, "low", 2);
    let page = Page::with_token(&redis);
    let post = |path: &str, form: &str| page.submit(path, form);
    let body = || page.read("/queue?queue=low");
    post("/queue/pause", "queue=low").expect(303);
    assert!(body().contains("Resume queue"));
    post("/queue/resume", "queue=low").expect(303);
    assert!(body().contains("Pause queue"));
    let exists = || redis.query::<bool>(&["SISMEMBER", "asynq:queues", "low"]);
    post("/queue/drop", "queue=low&confirm=lo&tasks=2").expect(409);
    // The page has shown fewer tasks than there are.
    post("/queue/drop", "queue=low&confirm=low&tasks=1").expect(409);
    assert!(exists());
    post("/queue/drop", "queue=low&confirm=low&tasks=2").expect(303);
    assert!(!exists());
}

/// A stream begins with what the page shows, and goes on with what has changed alone.
#[test]
fn an_open_page_gets_what_has_changed() {
    let redis = Redis::start();
    enqueue(&redis, "a", 1);
    enqueue(&redis, "b", 1);
    let page = Page::with_token(&redis);
    let mut events = Events::of(&page.get("/live/overview").bearer());
    assert!(events.next("queue:a").contains("queue:b"));
    Qctl::new(&redis)
        .args(["pause", "a"])
        .run_unchecked()
        .expect_code(0);
    events.next(">paused<");
}

#[test]
fn redis_away_shows_the_last_known_figures_and_recovers() {
    let mut redis = Redis::start();
    enqueue(&redis, "low", 1);
    let page = Page::with_token(&redis);
    let body = || page.get("/").bearer().send().body;
    assert!(!body().contains("data-away"));
    redis.stop();
    let away = eventually(SOON, || {
        Some(body()).filter(|body| body.contains("data-away"))
    });
    assert!(
        away.contains("Redis does not answer") && away.contains("id=\"queue:low\""),
        "{away}"
    );
    redis.start_again();
    eventually(SOON, || (!body().contains("data-away")).then_some(()));
}

/// Nothing is read while nobody looks, so the last that was known may be long past.
#[test]
fn a_queue_is_not_shown_with_an_outage_that_is_over() {
    let mut redis = Redis::start();
    enqueue(&redis, "low", 1);
    let page = Page::with_token(&redis);
    let body = |path: &str| page.get(path).bearer().send().body;
    body("/");
    redis.stop();
    eventually(SOON, || body("/").contains("data-away").then_some(()));
    redis.start_again();
    eventually(SOON, || {
        let body = body("/queue?queue=low");
        (body.contains("id=\"figures\"") && !body.contains("data-away")).then_some(())
    });
}

#[test]
fn a_running_task_is_asked_to_stop_also_one_with_a_blank_id() {
    let redis = Redis::start();
    put(&redis, "low", "a", State::Active);
    redis.cmd(&["COPY", "asynq:{low}:t:a", "asynq:{low}:t: "]);
    redis.cmd(&["LPUSH", "asynq:{low}:active", " "]);
    redis.cmd(&["ZADD", "asynq:{low}:lease", "4000000000", " "]);
    let mut listener = redis.connection().unwrap();
    listener.set_read_timeout(Some(SOON)).unwrap();
    let mut listener = listener.as_pubsub();
    listener.subscribe("asynq:cancel").unwrap();
    let page = Page::with_token(&redis);
    let cancel = |id: &str| {
        let form = format!("queue=low&id={}", encode(id));
        page.submit("/workers/cancel", &form)
    };
    for id in ["a", " "] {
        let answer = cancel(id).expect(303);
        let shown = format!("/workers?cancelled={}&listeners=1", encode(id));
        assert_eq!(answer.header("location"), shown);
        let heard = listener.get_message().unwrap();
        assert_eq!(heard.get_payload::<String>().unwrap(), id);
    }
    cancel("b").expect(404);
}

/// The address of a change that failed has nothing to open.
#[test]
fn only_what_was_asked_for_by_address_is_tried_again() {
    let mut redis = Redis::start();
    enqueue(&redis, "low", 1);
    let page = Page::with_token(&redis);
    redis.stop();
    let again = |body: &str| {
        (
            body.contains("Try again"),
            body.contains("http-equiv=\"refresh\""),
        )
    };
    let read = page
        .get("/queue?queue=low")
        .bearer()
        .send()
        .expect(503)
        .body;
    assert!(read.contains("Redis does not answer"), "{read}");
    assert_eq!(again(&read), (true, true), "{read}");
    let change = page.post("/queue/pause").bearer().form("queue=low");
    let change = change.send().expect(503).body;
    assert!(change.contains("Redis does not answer"), "{change}");
    assert_eq!(again(&change), (false, false), "{change}");
}

#[test]
fn a_hint_that_is_a_command_is_shown_as_it_is_typed() {
    let redis = Redis::start();
    enqueue(&redis, "low", 1);
    let page = Page::with_token(&redis);
    let missing = page.get("/task?queue=low&id=none").bearer().send();
    let html = missing.expect(404).body;
    assert!(html.contains("<code><bdi>qctl ls tasks"), "{html}");
}
