//! Requests that change something must come from the page.

use super::client::Request;
use super::{Page, TOKEN, audit};
use crate::harness::redis::Redis;

#[test]
fn other_sites_change_nothing() {
    let redis = Redis::start();
    let page = Page::with_token(&redis);
    let form = format!("token={TOKEN}");
    let login = page.post("/login").same_origin().form(&form).send();
    let cookie = login.expect(303).cookie();
    let paused = || redis.query::<bool>(&["EXISTS", "asynq:{default}:paused"]);
    redis.cmd(&["SADD", "asynq:queues", "default"]);
    let pause = || {
        page.post("/queue/pause")
            .cookie(&cookie)
            .form("queue=default")
    };
    let own = format!("http://127.0.0.1:{}", page.port);
    let refused: [fn(Request) -> Request; 7] = [
        |request| request,
        |request| request.header("sec-fetch-site", "cross-site"),
        |request| request.header("sec-fetch-site", "same-site"),
        |request| request.header("origin", "https://evil.example"),
        |request| request.header("origin", "null"),
        |request| request.header("origin", "http://127.0.0.1:1"),
        |request| {
            request
                .header("sec-fetch-site", "cross-site")
                .header("sec-fetch-site", "same-origin")
        },
    ];
    for mark in refused {
        let answer = mark(pause()).send();
        assert!([400, 403].contains(&answer.status), "{answer:?}");
    }
    assert!(!paused());
    // No answer invites another site to read it.
    let asked = page
        .get("/api/stats")
        .bearer()
        .header("origin", "https://evil.example")
        .send();
    assert_eq!(asked.header("access-control-allow-origin"), "");
    let preflight = Request::new(page.port, "OPTIONS", "/queue/pause")
        .header("origin", "https://evil.example")
        .header("access-control-request-method", "POST")
        .send();
    assert_eq!(preflight.header("access-control-allow-origin"), "");
    pause().header("origin", &own).send().expect(303);
    assert!(paused());
    let change = &audit(&redis)[0];
    assert_eq!(change["from"], "page 127.0.0.1");
    assert_eq!(change["target"], "queue:default");
    let resume = page
        .post("/queue/resume")
        .cookie(&cookie)
        .form("queue=default");
    resume.same_origin().send().expect(303);
    assert!(!paused());
    // A program with the token needs no mark.
    page.submit("/queue/pause", "queue=default").expect(303);
    assert!(paused());
}

#[test]
fn a_read_only_page_has_no_actions() {
    let redis = Redis::start();
    redis.cmd(&["SADD", "asynq:queues", "default"]);
    let page = Page::read_only(&redis);
    page.get("/").bearer().send().expect(200);
    for path in ["/queue/pause", "/queue/resume", "/queue/drop"] {
        let answer = page.submit(path, "queue=default");
        assert!([404, 405].contains(&answer.status), "{answer:?}");
    }
    assert!(!redis.query::<bool>(&["EXISTS", "asynq:{default}:paused"]));
}
