//! That each part of the harness does what the tests rely on. A fault injector that injects
//! nothing would let every test of a fault pass.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use ::redis::{Client, Connection, RedisResult, Value as Reply};
use rustix::process::Signal;

use crate::harness::browser::Browser;
use crate::harness::leaks::leaks;
use crate::harness::proxy::Proxy;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::text::{normalize, unindent};
use crate::harness::{SOON, eventually};

fn connect(url: &str) -> RedisResult<Connection> {
    Client::open(url)?.get_connection_with_timeout(SOON)
}

fn send<T: ::redis::FromRedisValue>(connection: &mut Connection, args: &[&str]) -> RedisResult<T> {
    let mut command = ::redis::Cmd::new();
    command.arg(args).query(connection)
}

#[test]
fn servers_are_private_keep_data_over_a_restart_and_end_with_the_test() {
    let mut redis = Redis::start();
    assert_ne!(redis.port(), 6379);
    redis.cmd(&["SET", "key", "value"]);
    redis.restart();
    assert_eq!(redis.query::<String>(&["GET", "key"]), "value");
    redis.cmd(&["SET", "later", "value"]);
    redis.kill9();
    assert!(connect(&redis.url()).is_err());
    redis.start_again();
    assert_eq!(redis.query::<Option<String>>(&["GET", "later"]), None);
    let url = redis.url();
    connect(&url).unwrap();
    drop(redis);
    assert!(connect(&url).is_err());
}

#[test]
fn a_cut_proxy_ends_connections_and_a_healed_one_takes_new_ones() {
    let redis = Redis::start();
    let proxy = Proxy::new(&redis);
    let mut client = connect(&proxy.url()).unwrap();
    send::<Reply>(&mut client, &["SET", "key", "value"]).unwrap();
    proxy.cut();
    send::<Reply>(&mut client, &["GET", "key"]).unwrap_err();
    assert!(connect(&proxy.url()).is_err());
    proxy.heal();
    let mut client = connect(&proxy.url()).unwrap();
    assert_eq!(
        send::<String>(&mut client, &["GET", "key"]).unwrap(),
        "value"
    );
}

#[test]
fn a_stalled_proxy_holds_requests_back() {
    let redis = Redis::start();
    let proxy = Proxy::new(&redis);
    let mut client = connect(&proxy.url()).unwrap();
    client
        .set_read_timeout(Some(Duration::from_millis(50)))
        .unwrap();
    proxy.stall();
    assert!(
        send::<Reply>(&mut client, &["SET", "key", "value"])
            .unwrap_err()
            .is_timeout()
    );
    assert_eq!(redis.query::<Option<String>>(&["GET", "key"]), None);
    proxy.heal();
    eventually(SOON, || redis.query::<Option<String>>(&["GET", "key"]));
}

#[test]
fn a_lost_reply_belongs_to_a_request_that_was_performed() {
    let redis = Redis::start();
    let proxy = Proxy::new(&redis);
    let mut client = connect(&proxy.url()).unwrap();
    proxy.lose_next_reply();
    send::<Reply>(&mut client, &["INCR", "counter"]).unwrap_err();
    assert_eq!(redis.query::<u64>(&["GET", "counter"]), 1);
    eventually(SOON, || (proxy.lost() == 1).then_some(()));
    // Only the one.
    let mut client = connect(&proxy.url()).unwrap();
    assert_eq!(send::<u64>(&mut client, &["INCR", "counter"]).unwrap(), 2);
    proxy.lose_next_reply_to("unlucky");
    send::<Reply>(&mut client, &["INCR", "lucky"]).unwrap();
    send::<Reply>(&mut client, &["INCR", "unlucky"]).unwrap_err();
    assert_eq!(redis.query::<u64>(&["GET", "unlucky"]), 1);
}

#[test]
fn runs_compare_all_that_was_said() {
    let script = "echo out; cat; echo err >&2; exit 3";
    Qctl::played_by(script)
        .stdin("in\n")
        .status(3)
        .stdout("out\nin\n")
        .stderr("err\n")
        .run();
    let refuses = |run: Qctl| {
        let outcome = catch_unwind(AssertUnwindSafe(|| run.run()));
        assert!(outcome.is_err());
    };
    refuses(Qctl::played_by("echo unmentioned"));
    refuses(Qctl::played_by("echo unmentioned >&2"));
    refuses(Qctl::played_by("exit 1"));
    refuses(Qctl::played_by("exit 0").stdout("missing\n"));
    refuses(Qctl::played_by("kill -9 $$"));
}

