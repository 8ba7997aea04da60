//! Runs the real binary in a clean environment and compares everything it said, strictly.
//!
//! What a test does not mention must be empty: stdout, stderr, and the exit code 0.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::redis::Redis;
use super::{SOON, within};

/// Nothing listens there: a test that forgot its server must not find the one on 6379.
const NOWHERE: &str = "redis://127.0.0.1:1";

#[must_use = "nothing runs before `run`, `run_unchecked` or `spawn`"]
pub(crate) struct Qctl {
    program: &'static str,
    args: Vec<OsString>,
    env: Vec<(OsString, Option<OsString>)>,
    stdin: Vec<u8>,
    /// HOME and, unless the test gives another, the working directory; removed after the run.
    home: TempDir,
    cwd: Option<PathBuf>,
    expected: Expected,
}

#[derive(Default)]
struct Expected {
    status: i32,
    stdout: String,
    stderr: String,
    normalised: bool,
}

impl Qctl {
    pub(crate) fn new(redis: &Redis) -> Self {
        Self::at(&redis.url())
    }

    /// For an address that is no [`Redis`]: a proxy, a socket, a TLS port.
    pub(crate) fn at(url: &str) -> Self {
        let qctl = Self {
            program: env!("CARGO_BIN_EXE_qctl"),
            args: Vec::new(),
            env: Vec::new(),
            stdin: Vec::new(),
            home: TempDir::with_prefix("qctl-home-").unwrap(),
            cwd: None,
            expected: Expected::default(),
        };
        let home = qctl.home.path().as_os_str().to_owned();
        let path = super::setting("PATH").unwrap_or_default();
        qctl.env("PATH", path)
            .env("HOME", home)
            .env("TZ", "UTC")
            .env("COLUMNS", "100")
            .env("QCTL_REDIS", url)
    }

    /// Without any server.
    pub(crate) fn alone() -> Self {
        Self::at(NOWHERE)
    }

    /// A shell script in place of the program: how the tests of this builder know what it says.
    pub(crate) fn played_by(script: &str) -> Self {
        let mut qctl = Self::alone().args(["-c", script]);
        qctl.program = "/bin/sh";
        qctl
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    pub(crate) fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.args
            .extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// What comes in on stdin; nothing, unless said otherwise.
    pub(crate) fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.stdin = bytes.as_ref().to_vec();
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.env
            .push((name.into(), Some(value.as_ref().to_owned())));
        self
    }

    pub(crate) fn env_remove(mut self, name: &str) -> Self {
        self.env.push((name.into(), None));
        self
    }

    pub(crate) fn cwd(mut self, folder: impl AsRef<Path>) -> Self {
        self.cwd = Some(folder.as_ref().to_owned());
        self
    }

    /// Writes a file into the home folder, which is where the program runs.
    pub(crate) fn file(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        self
    }

    pub(crate) fn status(mut self, code: i32) -> Self {
        self.expected.status = code;
        self
    }

    /// The whole of stdout. Text that starts with a line break is unindented first.
    pub(crate) fn stdout(mut self, text: &str) -> Self {
        self.expected.stdout = unindent(text);
        self
    }

    /// The whole of stderr, as for [`Qctl::stdout`].
    pub(crate) fn stderr(mut self, text: &str) -> Self {
        self.expected.stderr = unindent(text);
        self
    }

    /// Compares the output after [`normalise`].
    pub(crate) fn normalised(mut self) -> Self {
        self.expected.normalised = true;
        self
    }

    /// Runs to the end and compares.
    #[track_caller]
    pub(crate) fn run(mut self) -> Output {
        let expected = std::mem::take(&mut self.expected);
        let output = self.run_unchecked();
        let seen = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            if expected.normalised {
                normalise(&text)
            } else {
                text.into_owned()
            }
        };
        let (stdout, stderr) = (seen(&output.stdout), seen(&output.stderr));
        let as_expected = output.code == Some(expected.status)
            && stdout == expected.stdout
            && stderr == expected.stderr;
        assert!(
            as_expected,
            "qctl {:?}\n{}{}{}",
            output.args,
            difference(
                "exit code",
                &format!("{:?}", Some(expected.status)),
                &format!("{:?}", output.code)
            ),
            difference("stdout", &expected.stdout, &stdout),
            difference("stderr", &expected.stderr, &stderr),
        );
        output
    }

    /// Runs to the end; the caller looks at the outcome.
    #[track_caller]
    pub(crate) fn run_unchecked(self) -> Output {
        self.spawn().wait(SOON)
    }

    /// Starts a command that goes on, such as `work`.
    #[track_caller]
    pub(crate) fn spawn(self) -> Running {
        let mut command = Command::new(self.program);
        command.env_clear().args(&self.args);
        for (name, value) in &self.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.current_dir(self.cwd.as_deref().unwrap_or(self.home.path()));
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut stdin = process.stdin.take().unwrap();
        let bytes = self.stdin;
        // The program may leave its stdin unread, so a broken pipe is no failure.
        thread::spawn(move || drop(stdin.write_all(&bytes)));
        let said = Arc::new(Said::default());
        said.collect(process.stdout.take().unwrap(), |heard| &mut heard.stdout);
        said.collect(process.stderr.take().unwrap(), |heard| &mut heard.stderr);
        Running {
            args: self.args,
            process,
            status: None,
            said,
            _home: self.home,
        }
    }
}

