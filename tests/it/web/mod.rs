//! The page: `qctl serve` and whoever sends it requests.

mod api;
mod api_changes;
mod api_edits;
mod asynqmon;
mod audit;
mod changes;
mod client;
mod doctor;
mod edit;
mod edit_lost;
mod forms;
mod hosts;
mod limits;
mod login;
mod logs;
mod moving;
mod overview;
mod pages;
pub(crate) mod protected;
mod proxies;
mod refused_forms;
mod repairs;
mod schedules;
mod start;
mod task;
mod tasks;
mod writes;

use serde_json::Value;

use crate::harness::SOON;
use crate::harness::proxy::Proxy;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::running::Running;
use client::{Request, Response};
pub(crate) use doctor::lose_a_task;

/// The token of every page in these tests.
pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A running `qctl serve` on a free port, with its token in a file.
pub(crate) struct Page {
    pub(crate) running: Running,
    pub(crate) port: u16,
}

impl Page {
    /// With these arguments, and a file `token` in its folder.
    pub(crate) fn start(redis: &Redis, args: &[&str]) -> Self {
        Self::of(Qctl::new(redis).file("token", TOKEN), args)
    }

    /// Of a prepared command.
    pub(crate) fn of(qctl: Qctl, args: &[&str]) -> Self {
        let qctl = qctl.args(["serve", "--listen", "127.0.0.1:0"]).args(args);
        let running = qctl.spawn();
        let line = running.wait_for_line(|line| line.starts_with("listening on "), SOON);
        let address = line.split("://").nth(1).unwrap();
        let port = address.split(['/', ':']).nth(1).unwrap().parse().unwrap();
        Self { running, port }
    }

    /// With the [`TOKEN`].
    pub(crate) fn with_token(redis: &Redis) -> Self {
        Self::start(redis, &["--auth-file", "token"])
    }

    /// The same, without the right to change anything.
    pub(crate) fn read_only(redis: &Redis) -> Self {
        Self::start(redis, &["--auth-file", "token", "--read-only"])
    }

    /// With the [`TOKEN`], and what a proxy lets through of Redis.
    pub(crate) fn behind(proxy: &Proxy) -> Self {
        let qctl = Qctl::at(&proxy.url()).file("token", TOKEN);
        Self::of(qctl, &["--auth-file", "token"])
    }

    pub(crate) fn get(&self, path: &str) -> Request {
        Request::new(self.port, "GET", path)
    }

    pub(crate) fn post(&self, path: &str) -> Request {
        Request::new(self.port, "POST", path)
    }

    /// What a page shows, which must be there.
    #[track_caller]
    pub(crate) fn read(&self, path: &str) -> String {
        self.get(path).bearer().send().expect(200).body
    }

    /// The answer to a form.
    #[track_caller]
    pub(crate) fn submit(&self, path: &str, form: &str) -> Response {
        self.post(path).bearer().form(form).send()
    }

    /// The answer to a document.
    #[track_caller]
    pub(crate) fn send(&self, path: &str, document: &Value) -> Response {
        self.post(path).bearer().json(document).send()
    }
}

/// A text as a part of an address or a form.
pub(crate) fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Enqueues this many tasks of type `email` into a queue, with payloads `{"n":1}` and so on.
#[track_caller]
pub(crate) fn enqueue(redis: &Redis, queue: &str, count: usize) {
    let lines = (1..=count).map(|n| {
        let line = serde_json::json!({ "type": "email", "queue": queue, "payload": { "n": n } });
        format!("{line}\n")
    });
    let run = Qctl::new(redis)
        .args(["enqueue", "--from", "-", "-o", "id"])
        .stdin(lines.collect::<String>());
    run.run_unchecked().expect_code(0);
}

/// Runs a command that must succeed.
#[track_caller]
pub(crate) fn qctl(redis: &Redis, args: &[&str]) -> String {
    let done = Qctl::new(redis).args(args).run_unchecked().expect_code(0);
    done.stdout_str().to_owned()
}

/// A retry of this payload in `low`, with the id `one`.
#[track_caller]
pub(crate) fn store(redis: &Redis, payload: &[u8]) {
    let args = [
        "enqueue",
        "t",
        "-q",
        "low",
        "--id",
        "one",
        "--in",
        "1h",
        "--payload",
        "-",
    ];
    let stored = Qctl::new(redis).args(args).stdin(payload).run_unchecked();
    stored.expect_code(0);
}

#[track_caller]
pub(crate) fn inspect(redis: &Redis, id: &str) -> Value {
    let shown = qctl(redis, &["inspect", id, "--json"]);
    let found: Value = serde_json::from_str(&shown).unwrap();
    found.get(0).unwrap_or(&found).clone()
}

/// The recorded changes, the last one first.
#[track_caller]
pub(crate) fn audit(redis: &Redis) -> Vec<Value> {
    serde_json::from_str(&qctl(redis, &["ls", "audit", "--json"])).unwrap()
}
