//! Connecting: every way there is, and what each failure is called. No text of one shows a password.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use qctl::broker::{Broker, Error, Fault, Settings};
use qctl::task::{NewTask, TaskId};

use super::{Lab, connect, id, now, settings, task};
use crate::harness::proxy::Proxy;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};

/// The password of every server here that has one.
pub(super) const PASSWORD: &str = "hunter2!@:/";
pub(super) const ENCODED: &str = "hunter2%21%40%3A%2F";

/// No part of an error may show the password, as it is or as a URL has it.
#[track_caller]
pub(super) fn discreet(error: Error) -> Error {
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(!text.contains("hunter2"), "{text}");
    }
    error
}

async fn refused(url: &str) -> Error {
    discreet(connect(url).await.unwrap_err())
}

pub(super) async fn works(broker: &Broker) {
    let task = NewTask {
        id: TaskId::random(),
        ..task("one")
    };
    broker.enqueue(&task, now()).await.unwrap();
    let claimed = broker.claim(&task.options.queue, 1, now()).await.unwrap();
    assert_eq!(claimed.claims.len(), 1);
    broker.cancellations().await.unwrap();
}

#[tokio::test]
async fn nothing_listening_is_unreachable() {
    let mut redis = Redis::start();
    redis.kill9();
    let url = redis
        .url()
        .replace("redis://", &format!("redis://user:{ENCODED}@"));
    let Error::Unreachable { address, fault, .. } = refused(&url).await else {
        panic!();
    };
    assert_eq!(address, format!("redis://user@127.0.0.1:{}", redis.port()));
    assert!(fault.to_string().contains("refused"), "{fault}");
    let gone = format!("redis+unix://:{ENCODED}@{}", redis.socket().display());
    assert!(matches!(refused(&gone).await, Error::Unreachable { .. }));
    let nowhere = refused("redis://no-such-host.invalid").await;
    assert!(matches!(nowhere, Error::Unreachable { .. }), "{nowhere:?}");
    assert!(nowhere.passing());
}