/// The program while it runs; killed when dropped.
pub(crate) struct Running {
    args: Vec<OsString>,
    process: Child,
    status: Option<ExitStatus>,
    said: Arc<Said>,
    _home: TempDir,
}

impl Running {
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
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
    args: Vec<OsString>,
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

fn difference(what: &str, expected: &str, seen: &str) -> String {
    let mut text = String::new();
    if expected != seen {
        // `$` shows where lines end, as trailing blanks are a common difference.
        let shown = |text: &str| {
            text.split_inclusive('\n')
                .map(|l| l.replace('\n', "$\n"))
                .collect::<String>()
        };
        writeln!(
            text,
            "--- {what} expected\n{}\n+++ {what} seen\n{}",
            shown(expected),
            shown(seen)
        )
        .unwrap();
    }
    text
}

/// Lets expected text be indented with the test around it.
pub(crate) fn unindent(text: &str) -> String {
    let Some(text) = text.strip_prefix('\n') else {
        return text.to_owned();
    };
    let text = text.trim_end_matches(' ');
    let depth = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let margin = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(depth)
        .min()
        .unwrap_or(0);
    text.split_inclusive('\n')
        .map(|line| line.get(margin..).unwrap_or("\n"))
        .collect()
}

/// Replaces what differs from run to run: ids by `<id>`, instants by `<time>`, ages such as `3s ago`
/// and waits such as `in 2m` by `<ago>` and `<in>`. As their lengths decide the width of columns,
/// runs of blanks become two blanks, and blanks at the end of a line go.
pub(crate) fn normalise(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let inside_word = first.is_alphanumeric() && out.ends_with(char::is_alphanumeric);
        let found = if inside_word {
            None
        } else {
            match_varying(rest)
        };
        let (length, replacement) = found.unwrap_or((first.len_utf8(), &rest[..first.len_utf8()]));
        out.push_str(replacement);
        rest = &rest[length..];
    }
    let lines = out
        .split_inclusive('\n')
        .map(|line| match line.strip_suffix('\n') {
            Some(line) => format!("{}\n", line.trim_end()),
            None => line.trim_end().to_owned(),
        });
    lines.collect()
}

/// The length of the varying text at the start, and what stands for it.
fn match_varying(text: &str) -> Option<(usize, &'static str)> {
    let shape = |length: usize| -> Option<String> {
        let digit = |c: char| if c.is_ascii_digit() { '0' } else { c };
        text.get(..length)
            .map(|text| text.chars().map(digit).collect())
    };
    let is_id = |text: &str| {
        let hyphens = [8, 13, 18, 23];
        text.bytes().enumerate().all(|(i, b)| {
            if hyphens.contains(&i) {
                b == b'-'
            } else {
                b.is_ascii_hexdigit()
            }
        })
    };
    if text.get(..36).is_some_and(is_id) {
        return Some((36, "<id>"));
    }
    if matches!(
        shape(19).as_deref(),
        Some("0000-00-00T00:00:00" | "0000-00-00 00:00:00")
    ) {
        let rest = &text[19..];
        return Some((
            19 + rest.len()
                - rest
                    .trim_start_matches(|c: char| "0123456789.Z+:".contains(c))
                    .len(),
            "<time>",
        ));
    }
    if let Some(wait) = text.strip_prefix("in ").and_then(duration_length) {
        return Some(("in ".len() + wait, "<in>"));
    }
    if let Some(age) = duration_length(text).filter(|&age| text[age..].starts_with(" ago")) {
        return Some((age + " ago".len(), "<ago>"));
    }
    let blanks = text.len() - text.trim_start_matches(' ').len();
    (blanks > 1).then_some((blanks, "  "))
}

/// The length of a duration such as `90s`, `1h30m` or `2.5ms` at the start.
fn duration_length(text: &str) -> Option<usize> {
    let mut rest = text;
    loop {
        let unit = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let next = unit.trim_start_matches(|c: char| c.is_ascii_lowercase());
        if unit.len() == rest.len() || next.len() == unit.len() {
            return (rest.len() < text.len()).then_some(text.len() - rest.len());
        }
        rest = next;
    }
}
