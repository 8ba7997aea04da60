//! What has nothing to do with failovers: every operation, the program, logins, TLS, addresses.

use qctl::broker::keys::QueueKeys;
use qctl::broker::{Broker, Error, Settings, Tls};
use qctl::task::QueueName;

use super::{accepted, connect, enqueue, has, patient};
use crate::broker::Lab;
use crate::broker::conformance::run_all;
use crate::harness::qctl::Qctl;
use crate::harness::redis::{ClientCertificate, Redis};
use crate::harness::sentinel::{MASTER, Trio};
use crate::harness::{SOON, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_works() {
    let trio = Trio::start();
    let broker = connect(&trio).await;
    let queue = QueueName::default();
    let keys = QueueKeys::new(&queue);
    let lab = Lab {
        redis: trio,
        broker,
        queue,
        keys,
    };
    run_all(&lab).await;
}

#[test]
fn the_program_works_with_a_url_a_file_and_a_single_sentinel_of_three() {
    let mut trio = Trio::start();
    let url = trio.url();
    Qctl::at(&url)
        .args(["enqueue", "t", "--id", "one"])
        .run_unchecked()
        .expect_code(0);
    assert!(has(trio.server(0), "one"));
    let ports: Vec<u16> = trio.sentinels().iter().map(Redis::port).collect();
    let toml = format!(
        "[redis]\nurl = \"redis-sentinel://app:@127.0.0.1:{},127.0.0.1:{}/?master={MASTER}\"\n",
        ports[0], ports[2]
    );
    for place in [0, 1] {
        trio.sentinel_mut(place).kill9();
        Qctl::at(&url)
            .args(["ls", "tasks", "-o", "id"])
            .stdout("one\n")
            .run();
        Qctl::alone()
            .env_remove("QCTL_REDIS")
            .file("qctl.toml", &toml)
            .args(["inspect", "one", "-o", "id"])
            .stdout("one\n")
            .run();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sentinel_in_the_url_is_enough_to_find_the_others() {
    let mut trio = Trio::start();
    let first = trio.sentinels()[0].port();
    let url = format!("redis-sentinel://app:@127.0.0.1:{first}?master={MASTER}");
    let broker = Broker::connect(patient(&url)).await.unwrap();
    // It has been heard of the others once it has been asked.
    enqueue(&broker, "one").await.unwrap();
    trio.sentinel_mut(0).kill9();
    trio.server(0).cmd(&["CLIENT", "KILL", "TYPE", "normal"]);
    accepted(&broker, "two").await;
    assert!(has(trio.server(0), "two"));
}

/// A trio with a user `app` on the servers and a user `guest` on the Sentinels, and the URL for `app`.
fn guarded() -> (Trio, String) {
    let server = || Redis::with().config("user app on >data-secret ~* &* +@all");
    let sentinel = || {
        Redis::with().config("user default off").config(
            "user guest on >guest-secret -@all +auth +hello +ping \
             +sentinel|get-master-addr-by-name +sentinel|master +sentinel|sentinels",
        )
    };
    let trio = Trio::with().servers(server).sentinels(sentinel).start();
    let url = trio.url().replace("app:@", "app:data-secret@");
    (trio, url)
}

/// `qctl ls` as `guest` on the Sentinels.
fn ls_as_guest(url: &str) -> Qctl {
    Qctl::at(url)
        .arg("ls")
        .env("QCTL_SENTINEL_USER", "guest")
        .env("QCTL_SENTINEL_PASSWORD", "guest-secret")
}

#[test]
fn servers_and_sentinels_have_logins_of_their_own() {
    let (trio, url) = guarded();
    ls_as_guest(&url).stderr("no queues\n").run();
    Qctl::at(&url)
        .args([
            "ls",
            "--sentinel-user",
            "guest",
            "--sentinel-password-file",
            "pw",
        ])
        .file("pw", "guest-secret\n")
        .stderr("no queues\n")
        .run();
    let ports: Vec<String> = trio
        .sentinels()
        .iter()
        .map(|sentinel| sentinel.port().to_string())
        .collect();
    let toml = format!(
        "[redis]\nsentinels = [\"127.0.0.1:{}\"]\nmaster = {MASTER:?}\nuser = \"app\"\npassword_file = \"data\"\n\
         sentinel_user = \"guest\"\nsentinel_password_file = \"guest\"\n",
        ports.join("\", \"127.0.0.1:")
    );
    Qctl::alone()
        .env_remove("QCTL_REDIS")
        .file("qctl.toml", toml)
        .file("data", "data-secret\n")
        .file("guest", "guest-secret\n")
        .args(["ls"])
        .stderr("no queues\n")
        .run();
}

#[test]
fn a_refused_login_names_the_settings_of_the_side_that_refuses() {
    let (trio, url) = guarded();
    let ports = || trio.sentinels().iter().map(Redis::port);
    let shown = url.replace(":data-secret", "").replace("/0", "");
    for (login, reason) in [
        (Qctl::at(&url).arg("ls"), "NOAUTH Authentication required."),
        (
            ls_as_guest(&url).env("QCTL_SENTINEL_PASSWORD", "wrong"),
            "wrong user name or password, or none is set on the server",
        ),
    ] {
        let answers: Vec<String> = ports()
            .map(|port| format!("127.0.0.1:{port}: it refuses the login ({reason})"))
            .collect();
        login
            .status(5)
            .stderr(&format!(
                "error: cannot reach Redis at {shown} (no Sentinel names the primary: {})\n\
                 hint: set --sentinel-user and --sentinel-password-file, or sentinel_user and sentinel_password_file in [redis]: \
                 the login in the URL is for the Redis servers\n",
                answers.join("; ")
            ))
            .run();
    }
    // The login of the servers is still a matter of the URL.
    let wrong = trio.url().replace("app:@", "app:wrong@");
    let refused = ls_as_guest(&wrong).run_unchecked().expect_code(4);
    assert!(
        refused
            .stderr_str()
            .contains("pass the password with --password-file")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_to_servers_and_to_sentinels_can_be_encrypted() {
    let can = Redis::with().tls(ClientCertificate::Required);
    if can.start_or_skip().is_none() {
        return;
    }
    let trio = Trio::with().over_tls().start();
    let read = |path: &std::path::Path| std::fs::read(path).unwrap();
    let files = trio.server(0).tls();
    let settings = |url: &str, ca: &std::path::Path| Settings {
        tls: Tls {
            ca: Some(read(ca)),
            identity: Some((read(&files.cert), read(&files.key))),
            ..Tls::default()
        },
        ..patient(url)
    };
    let sentinel = trio.sentinels()[0].tls().port;
    let both = format!("rediss-sentinel://app:@127.0.0.1:{sentinel}?master={MASTER}");
    for url in [trio.url(), both.clone()] {
        let broker = Broker::connect(settings(&url, &files.ca)).await.unwrap();
        enqueue(&broker, &url).await.unwrap();
        broker.cancellations().await.unwrap();
    }
    for (url, words) in [
        (trio.url(), "the primary 127.0.0.1:"),
        (both, "no Sentinel names"),
    ] {
        let stranger = Broker::connect(settings(&url, &files.stranger_ca)).await;
        let Err(Error::Unreachable { fault, .. }) = stranger else {
            panic!("{stranger:?}");
        };
        assert!(fault.to_string().starts_with(words), "{fault}");
        assert!(
            fault
                .to_string()
                .contains("an authority that is not trusted"),
            "{fault}"
        );
    }
}

/// The commands that clients of a Sentinel have sent last.
fn last_commands(sentinel: &Redis) -> String {
    let clients: String = sentinel.query(&["CLIENT", "LIST"]);
    let words = clients.split_whitespace();
    words.filter(|word| word.starts_with("cmd=")).collect()
}

#[test]
fn a_quick_command_asks_each_sentinel_once() {
    let trio = Trio::start();
    let output = Qctl::at(&trio.url())
        .args(["ls", "-v"])
        .run_unchecked()
        .expect_code(0);
    let asked = output
        .stderr_str()
        .matches("SENTINEL MASTER \"main\" at 127.0.0.1:");
    assert_eq!(asked.count(), 3, "{}", output.stderr_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn sentinels_are_left_alone_once_nobody_uses_the_connection() {
    let trio = Trio::start();
    let broker = connect(&trio).await;
    let listens = |trio: &Trio| {
        let commands = trio.sentinels().iter().map(last_commands);
        commands.collect::<String>().contains("cmd=subscribe")
    };
    eventually(SOON, || listens(&trio).then_some(()));
    drop(broker);
    eventually(SOON, || (!listens(&trio)).then_some(()));
    assert!(
        trio.sentinels()
            .iter()
            .all(|sentinel| !last_commands(sentinel).contains("cmd=sentinel|sentinels"))
    );
}
