//! The page of one task.

use super::{Page, encode, enqueue};
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

#[track_caller]
fn store(redis: &Redis, id: &str, kind: &str, payload: &[u8]) {
    let args = ["enqueue", kind, "-q", "evil", "--payload", "-", "--id", id];
    Qctl::new(redis)
        .args(args)
        .stdin(payload)
        .run_unchecked()
        .expect_code(0);
}

fn address(id: &str) -> String {
    format!("/task?queue=evil&id={}", encode(id))
}

#[test]
fn hostile_tasks_are_shown_harmlessly() {
    let redis = Redis::start();
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let cases: [(&str, &str, &[u8]); 5] = [
        (
            "x\"><img src=x>",
            "<script>alert(1)</script>",
            b"{\"a\":\"<script>alert(2)</script>\"}",
        ),
        (
            "control",
            "a\u{1b}[2Jb",
            "\u{1b}]0;x\u{7}\u{202e}abc".as_bytes(),
        ),
        ("deep", "deep", deep.as_bytes()),
        ("bytes", "bytes", b"\xff\xfe<script>"),
        ("../../etc", "slash", b""),
    ];
    let page = Page::with_token(&redis);
    for (id, kind, payload) in cases {
        store(&redis, id, kind, payload);
        for address in [address(id), "/tasks?q=queue%3Aevil".to_owned()] {
            let html = page.read(&address);
            assert!(
                !html.contains("<script>alert") && !html.contains("<img src=x"),
                "{html}"
            );
            assert!(!html.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{html}");
        }
    }
    let html = page.read(&address("bytes"));
    assert!(html.contains("00000000  ff fe 3c 73 63"), "{html}");
}

#[test]
fn large_payloads_are_shown_in_part_and_downloaded_whole() {
    let redis = Redis::start();
    let payload = format!(
        "{{\"n\":12345678901234567890123,\"text\":\"{}\"}}",
        "x".repeat(1_000_000)
    );
    store(&redis, "large", "large", payload.as_bytes());
    let page = Page::with_token(&redis);
    let html = page.read(&address("large"));
    assert!(html.len() < 400_000, "{}", html.len());
    assert!(html.contains("12345678901234567890123"));
    assert!(html.contains("These are the first 256.0 KiB of"));
    let data = "/task/data?queue=evil&id=large&part=payload";
    let file = page.get(data).bearer().send().expect(200);
    assert_eq!(file.body, payload);
    assert_eq!(
        file.header("content-disposition"),
        "attachment; filename=\"large-payload.json\""
    );
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    assert!(
        file.header("content-security-policy")
            .starts_with("sandbox"),
        "{}",
        file.header("content-security-policy")
    );
    let raw = page
        .get(&format!("{data}&as=text"))
        .bearer()
        .send()
        .expect(200);
    assert_eq!(raw.header("content-type"), "text/plain; charset=utf-8");
    let missing = page
        .get("/task/data?queue=evil&id=large&part=result")
        .bearer()
        .send();
    assert_eq!(missing.status, 404);
}

#[test]
fn actions_are_those_of_the_state_and_a_deletion_is_confirmed() {
    let redis = Redis::start();
    enqueue(&redis, "evil", 1);
    store(&redis, "one", "email", b"{}");
    let page = Page::with_token(&redis);
    let html = page.read(&address("one"));
    assert!(
        html.contains("value=\"archive\"") && html.contains("form=\"delete\""),
        "{html}"
    );
    assert!(
        !html.contains("value=\"retry\"") && !html.contains("value=\"cancel\""),
        "{html}"
    );
    assert!(html.contains("qctl archive --queue evil one"), "{html}");
    let task = encode("[\"evil\",\"one\"]");
    let archive = format!("action=archive&task={task}&at_once=1");
    let answer = page.submit("/changes", &archive).expect(303);
    let html = page.read(answer.header("location"));
    assert!(
        html.contains("archived 1 task") && html.contains("value=\"retry\""),
        "{html}"
    );
    let delete = format!("action=delete&task={task}");
    let answer = page.submit("/changes", &delete).expect(303);
    let preview = page.read(answer.header("location"));
    assert!(preview.contains("will be deleted for good"), "{preview}");
    assert_eq!(redis.query::<usize>(&["ZCARD", "asynq:{evil}:archived"]), 1);
    let gone = page.get("/task?queue=evil&id=none").bearer().send();
    assert_eq!(gone.status, 404);
}
