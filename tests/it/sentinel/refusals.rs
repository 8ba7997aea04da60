//! What is said when Sentinels cannot or will not name a primary.

use super::connect;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::sentinel::{MASTER, Trio};
use crate::harness::{SOON, eventually};

#[test]
fn an_unknown_name_is_answered_with_those_that_are_known() {
    let trio = Trio::start();
    let url = trio.url().replace(MASTER, "mian");
    let shown = url.replace("/0?", "?").replace("app:@", "app@");
    let ports = trio.sentinels().iter().map(Redis::port);
    let answers: Vec<String> = ports
        .map(|port| format!("127.0.0.1:{port}: it knows no primary of that name"))
        .collect();
    Qctl::at(&url)
        .args(["ls"])
        .status(5)
        .stderr(&format!(
            "error: cannot reach Redis at {shown} (no Sentinel names the primary: {})\n\
             hint: correct ?master= in the URL: the Sentinels know \"main\"\n",
            answers.join("; ")
        ))
        .run();
}

#[test]
fn each_sentinel_is_quoted_with_its_own_answer() {
    let plain = Redis::start();
    let locked = Redis::with().sentinel().password("other").start();
    let url = format!(
        "redis-sentinel://127.0.0.1:1,127.0.0.1:{},127.0.0.1:{}?master=m",
        plain.port(),
        locked.port()
    );
    let output = Qctl::at(&url).args(["ls"]).run_unchecked().expect_code(5);
    let said = output.stderr_str();
    for answer in [
        "127.0.0.1:1: Connection refused (os error 111); ".to_owned(),
        format!("127.0.0.1:{}: it is not a Sentinel; ", plain.port()),
        format!(
            "127.0.0.1:{}: it refuses the login (NOAUTH Authentication required.))\n",
            locked.port()
        ),
        "hint: set --sentinel-user".to_owned(),
    ] {
        assert!(said.contains(&answer), "{answer:?}: {said}");
    }
}

#[test]
fn a_sentinel_at_a_plain_url_is_named_with_the_url_to_use() {
    let sentinel = Redis::with().sentinel().start();
    let url = sentinel.url();
    Qctl::at(&url)
        .args(["ls"])
        .status(5)
        .stderr(&format!(
            "error: cannot reach Redis at {url} (it is a Sentinel, which holds no queues)\n\
             hint: pass the Sentinels and the name of the primary: redis-sentinel://HOST:26379/DB?master=NAME\n"
        ))
        .run();
}

#[test]
fn settings_for_sentinels_need_sentinels() {
    let ls = |toml: &str| {
        Qctl::alone()
            .env_remove("QCTL_REDIS")
            .file("qctl.toml", format!("[redis]\n{toml}\n"))
            .file("pw", "secret")
            .args(["ls"])
            .status(2)
    };
    let hint = "hint: use redis-sentinel://HOST:26379/DB?master=NAME, or sentinels and master in [redis]\n";
    ls("master = \"m\"")
        .stderr(&format!(
            "error: redis.master has no effect without Sentinels\n{hint}"
        ))
        .run();
    ls("sentinel_password_file = \"pw\"")
        .stderr(&format!(
            "error: the password of the Sentinels has no effect without Sentinels\n{hint}"
        ))
        .run();
    ls("sentinels = [\"a\"]\nmaster = \"m\"\nsentinel_user = \"u\"")
        .stderr("error: the user of the Sentinels needs a password: set --sentinel-password-file\n")
        .run();
    ls("sentinels = [\"a\"]\nmaster = \"m\"\nurl = \"redis://h\"")
        .stderr("error: redis.url and redis.sentinels cannot be set together: keep one of them\n")
        .run();
    ls("sentinels = [\"a\"]")
        .stderr(
            "error: qctl.toml:2: redis.sentinels: the URL does not name the primary that the Sentinels watch\n\
             hint: add the name of the primary, as in redis-sentinel://HOST:26379/DB?master=NAME\n",
        )
        .run();
}

#[tokio::test(flavor = "multi_thread")]
async fn sentinels_that_lose_the_primary_do_not_take_it_from_those_who_are_connected() {
    let trio = Trio::start();
    let broker = connect(&trio).await;
    for sentinel in trio.sentinels() {
        sentinel.cmd(&["SENTINEL", "REMOVE", MASTER]);
    }
    // The question for the names that are known is the last one to a Sentinel that knows none.
    let asked = |sentinel: &Redis| {
        let clients: String = sentinel.query(&["CLIENT", "LIST"]);
        // Redis 6.2 does not name the question.
        let asked = ["cmd=sentinel|masters", "cmd=sentinel "];
        asked
            .iter()
            .any(|word| clients.contains(word))
            .then_some(())
    };
    eventually(SOON, || {
        trio.sentinels().iter().map(asked).collect::<Option<()>>()
    });
    super::enqueue(&broker, "one").await.unwrap();
}
