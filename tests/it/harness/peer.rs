//! The Go peer, `tests/peer`: the real Asynq library, driven over stdin and stdout.
//!
//! One JSON object a line in each direction. Where Go is missing, the tests that need the peer end
//! early and one line says so; `QCTL_REQUIRE_GO=1` makes that a failure.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::NamedTempFile;

use super::cluster::Cluster;
use super::redis::Redis;
use super::{SOON, eventually, print_log_if_failing, say, setting};

pub(crate) struct Peer {
    process: Child,
    stdin: ChildStdin,
    replies: Receiver<String>,
    log: NamedTempFile,
    events: Vec<Value>,
}

/// An answer that is an error of the Asynq library.
#[derive(Debug)]
pub(crate) struct PeerError {
    /// `duplicate`, `conflict`, `queue_not_found`, `queue_not_empty`, `task_not_found` or `other`.
    pub(crate) kind: String,
    pub(crate) text: String,
}

impl Peer {
    /// A peer on this server as the default user; `None` where Go is missing.
    pub(crate) fn start(redis: &Redis) -> Option<Self> {
        let address = format!("127.0.0.1:{}", redis.port());
        let password = redis.password().unwrap_or_default();
        Self::with(&["-addr", &address, "-password", password])
    }

    /// A peer on a cluster.
    pub(crate) fn on_cluster(cluster: &Cluster) -> Option<Self> {
        Self::with(&["-cluster", &cluster.addresses().join(",")])
    }

    /// A peer with these arguments of its own, `-addr` or others.
    pub(crate) fn with(args: &[&str]) -> Option<Self> {
        let program = program()?;
        let log = NamedTempFile::with_prefix("qctl-peer-").unwrap();
        let mut process = Command::new(program)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(log.path()).unwrap())
            .spawn()
            .unwrap();
        let stdin = process.stdin.take().unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let (sender, replies) = channel();
        thread::spawn(move || {
            for line in stdout.lines() {
                if sender.send(line.unwrap()).is_err() {
                    return;
                }
            }
        });
        Some(Self {
            process,
            stdin,
            replies,
            log,
            events: Vec::new(),
        })
    }

    /// Sends one request, such as `json!({"op": "queues"})`, and panics if the answer is an error.
    #[track_caller]
    pub(crate) fn call(&mut self, request: &Value) -> Value {
        self.try_call(request)
            .unwrap_or_else(|error| panic!("{request}: {} ({})", error.text, error.kind))
    }

    #[track_caller]
    pub(crate) fn try_call(&mut self, request: &Value) -> Result<Value, PeerError> {
        writeln!(self.stdin, "{request}").unwrap();
        let reply = self
            .replies
            .recv_timeout(SOON)
            .unwrap_or_else(|error| panic!("{request}: {error}"));
        let mut reply: Value = serde_json::from_str(&reply).unwrap();
        match (reply["error"].as_str(), reply["kind"].as_str()) {
            (Some(text), Some(kind)) => Err(PeerError {
                kind: kind.to_owned(),
                text: text.to_owned(),
            }),
            _ => Ok(reply["ok"].take()),
        }
    }

    /// Waits until one of the events of the peer's handlers passes, and returns it. Events come in
    /// order; each is offered once, and those before the one returned are gone.
    #[track_caller]
    pub(crate) fn wait_for_event(
        &mut self,
        deadline: Duration,
        wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        eventually(deadline, || {
            if self.events.is_empty() {
                let more = self.call(&serde_json::json!({"op": "events"}));
                self.events = serde_json::from_value(more).unwrap();
            }
            let passed = self
                .events
                .iter()
                .position(&wanted)
                .map_or(self.events.len(), |found| found + 1);
            self.events.drain(..passed).next_back().filter(&wanted)
        })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Kills the process with the server in it; nothing can be called afterwards.
    pub(crate) fn kill9(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // The test may have killed it.
        drop(self.process.kill());
        drop(self.process.wait());
        print_log_if_failing("log of the Go peer", self.log.path());
    }
}

/// Builds the peer once in this process.
fn program() -> Option<&'static PathBuf> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    PROGRAM.get_or_init(|| build(".", "asynq-peer")).as_ref()
}

/// Builds the package in a folder of `tests/peer`; `None` where Go is missing.
pub(crate) fn build(folder: &str, name: &str) -> Option<PathBuf> {
    let program = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peer");
    let built = Command::new("go")
        .args(["build", "-C", folder, "-o"])
        .arg(&program)
        .current_dir(source)
        .output();
    match built {
        Ok(built) => {
            assert!(
                built.status.success(),
                "go build: {}",
                String::from_utf8_lossy(&built.stderr)
            );
            Some(program)
        }
        Err(error) => {
            assert!(
                setting("QCTL_REQUIRE_GO").is_none_or(|value| value != "1"),
                "cannot run go: {error}"
            );
            say("skipped: the tests with the real Asynq library, because Go is missing");
            None
        }
    }
}
