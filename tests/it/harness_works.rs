//! That each part of the harness does what the tests rely on. A fault injector that injects
//! nothing would let every test of a fault pass.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use ::redis::{Client, Connection, RedisResult, Value as Reply};
use rustix::process::Signal;
use serde_json::json;

use crate::harness::cluster::Cluster;
use crate::harness::leaks::leaks;
use crate::harness::proxy::Proxy;
use crate::harness::qctl::Qctl;
use crate::harness::redis::{ClientCertificate, Redis};
use crate::harness::text::{normalise, unindent};
use crate::harness::{SOON, eventually};

fn connect(url: &str) -> RedisResult<Connection> {
    Client::open(url)?.get_connection_with_timeout(SOON)
}

fn send<T: ::redis::FromRedisValue>(connection: &mut Connection, args: &[&str]) -> RedisResult<T> {
    let mut command = ::redis::Cmd::new();
    command.arg(args).query(connection)
}

#[test]
fn servers_have_their_own_data() {
    let (one, other) = (Redis::start(), Redis::start());
    one.cmd(&["SET", "key", "value"]);
    assert_eq!(
        one.query::<Option<String>>(&["GET", "key"]).as_deref(),
        Some("value")
    );
    assert_eq!(other.query::<Option<String>>(&["GET", "key"]), None);
    assert_ne!((one.port(), one.pid()), (other.port(), other.pid()));
    assert_ne!(one.port(), 6379);
}

#[test]
fn a_dropped_server_is_gone() {
    let redis = Redis::start();
    let url = redis.url();
    connect(&url).unwrap();
    drop(redis);
    assert!(connect(&url).is_err());
}

#[test]
fn a_restarted_server_keeps_its_data_and_a_killed_one_does_not() {
    let mut redis = Redis::start();
    redis.cmd(&["SET", "key", "value"]);
    redis.restart();
    assert_eq!(
        redis.query::<Option<String>>(&["GET", "key"]).as_deref(),
        Some("value")
    );
    redis.cmd(&["SET", "later", "value"]);
    redis.kill9();
    assert!(connect(&redis.url()).is_err());
    redis.start_again();
    assert_eq!(redis.query::<Option<String>>(&["GET", "later"]), None);
}

#[test]
fn a_frozen_server_does_not_answer_until_thawed() {
    let redis = Redis::start();
    let mut client = connect(&redis.url()).unwrap();
    client
        .set_read_timeout(Some(Duration::from_millis(50)))
        .unwrap();
    redis.freeze();
    assert!(
        send::<Reply>(&mut client, &["PING"])
            .unwrap_err()
            .is_timeout()
    );
    redis.thaw();
    assert!(connect(&redis.url()).is_ok());
}

#[test]
fn the_harness_looks_in_where_the_default_user_may_not() {
    let redis = Redis::with()
        .password("secret")
        .config("user reader on >read ~* +@read")
        .start();
    redis.cmd(&["SET", "key", "value"]);
    let as_reader = redis.url().replace(":secret", "reader:read");
    let mut reader = connect(&as_reader).unwrap();
    assert_eq!(
        send::<String>(&mut reader, &["GET", "key"]).unwrap(),
        "value"
    );
    let refusal = send::<Reply>(&mut reader, &["SET", "key", "other"]).unwrap_err();
    assert_eq!(refusal.code(), Some("NOPERM"));
    connect(&redis.url()).unwrap();
    assert!(connect(&redis.url().replace("secret", "guess")).is_err());
}

#[test]
fn replicas_follow() {
    let primary = Redis::with().password("secret").start();
    let replica = Redis::with().replica_of(&primary).start();
    primary.cmd(&["SET", "key", "value"]);
    eventually(SOON, || replica.query::<Option<String>>(&["GET", "key"]));
    let mut client = connect(&replica.url()).unwrap();
    let refusal = send::<Reply>(&mut client, &["SET", "key", "other"]).unwrap_err();
    assert_eq!(refusal.code(), Some("READONLY"));
}

#[test]
fn tls_servers_ask_for_a_certificate_and_show_one() {
    let Some(redis) = Redis::with()
        .tls(ClientCertificate::Required)
        .start_or_skip()
    else {
        return;
    };
    let tls = redis.tls();
    let read = |path: &Path| std::fs::read(path).unwrap();
    let connect = |ca: &Path, with_client_certificate: bool| {
        let certificates = ::redis::TlsCertificates {
            client_tls: with_client_certificate.then(|| ::redis::ClientTlsConfig {
                client_cert: read(&tls.cert),
                client_key: read(&tls.key),
            }),
            root_cert: Some(read(ca)),
        };
        let url = format!("rediss://127.0.0.1:{}", tls.port);
        let mut connection = Client::build_with_tls(url, certificates)?.get_connection()?;
        send::<Reply>(&mut connection, &["PING"])
    };
    connect(&tls.ca, true).unwrap();
    connect(&tls.ca, false).unwrap_err();
    connect(&tls.stranger_ca, true).unwrap_err();
}

