//! Runs the real binary in a clean environment and compares everything it said, strictly.
//!
//! What a test does not mention must be empty: stdout, stderr, and the exit code 0.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::SOON;
use super::redis::Redis;
use super::running::{Output, Running};
use super::text::{normalize, unindent};

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
    normalized: bool,
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

    /// Compares the output after [`normalize`].
    pub(crate) fn normalized(mut self) -> Self {
        self.expected.normalized = true;
        self
    }

    /// Runs to the end and compares.
    #[track_caller]
    pub(crate) fn run(mut self) -> Output {
        let expected = std::mem::take(&mut self.expected);
        let output = self.run_unchecked();
        let seen = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            if expected.normalized {
                normalize(&text)
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
        Running::start(command, self.args, self.stdin, self.home)
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