#[test]
fn runs_have_a_clean_environment() {
    Qctl::played_by("env | cut -d= -f1 | grep -v -e ^PWD$ -e ^SHLVL$ -e ^_$ | sort")
        .stdout("COLUMNS\nHOME\nPATH\nQCTL_REDIS\nTZ\n")
        .run();
    Qctl::played_by("[ \"$PWD\" -ef \"$HOME\" ] && cat sub/file; echo $ADDED $TZ")
        .file("sub/file", "content ")
        .env("ADDED", "added")
        .env_remove("TZ")
        .stdout("content added\n")
        .run();
    Qctl::played_by("echo took 5ms ago")
        .normalized()
        .stdout("took <ago>\n")
        .run();
    let folder = tempfile::tempdir().unwrap();
    Qctl::played_by("touch here").cwd(folder.path()).run();
    assert!(folder.path().join("here").exists());
}

#[test]
fn long_runs_are_heard_signalled_and_waited_for() {
    let script = "trap 'echo bye >&2; exit 7' TERM; echo ready; while :; do sleep 0.01; done";
    let running = Qctl::played_by(script).spawn();
    assert_eq!(
        running.wait_for_line(|line| line.starts_with("rea"), SOON),
        "ready"
    );
    running.signal(Signal::TERM);
    running.wait_for_line(|line| line == "bye", SOON);
    assert_eq!(running.lines(), ["ready", "bye"]);
    running.wait(SOON).expect_code(7);
    // A run that nobody waits for ends with its test.
    let running = Qctl::played_by("exec sleep 1000").spawn();
    let pid = rustix::process::Pid::from_raw(running.pid().cast_signed()).unwrap();
    drop(running);
    rustix::process::test_kill_process(pid).unwrap_err();
}

#[test]
fn a_process_left_behind_is_noticed() {
    let run = Qctl::played_by("sleep 1 & exit 0").spawn();
    let outcome = catch_unwind(AssertUnwindSafe(|| run.wait(Duration::from_millis(50))));
    let message = *outcome.unwrap_err().downcast::<String>().unwrap();
    assert!(
        message.contains("something it started holds its streams"),
        "{message}"
    );
}

#[test]
fn expected_text_is_unindented_and_varying_text_normalized() {
    let text = unindent(
        "
        one
          two

        three
        ",
    );
    assert_eq!(text, "one\n  two\n\nthree\n");
    assert_eq!(unindent("  as it is"), "  as it is");
    assert_eq!(
        normalize(
            "ID                                    AGE     AT\n\
             0b9f3c1e-8a55-4f0e-9d3c-1f2e3d4c5b6a  1h30m ago  2026-01-02T03:04:05.678Z   \n\
             task-1  in 2.5ms, at 2026-01-02 03:04:05 s1s agony"
        ),
        "ID  AGE  AT\n<id>  <ago>  <time>\ntask-1  <in>, at <time> s1s agony"
    );
}

#[test]
fn what_leaks_is_found() {
    let redis = Redis::start();
    let lines = r#"{"type":"t","id":"one","unique_seconds":60}
        {"type":"t","id":"two","group":"g"}
        {"type":"t","id":"three","next_process_at":"2100-01-01T00:00:00Z"}"#;
    let enqueue = Qctl::new(&redis).args(["enqueue", "--from", "-"]);
    enqueue.stdin(lines).run_unchecked().expect_code(0);
    assert_eq!(leaks(&redis), [""; 0]);
    for (spoil, found) in [
        ("ZADD asynq:{default}:lease 4000000000 one", "stray-lease"),
        ("DEL asynq:{default}:t:three", "missing-task"),
        ("DEL asynq:{default}:pending", "lost-task"),
        ("SREM asynq:{default}:groups g", "unlisted-group"),
        ("SET asynq:{other}:unique:t: gone", "stale-lock"),
    ] {
        redis.cmd(&spoil.split(' ').collect::<Vec<_>>());
        let leaks = leaks(&redis);
        assert!(
            leaks.iter().any(|leak| leak.starts_with(found)),
            "{found}: {leaks:#?}"
        );
    }
}

#[tokio::test]
async fn a_browser_reports_what_its_console_says_and_which_page_is_too_wide() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    browser
        .open("data:text/html,<meta name=viewport content=width=device-width><h1>first</h1><script>console.error('not good')</script>")
        .await;
    browser.wait_for_text("first").await;
    let complaints = browser.complaints().await;
    assert!(complaints[0].contains("not good"), "{complaints:?}");
    assert!(browser.complaints().await.is_empty());

    browser.resize(360, 740).await;
    assert_eq!(browser.execute("return innerWidth").await, 360);
    browser.fits().await;
    let wide = "document.body.innerHTML = '<pre>' + 'x'.repeat(900) + '</pre>'";
    browser.execute(wide).await;
    let fits = AssertUnwindSafe(browser.fits());
    futures_util::FutureExt::catch_unwind(fits)
        .await
        .unwrap_err();

    browser.prefer("dark").await;
    let dark = "return matchMedia('(prefers-color-scheme: dark)').matches";
    assert_eq!(browser.execute(dark).await, true);

    browser.without_javascript().await;
    browser
        .open("data:text/html,<p>quiet</p><script>document.write('loud')</script>")
        .await;
    assert_eq!(browser.text().await, "quiet");
}
