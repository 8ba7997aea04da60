//! Tokens, logins, cookies, passwords.

use super::client::Response;
use super::{Page, TOKEN};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

fn login(page: &Page, token: &str) -> Response {
    page.post("/login?next=%2Ftasks%3Fq%3Dx")
        .same_origin()
        .form(&format!("token={token}"))
        .send()
}

#[test]
fn nothing_is_shown_without_the_token() {
    let redis = Redis::start();
    let page = Page::with_token(&redis);
    for path in [
        "/",
        "/queue?queue=default",
        "/nothing",
        "/metrics",
        "/api/stats",
        "/api/nothing",
    ] {
        let refused = page.get(path).send().expect(401);
        assert_eq!(refused.header("www-authenticate"), "Bearer realm=\"qctl\"");
        assert!(
            !refused.body.contains("6379") && !refused.body.contains("redis"),
            "{refused:?}"
        );
    }
    for header in ["Bearer wrong", "Bearer ", "Bearer", "Basic cXdlcg==", TOKEN] {
        let wrong = page.get("/api/stats").header("authorization", header);
        wrong.send().expect(401);
    }
    let json = page.get("/api/stats").send().expect(401).json();
    assert_eq!(json["code"], "not_allowed");
    page.get("/api/stats").bearer().send().expect(200);
    // A token in the address would end up in logs and histories.
    page.get(&format!("/?token={TOKEN}")).send().expect(401);
    // The stylesheet of the login page needs no login.
    let html = page.get("/").send().body;
    let style = html
        .split("href=\"")
        .find(|part| part.contains(".css"))
        .unwrap();
    let style = style.split('"').next().unwrap();
    page.get(style).send().expect(200);
}

#[test]
fn a_login_exchanges_the_token_for_a_cookie_until_logout() {
    let redis = Redis::start();
    let page = Page::with_token(&redis);
    let done = login(&page, TOKEN).expect(303);
    assert_eq!(done.header("location"), "/tasks?q=x");
    let set = done.header("set-cookie");
    assert!(
        set.ends_with("; Path=/; HttpOnly; SameSite=Strict"),
        "{set}"
    );
    assert!(set.starts_with(&format!("qctl-{}=", page.port)), "{set}");
    let cookie = done.cookie();
    assert!(!cookie.contains(TOKEN));
    page.get("/").cookie(&cookie).send().expect(200);
    page.get("/")
        .cookie(&format!("a=b; {cookie}"))
        .send()
        .expect(200);
    let out = page.post("/logout").same_origin().cookie(&cookie).send();
    assert!(out.expect(303).header("set-cookie").contains("Max-Age=0"));
    page.get("/").cookie(&cookie).send().expect(401);
}

#[test]
fn a_session_id_is_never_taken_from_the_browser() {
    let redis = Redis::start();
    let page = Page::with_token(&redis);
    let prepared = format!("qctl-{}=00000000000000000000000000000000", page.port);
    let form = format!("token={TOKEN}");
    let done = page
        .post("/login")
        .same_origin()
        .cookie(&prepared)
        .form(&form)
        .send();
    let cookie = done.expect(303).cookie();
    assert_ne!(cookie, prepared);
    page.get("/").cookie(&prepared).send().expect(401);
    // A second login ends the first session of this browser.
    let again = page
        .post("/login")
        .same_origin()
        .cookie(&cookie)
        .form(&form)
        .send();
    let second = again.expect(303).cookie();
    page.get("/").cookie(&cookie).send().expect(401);
    // Whoever can set cookies for this host does not lock the user out.
    page.get("/")
        .cookie(&format!("{prepared}; {second}"))
        .send()
        .expect(200);
}

#[test]
fn those_who_guess_wait_and_others_do_not() {
    let redis = Redis::start();
    let page = Page::with_token(&redis);
    let session = login(&page, TOKEN).expect(303).cookie();
    for _ in 0..10 {
        let failed = login(&page, "wrong").expect(401);
        assert!(failed.body.contains("is wrong"), "{failed:?}");
    }
    let refused = login(&page, TOKEN).expect(429);
    let seconds: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=5).contains(&seconds), "{seconds}");
    page.get("/api/stats").bearer().send().expect(429);
    page.get("/").cookie(&session).send().expect(200);
    page.get("/api/stats")
        .bearer()
        .from([127, 0, 0, 2])
        .send()
        .expect(200);
}

#[test]
fn the_token_for_metrics_opens_nothing_else_and_those_who_guess_it_wait() {
    const METRICS: &str = "Bearer fedcba9876543210fedcba9876543210";
    let redis = Redis::start();
    let qctl = Qctl::new(&redis)
        .file("users", "ada:correct horse\n")
        .file("metrics", METRICS.trim_start_matches("Bearer "));
    let args = "--auth basic --auth-file users --metrics-token-file metrics";
    let args: Vec<&str> = args.split(' ').collect();
    let page = Page::of(qctl, &args);
    let get = |path: &str, token: &str| page.get(path).header("authorization", token).send();
    get("/metrics", METRICS).expect(200);
    get("/", METRICS).expect(401);
    for _ in 0..10 {
        get("/metrics", "Bearer wrong").expect(401);
    }
    get("/metrics", "Bearer wrong").expect(429);
    get("/metrics", METRICS).expect(429);
}

#[test]
fn over_tls_the_cookie_belongs_to_this_host_alone() {
    let redis = Redis::start();
    let page = Page::start(&redis, &["--auth-file", "token", "--secure-cookie"]);
    let done = login(&page, TOKEN).expect(303);
    let set = done.header("set-cookie");
    assert!(set.starts_with("__Host-qctl-"), "{set}");
    assert!(
        set.ends_with("; Path=/; HttpOnly; SameSite=Strict; Secure"),
        "{set}"
    );
}

#[test]
fn users_of_a_file_log_in_with_a_password() {
    let redis = Redis::start();
    let qctl = Qctl::new(&redis).file("users", "ada:correct horse\n");
    let page = Page::of(qctl, &["--auth", "basic", "--auth-file", "users"]);
    let asked = page.get("/").send().expect(401);
    assert_eq!(
        asked.header("www-authenticate"),
        "Basic realm=\"qctl\", charset=\"UTF-8\""
    );
    let basic = |text: &str| {
        page.get("/")
            .header("authorization", &format!("Basic {text}"))
            .send()
    };
    basic("YWRhOmNvcnJlY3QgaG9yc2U=").expect(200);
    basic("YWRhOndyb25n").expect(401);
    basic("nonsense").expect(401);
    page.get("/").bearer().send().expect(401);
    // A form for a token would lead nowhere.
    page.get("/login").send().expect(404);
}

#[test]
fn a_browser_is_led_to_the_login_page_and_back() {
    let redis = Redis::start();
    let page = Page::with_token(&redis);
    let navigate = |path: &str| page.get(path).header("accept", "text/html,*/*").send();
    let led = navigate("/tasks?q=queue%3Aa").expect(303);
    assert_eq!(
        led.header("location"),
        "/login?next=%2Ftasks%3Fq%3Dqueue%253Aa"
    );
    let asked = navigate(led.header("location")).expect(200);
    assert!(asked.body.contains("%2Ftasks%3Fq%3Dqueue%253Aa"));
    let elsewhere = page.post("/login?next=%2F%2Fevil.example").same_origin();
    let elsewhere = elsewhere.form(&format!("token={TOKEN}")).send();
    assert_eq!(elsewhere.expect(303).header("location"), "/");
}
