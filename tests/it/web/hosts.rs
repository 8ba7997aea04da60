//! Names under which the page answers, and the path below which it is.

use std::io::Write as _;

use super::client::{Response, connect};
use super::{Page, TOKEN};
use crate::harness::redis::Redis;

#[test]
fn a_name_that_points_here_does_not_open_the_page() {
    let redis = Redis::start();
    let page = Page::start(
        &redis,
        &["--auth-file", "token", "--allow-host", "tools.example.com"],
    );
    let get = |host: &str| page.get("/").header("host", host).bearer().send();
    for host in [
        "localhost",
        "tools.example.com",
        "TOOLS.example.com:443",
        "[::1]:8080",
    ] {
        get(host).expect(200);
    }
    for host in [
        "rebound.evil.example",
        "127.0.0.1.evil.example:8080",
        "localhost.evil.example",
    ] {
        let refused = get(host).expect(421);
        assert!(refused.body.contains("--allow-host"), "{refused:?}");
        // A login there is refused as well.
        let form = format!("token={TOKEN}");
        let login = page
            .post("/login")
            .same_origin()
            .header("host", host)
            .form(&form);
        login.send().expect(421);
    }
    get("localhost\r\nhost: evil.example").expect(400);
    let mut stream = connect(page.port, None);
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    Response::read(&mut stream).expect(400);
}

#[test]
fn the_root_path_is_exact() {
    let redis = Redis::start();
    let page = Page::start(
        &redis,
        &["--auth-file", "token", "--root-path", "/monitoring"],
    );
    let get = |path: &str| page.get(path).bearer().send();
    assert_eq!(
        get("/monitoring").expect(308).header("location"),
        "/monitoring/"
    );
    let html = get("/monitoring/").expect(200).body;
    assert!(html.contains("href=\"/monitoring/assets/"), "{html}");
    get("/monitoring/api/stats").expect(200);
    get("/monitoring/healthz").expect(200);
    for outside in [
        "/",
        "/api/stats",
        "/monitoringx/",
        "/monitoring//api/stats",
        "/monitoring/../api/stats",
        "/monitoring/..%2fapi/stats",
        "/monitoring/%2e%2e/etc/passwd",
        "//evil.example/monitoring/",
        "/MONITORING/",
        "/monitoring%2f",
        "/monitoring/assets/../../etc/passwd",
        "/monitoring/assets/x/..%2f..%2fCargo.toml",
    ] {
        get(outside).expect(404);
    }
    let login = |next: &str| {
        let login = page.post(&format!("/monitoring/login?next={next}"));
        let login = login.same_origin().form(&format!("token={TOKEN}"));
        login.send().expect(303)
    };
    let elsewhere = login("%2F%2Fevil.example");
    assert_eq!(elsewhere.header("location"), "/monitoring/");
    let login = login("%2Fworkers");
    assert_eq!(login.header("location"), "/monitoring/workers");
    assert!(login.header("set-cookie").contains("; Path=/monitoring/;"));
}
