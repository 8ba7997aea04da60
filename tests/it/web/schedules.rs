//! Schedules: the list, the form, and what can be done to one.

use super::Page;
use super::client::Response;
use super::forms::post;
use crate::harness::proxy::Proxy;
use crate::harness::redis::Redis;

#[track_caller]
fn save(page: &Page, fields: &[(&str, &str)]) -> Response {
    send(page, "save", fields)
}

#[track_caller]
fn send(page: &Page, what: &str, fields: &[(&str, &str)]) -> Response {
    post(page, &format!("/schedule/{what}"), fields)
}

#[track_caller]
fn act(page: &Page, action: &str) -> Response {
    page.submit(&format!("/schedule/{action}"), "name=nightly")
}

const NIGHTLY: [(&str, &str); 5] = [
    ("name", "nightly"),
    ("spec", "0 3 * * *"),
    ("tz", "Europe/Paris"),
    ("type", "report:build"),
    ("payload", "{\"a\":1}"),
];

#[test]
fn a_schedule_is_previewed_added_edited_and_removed() {
    let redis = Redis::start();
    let page = Page::with_token(&redis);
    assert!(page.read("/schedules").contains("No schedules"));
    let shown = send(&page, "preview", &NIGHTLY).expect(200).body;
    assert_eq!(shown.matches("03:00:00 +0").count(), 5, "{shown}");
    assert!(shown.contains("qctl cron add --tz Europe/Paris"), "{shown}");
    assert!(page.read("/schedules").contains("No schedules"));
    save(&page, &NIGHTLY).expect(303);
    assert!(page.read("/schedules").contains("report:build"));
    // Another of the name is not replaced by accident.
    let mut other = NIGHTLY.to_vec();
    other[1].1 = "0 4 * * *";
    let refused = save(&page, &other).expect(409).body;
    assert!(refused.contains("another schedule is called"), "{refused}");
    other.push(("replace", "1"));
    save(&page, &other).expect(303);
    let edited = page.read("/schedule/edit?name=nightly");
    assert!(
        edited.contains("value=\"0 4 * * *\"") && edited.contains("Europe/Paris"),
        "{edited}"
    );
    act(&page, "pause").expect(303);
    assert!(page.read("/schedules").contains("paused"));
    act(&page, "resume").expect(303);
    let ran = act(&page, "run").expect(303);
    let after = page.read(ran.header("location"));
    assert!(
        after.contains("Enqueued task") && after.contains("1 enqueued"),
        "{after}"
    );
    assert_eq!(
        redis.query::<usize>(&["LLEN", "asynq:{default}:pending"]),
        1
    );
    act(&page, "remove").expect(303);
    assert!(page.read("/schedules").contains("No schedules"));
    assert_eq!(act(&page, "run").status, 404);
}

#[test]
fn mistakes_are_shown_in_the_form() {
    let redis = Redis::start();
    let page = Page::with_token(&redis);
    for (field, value, said) in [
        (1, "61 * * * *", "minute"),
        (2, "Mars/Olympus", "tz"),
        (3, " ", "type"),
    ] {
        let mut fields = NIGHTLY.to_vec();
        fields[field].1 = value;
        let html = save(&page, &fields).expect(400).body;
        assert!(
            html.contains(said) && html.contains("role=\"alert\""),
            "{value}: {html}"
        );
    }
    let times = |query: &str| {
        let path = format!("/schedule/times?{query}");
        page.read(&path)
    };
    assert_eq!(times("spec=%400every").matches("role=\"alert\"").count(), 1);
    assert_eq!(times("spec=%40hourly&tz=UTC").matches("<li>").count(), 5);
    let reader = Page::read_only(&redis);
    assert_eq!(reader.get("/schedule/new").bearer().send().status, 404);
    assert!(!reader.read("/schedules").contains("Add schedule"));
}

#[test]
fn a_save_without_an_answer_says_so_and_can_be_repeated() {
    let redis = Redis::start();
    let proxy = Proxy::new(&redis);
    let page = Page::behind(&proxy);
    let mut fields = NIGHTLY.to_vec();
    fields.push(("note", "for the night shift"));
    proxy.lose_all_replies_to("for the night shift");
    let html = save(&page, &fields).expect(503).body;
    assert!(
        html.contains("It is not known whether this was stored")
            && html.contains("value=\"for the night shift\"")
            && !html.contains("Nothing was stored"),
        "{html}"
    );
    // Another page of the same Redis, which answers by now.
    let page = Page::with_token(&redis);
    assert!(page.read("/schedules").contains("report:build"));
    let saved = save(&page, &fields).expect(303);
    assert_eq!(saved.header("location"), "/schedule?name=nightly");
}