#[tokio::test]
async fn passwords_are_checked_by_the_server_and_never_shown() {
    let redis = Redis::with()
        .config(&format!("requirepass \"{PASSWORD}\""))
        .config(&format!("user app on >{PASSWORD} ~* &* +@all"))
        .start();
    let with = |login: &str| redis.url().replace("redis://", &format!("redis://{login}"));
    works(&connect(&with(&format!(":{ENCODED}@"))).await.unwrap()).await;
    works(&Lab::on(Redis::start()).await.broker).await;
    connect(&with(&format!("app:{ENCODED}@"))).await.unwrap();
    for login in ["", ":hunter2wrong@", "app:hunter2wrong@", "hunter2:wrong@"] {
        let error = connect(&with(login)).await.unwrap_err();
        assert!(matches!(error, Error::Login { .. }), "{login}: {error:?}");
        assert!(!error.passing());
        assert!(!error.to_string().contains("hunter2wrong"), "{error}");
    }
    let listening = Settings {
        timeout: SOON,
        ..settings(&with(&format!(":{ENCODED}@")))
    };
    assert!(!format!("{listening:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_forbidden_command_is_not_permitted_wherever_it_is_given() {
    for (acl, asked) in [
        // The command itself, one that a script gives, the key, the scripts as such.
        ("~* &* +@all -zadd", "announce"),
        ("~* &* +@all -hset", "enqueue"),
        ("~asynq:queues &* +@all", "enqueue"),
        ("~* &* +@all -evalsha -eval", "enqueue"),
        ("~* resetchannels +@all", "cancel"),
    ] {
        let redis = Redis::with()
            .config(&format!("user app on >{PASSWORD} {acl}"))
            .start();
        let url = redis
            .url()
            .replace("redis://", &format!("redis://app:{ENCODED}@"));
        let broker = connect(&url).await.unwrap();
        let error = match asked {
            "announce" => broker
                .announce_entries("id", &[], SOON, now())
                .await
                .unwrap_err(),
            "enqueue" => broker.enqueue(&task("one"), now()).await.unwrap_err(),
            _ => broker.cancel(&id("one")).await.unwrap_err(),
        };
        let error = discreet(error);
        assert!(
            matches!(error, Error::NotPermitted { .. }),
            "{acl}: {error:?}"
        );
        assert!(!error.passing());
        let mut left: Vec<String> = redis.query(&["KEYS", "*"]);
        left.retain(|key| !key.starts_with("asynq:queues") && !key.starts_with("asynq:schedulers"));
        assert_eq!(left, [""; 0], "{acl}");
    }
}

#[tokio::test]
async fn a_user_without_info_or_client_can_work() {
    let redis = Redis::with()
        .config("user app on >x ~asynq:* resetchannels &asynq:* -@all +@read +@write +@scripting +@pubsub +auth +hello +select")
        .start();
    let url = redis.url().replace("redis://", "redis://app:x@");
    works(&connect(&url).await.unwrap()).await;
}

#[tokio::test]
async fn a_replica_accepts_no_writes() {
    let primary = Redis::start();
    let replica = Redis::with().replica_of(&primary).start();
    let broker = connect(&replica.url()).await.unwrap();
    let error = broker.enqueue(&task("one"), now()).await.unwrap_err();
    assert!(matches!(error, Error::ReadOnly { .. }), "{error:?}");
    assert!(error.passing());
    // In a script too.
    let error = broker
        .write_result(&task("one").options.queue, &id("one"), b"r")
        .await;
    assert_eq!(error, Ok(false), "nothing was to be written");
    let error = broker
        .pause(&task("one").options.queue, now())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::ReadOnly { .. }), "{error:?}");
    assert_eq!(broker.queues().await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_server_that_cannot_save_accepts_no_writes() {
    let lab = Lab::start().await;
    // A save that must fail: the folder of the server is no place for its file.
    lab.redis.cmd(&["CONFIG", "SET", "save", "1 1"]);
    lab.redis
        .cmd(&["CONFIG", "SET", "stop-writes-on-bgsave-error", "yes"]);
    let folder = lab.redis.socket().parent().unwrap().join("dump.rdb");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("file"), "").unwrap();
    lab.redis.cmd(&["BGSAVE"]);
    let failed = || {
        let info: String = lab.redis.query(&["INFO", "persistence"]);
        info.contains("rdb_last_bgsave_status:err").then_some(())
    };
    eventually(SOON, failed);
    let error = lab.broker.pause(&lab.queue, now()).await.unwrap_err();
    assert!(matches!(error, Error::ReadOnly { .. }), "{error:?}");
}

#[tokio::test]
async fn somebodys_endless_script_makes_redis_not_ready() {
    let redis = Redis::with().config("lua-time-limit 1").start();
    let lab = Lab::on(redis).await;
    let mut other = lab.redis.connection().unwrap();
    let busy = std::thread::spawn(move || {
        redis::cmd("EVAL")
            .arg("while true do end")
            .arg(0)
            .query::<()>(&mut other)
    });
    let error = loop {
        if let Err(error) = lab.broker.queues().await {
            break error;
        }
    };
    assert!(matches!(error, Error::NotReady { .. }), "{error:?}");
    assert!(error.passing());
    lab.redis.cmd(&["SCRIPT", "KILL"]);
    busy.join().unwrap().unwrap_err();
    works(&lab.broker).await;
}

#[tokio::test]
async fn a_silent_server_is_unreachable_when_the_time_is_over() {
    let lab = Lab::start().await;
    let mut impatient = settings(&lab.redis.url());
    impatient.timeout = Duration::from_millis(100);
    let broker = Broker::connect(impatient.clone()).await.unwrap();
    lab.redis.freeze();
    for error in [
        broker.queues().await.unwrap_err(),
        broker.enqueue(&task("one"), now()).await.unwrap_err(),
        Broker::connect(impatient).await.unwrap_err(),
    ] {
        let Error::Unreachable { fault, .. } = &error else {
            panic!("{error:?}");
        };
        assert_eq!(*fault, Fault::Timeout);
    }
    lab.redis.thaw();
    works(&connect(&lab.redis.url()).await.unwrap()).await;
}

#[tokio::test]
async fn a_broken_connection_is_made_again() {
    let mut redis = Redis::start();
    let proxy = Proxy::new(&redis);
    let broker = connect(&proxy.url()).await.unwrap();
    proxy.cut();
    let error = broker.queues().await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    proxy.heal();
    assert_eq!(broker.queues().await, Ok(Vec::new()));
    redis.restart();
    // The first use may find the old connection broken.
    drop(broker.queues().await);
    works(&broker).await;
}

/// Answers every request with the `INFO` of a server that is too old.
fn ancient() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let info = "# Server\r\nredis_version:5.0.7\r\n";
        let reply = format!("${}\r\n{info}\r\n", info.len());
        let (mut client, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        while let Ok(1..) = client.read(&mut request) {
            // One answer for each command of what may be a pipeline.
            let text = String::from_utf8_lossy(&request).into_owned();
            let commands = text.lines().filter(|line| line.starts_with('*')).count();
            client.write_all(reply.repeat(commands).as_bytes()).unwrap();
            request = [0; 4096];
        }
    });
    format!("redis://127.0.0.1:{port}")
}

