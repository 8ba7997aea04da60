//! The numbers of asynqmon, the page of the Asynq project, on the same Redis.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::Page;
use super::client::Response;
use crate::cli::{put, put_one_of_each};
use crate::harness::peer::build;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::{SOON, eventually};
use qctl::task::State;

/// A running asynqmon; it ends with its standard input.
struct Asynqmon {
    process: Child,
    address: String,
}

impl Asynqmon {
    /// `None` where Go is missing.
    fn start(redis: &Redis) -> Option<Self> {
        let mut process = Command::new(build("./mon", "asynqmon")?)
            .arg(format!("127.0.0.1:{}", redis.port()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        let output = process.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut address).unwrap();
        Some(Self {
            process,
            address: address.trim().to_owned(),
        })
    }

    fn get(&self, path: &str) -> Value {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        // An answer in this version of HTTP comes in one piece.
        write!(stream, "GET /monitoring/api/{path} HTTP/1.0\r\n\r\n").unwrap();
        Response::read(&mut stream).expect(200).json()
    }
}

impl Drop for Asynqmon {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        drop(self.process.wait());
    }
}

/// These keys of each document, in the order of the first of them.
fn facts(documents: &Value, keys: &[(&str, &str)], ours: bool) -> Vec<Value> {
    let fact = |document: &Value| -> Value {
        let of = |(our, their): &(&str, &str)| document[if ours { *our } else { *their }].clone();
        keys.iter().map(of).collect()
    };
    let mut facts: Vec<Value> = documents.as_array().unwrap().iter().map(fact).collect();
    facts.sort_by_key(|fact| fact[0].as_str().map(str::to_owned));
    facts
}

#[test]
fn both_show_the_same_queues_tasks_and_servers() {
    let redis = Redis::start();
    put_one_of_each(&redis, "low");
    put(&redis, "critical", "one", State::Retry);
    put(&redis, "critical", "two", State::Pending);
    redis.cmd(&["SET", "asynq:{low}:paused", "1700000000"]);
    let Some(theirs) = Asynqmon::start(&redis) else {
        return;
    };
    let work = Qctl::new(&redis).args(["work", "-q", "quiet=6", "-q", "other", "--discard", "x"]);
    let _work = work.args(["--concurrency", "3"]).spawn();
    let page = Page::with_token(&redis);
    let get = |path: &str| {
        page.get(&format!("/api/{path}"))
            .bearer()
            .send()
            .expect(200)
            .json()
    };
    let servers = [
        ("server_id", "id"),
        ("host", "host"),
        ("pid", "pid"),
        ("concurrency", "concurrency"),
        ("queues", "queue_priorities"),
        ("strict", "strict_priority_enabled"),
        ("status", "status"),
    ];
    eventually(SOON, || {
        let seen = facts(&get("servers"), &servers, true);
        let their = facts(&theirs.get("servers")["servers"], &servers, false);
        (seen.len() == 1 && seen == their).then_some(())
    });
    let mut queues: Vec<_> = State::ALL
        .into_iter()
        .filter(|state| *state != State::Aside)
        .map(|state| (state.name(), state.name()))
        .collect();
    queues.splice(
        0..0,
        [("queue", "queue"), ("size", "size"), ("paused", "paused")],
    );
    queues.extend([("processed_today", "processed"), ("failed_today", "failed")]);
    let (our, their) = (get("queues"), &theirs.get("queues")["queues"]);
    assert_eq!(facts(&our, &queues, true), facts(their, &queues, false));
    same_tasks(&get, &theirs);
}

/// Each state of each queue, page by page.
fn same_tasks(get: &impl Fn(&str) -> Value, theirs: &Asynqmon) {
    let tasks = [
        ("id", "id"),
        ("queue", "queue"),
        ("type", "type"),
        ("max_retry", "max_retry"),
        ("retried", "retried"),
    ];
    for state in [
        "active",
        "pending",
        "scheduled",
        "retry",
        "archived",
        "completed",
    ] {
        for queue in ["low", "critical"] {
            let our = get(&format!("tasks?q=queue:{queue}+state:{state}"));
            let their = theirs.get(&format!("queues/{queue}/{state}_tasks?page=1&size=20"));
            let their = match &their["tasks"] {
                Value::Null => json!([]),
                tasks => tasks.clone(),
            };
            assert_eq!(
                facts(&our, &tasks, true),
                facts(&their, &tasks, false),
                "{queue} {state}"
            );
        }
    }
}
