//! What the tests are made of: a private Redis, a proxy that breaks on demand, the program, the Go peer.
//!
//! Nothing here knows the inside of qctl: it sees the binary, its streams and what lies in Redis.

pub(crate) mod browser;
pub(crate) mod clock;
pub(crate) mod cluster;
pub(crate) mod endpoint;
pub(crate) mod leaks;
pub(crate) mod peer;
pub(crate) mod proxy;
pub(crate) mod qctl;
pub(crate) mod redis;
pub(crate) mod running;
pub(crate) mod sentinel;
pub(crate) mod text;
pub(crate) mod tmux;
pub(crate) mod tools;

use ::qctl::broker::keys::{AUDIT, CARETAKER};
use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// Long enough for anything that is going to happen at all, on a machine busy with other tests.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// Polls until `probe` has an answer. The only place in the tests that sleeps.
#[track_caller]
pub(crate) fn eventually<T>(deadline: Duration, probe: impl FnMut() -> Option<T>) -> T {
    within(deadline, probe).unwrap_or_else(|| panic!("did not happen within {deadline:?}"))
}

/// As [`eventually`], for a caller with more to say about the failure than its line.
pub(crate) fn within<T>(deadline: Duration, mut probe: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(found) = probe() {
            return Some(found);
        }
        if start.elapsed() > deadline {
            return None;
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place where tests wait by the clock"
        )]
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// Makes a named pipe, at which programs wait.
pub(crate) fn fifo(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

/// A setting of the test run itself, such as `QCTL_TEST_REDIS_SERVER`.
pub(crate) fn setting(name: &str) -> Option<OsString> {
    #[expect(
        clippy::disallowed_methods,
        reason = "settings of the tests are not settings of qctl"
    )]
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// One plain line for whoever watches the run. Written past the capture of `cargo test`, which
/// would hide from a passing run that part of it was skipped.
pub(crate) fn say(line: &str) {
    std::io::stderr()
        .write_all(format!("{line}\n").as_bytes())
        .unwrap();
}

/// Shows the log of a server whose test is failing; a passing test shows nothing.
fn print_log_if_failing(what: &str, log: &Path) {
    if std::thread::panicking() {
        let text = std::fs::read(log).unwrap_or_default();
        #[expect(
            clippy::print_stderr,
            reason = "captured by the test runner, and shown with the failed test"
        )]
        {
            eprintln!("---- {what} ----\n{}", String::from_utf8_lossy(&text));
        }
    }
}

/// Whether a key says what was done: a receipt of an enqueueing call, which stays until it expires, or the audit stream.
pub(crate) fn is_bookkeeping(key: &str) -> bool {
    key.contains(":qctl:receipt:") || key == AUDIT || key == CARETAKER
}
