//! The program while it runs, and what it left when it ended.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::within;

/// The program while it runs; killed when dropped.
pub(crate) struct Running {
    args: Vec<OsString>,
    process: Child,
    status: Option<ExitStatus>,
    said: Arc<Said>,
    _home: TempDir,
}

impl Running {
    /// `home` lives as long as the run does.
    pub(super) fn start(
        mut command: Command,
        args: Vec<OsString>,
        stdin: Vec<u8>,
        home: TempDir,
    ) -> Self {
        let mut process = command.spawn().unwrap();
        let mut pipe = process.stdin.take().unwrap();
        // The program may leave its stdin unread, so a broken pipe is no failure.
        thread::spawn(move || drop(pipe.write_all(&stdin)));
        let said = Arc::new(Said::default());
        said.collect(process.stdout.take().unwrap(), |heard| &mut heard.stdout);
        said.collect(process.stderr.take().unwrap(), |heard| &mut heard.stderr);
        Self {
            args,
            process,
            status: None,
            said,
            _home: home,
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// The most memory that the program has ever had, in kilobytes.
    pub(crate) fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        let words = line.unwrap().split_whitespace().nth(1);
        words.unwrap().parse().unwrap()
    }

    /// The first line, of stdout or stderr, that passes; it may have been said long ago.
    #[track_caller]
    pub(crate) fn wait_for_line(
        &self,
        mut wanted: impl FnMut(&str) -> bool,
        deadline: Duration,
    ) -> String {
        let heard = self.said.heard.lock().unwrap();
        let mut seen = 0;
        let mut found = None;
        let (heard, _) = self
            .said
            .more
            .wait_timeout_while(heard, deadline, |heard| {
                found = heard.lines[seen..]
                    .iter()
                    .find(|line| wanted(line))
                    .cloned();
                seen = heard.lines.len();
                found.is_none() && heard.open_streams > 0
            })
            .unwrap();
        found.unwrap_or_else(|| {
            panic!(
                "qctl {:?} did not say the line waited for; it said:\n{}",
                self.args,
                heard.lines.join("\n")
            )
        })
    }

    /// All lines so far of stdout and stderr, in the order they came.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.said.heard.lock().unwrap().lines.clone()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }

    /// Whether the program has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        if self.status.is_none() {
            self.status = self.process.try_wait().unwrap();
        }
        self.status.is_some()
    }

    /// Kills the program, and only it, as the kernel does when memory runs out.
    pub(crate) fn kill9(&mut self) {
        self.process.kill().unwrap();
        self.status = Some(self.process.wait().unwrap());
    }

    /// Waits for the end of the program and of its streams. A stream that stays open is held by
    /// a process the program left behind.
    #[track_caller]
    pub(crate) fn wait(mut self, deadline: Duration) -> Output {
        let ended = within(deadline, || {
            self.status.or_else(|| self.process.try_wait().unwrap())
        });
        let Some(status) = ended else {
            panic!(
                "qctl {:?} did not end within {deadline:?}; it said:\n{}",
                self.args,
                self.lines().join("\n")
            );
        };
        self.status = Some(status);
        let heard = self.said.heard.lock().unwrap();
        let (mut heard, timeout) = self
            .said
            .more
            .wait_timeout_while(heard, deadline, |heard| heard.open_streams > 0)
            .unwrap();
        assert!(
            !timeout.timed_out(),
            "qctl {:?} ended, but something it started holds its streams",
            self.args
        );
        Output {
            args: self.args.clone(),
            code: status.code(),
            stdout: std::mem::take(&mut heard.stdout),
            stderr: std::mem::take(&mut heard.stderr),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.status.is_none() {
            drop(self.process.kill());
            drop(self.process.wait());
        }
    }
}

#[derive(Default)]
struct Said {
    heard: Mutex<Heard>,
    more: Condvar,
}

#[derive(Default)]
struct Heard {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    lines: Vec<String>,
    open_streams: usize,
}

impl Said {
    fn collect(
        self: &Arc<Self>,
        stream: impl Read + Send + 'static,
        bytes: fn(&mut Heard) -> &mut Vec<u8>,
    ) {
        self.heard.lock().unwrap().open_streams += 1;
        let said = Arc::clone(self);
        thread::spawn(move || {
            let mut stream = BufReader::new(stream);
            let mut line = Vec::new();
            while stream.read_until(b'\n', &mut line).unwrap() > 0 {
                let mut heard = said.heard.lock().unwrap();
                bytes(&mut heard).extend_from_slice(&line);
                heard
                    .lines
                    .push(String::from_utf8_lossy(&line).trim_end().to_owned());
                said.more.notify_all();
                line.clear();
            }
            said.heard.lock().unwrap().open_streams -= 1;
            said.more.notify_all();
        });
    }
}

/// What a finished run left.
#[derive(Debug)]
pub(crate) struct Output {
    pub(super) args: Vec<OsString>,
    /// None when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

impl Output {
    #[track_caller]
    pub(crate) fn stdout_str(&self) -> &str {
        str::from_utf8(&self.stdout).unwrap()
    }

    #[track_caller]
    pub(crate) fn stderr_str(&self) -> &str {
        str::from_utf8(&self.stderr).unwrap()
    }

    /// Panics, with what was said on stderr, unless the exit code is this.
    #[track_caller]
    pub(crate) fn expect_code(self, code: i32) -> Self {
        let (args, said) = (&self.args, String::from_utf8_lossy(&self.stderr));
        assert!(
            self.code == Some(code),
            "qctl {args:?} ended with {:?}, not {code}:\n{said}",
            self.code
        );
        self
    }

    /// Stdout as one JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| {
            panic!(
                "qctl {:?} printed no JSON ({error}):\n{}{}",
                self.args,
                self.stdout_str(),
                self.stderr_str()
            )
        })
    }

    /// Stdout as a JSON document a line.
    #[track_caller]
    pub(crate) fn ndjson(&self) -> Vec<serde_json::Value> {
        self.stdout_str()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}
