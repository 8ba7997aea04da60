//! Bodies, headers and connections that are too much.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use super::client::{Request, Response, connect, is_closed};
use super::{Page, TOKEN};
use crate::harness::redis::Redis;

/// Sends bytes, and reads until the server closes the connection.
fn exchange(page: &Page, bytes: &str) -> String {
    let mut stream = connect(page.port, None);
    stream.write_all(bytes.as_bytes()).unwrap();
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer));
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_second_request_cannot_hide_in_the_body_of_the_first() {
    let redis = Redis::start();
    let page = Page::with_token(&redis);
    let hidden = format!(
        "GET /api/stats HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {TOKEN}\r\n\r\n"
    );
    let post = "POST /login HTTP/1.1\r\nhost: localhost\r\n";
    for lengths in [
        format!(
            "content-length: {}\r\ntransfer-encoding: chunked\r\n",
            hidden.len() + 5
        ),
        "transfer-encoding: chunked\r\ncontent-length: 4\r\n".to_owned(),
        "transfer-encoding: chunked\r\n".to_owned(),
        "transfer-encoding: xchunked\r\n".to_owned(),
        "transfer-encoding: chunked, identity\r\n".to_owned(),
        "content-length: 0\r\ncontent-length: 5\r\n".to_owned(),
        "content-length: +5\r\n".to_owned(),
        "content-length : 5\r\n".to_owned(),
    ] {
        let answer = exchange(&page, &format!("{post}{lengths}\r\n0\r\n\r\n{hidden}"));
        let answers = answer.matches("HTTP/1.1 ").count();
        assert_eq!(answers, 1, "{lengths:?}: {answer}");
        let status = Response::parse(&answer).status;
        assert!([400, 411].contains(&status), "{lengths:?}: {answer}");
    }
    let folded = exchange(
        &page,
        "GET / HTTP/1.1\r\nhost: localhost\r\nx: a\r\n b\r\n\r\n",
    );
    assert!(folded.starts_with("HTTP/1.1 400"), "{folded}");
}

#[test]
fn repeated_headers_that_decide_are_refused() {
    let redis = Redis::start();
    let page = Page::with_token(&redis);
    let get = || page.get("/api/stats");
    get()
        .bearer()
        .header("authorization", "Bearer other")
        .send()
        .expect(400);
    get()
        .bearer()
        .header("host", "localhost")
        .header("host", "localhost")
        .send()
        .expect(400);
    page.post("/queue/pause")
        .bearer()
        .header("origin", "http://localhost")
        .header("origin", "http://localhost")
        .send()
        .expect(400);
}

#[test]
fn large_bodies_and_headers_are_refused() {
    let redis = Redis::start();
    let page = Page::with_token(&redis);
    // Refused for its length alone: not a byte of the body is sent.
    let head = Request::new(page.port, "POST", "/login").header("content-length", "99999999");
    let answer = Response::parse(&exchange(&page, &head.text()));
    assert_eq!(answer.status, 413);
    let long = "x".repeat(64 * 1024);
    let answer = Response::parse(&exchange(&page, &page.get("/").header("x", &long).text()));
    assert_eq!(answer.status, 431);
    let answer = Response::parse(&exchange(&page, &page.get(&format!("/?{long}")).text()));
    assert!([414, 431].contains(&answer.status), "{answer:?}");
    let many = (0..200).fold(page.get("/"), |request, n| {
        request.header(&format!("x-{n}"), "y")
    });
    let answer = Response::parse(&exchange(&page, &many.text()));
    assert_eq!(answer.status, 431);
    page.get("/api/stats").bearer().send().expect(200);
}

#[test]
fn a_thousand_idle_connections_keep_nobody_out() {
    let redis = Redis::start();
    let page = Page::with_token(&redis);
    let mut idle: Vec<_> = (0..1_000).map(|_| connect(page.port, None)).collect();
    // Half of a request, again and again, is no request either.
    for stream in &mut idle {
        drop(stream.write_all(b"GET / HTTP/1.1\r\nhost: loc"));
    }
    page.get("/api/stats").bearer().send().expect(200);
    page.get("/healthz").send().expect(200);
    let mut closed = idle
        .iter_mut()
        .take(300)
        .map(|stream| is_closed(stream, Duration::from_secs(5)));
    assert!(closed.all(|closed| closed));
}