#[tokio::test]
async fn a_server_before_6_2_is_too_old() {
    let url = ancient();
    let expected = Error::TooOld {
        address: url.clone(),
        version: "5.0.7".into(),
    };
    assert_eq!(connect(&url).await.unwrap_err(), expected);
}

/// A server that greets with these bytes and closes the connection.
fn greeter(greeting: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        drop(client.read(&mut [0; 4096]));
        client.write_all(greeting).unwrap();
    });
    format!("redis://:{ENCODED}@127.0.0.1:{port}")
}

#[tokio::test]
async fn a_server_other_than_redis_is_recognized() {
    for (greeting, expected) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], Fault::Http),
        (b"220 mail.example ESMTP\r\n", Fault::NotRedis),
        (b"\x15\x03\x01\x00\x02\x02\x46", Fault::NeedsTls),
        (b"+OK\r\nSSH-2.0\r\n", Fault::NotRedis),
        (b"", Fault::Closed),
    ] {
        let Error::Unreachable { fault, .. } = refused(&greeter(greeting)).await else {
            panic!("{expected:?}");
        };
        assert_eq!(fault, expected);
    }
}

#[tokio::test]
async fn a_sentinel_is_named_as_one() {
    let sentinel = Redis::with().sentinel().start();
    for url in [sentinel.url(), format!("{}/1", sentinel.url())] {
        let Error::Unreachable { fault, .. } = refused(&url).await else {
            panic!("{url}");
        };
        assert_eq!(fault, Fault::Sentinel);
    }
}

#[tokio::test]
async fn a_unix_socket_and_a_database_number_are_used() {
    let redis = Redis::start();
    let socket = redis.socket();
    for url in [
        format!("redis+unix://{}?db=3", socket.display()),
        format!("unix://{}?db=3", socket.display()),
        format!("redis-socket://{}?db=3", socket.display()),
        format!("{}/3", redis.url()),
    ] {
        works(&connect(&url).await.unwrap()).await;
        assert_eq!(redis.query::<u32>(&["DBSIZE"]), 0, "{url}");
        let info: String = redis.query(&["INFO", "keyspace"]);
        assert!(info.contains("db3:"), "{url}: {info}");
        redis.cmd(&["FLUSHALL"]);
    }
    let error = connect(&format!("{}/16", redis.url())).await.unwrap_err();
    assert!(matches!(error, Error::NoDatabase { .. }), "{error:?}");
}

/// Otherwise the last of them would wait for all that came before, which may be longer than a lease.
#[tokio::test]
async fn callers_without_a_connection_share_one_attempt_to_make_it() {
    const CALLERS: u32 = 40;
    let redis = Redis::start();
    let proxy = Proxy::new(&redis);
    let timeout = Duration::from_millis(500);
    let patience = Settings {
        timeout,
        ..settings(&proxy.url())
    };
    let broker = Broker::connect(patience).await.unwrap();
    proxy.stall();
    let fails = async || broker.queues().await.unwrap_err();
    // The connection breaks.
    fails().await;
    let begun = Instant::now();
    for error in join_all((0..CALLERS).map(|_| fails())).await {
        assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    }
    assert!(
        begun.elapsed() < timeout * CALLERS / 4,
        "{:?}",
        begun.elapsed()
    );
    proxy.heal();
    let works = (0..CALLERS).map(|_| broker.queues());
    assert!(join_all(works).await.iter().all(Result::is_ok));
}
