//! Proxies that say who their clients are.

use super::Page;
use crate::harness::redis::Redis;

const ARGS: [&str; 6] = [
    "--auth",
    "proxy-header",
    "--proxy-header",
    "X-User",
    "--trusted-proxy",
    "127.0.0.2",
];

#[test]
fn only_a_listed_proxy_says_who_somebody_is() {
    let redis = Redis::start();
    let page = Page::start(&redis, &ARGS);
    let get = || page.get("/");
    get()
        .header("x-user", "ada")
        .from([127, 0, 0, 2])
        .send()
        .expect(200);
    let refused = get().header("x-user", "ada").send().expect(403);
    assert!(refused.body.contains("listed proxy"), "{refused:?}");
    // An address in a header is no peer.
    let forged = get()
        .header("x-user", "ada")
        .header("x-forwarded-for", "127.0.0.2");
    forged.send().expect(403);
    get().from([127, 0, 0, 2]).send().expect(401);
    get()
        .header("x-user", " ")
        .from([127, 0, 0, 2])
        .send()
        .expect(401);
    // The proxy has added its header to one that the client has sent.
    let doubled = get().header("x-user", "eve").header("x-user", "ada");
    doubled.from([127, 0, 0, 2]).send().expect(400);
}

#[test]
fn clients_behind_a_listed_proxy_are_told_apart() {
    let redis = Redis::start();
    let page = Page::start(
        &redis,
        &["--auth-file", "token", "--trusted-proxy", "127.0.0.2"],
    );
    let guess = |client: &str, from| {
        let request = page.get("/").header("authorization", "Bearer wrong");
        request
            .header("x-forwarded-for", client)
            .from(from)
            .send()
            .status
    };
    let proxy = [127, 0, 0, 2];
    let guesses: Vec<u16> = (0..11)
        .map(|n| guess(&format!("9.9.9.{n}, 1.1.1.1"), proxy))
        .collect();
    assert_eq!(guesses, [[401; 10].as_slice(), &[429]].concat());
    assert_eq!(guess("1.1.1.2", proxy), 401);
    // Elsewhere the header is not believed: all are one client.
    let guesses: Vec<u16> = (0..11)
        .map(|n| guess(&format!("8.8.8.{n}"), [127, 0, 0, 1]))
        .collect();
    assert_eq!(guesses, [[401; 10].as_slice(), &[429]].concat());
}
