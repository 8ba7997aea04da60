//! Runs single attempts of commands, with the real guardian, and looks for what they leave behind.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use qctl::task::Message;
use qctl::task::transition::{Failure, TaskResult};
use qctl::worker::handlers::guardian::{Guardian, MaxSilence};
use qctl::worker::{
    Attempt, ExitCodes, Handler as _, Program, Shell, Stop, Stopper, Surroundings, Transcript,
};
use rustix::process::{Pid, test_kill_process};
use tempfile::TempDir;

use crate::harness::{SOON, eventually};

/// How an attempt ended. The bytes are its result, or its size in words if that was too large.
pub(crate) type Outcome = Result<Vec<u8>, Failure>;

pub(crate) fn bytes(result: TaskResult) -> Vec<u8> {
    match result {
        TaskResult::Bytes(bytes) => bytes,
        TaskResult::TooLarge(size) => format!("{size} bytes").into_bytes(),
    }
}

/// A guardian, and a folder for the commands to leave notes in.
pub(crate) struct Stage {
    pub(crate) guardian: Arc<Guardian>,
    folder: TempDir,
}

impl Stage {
    /// Must be called in a Tokio runtime.
    pub(crate) fn new() -> Self {
        Self::with(MaxSilence::default())
    }

    pub(crate) fn with(max_silence: MaxSilence) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_qctl"));
        Self {
            guardian: Arc::new(Guardian::start(program, &["guardian"], max_silence).unwrap()),
            folder: TempDir::with_prefix("qctl-shell-").unwrap(),
        }
    }

    pub(crate) fn shell(&self, program: Program) -> Shell {
        Shell {
            program,
            exit_codes: ExitCodes::default(),
            grace: Duration::from_millis(100),
            surroundings: Surroundings::default(),
            guardian: Arc::clone(&self.guardian),
        }
    }

    /// Runs a line of shell for a task.
    pub(crate) async fn run(&self, line: &str, message: Message) -> Outcome {
        self.attempt(Program::Run(line.to_owned()), message).await
    }

    /// Runs a line of shell for a task that does not matter.
    pub(crate) async fn just(&self, line: &str) -> Outcome {
        self.run(line, Message::default()).await
    }

    /// Runs a program for a task that does not matter.
    pub(crate) async fn exec(&self, words: &[&str]) -> Outcome {
        let words = words.iter().map(ToString::to_string).collect();
        self.attempt(Program::Exec(words), Message::default()).await
    }

    async fn attempt(&self, program: Program, message: Message) -> Outcome {
        // Held, so that nobody asks for a stop.
        let (_stopper, stop) = Stopper::new();
        let run = self.shell(program);
        run.run(&attempt(message), stop).await.map(bytes)
    }

    /// Starts a line of shell in the background.
    pub(crate) fn start(&self, line: &str, stop: Stop) -> tokio::task::JoinHandle<Outcome> {
        let shell = self.shell(Program::Run(line.to_owned()));
        tokio::spawn(async move {
            let ended = shell.run(&attempt(Message::default()), stop).await;
            ended.map(bytes)
        })
    }

    /// Where a command can leave something.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A line that notes the process id in `variable` under `name`.
    pub(crate) fn note(&self, variable: &str, name: &str) -> String {
        format!("echo {variable} > '{}'", self.path(name).display())
    }

    /// A process id that a command noted, as soon as it has.
    pub(crate) fn noted(&self, name: &str) -> Pid {
        noted(&self.path(name))
    }
}

pub(crate) fn attempt(message: Message) -> Attempt {
    Attempt {
        transcript: Transcript::default(),
        message,
        deadline: chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
    }
}

/// A process id from a file, as soon as it is there.
pub(crate) fn noted(path: &Path) -> Pid {
    eventually(SOON, || {
        let text = std::fs::read_to_string(path).ok()?;
        Pid::from_raw(text.strip_suffix('\n')?.parse().ok()?)
    })
}

/// Whether the process runs. One that has ended and waits for its parent to notice does not.
pub(crate) fn lives(pid: Pid) -> bool {
    let stat = format!("/proc/{}/stat", pid.as_raw_nonzero());
    let defunct = std::fs::read_to_string(stat)
        .is_ok_and(|stat| stat.rsplit(')').next().unwrap().starts_with(" Z"));
    test_kill_process(pid).is_ok() && !defunct
}

#[track_caller]
pub(crate) fn ends(pid: Pid) {
    eventually(SOON, || (!lives(pid)).then_some(()));
}

/// Processes that have the variable with this value in their environment.
pub(crate) fn marked(name: &str, value: &Path) -> Vec<String> {
    let mark = format!("{name}={}", value.display()).into_bytes();
    let marked = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let process = entry.unwrap().path();
        let environment = std::fs::read(process.join("environ")).ok()?;
        let carries = environment.split(|&byte| byte == 0).any(|one| one == mark);
        carries.then(|| process.display().to_string())
    });
    marked.collect()
}