#[test]
fn tls_servers_may_do_without_a_certificate_of_the_client() {
    let Some(redis) = Redis::with()
        .tls(ClientCertificate::Ignored)
        .start_or_skip()
    else {
        return;
    };
    let root_cert = Some(std::fs::read(&redis.tls().ca).unwrap());
    let certificates = ::redis::TlsCertificates {
        client_tls: None,
        root_cert,
    };
    let url = format!("rediss://127.0.0.1:{}", redis.tls().port);
    Client::build_with_tls(url, certificates)
        .unwrap()
        .get_connection()
        .unwrap();
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
}

#[test]
fn the_reply_to_lose_can_be_chosen() {
    let redis = Redis::start();
    let proxy = Proxy::new(&redis);
    let mut client = connect(&proxy.url()).unwrap();
    proxy.lose_next_reply_to("unlucky");
    send::<Reply>(&mut client, &["INCR", "lucky"]).unwrap();
    send::<Reply>(&mut client, &["INCR", "unlucky"]).unwrap_err();
    assert_eq!(redis.query::<u64>(&["GET", "unlucky"]), 1);
}

#[test]
fn a_shared_cluster_has_three_servers_with_a_part_of_the_keys_each() {
    let Some(one) = Cluster::shared() else {
        return;
    };
    let other = Cluster::shared().unwrap();
    assert_eq!(one.url(), other.url());
    for (place, name) in one.names("harness").iter().enumerate() {
        let key = format!("asynq:{{{name}}}:t");
        for (other, node) in one.nodes().iter().enumerate() {
            let asked = node.try_query::<Option<String>>(&["GET", &key]);
            let moved = asked.is_err_and(|error| error.to_string().contains("Moved"));
            assert_eq!(moved, other != place, "{name} at {other}");
        }
    }
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
        .normalised()
        .stdout("took <ago>\n")
        .run();
    let folder = tempfile::tempdir().unwrap();
    Qctl::played_by("touch here").cwd(folder.path()).run();
    assert!(folder.path().join("here").exists());
}

#[test]
fn the_real_program_runs() {
    let redis = Redis::start();
    Qctl::new(&redis)
        .arg("--version")
        .run_unchecked()
        .expect_code(0);
}

#[test]
fn outputs_are_read_as_json() {
    let output = Qctl::played_by("echo '{\"a\":1}'; echo oops >&2").run_unchecked();
    assert_eq!(output.json(), json!({"a": 1}));
    assert_eq!(output.ndjson(), [json!({"a": 1})]);
    assert_eq!(output.stderr_str(), "oops\n");
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
}

#[test]
fn killed_and_dropped_runs_are_gone() {
    let alive = |pid: u32| {
        rustix::process::test_kill_process(
            rustix::process::Pid::from_raw(pid.cast_signed()).unwrap(),
        )
        .is_ok()
    };
    let mut running = Qctl::played_by("exec sleep 1000").spawn();
    running.kill9();
    assert!(!alive(running.pid()));
    assert_eq!(running.wait(SOON).code, None);
    let running = Qctl::played_by("exec sleep 1000").spawn();
    let pid = running.pid();
    drop(running);
    assert!(!alive(pid));
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
fn expected_text_is_unindented_and_varying_text_normalised() {
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
        normalise(
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
        (
            "LPUSH asynq:{default}:pending one",
            "task \"one\" of pending lies in [\"pending\", \"pending\"]",
        ),
        (
            "DEL asynq:{default}:pending",
            "task \"one\" of pending lies in []",
        ),
        (
            "DEL asynq:{default}:t:three",
            "\"three\" lies in [\"scheduled\"] and is no task",
        ),
        ("ZADD asynq:{default}:lease 1 one", "lease of \"one\""),
        (
            "SREM asynq:{default}:groups g",
            "group \"g\" is empty, or has no name",
        ),
        (
            "SET asynq:{other}:unique:t: gone",
            "unique:t: of \"gone\", which is no task",
        ),
    ] {
        redis.cmd(&spoil.split(' ').collect::<Vec<_>>());
        let leaks = leaks(&redis);
        assert!(
            leaks.iter().any(|leak| leak == found),
            "{found}: {leaks:#?}"
        );
    }
}
